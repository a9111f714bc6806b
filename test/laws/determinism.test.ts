/** Equal plans give equal runs: again, after other runs, in another thread. Another seed gives another run. */
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { planOf } from '../fixtures/plans.ts';
import { rowsOf, simulate } from '../fixtures/runs.ts';
import { PoissonWorkload } from '../fixtures/workloads.ts';
import type { Proof } from './full-run.ts';
import { fullPlan, fullRun, fullWorkload, proofOf } from './full-run.ts';

const first = fullRun('seed');

/** Runs in a thread of its own, from the sources: the thread registers the loader that vitest has. */
async function proofFromThread(seed: string): Promise<Proof> {
  const start = `
    const { workerData } = require('node:worker_threads');
    import(workerData.loader).then(({ register }) => { register(); return import(workerData.entry); });`;
  const entry = new URL('./full-run-worker.ts', import.meta.url).href;
  const worker = new Worker(start, {
    eval: true,
    workerData: { seed, entry, loader: import.meta.resolve('tsx/esm/api') },
  });
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

describe('the full run', () => {
  test('has everything in it: this test proves nothing on an idle service', () => {
    expect([first.ending, first.findings]).toEqual(['drained', []]);
    expect([...first.faults.keys()].length).toBe(5);
    const kinds = new Set(first.decisions.map(({ decision }) => decision.kind));
    expect([...kinds].sort()).toEqual([
      'capacity.short',
      'machine.boot',
      'machine.drain',
      'worker.drain',
      'worker.start',
    ]);
    const outcomes = first.serving.recorder.total().outcomes;
    // Served, late, rejected and failed.
    expect([1, 2, 3, 5].map((code) => outcomes[code] > 0)).toEqual([true, true, true, true]);
    expect(first.serving.fleet.staleMessages).toBeGreaterThan(0);
  });
});

describe('the same seed gives the same digest and the same unseed', () => {
  test('a second time in this process', () => {
    expect(proofOf(fullRun('seed'))).toEqual(proofOf(first));
  });

  test('after an unrelated run', () => {
    simulate(planOf({ workers: [3] }), new PoissonWorkload({ rateRps: 100, count: 500, seed: 'unrelated' }));
    fullRun('another');
    expect(proofOf(fullRun('seed'))).toEqual(proofOf(first));
  });

  test('in a worker thread', async () => {
    expect(await proofFromThread('seed')).toEqual(proofOf(first));
  });

  test('for every decision and every row', () => {
    const second = fullRun('seed');
    expect(second.decisions).toEqual(first.decisions);
    expect(rowsOf(second)).toEqual(rowsOf(first));
  });
});

describe('another', () => {
  test('seed gives another digest and another unseed', () => {
    const other = proofOf(fullRun('other seed'));
    expect(other.digest).not.toBe(first.digest);
    expect(other.unseed).not.toBe(first.unseed);
  });

  test('seed of the service alone gives another run of the same workload', () => {
    const other = simulate(fullPlan('other seed'), fullWorkload('seed'));
    expect(other.digest).not.toBe(first.digest);
    expect(other.serving.requests.opened).toBe(first.serving.requests.opened);
  });

  test('option of one policy gives another digest', () => {
    const { serving, ...rest } = fullPlan('seed');
    const { batching } = serving.policies;
    const changed = { ...batching, options: { ...batching.options, initial: 2 } };
    const plan = { ...rest, serving: { ...serving, policies: { ...serving.policies, batching: changed } } };
    expect(simulate(plan, fullWorkload('seed')).digest).not.toBe(first.digest);
  });
});
