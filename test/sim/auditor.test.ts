/** The auditor: silent on a sound run, and a finding for each thing that is broken on purpose in the middle of one. */
import { describe, expect, test } from 'vitest';
import { milliseconds, seconds } from '../../core/index.ts';
import type { RunRecord } from '../../core/index.ts';
import type { SimulatedWorld } from '../../sim/index.ts';
import { Auditor } from '../../sim/auditor.ts';
import { Bench } from '../core/actors/bench.ts';
import type { PlanParts } from '../fixtures/plans.ts';
import { planOf } from '../fixtures/plans.ts';
import { ObservedWorld, simulate } from '../fixtures/runs.ts';
import { deterministic } from '../fixtures/services.ts';
import { PoissonWorkload, arrivalsAt } from '../fixtures/workloads.ts';

const SERVICE = milliseconds(10);
const BATCHED: PlanParts = {
  variants: [{ service: deterministic(SERVICE), maxBatch: 4 }],
  policies: { batching: ['fixed', { maxBatch: 4, maxDelay: milliseconds(1) }] },
};

/** A run of four arrivals in which something is broken right before the delivery of arrival `at`. */
function brokenRun(at: number, sabotage: (world: SimulatedWorld) => void, parts: PlanParts = {}): RunRecord {
  let arrivals = 0;
  const plan = planOf({ variants: [{ service: deterministic(SERVICE), maxBatch: 4 }], ...parts });
  const world: ObservedWorld = new ObservedWorld(plan, arrivalsAt(0, 2e6, 4e6, 6e6), ({ message }) => {
    if (message.type !== 'request.arrived') return;
    if (arrivals === at) sabotage(world);
    arrivals += 1;
  });
  return world.run();
}

function auditorOf(bench: Bench): Auditor {
  const { catalogue, fleet, requests, ledger } = bench;
  return new Auditor({ catalogue, fleet, requests, ledger });
}

describe('a sound run', () => {
  test('has no findings', () => {
    const record = simulate(planOf(BATCHED), new PoissonWorkload({ rateRps: 300, count: 5000, seed: 'sound' }));
    expect([record.ending, record.findings]).toEqual(['drained', []]);
  });

  test('cut off in the middle has none either', () => {
    const plan = planOf({ ...BATCHED, bounds: { untilNs: seconds(1) } });
    const record = simulate(plan, new PoissonWorkload({ rateRps: 300, count: 5000, seed: 'cut' }));
    expect([record.ending, record.findings]).toEqual(['time-limit', []]);
  });
});

describe('a finding says', () => {
  test('that a worker ran two batches', () => {
    const { findings } = brokenRun(1, ({ serving }) => {
      serving.fleet.running[0] = 0;
    });
    expect(findings[0]).toBe('worker 0 started a batch while another ran');
  });

  test('that a batch exceeded its limit', () => {
    const { findings } = brokenRun(3, ({ serving }) => {
      serving.requests.inputs[1] = 9;
    });
    expect(findings).toEqual(['worker 0 ran a batch of 9 inputs; variant-0 takes 1 to 4']);
  });

  test('that one request ended twice and another never', () => {
    const { findings } = brokenRun(3, ({ serving }) => {
      serving.requests.ordinal[2] = 0;
    });
    expect(findings).toEqual(['some request ended twice and another never']);
  });

  test('that requests are open that nobody knows of', () => {
    const { ending, findings } = brokenRun(3, ({ serving }) => {
      serving.requests.open += 1;
    });
    expect(ending).toBe('stuck');
    expect(findings[0]).toBe('1 requests are open, but 4 arrived and 4 ended');
  });

  test('that Little’s law is broken', () => {
    const { findings } = brokenRun(3, ({ serving }) => {
      serving.requests.openedNs[3] -= 1e6;
    });
    expect(findings).toEqual(["Little's law is broken: L*T is 0.088 request-seconds, the sojourn times sum to 0.089"]);
  });
});

describe('the books', () => {
  test('count requests without an outcome', () => {
    const bench = new Bench();
    const auditor = auditorOf(bench);
    auditor.requestOpened(0);
    bench.open();
    expect(auditor.finish(true)).toEqual(['1 requests have no outcome']);
  });

  test('allow the next batch after an end and after a cancellation', () => {
    const bench = new Bench();
    const auditor = auditorOf(bench);
    const worker = bench.worker();
    for (let i = 0; i < 3; i += 1) {
      auditor.batchStarted(worker, 1, 1);
      auditor.batchEnded(worker);
    }
    expect(auditor.finish(true)).toEqual([]);
  });

  test('call a batch of nothing a fault', () => {
    const bench = new Bench();
    const auditor = auditorOf(bench);
    auditor.batchStarted(bench.worker(), 1, 0);
    expect(auditor.finish(true)).toEqual(['worker 0 ran a batch of 0 inputs; variant-0 takes 1 to 1']);
  });

  test('keep the first twenty findings: a broken run repeats itself', () => {
    const bench = new Bench();
    const auditor = auditorOf(bench);
    const worker = bench.worker();
    for (let i = 0; i < 1000; i += 1) auditor.batchStarted(worker, 1, 1);
    expect(auditor.finish(true).length).toBe(20);
  });
});

test('the auditor changes nothing: with it and without it a run has the same digest', () => {
  const workload = { rateRps: 300, count: 1000, seed: 'same' };
  const [audited, unaudited] = [true, false].map((audit) =>
    simulate(planOf({ ...BATCHED, run: { audit } }), new PoissonWorkload(workload)),
  );
  expect(audited.digest).toBe(unaudited.digest);
});
