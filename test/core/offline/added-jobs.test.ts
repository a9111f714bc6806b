/** Jobs that come while the service runs: queued behind those there are, also where there was none. */
import { expect, test } from 'vitest';
import type { OfflineJob, RunRecord } from '../../../core/index.ts';
import { NEVER, OFFLINE, milliseconds, seconds } from '../../../core/index.ts';
import { SimulatedWorld } from '../../../sim/index.ts';
import { planOf } from '../../fixtures/plans.ts';
import { deterministic } from '../../fixtures/services.ts';
import { arrivalsAt } from '../../fixtures/workloads.ts';
import { NO_THROTTLE, countsOf, spanOf } from './offline-jobs.ts';

const JOB: OfflineJob = {
  name: 'added',
  architecture: 'architecture-0',
  variant: '',
  files: 8,
  atNs: 0,
  cancelNs: NEVER,
  batch: 4,
  attemptsMax: 3,
};

/** A run of 30 s on one machine, with jobs added at the given seconds. */
function runAdding(...atS: readonly number[]): RunRecord {
  const offline = { jobs: [], throttle: NO_THROTTLE, framework: '' };
  const plan = planOf({
    variants: [{ service: deterministic(milliseconds(100)), maxBatch: 4 }],
    machines: [{ cores: 4 }],
    serving: { offline },
  });
  const world = new SimulatedWorld(plan, arrivalsAt(0, seconds(30)));
  for (const at of atS) world.setTimer(OFFLINE, seconds(at), { type: 'job.added', job: JOB });
  return world.run();
}

test('a job added to a service without jobs is run to its end', () => {
  const record = runAdding(2);
  expect(countsOf(record)).toMatchObject({ total: 8, done: 8 });
  expect(spanOf(record)).toEqual([2, 2.2]);
  expect(record.findings).toEqual([]);
});

test('a job added after the others have ended is looked for again', () => {
  const record = runAdding(2, 20);
  expect(spanOf(record, 1)).toEqual([20, 20.2]);
  expect(record.findings).toEqual([]);
});

test('jobs added together run in their order, with files of their own numbers', () => {
  const record = runAdding(2, 2, 2);
  expect([0, 1, 2].map((job) => countsOf(record, job).done)).toEqual([8, 8, 8]);
  expect([0, 1, 2].map((job) => record.serving.offline?.firstFileOf(job))).toEqual([0, 8, 16]);
  expect(record.findings).toEqual([]);
});
