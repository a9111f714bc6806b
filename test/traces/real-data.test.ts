// The published traces themselves, where they are at hand: the folder named by REHEARSE_DATA, as `traces/<set>/<file>`.
// The figures are those of the sets' own descriptions.
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { seconds } from '../../core/index.ts';
import { describeTrace, readTrace } from '../../traces/index.ts';
import { messageOf } from './trace-folder.ts';

const data = process.env['REHEARSE_DATA'] ?? '';
const absent = data === '';
const traces = (file: string): string => join(data, 'traces', file);
const minutes = (spanNs: number): number => Math.round(spanNs / 6e9) / 10;

describe('[needs REHEARSE_DATA] real traces', () => {
  test.skipIf(absent)('Azure LLM 2023 conv: rows, span and burstiness', async () => {
    const info = await describeTrace(traces('azure-llm-2023/AzureLLMInferenceTrace_conv.csv'));
    expect(info).toMatchObject({ format: 'azure-llm-2023', rows: 19_366, badRows: { total: 0 } });
    expect(minutes(info.spanNs)).toBe(58.4);
    expect(info.interArrivalCv).toBeCloseTo(1.09, 2);
    expect(info.inputTokens.rows).toBe(19_366);
  });

  test.skipIf(absent)('Azure LLM 2023 code: rows, span and burstiness', async () => {
    const info = await describeTrace(traces('azure-llm-2023/AzureLLMInferenceTrace_code.csv'));
    expect([info.rows, minutes(info.spanNs), Math.round(info.interArrivalCv)]).toEqual([8819, 57.3, 13]);
  });

  test.skipIf(absent)('Mooncake: rows and spans', async () => {
    const conversation = await describeTrace(traces('mooncake/conversation_slim.csv.gz'));
    const synthetic = await describeTrace(traces('mooncake/synthetic_slim.csv.gz'));
    expect([conversation.rows, Math.round(minutes(conversation.spanNs))]).toEqual([12_031, 59]);
    expect([synthetic.rows, Math.round(minutes(synthetic.spanNs))]).toEqual([3993, 17]);
  });

  test.skipIf(absent)('ServeGen: a day of a small set meets its mean rate', async () => {
    const info = await describeTrace(traces('servegen/reason_deepseek-r1.csv.gz'));
    expect(info.format).toBe('servegen');
    // The mean over the file's windows: the sum of its rates divided by its 144 windows.
    expect(info.rows / 86_400).toBeCloseTo(16.0147, 3);
    expect(info.kinds.length).toBeLessThanOrEqual(73);
  });

  test.skipIf(absent)('ServeGen: one window of a large set holds what its clients ask for', async () => {
    const window = { fromNs: seconds(30 * 3600), toNs: seconds(30 * 3600 + 600) };
    const info = await describeTrace(traces('servegen/language_m-large.csv.gz'), { window });
    // The sum of the window's rates, times its 600 s.
    expect(info.rows).toBe(130_972);
    expect(info.interArrivalCv).toBeGreaterThan(1);
  });

  test.skipIf(absent)('Azure Functions 2021: every invocation, in order of arrival', async () => {
    for (const [file, rows] of [
      ['Azure2021_30.csv', 29],
      ['Azure2021_200.csv', 199],
    ] as const) {
      let lastNs = 0;
      let read = 0;
      for await (const { atNs } of readTrace(traces(`azure-functions/${file}`))) {
        expect(atNs).toBeGreaterThanOrEqual(lastNs);
        lastNs = atNs;
        read += 1;
      }
      expect(read).toBe(rows);
    }
  });

  test.skipIf(absent)('Azure Functions 2019: four functions, and only the invocations file', async () => {
    const info = await describeTrace(traces('azure-functions/azure2019_example_invocations.csv'));
    expect([info.format, info.kinds.length, info.rows]).toEqual(['azure-functions-2019', 4, 4525]);
    const durations = describeTrace(traces('azure-functions/azure2019_example_durations.csv'));
    expect(await messageOf(durations)).toContain('the format of this trace is not known');
  });
});
