/** Pauses of the machine: replayed from a record, in stretches, during which nothing goes on. */
import { describe, expect, test } from 'vitest';
import { constantTime, milliseconds, seconds } from '../../core/index.ts';
import type { RecordedPauses } from '../../core/index.ts';
import { RandomStreams } from '../../core/index.ts';
import { Pauses } from '../../sim/pauses.ts';
import { planOf } from '../fixtures/plans.ts';
import { latenciesOf, simulate } from '../fixtures/runs.ts';
import { deterministic } from '../fixtures/services.ts';
import { PoissonWorkload } from '../fixtures/workloads.ts';

const MS = milliseconds(1);
/** Every 100 ms the machine stands still for 10: where a stretch begins makes no difference to how much. */
const REGULAR: RecordedPauses = {
  overNs: seconds(1),
  events: Array.from({ length: 10 }, (_, index) => ({ atNs: index * 100 * MS, lastsNs: 10 * MS })),
};

function pausesOf(recorded: RecordedPauses): Pauses {
  return new Pauses(recorded, new RandomStreams('a test').stream('pauses'));
}

describe('pauses', () => {
  test('make work longer by what of them falls into it', () => {
    const pauses = pausesOf(REGULAR);
    // Over a second of work stand ten pauses, and one more over the time of those.
    const longerNs = pauses.duringNs(0, seconds(1));
    expect(longerNs).toBeGreaterThanOrEqual(100 * MS);
    expect(longerNs).toBeLessThanOrEqual(130 * MS);
  });

  test('cost work between them nothing', () => {
    const pauses = pausesOf(REGULAR);
    const times = Array.from({ length: 2000 }, (_, index) => pauses.duringNs(index * MS, 1));
    // Most of the work falls between; what falls into a pause waits for its end, never longer.
    expect(times.filter((each) => each === 0).length).toBeGreaterThan(1500);
    expect(Math.max(...times)).toBeLessThanOrEqual(20 * MS);
    expect(times.some((each) => each > 0)).toBe(true);
  });

  test('are over when what came in them is noticed', () => {
    const pauses = pausesOf(REGULAR);
    const delays = Array.from({ length: 1000 }, (_, index) => pauses.after(index * MS) - index * MS);
    expect(delays.filter((each) => each === 0).length).toBeGreaterThan(800);
    expect(Math.max(...delays)).toBeLessThanOrEqual(10 * MS);
    expect(delays.some((each) => each > 0)).toBe(true);
  });

  test('are the same under the same seed', () => {
    const times = (): number[] => {
      const pauses = pausesOf({ overNs: seconds(1), events: [{ atNs: 300 * MS, lastsNs: 50 * MS }] });
      return Array.from({ length: 300 }, (_, index) => pauses.duringNs(index * 10 * MS, 5 * MS));
    };
    expect(times()).toEqual(times());
  });
});

test('a calibrated run is slower by its pauses, and the same twice', () => {
  const host = { wakeUp: constantTime(0), pauses: REGULAR, contention: 0 };
  const run = (own: typeof host | undefined) => {
    const plan = planOf({ variants: [{ service: deterministic(5 * MS) }], run: { host: own } });
    return simulate(plan, new PoissonWorkload({ rateRps: 50, count: 500, seed: 'pauses' }));
  };
  const sum = (times: readonly number[]): number => times.reduce((total, each) => total + each, 0);
  expect(sum(latenciesOf(run(host)))).toBeGreaterThan(1.1 * sum(latenciesOf(run(undefined))));
  expect(run(host).digest).toBe(run(host).digest);
});
