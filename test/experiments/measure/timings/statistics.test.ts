// The statistics of timings: what is drawn anew, when a percentile is given, and what a comparison decides.
import { describe, expect, test } from 'vitest';
import type { Statistics } from 'tinybench';
import { Stream, TIMINGS_PARTS, timingsUnits } from '../../../../core/index.ts';
import { UNITS_MIN, bootstrapRanges } from '../../../../experiments/measure/timings/bootstrap.ts';
import { compareTimings } from '../../../../experiments/measure/timings/index.ts';
import { StepsForecast } from '../../../../experiments/measure/timings/steps-forecast.ts';
import { samplesNeeded, summarisePhase } from '../../../../experiments/measure/timings/summarise-phase.ts';
import { microOf } from '../../../../experiments/measure/timings/time-functions.ts';
import { handleSamples, timingsResult } from '../../../reports/timings/timings-fixture.ts';

const median = (sorted: Float64Array): number[] => [sorted[Math.floor(sorted.length / 2)]];

/** Units whose times differ between units far more than within. */
function clusters(count: number, perUnit: number): number[][] {
  const stream = new Stream('clusters');
  return Array.from({ length: count }, () => {
    const centre = 10 + stream.normal();
    return Array.from({ length: perUnit }, () => centre + 0.01 * stream.normal());
  });
}

describe('the bootstrap', () => {
  test('gives the same interval from the same seed', () => {
    const units = clusters(12, 20);
    expect(bootstrapRanges(units, median, new Stream('a'))).toEqual(bootstrapRanges(units, median, new Stream('a')));
  });

  test('draws whole units: times of one process do not make it surer', () => {
    const [range] = bootstrapRanges(clusters(12, 200), median, new Stream('a')) ?? [];
    const [naive] =
      bootstrapRanges(
        clusters(12, 200)
          .flat()
          .map((time) => [time]),
        median,
        new Stream('a'),
      ) ?? [];
    expect(range.high - range.low).toBeGreaterThan(3 * (naive.high - naive.low));
  });

  test('covers the truth about as often as it says', () => {
    const stream = new Stream('coverage');
    const covered = Array.from({ length: 60 }, () => {
      const units = Array.from({ length: 20 }, () => [stream.normal()]);
      const [{ low, high }] =
        bootstrapRanges(units, (sorted) => [sorted.reduce((sum, time) => sum + time, 0) / sorted.length], stream) ?? [];
      return low <= 0 && high >= 0;
    });
    expect(covered.filter(Boolean).length).toBeGreaterThan(50);
  });

  test('too few units give no interval', () => {
    expect(bootstrapRanges(clusters(UNITS_MIN - 1, 100), median, new Stream('a'))).toBeUndefined();
  });
});

describe('the summary of a phase', () => {
  test('a percentile is given only when the sample is large enough, and what it needs is told', () => {
    const parts = summarisePhase('handle', handleSamples({ turns: 10, batches: 2, batch: 4 }), {
      percentiles: [50, 90, 99],
      seed: 'a',
    });
    const latency = parts.find(({ part }) => part === 'latency');
    expect(latency?.samples).toBe(80);
    expect(latency?.percentiles.map(({ needed, estimate }) => [needed, estimate === null])).toEqual([
      [11, false],
      [64, false],
      [662, true],
    ]);
  });

  test('what a batch shares is one sample for the batch', () => {
    const samples = handleSamples({ turns: 10, batches: 2, batch: 4 });
    const infer = TIMINGS_PARTS.handle.find(({ name }) => name === 'infer') ?? TIMINGS_PARTS.handle[0];
    expect(timingsUnits(infer, samples).map(({ length }) => length)).toEqual(new Array(10).fill(2));
    const parts = summarisePhase('handle', samples, { percentiles: [90], seed: 'a' });
    expect(parts.find(({ part }) => part === 'infer')).toMatchObject({
      samples: 20,
      percentiles: [{ estimate: null, needed: 64 }],
    });
  });

  test('a low percentile needs as many samples as the high one on the other side', () => {
    expect([25, 75, 10, 90].map(samplesNeeded)).toEqual([24, 24, 64, 64]);
  });

  test('no samples give no parts', () => {
    expect(
      summarisePhase('init', { unit: [], batch: [], batchInputs: [], partsMs: {} }, { percentiles: [50], seed: 'a' }),
    ).toEqual([]);
  });
});

describe('a comparison', () => {
  const folder = (result: ReturnType<typeof timingsResult>, name: string) => ({ folder: name, result });
  const verdictOf = (factor: number, part = 'create'): string | undefined =>
    compareTimings(folder(timingsResult({}), 'a'), folder(timingsResult({ factor, seed: 'other' }), 'b')).rows.find(
      (row) => row.part === part,
    )?.verdict;

  test.each([
    [1, 'undecided'],
    [1.5, 'slower'],
    [0.6, 'faster'],
  ])('of a run with one that takes %d times as long tells %s', (factor, verdict) => {
    expect(verdictOf(factor)).toBe(verdict);
  });

  test('is the same whenever it is made', () => {
    const [a, b] = [folder(timingsResult({}), 'a'), folder(timingsResult({ factor: 1.1 }), 'b')];
    expect(compareTimings(a, b)).toEqual(compareTimings(a, b));
  });

  test('decides nothing by too few units', () => {
    const [a, b] = [timingsResult({ processes: 5 }), timingsResult({ processes: 5, factor: 3 })];
    const row = compareTimings(folder(a, 'a'), folder(b, 'b')).rows.find(({ part }) => part === 'create');
    expect(row).toMatchObject({ low: null, high: null, verdict: 'undecided' });
    expect(row?.ratio).toBeGreaterThan(2);
  });

  test('of runs without a common model and setting is refused', () => {
    const [a, b] = [timingsResult({}), timingsResult({ threads: 2 })];
    expect(() => compareTimings(folder(a, 'out/a'), folder(b, 'out/b'))).toThrow(
      'out/b: it has no model and setting in common with out/a; found net fp32; expected net fp32',
    );
  });

  test('leaves undecided what the change of the machine explains', () => {
    const [a, b] = [timingsResult({}), timingsResult({ factor: 1.5, kernelMs: 1.5 })];
    const { rows } = compareTimings(folder(a, 'a'), folder(b, 'b'));
    expect(rows.find(({ part }) => part === 'create')).toMatchObject({ verdict: 'undecided' });
  });

  test('tells of other images and another handler', () => {
    const [a, b] = [timingsResult({}), timingsResult({})];
    const subjects = b.subjects.map((subject) => ({ ...subject, images: '9 images', handler: 'raw' }));
    expect(compareTimings(folder(a, 'a'), folder({ ...b, subjects }, 'b')).notes).toEqual([
      expect.stringMatching(/^net fp32 got other images: A 100 synthetic.*, B 9 images$/),
      'net fp32 has another handler: A image-classifier, B raw',
    ]);
  });

  test('tells what else differs: the file, the way requests came, the machine, the validity', () => {
    const a = timingsResult({});
    const other = timingsResult({ factor: 2, kernelMs: 1.5, sha256: 'f'.repeat(64), every: '20 ms' });
    const problem = { code: 'TIMINGS_NOISY', message: 'the machine was noisy', advice: 'wait' };
    const b = { ...other, verdict: { valid: false, problems: [problem], notes: [] } };
    const { notes, kernelRatio } = compareTimings(folder(a, 'a'), folder(b, 'b'));
    expect(kernelRatio).toBeCloseTo(1.5, 5);
    expect(notes).toEqual([
      'B is invalid: the machine was noisy',
      'the file of net fp32 is another one in B',
      expect.stringContaining('requests came in another way'),
      'the machine itself was 50 % slower in B, by the reference kernel: differences of that size are its own',
    ]);
  });
});

describe('a single function', () => {
  const round = (samplesCount: number) => ({ samplesCount, p50: 0.001, p99: 0.002 }) as Statistics; // All that is read.
  const p99Of = (...counts: readonly number[]) => microOf({ name: 'f', doc: '' }, counts.map(round)).p99Us;

  test('has a 99th percentile when each of its rounds has the calls for one', () => {
    expect(p99Of(700, 700)).toBeCloseTo(2);
    expect(p99Of(5000, 661)).toBeNull();
  });
});

describe('the time left', () => {
  test('is what was planned at first, and what steps of the kind took later', () => {
    const steps = [1, 2, 3].map(() => ({ kind: 'a', plannedNs: 10 }));
    const forecast = new StepsForecast([...steps, { kind: 'b', plannedNs: 7 }], 5);
    expect(forecast.leftNs).toBe(42);
    forecast.finished(steps[0], 100);
    expect(forecast.leftNs).toBe(212);
  });
});
