import { describe, expect, test } from 'vitest';
import { milliseconds, seconds } from '../../../../core/index.ts';
import type { TimingsResult } from '../../../../core/index.ts';
import type { TimingsConfig } from '../../../../experiments/measure/timings/index.ts';
import { kernelNoise } from '../../../../experiments/measure/timings/kernel-noise.ts';
import { timingsVerdict } from '../../../../experiments/measure/timings/timings-verdict.ts';
import { timingsResult } from '../../../reports/timings/timings-fixture.ts';

const CONFIG: TimingsConfig = {
  file: 'made-up.yaml',
  name: 'made-up',
  question: 'Is it made up?',
  seed: '1',
  measure: ['init', 'handle'],
  subjects: [],
  hardware: [{ name: 'cpu', place: 'made-up.yaml:1' }],
  threads: [1],
  init: { processes: 20, percentiles: [50] },
  handle: { requests: 80, everyNs: milliseconds(100), batch: 4, delayNs: seconds(3), turns: 10, percentiles: [50, 90] },
  micro: { rounds: 2, timeNs: milliseconds(1) },
  resolved: {},
};

type Cell = TimingsResult['cells'][number];

const codesOf = (result: TimingsResult, config = CONFIG): string[] =>
  timingsVerdict(result, config).problems.map(({ code }) => code);

const withCell = (change: (cell: Cell) => Partial<Cell>): TimingsResult => {
  const result = timingsResult();
  return { ...result, cells: result.cells.map((cell) => ({ ...cell, ...change(cell) })) };
};

describe('the verdict', () => {
  test('is valid where everything was measured on a quiet machine', () => {
    expect(timingsVerdict(timingsResult(), CONFIG)).toMatchObject({ valid: true, problems: [] });
  });

  test('is invalid on a noisy machine, and tells the figure and who took the processor', () => {
    const kernelMs = Array.from({ length: 20 }, (_, at) => (at % 2 === 0 ? 1 : 2));
    const noise = kernelNoise(kernelMs, { othersPercent: 90, stealPercent: 5 });
    const { problems } = timingsVerdict({ ...timingsResult(), noise }, CONFIG);
    expect(problems[0].message).toBe(
      'the machine was noisy: times of the reference kernel spread by 67 % (p10 to p90), the limit is 30 %; others took 95 % of one core',
    );
  });

  test('too few times of the kernel are a note and no verdict on noise', () => {
    const noise = kernelNoise([1, 2, 3], undefined);
    expect(noise.spreadPercent).toBeNull();
    const { valid, notes } = timingsVerdict({ ...timingsResult(), noise }, CONFIG);
    expect(valid).toBe(true);
    expect(notes).toContain('too few times of the reference kernel to say how noisy the machine was');
  });

  test('names the percentile that lacks samples, and what it needs', () => {
    const result = withCell(({ handle }) => ({
      handle: handle && {
        ...handle,
        parts: handle.parts.map((part) => ({
          ...part,
          samples: 20,
          percentiles: [{ percent: 90, estimate: null, needed: 64 }],
        })),
      },
    }));
    expect(timingsVerdict(result, CONFIG).problems).toEqual([
      {
        code: 'TIMINGS_FEW_SAMPLES',
        message: 'net fp32: handle: p90 needs 64 samples, there are 20',
        advice: 'raise handle.requests, or leave the percentile out of handle.percentiles',
      },
    ]);
  });

  test('is invalid when the generator fell behind', () => {
    const result = withCell(({ handle }) => {
      if (handle === null) return {};
      const columns = handle.samples.partsMs;
      // A sample of at least a hundred requests: below that one late request would be the 99th percentile.
      const late = Array.from({ length: 200 }, (_, at) => (at % 20 === 0 ? 40 : 0.1));
      return { handle: { ...handle, samples: { ...handle.samples, partsMs: { ...columns, late } } } };
    });
    expect(timingsVerdict(result, CONFIG).problems).toMatchObject([
      {
        code: 'TIMINGS_GENERATOR_LATE',
        advice: 'send them less often than every 100 ms, or leave this process a core',
      },
    ]);
  });

  test('counts requests that failed, with their reasons', () => {
    const result = withCell(({ handle }) => ({ handle: handle && { ...handle, failed: { 'worker-crashed': 3 } } }));
    expect(timingsVerdict(result, CONFIG).problems[0].message).toBe(
      'net fp32: requests were not answered: 3 by worker-crashed',
    );
  });

  test('init wants twenty fresh processes', () => {
    expect(codesOf(timingsResult(), { ...CONFIG, init: { processes: 12, percentiles: [50] } })).toEqual([
      'TIMINGS_FEW_PROCESSES',
    ]);
  });

  test('the same problem of several models and settings is told once', () => {
    const result = withCell(({ handle }) => ({ handle: handle && { ...handle, failed: { timeout: 1 } } }));
    const [cell] = result.cells;
    const other = { ...cell, label: 'other fp32' };
    const messages = (cells: readonly Cell[]): string[] =>
      timingsVerdict({ ...result, cells }, CONFIG).problems.map(({ message }) => message);
    expect(messages([cell, other])).toEqual(['all models and settings: requests were not answered: 1 by timeout']);
    const sound = { ...timingsResult().cells[0], label: 'sound fp32' };
    expect(messages([cell, other, sound])).toEqual(['net fp32; other fp32: requests were not answered: 1 by timeout']);
  });

  test('an interrupted run says how far it came, and nothing of samples that it could not take', () => {
    const result = withCell(({ handle }) => ({ handle: handle && { ...handle, units: 2, parts: [] } }));
    const { problems } = timingsVerdict({ ...result, complete: false }, CONFIG);
    expect(problems.map(({ message }) => message)).toEqual([
      'the run was interrupted after 20 of 20 processes and 2 of 10 turns',
    ]);
  });

  test('a percentile that batches are too few for is a note, and no problem', () => {
    const { valid, notes } = timingsVerdict(timingsResult(), CONFIG);
    expect(valid).toBe(true);
    expect(notes).toContain('a batch shares its "to engine" and "infer": p90 needs 64 batches, there are 20');
  });

  test('a last batch that is not full is told', () => {
    const config = { ...CONFIG, handle: { ...CONFIG.handle, batch: 3 } };
    expect(timingsVerdict(timingsResult(), config).notes).toContain(
      'the last batch of every turn has 2 of 3 requests, which wait for the whole delay',
    );
  });
});
