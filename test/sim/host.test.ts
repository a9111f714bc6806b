/** A service that wakes up late, and whose workers slow each other: what a calibration says of the world itself. */
import { describe, expect, test } from 'vitest';
import { NANOS_PER_MICROSECOND, constantTime, milliseconds } from '../../core/index.ts';
import type { SimulationPlan } from '../../sim/index.ts';
import type { PlanParts } from '../fixtures/plans.ts';
import { planOf } from '../fixtures/plans.ts';
import { latenciesOf, rowsOf, simulate } from '../fixtures/runs.ts';
import { deterministic } from '../fixtures/services.ts';
import { ListedWorkload, PoissonWorkload, arrivalsAt } from '../fixtures/workloads.ts';

const SERVICE = milliseconds(10);
const LATE = 500 * NANOS_PER_MICROSECOND;
/** Not 0: when a run begins, its service is awake. */
const START = milliseconds(1);

function hosted(host: SimulationPlan['host'], parts: PlanParts = {}): SimulationPlan {
  return planOf({ variants: [{ service: deterministic(SERVICE) }], ...parts, run: { host, ...parts.run } });
}

describe('a late wake-up', () => {
  const plan = hosted({ wakeUp: constantTime(LATE), pauses: null, contention: 0 });

  test('is part of the latency and of the queueing of a request that finds its worker idle', () => {
    const [row] = rowsOf(simulate(plan, arrivalsAt(START)));
    expect(row).toMatchObject({ scheduledNs: START, queueNs: LATE, latencyNs: LATE + SERVICE });
  });

  test('costs a request nothing that has to wait for its worker anyway', () => {
    expect(latenciesOf(simulate(plan, arrivalsAt(START, START)))).toEqual([LATE + SERVICE, LATE + 2 * SERVICE]);
  });

  test('ends with whatever wakes the service meanwhile: the end of a batch', () => {
    // The second comes 0.1 ms before the first is answered, and is noticed then.
    const second = START + LATE + SERVICE - LATE / 5;
    expect(latenciesOf(simulate(plan, arrivalsAt(START, second)))).toEqual([LATE + SERVICE, LATE / 5 + SERVICE]);
  });

  test('lets no arrival overtake another', () => {
    const spread = {
      meanNs: LATE,
      quantilesNs: [0, 1].map((probability) => ({ probability, valueNs: 2 * probability * LATE })),
    };
    const workload = new PoissonWorkload({ rateRps: 5000, count: 500, seed: 'order' });
    const rows = rowsOf(simulate(hosted({ wakeUp: spread, pauses: null, contention: 0 }), workload));
    const byOrdinal = rows.toSorted((a, b) => a.ordinal - b.ordinal);
    const starts = byOrdinal.map(({ scheduledNs, queueNs }) => scheduledNs + queueNs);
    expect(starts.toSorted((a, b) => a - b)).toEqual(starts);
    expect(rows.length).toBe(500);
  });

  test('is drawn from a stream of its own: service times stay what they were', () => {
    const workload = { rateRps: 50, count: 200, seed: 'own stream' };
    const late = rowsOf(simulate(plan, new PoissonWorkload(workload)));
    const prompt = rowsOf(simulate(hosted(undefined), new PoissonWorkload(workload)));
    expect(late.map(({ inferNs }) => inferNs)).toEqual(prompt.map(({ inferNs }) => inferNs));
    expect(late.map(({ scheduledNs }) => scheduledNs)).toEqual(prompt.map(({ scheduledNs }) => scheduledNs));
  });

  test('makes a closed loop wait for the next query too', () => {
    const workload = new ListedWorkload([{ atNs: START, client: 3 }]);
    simulate(plan, workload);
    expect(workload.answers).toEqual([{ client: 3, atNs: START + LATE + SERVICE }]);
  });
});

describe('contention', () => {
  test('slows batches that run beside each other, and none that runs alone', () => {
    const plan = hosted({ wakeUp: { meanNs: 0 }, pauses: null, contention: 0.25 }, { workers: [2] });
    expect(latenciesOf(simulate(plan, arrivalsAt(0, 0)))).toEqual([1.25 * SERVICE, 1.25 * SERVICE]);
    expect(latenciesOf(simulate(plan, arrivalsAt(0)))).toEqual([SERVICE]);
  });

  test('ends when the neighbour does', () => {
    const plan = hosted({ wakeUp: { meanNs: 0 }, pauses: null, contention: 1 }, { workers: [2] });
    // Beside each other for 10 ms each does 5 ms of work; the first had done 5 ms alone.
    expect(latenciesOf(simulate(plan, arrivalsAt(0, SERVICE / 2)))).toEqual([1.5 * SERVICE, 1.5 * SERVICE]);
  });
});
