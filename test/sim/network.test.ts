/** The network: a delay each way that counts as latency, jitter from its own stream, and lost requests. */
import { describe, expect, test } from 'vitest';
import { mean } from 'simple-statistics';
import { milliseconds, seconds } from '../../core/index.ts';
import type { SimulationPlan } from '../../sim/index.ts';
import type { PlanParts } from '../fixtures/plans.ts';
import { planOf } from '../fixtures/plans.ts';
import { freeSlots, latenciesOf, outcomesOf, rowsOf, simulate } from '../fixtures/runs.ts';
import { deterministic } from '../fixtures/services.ts';
import { ListedWorkload, PoissonWorkload, arrivalsAt } from '../fixtures/workloads.ts';

const SERVICE = milliseconds(10);

function networked(network: SimulationPlan['network'], parts: PlanParts = {}): SimulationPlan {
  return planOf({ variants: [{ service: deterministic(SERVICE) }], ...parts, run: { network, ...parts.run } });
}

describe('a constant delay', () => {
  const plan = networked({ delayNs: milliseconds(2), jitter: false });

  test('counts as latency both ways, and on the way there as queueing', () => {
    const [row] = rowsOf(simulate(plan, arrivalsAt(0)));
    expect(row).toMatchObject({ latencyNs: milliseconds(14), queueNs: milliseconds(2), inferNs: SERVICE });
  });

  test('makes a request late that would have been in time without the way back', () => {
    const at = (latencyNs: number): string[] =>
      outcomesOf(simulate(plan, new ListedWorkload([{ atNs: 0, latencyNs }])));
    expect(at(milliseconds(14))).toEqual(['served']);
    expect(at(milliseconds(14) - 1)).toEqual(['late deadline-missed']);
  });

  test('occupies no worker: the next request travels while one is executed', () => {
    expect(latenciesOf(simulate(plan, arrivalsAt(0, 0)))).toEqual([milliseconds(14), milliseconds(24)]);
  });

  test('tells a closed loop of the end when the answer has arrived', () => {
    const workload = new ListedWorkload([{ atNs: 0, client: 3 }]);
    simulate(plan, workload);
    expect(workload.answers).toEqual([{ client: 3, atNs: milliseconds(14) }]);
  });

  test('of nothing changes nothing', () => {
    const workload = { rateRps: 80, count: 300, seed: 'none' };
    const without = simulate(networked(undefined), new PoissonWorkload(workload));
    const nothing = simulate(networked({ delayNs: 0, jitter: false }), new PoissonWorkload(workload));
    expect(latenciesOf(nothing)).toEqual(latenciesOf(without));
    expect(nothing.digest).toBe(without.digest);
  });
});

describe('jitter', () => {
  const plan = networked({ delayNs: milliseconds(5), jitter: true }, { workers: [8] });

  test('has the mean of the delay, each way', () => {
    const record = simulate(plan, new PoissonWorkload({ rateRps: 20, count: 5000, seed: 'jitter' }));
    const travels = latenciesOf(record).map((latency) => latency - SERVICE);
    // Two exponentials of 5 ms, and hardly ever a queue; four standard errors.
    expect(Math.abs(mean(travels) - 10e6)).toBeLessThan(4 * ((Math.SQRT2 * 5e6) / Math.sqrt(5000)) + 0.05e6);
  });

  test('lets messages overtake each other, and all is accounted for', () => {
    const record = simulate(plan, new PoissonWorkload({ rateRps: 500, count: 2000, seed: 'overtaking' }));
    expect(record.ending).toBe('drained');
    expect(record.findings).toEqual([]);
    expect(record.serving.fleet.outstanding.every((inputs) => inputs === 0)).toBe(true);
  });
});

describe('a lost request', () => {
  const lossy = (probability: number, timeoutNs: number): SimulationPlan =>
    networked(
      { delayNs: milliseconds(1), jitter: false },
      { run: { faults: [{ fault: 'lost-message', probability }] }, limits: { timeoutNs } },
    );

  test('fails at the timeout, and its worker goes on', () => {
    const record = simulate(lossy(1, milliseconds(100)), arrivalsAt(0, milliseconds(30)));
    expect(outcomesOf(record)).toEqual(['failed timeout', 'failed timeout']);
    expect(latenciesOf(record)).toEqual([milliseconds(100), milliseconds(100)]);
    expect([record.ending, record.faults.get('lost-message')]).toEqual(['drained', 2]);
  });

  test('keeps no place in the queue it never reached', () => {
    const record = simulate(lossy(0.5, seconds(1)), new PoissonWorkload({ rateRps: 50, count: 500, seed: 'lossy' }));
    const { fleet, requests } = record.serving;
    expect(fleet.outstanding[0]).toBe(0);
    expect(freeSlots(requests)).toBe(requests.kind.length / 2); // Filling it made it twice as large.
    const failed = outcomesOf(record).filter((outcome) => outcome === 'failed timeout').length;
    expect([failed, record.ending, record.findings]).toEqual([record.faults.get('lost-message'), 'drained', []]);
  });

  test('without a timeout leaves the run stuck, and says so', () => {
    const record = simulate(
      networked(undefined, { run: { faults: [{ fault: 'lost-message', probability: 1 }] } }),
      arrivalsAt(0),
    );
    expect(record.ending).toBe('stuck');
    expect(record.serving.recorder.total().outcomes[0]).toBe(1);
  });
});
