import { gunzipSync } from 'node:zlib';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { milliseconds, NEVER, RandomStreams, seconds } from '../../core/index.ts';
import {
  compileTrace,
  convertTrace,
  describeTrace,
  generatedWorkload,
  generateTrace,
  spooledWorkload,
  traceInfo,
  writeTrace,
} from '../../traces/index.ts';
import type { TraceRow } from '../../traces/index.ts';
import { bareRow } from '../../traces/readers/trace-row.ts';
import { allRows, failingAfter, messageOf, stream, traceFolder } from './trace-folder.ts';
import { drain, EXAMPLES, query, workloadSpec } from './workload-specs.ts';

const folder = traceFolder();
const out = (name: string): string => join(folder.path, name);
const rowsAt = (atS: readonly number[]): TraceRow[] => atS.map((at, index) => bareRow(index + 2, seconds(at)));

describe('writing a trace', () => {
  const rows: TraceRow[] = [
    {
      ...bareRow(2, 1),
      application: 'a, "b"',
      architecture: 'x',
      inputs: 3,
      latencyNs: 12_345_678,
      accuracyPercent: 70.5,
    },
    { ...bareRow(3, 8_000_000_000_000_001), useCase: 'u', variant: 'v', latencyNs: milliseconds(50) },
  ];

  test('keeps every nanosecond and leaves out what is not said', async () => {
    expect(await writeTrace(stream(rows), out('written.csv'))).toBe(2);
    expect(readFileSync(out('written.csv'), 'utf8')).toBe(
      [
        'arrival_s,application,use_case,architecture,variant,inputs,latency_ms,accuracy_percent',
        '0.000000001,"a, ""b""",,x,,3,12.345678,70.5',
        '8000000.000000001,,u,,v,,50,',
        '',
      ].join('\n'),
    );
    expect(await allRows(out('written.csv'))).toEqual(rows);
  });

  test('compresses a path that ends in .gz', async () => {
    await writeTrace(stream(rows), out('written.csv.gz'));
    expect(gunzipSync(readFileSync(out('written.csv.gz'))).toString()).toContain('arrival_s,');
    expect(await allRows(out('written.csv.gz'))).toEqual(rows);
  });

  test('that fails half-way leaves nothing behind', async () => {
    const failing = failingAfter(rows, 'the rows are gone');
    expect(await messageOf(writeTrace(failing, out('half/trace.csv')))).toBe('the rows are gone');
    expect(readdirSync(out('half'))).toEqual([]);
  });

  test('to where none can be written is told as a message', async () => {
    mkdirSync(out('taken.csv'));
    expect(await messageOf(writeTrace(stream(rows), out('taken.csv')))).toMatch(
      /taken\.csv: there is a folder of that/,
    );
    expect(await messageOf(writeTrace(stream(rows), out('written.csv/x.csv')))).toContain('is a file, not a folder');
  });
});

describe('generating a trace', () => {
  const spec = workloadSpec(EXAMPLES.poisson, {
    queries: [query('a', { latency: { draw: 'lognormal', meanNs: milliseconds(30), cv: 1 } }), query('b')],
    popularity: { law: 'zipf', exponent: 1 },
  });

  test('replaying it gives what the workload would', async () => {
    const direct = generatedWorkload(spec, new RandomStreams('seed'));
    const { rows, path } = await generateTrace(spec, 'seed', out('generated.csv'));
    const replay = { ...spec, arrivals: { process: 'trace', file: path } as const, queries: [] };
    const compiled = await compileTrace(replay, folder.path, { seed: 'other' });
    const spooled = spooledWorkload(compiled);
    const named = (workload: typeof direct) =>
      drain(workload).map(({ kind, ...rest }) => ({ ...rest, kind: workload.kinds[kind] }));
    const arrivals = named(direct);
    expect(rows).toBe(arrivals.length);
    expect(named(spooled)).toEqual(arrivals);
  });

  test('from a trace writes its rows completed', async () => {
    const file = folder.file('bare.csv', ['arrival_s', '0.5', '1', '20']);
    const arrivals = { process: 'trace', file } as const;
    const written = await generateTrace({ ...spec, arrivals, queries: [query('c')] }, 'seed', out('completed.csv'));
    expect(written.rows).toBe(2);
    expect((await allRows(out('completed.csv')))[0]).toMatchObject({ architecture: 'c', inputs: 1, latencyNs: NEVER });
  });

  test('a closed loop has none', async () => {
    const arrivals = { process: 'closed-loop', clients: 1, thinkNs: 0, think: 'fixed' } as const;
    expect(await messageOf(generateTrace({ ...spec, arrivals }, 'seed', out('closed.csv')))).toContain(
      'a closed loop has no trace',
    );
  });
});

describe('converting a trace', () => {
  test('any format becomes ours, reshaped on the way', async () => {
    const file = folder.file('mooncake.csv', ['timestamp,input_length,output_length', '0,1,1', '3000,2,2', '6000,3,3']);
    const window = { fromNs: seconds(3) };
    expect(await convertTrace(file, { window, timeScale: 2 }, out('converted.csv'))).toMatchObject({ rows: 2 });
    expect((await allRows(out('converted.csv'))).map(({ atNs }) => atNs / 1e9)).toEqual([0, 6]);
  });

  test('may sort and skip, and may replace the file it reads', async () => {
    const file = folder.file('own.csv', ['arrival_s', '2', 'x', '1']);
    const { rows, badRows } = await convertTrace(file, { sort: true, badRows: 'skip' }, file);
    expect([rows, badRows.total]).toEqual([2, 1]);
    expect((await allRows(file)).map(({ atNs }) => atNs / 1e9)).toEqual([1, 2]);
  });
});

describe('describing a trace', () => {
  test('rows, span, rates and gaps', async () => {
    const info = await traceInfo(stream(rowsAt([10, 10.1, 10.2, 70, 71])));
    expect(info).toMatchObject({ rows: 5, firstNs: seconds(10), lastNs: seconds(71), spanNs: seconds(61) });
    expect(info.meanRps).toBeCloseTo(4 / 61, 12);
    expect(info.peakRps1s).toBe(3);
    expect(info.peakRps60s).toBe(3 / 60);
    const gaps = [0.1, 0.1, 59.8, 1];
    const mean = 61 / 4;
    const variance = gaps.reduce((sum, gap) => sum + (gap - mean) * (gap - mean), 0) / 3;
    expect(info.interArrivalCv).toBeCloseTo(Math.sqrt(variance) / mean, 6);
  });

  test('one row has no rate and no variation', async () => {
    const info = await traceInfo(stream(rowsAt([5])));
    expect([info.meanRps, info.interArrivalCv]).toEqual([Number.NaN, Number.NaN]);
  });

  test('inputs and kinds, the most frequent first', async () => {
    const file = folder.file('kinds.csv', ['arrival_s,architecture,inputs', '0,x,1', '1,y,4', '2,y,1', '3,z,']);
    const info = await describeTrace(file);
    expect(info.format).toBe('rehearse');
    expect(info.inputs).toEqual({ rows: 3, total: 6, minimum: 1, mean: 2, maximum: 4 });
    expect(info.inputTokens.rows).toBe(0);
    expect(info.kinds.map(({ kind, rows }) => `${kind.architecture} ${rows}`)).toEqual(['y 2', 'x 1', 'z 1']);
  });

  test('kinds beyond a thousand are counted together', async () => {
    const rows = Array.from({ length: 1500 }, (_, index) => ({ ...bareRow(index, index), variant: `v${index}` }));
    const info = await traceInfo(stream(rows));
    expect([info.kinds.length, info.otherRows]).toEqual([1000, 500]);
  });
});
