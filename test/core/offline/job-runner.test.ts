/** Offline jobs in whole runs: in order, one at a time on a machine, throttled, cancelled, and never losing a file. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PolicyChoice } from '../../../core/index.ts';
import { NEVER, milliseconds, seconds } from '../../../core/index.ts';
import { ownPolicy } from '../../fixtures/plans.ts';
import { deterministic, exponential } from '../../fixtures/services.ts';
import { PoissonWorkload, arrivalsAt } from '../../fixtures/workloads.ts';
import { outcomesOf } from '../../fixtures/runs.ts';
import { NO_THROTTLE, countsOf, offlineRun, spanOf, startsOf } from './offline-jobs.ts';
import type { OfflineParts } from './offline-jobs.ts';

describe('jobs', () => {
  test('run all their files, batch after batch, on a worker that is unloaded at the end', () => {
    const record = offlineRun({ jobs: [{ files: 10, atNs: seconds(1) }] });
    expect(countsOf(record)).toMatchObject({ done: 10, failed: 0 });
    expect(spanOf(record)).toEqual([1, 1.3]);
    expect(record.decisions.at(-1)?.decision).toMatchObject({
      kind: 'worker.drain',
      reason: 'offline job job-0 has nothing left to do',
    });
    expect(record.serving.fleet.machines.workers[0]).toBe(1);
    expect(record.findings).toEqual([]);
  });

  test('on one machine run one after the other, first come, first served', () => {
    const record = offlineRun({ jobs: [{ atNs: seconds(3) }, { atNs: seconds(1), files: 100 }, { atNs: seconds(2) }] });
    const spans = [0, 1, 2].map((job) => spanOf(record, job));
    expect(spans[1]).toEqual([1, 3.5]);
    expect(spans[2][0]).toBeGreaterThanOrEqual(spans[1][1]);
    expect(spans[0][0]).toBeGreaterThanOrEqual(spans[2][1]);
  });

  test('on several machines run side by side, never twice on the same', () => {
    const jobs = [{ files: 100 }, { files: 100 }, { files: 100 }];
    const record = offlineRun({ jobs, machines: [{ cores: 4, initial: 3 }] });
    expect([0, 1, 2].map((job) => spanOf(record, job)[0])).toEqual([0, 0, 0]);
    expect(
      startsOf(record)
        .map(({ machine }) => machine)
        .sort((a, b) => a - b),
    ).toEqual([0, 1, 2]);
  });

  test('leave machines with accelerators alone where there are others', () => {
    const accelerator = { hardware: 'gpu', count: 1, memoryBytes: 64 };
    const machines = [{ cores: 4, accelerator, initial: 2 }, { cores: 4 }];
    const record = offlineRun({ jobs: [{ files: 8 }, { files: 8, atNs: seconds(5) }], machines });
    expect(startsOf(record).map(({ machine }) => machine)).toEqual([2, 2]);
  });

  test('take the fastest variant on CPU of their architecture, in batches that it can take', () => {
    const service = deterministic(milliseconds(100));
    const record = offlineRun({ jobs: [{ files: 10, batch: 64 }], variants: [{ service, maxBatch: 5 }] });
    expect(spanOf(record)).toEqual([0, 0.2]);
    expect(record.serving.offline?.attempts(0)).toEqual({ attempts: 2, retries: 0 });
  });

  test('that no variant on CPU can run fail with a reason', () => {
    const accelerator = { hardware: 'gpu', count: 1, memoryBytes: 64 };
    const gpu = { hardware: 'gpu', accelerators: 1, maxBatch: 4 };
    const jobs = [{}, { architecture: '', variant: 'variant-0' }];
    const record = offlineRun({ jobs, variants: [gpu], machines: [{ accelerator }] });
    expect([countsOf(record, 0).failed, countsOf(record, 1).failed]).toEqual([20, 20]);
    const reasons = [0, 1].map((job) => record.serving.offline?.reason(job));
    expect(reasons).toEqual(['no variant of architecture-0 runs on cpu', 'variant variant-0 does not run on cpu']);
  });

  test('for which no framework fits fail with a reason, and so do those that no machine has room for', () => {
    const pytorch = offlineRun({ jobs: [{}], framework: 'pytorch' });
    expect(pytorch.serving.offline?.reason(0)).toBe('no variant of architecture-0 runs on cpu with pytorch');
    const large = offlineRun({ jobs: [{}], variants: [{ cores: 8, maxBatch: 4 }], workers: [0], lastsS: 3, ...HELD });
    expect(large.serving.offline?.reason(0)).toBe('no machine type has room for variant-0');
  });

  test('that find no room wait for it, and the online workers keep theirs', () => {
    const record = offlineRun({ jobs: [{}], machines: [{ cores: 1 }] });
    expect(countsOf(record)).toMatchObject({ waiting: 20, done: 0 });
    expect(outcomesOf(record)).toEqual(['served', 'served']);
  });

  test('that are not over when the run is are cut off, and nothing of them is lost', () => {
    const record = offlineRun({ jobs: [{ files: 1000 }], lastsS: 5 });
    const { done, running, waiting } = countsOf(record);
    expect([record.ending, done + running + waiting, done]).toEqual(['drained', 1000, 204]);
    expect(record.findings).toEqual([]);
  });
});

/** Requests are not the subject: they fail after a second. */
const HELD: Partial<OfflineParts> = { limits: { timeoutNs: seconds(1) } };

describe('a worker of an offline job', () => {
  test('takes no requests', () => {
    const workload = arrivalsAt(0, seconds(1), seconds(2));
    const record = offlineRun({ jobs: [{ files: 400 }], workers: [0], workload, ...HELD });
    expect(outcomesOf(record)).toEqual(['failed timeout', 'failed timeout', 'failed timeout']);
    expect(countsOf(record).done).toBeGreaterThan(0);
  });

  test('keeps no request from getting a first worker of its variant', () => {
    const parts = { workers: [0], workload: arrivalsAt(0, seconds(1)), serving: { startOnRequest: true } };
    const record = offlineRun({ jobs: [{ files: 400 }], ...parts });
    expect(outcomesOf(record)).toEqual(['served', 'served']);
  });

  test('leaves its number to workers that serve requests, and the other way round', () => {
    const crash = { fault: 'worker-crash', times: { kind: 'at', atNs: [seconds(4), seconds(8)] } } as const;
    const record = offlineRun({
      jobs: [{ files: 20 }, { files: 20, atNs: seconds(6) }, { files: 20, atNs: seconds(10) }],
      workload: arrivalsAt(0, seconds(2), seconds(5), seconds(9), seconds(13)),
      policies: { 'model-scaling': ['fixed', { period: seconds(1) }] },
      limits: { workersMax: 2 },
      run: { faults: [crash] },
    });
    expect(outcomesOf(record)).toEqual(['served', 'served', 'served', 'served', 'served']);
    expect([0, 1, 2].map((job) => countsOf(record, job).done)).toEqual([20, 20, 20]);
    expect(record.findings).toEqual([]);
  });

  test('does not count among the batches of the service, but its work counts as work', () => {
    const record = offlineRun({ jobs: [{ files: 20 }] });
    expect([...record.serving.recorder.batchSizes]).toEqual([0, 2, 0, 0, 0]);
    expect(record.serving.fleet.machines.coresWorkedNs[0]).toBe(7 * milliseconds(100));
  });
});

describe('a job that is cancelled', () => {
  test('before it starts never gets a worker', () => {
    const record = offlineRun({ jobs: [{ files: 200 }, { cancelNs: seconds(2) }] });
    expect(countsOf(record, 1)).toMatchObject({ cancelled: 20, done: 0 });
    expect(startsOf(record)).toHaveLength(1);
  });

  test('in the middle finishes the batch that runs, and its worker is unloaded', () => {
    const record = offlineRun({ jobs: [{ files: 200, cancelNs: milliseconds(1050) }] });
    expect(countsOf(record)).toMatchObject({ done: 44, cancelled: 156 });
    expect(spanOf(record)[1]).toBe(1.1);
    expect(record.serving.fleet.machines.workers[0]).toBe(1);
  });

  test('after its end stays done', () => {
    const record = offlineRun({ jobs: [{ files: 8, cancelNs: seconds(3) }] });
    expect([countsOf(record).done, spanOf(record)[1]]).toEqual([8, 0.2]);
  });

  test('while it waits for quieter times ends without a batch', () => {
    const throttle = { utilisation: 0, flagged: true };
    const workload = new PoissonWorkload({ rateRps: 5, count: 100, seed: 'busy' });
    const record = offlineRun({ jobs: [{ atNs: seconds(3), cancelNs: seconds(5) }], throttle, workload });
    expect(countsOf(record)).toMatchObject({ cancelled: 20, done: 0 });
    expect(record.serving.fleet.machines.workers[0]).toBe(1);
  });
});

describe('a throttled job', () => {
  const throttle = { utilisation: 0.4, flagged: true };
  test('runs on while its machine is idle otherwise', () => {
    // Its own work keeps one of four cores busy: 25 percent.
    const record = offlineRun({ jobs: [{ files: 400 }], throttle });
    expect(spanOf(record)).toEqual([0, 10]);
  });

  test('waits while more than its share of the cores is at work, and goes on afterwards', () => {
    // Two of four cores are at work for the first ten seconds.
    const busy = { service: deterministic(seconds(10)), cores: 2 };
    const variants = [{ service: deterministic(milliseconds(100)), maxBatch: 4 }, busy];
    const kinds = [{ application: 'default', useCase: '', architecture: '', variant: '' }];
    const policies = { selection: ['fixed', { variant: 'variant-1' }] as const };
    const record = offlineRun({ jobs: [{ files: 400 }], throttle, variants, kinds, policies });
    const [, endedS] = spanOf(record);
    // It starts at once, is stopped by the first sample after 2.5 s, and goes on after the one at 12.5 s.
    expect(endedS).toBeGreaterThan(19);
    expect(endedS).toBeLessThan(21);
  });

  test('waits while a worker of its machine is flagged, and goes on afterwards', () => {
    const record = offlineRun({ jobs: [{ files: 400 }], throttle, policies: { 'model-scaling': flagging(2, 9) } });
    const [, endedS] = spanOf(record);
    expect(endedS).toBeGreaterThanOrEqual(17);
    expect(endedS).toBeLessThanOrEqual(18);
  });

  test('leaves the latency of requests as it is, where one without throttle does not', () => {
    const online = { service: exponential(milliseconds(50)), maxBatch: 1, cores: 2 };
    const bulk = { service: deterministic(milliseconds(400)), maxBatch: 4, cores: 4 };
    const p99 = (throttled: OfflineParts['throttle'] | null): number => {
      const record = offlineRun({
        jobs: throttled === null ? [{ atNs: NEVER - 1 }] : [{ architecture: 'architecture-1', files: 4000 }],
        throttle: throttled ?? NO_THROTTLE,
        variants: [online, bulk],
        workers: [2, 0],
        policies: { selection: ['fixed', { variant: 'variant-0' }] },
        workload: new PoissonWorkload({ rateRps: 25, count: 3000, seed: 'online' }),
        limits: { coreOvercommit: 2 },
        // The first sample is taken after 2.5 s: until then nobody knows that the machine is busy.
        recorder: { fromNs: seconds(5) },
        run: { contention: true },
      });
      return record.serving.recorder.latency.quantileNs(0.99);
    };
    const alone = p99(null);
    expect(p99(NO_THROTTLE)).toBeGreaterThan(1.5 * alone);
    expect(p99(throttle)).toBeLessThan(1.2 * alone);
  });
});

/** A scaler that flags worker 0 between two times. */
function flagging(fromS: number, untilS: number): PolicyChoice {
  return ownPolicy(({ signals }) => ({
    'model-scaling': {
      periodNs: seconds(0.5),
      decide: (now) => {
        signals.flag(0, now >= seconds(fromS) && now < seconds(untilS));
        return [];
      },
    },
  }));
}

describe('crashes and losses', () => {
  test('the files of a crashed worker are run by another', () => {
    const crash = { fault: 'worker-crash', times: { kind: 'at', atNs: [milliseconds(2050)] } } as const;
    const record = offlineRun({ jobs: [{ files: 100 }], workers: [0], ...HELD, run: { faults: [crash] } });
    expect(countsOf(record).done).toBe(100);
    expect(record.serving.offline?.attempts(0)).toEqual({ attempts: 26, retries: 1 });
    expect(startsOf(record).map(({ atS }) => atS)).toEqual([0, 3]);
  });

  test('the files of a lost machine are run on another', () => {
    const lost = { fault: 'machine-loss', times: { kind: 'at', atNs: [milliseconds(2050)] } } as const;
    const parts = { workers: [0], ...HELD, machines: [{ cores: 4, initial: 2 }], run: { faults: [lost] } };
    // One of the two machines is lost: under one of these seeds it is the job's.
    const records = ['a', 'b', 'c', 'd'].map((seed) =>
      offlineRun({ jobs: [{ files: 100, attemptsMax: 1 }], ...parts, run: { ...parts.run, seed } }),
    );
    expect(records.map((record) => countsOf(record).done)).toEqual([100, 100, 100, 100]);
    expect(records.some((record) => startsOf(record).length === 2)).toBe(true);
  });

  test('a worker that cannot be loaded is started again', () => {
    const failing = { fault: 'failed-load', probability: 0.7 } as const;
    const service = deterministic(milliseconds(100), { loadNs: milliseconds(300) });
    const parts = { variants: [{ service, maxBatch: 4 }], workers: [0], ...HELD, run: { faults: [failing] } };
    const record = offlineRun({ jobs: [{ files: 20 }], ...parts });
    expect(countsOf(record).done).toBe(20);
    expect(startsOf(record).length).toBeGreaterThan(1);
  });

  test('whenever they come, every file is accounted for and none is done twice', () => {
    const time = fc.integer({ min: 0, max: 12_000 }).map((ms) => milliseconds(ms));
    fc.assert(
      fc.property(
        fc.record({
          crashes: fc.array(time, { maxLength: 4 }),
          losses: fc.array(time, { maxLength: 3 }),
          attemptsMax: fc.integer({ min: 1, max: 3 }),
          cancelNs: fc.oneof(fc.constant(NEVER), time),
          loadMs: fc.constantFrom(0, 700),
          files: fc.integer({ min: 1, max: 150 }),
          seed: fc.string({ maxLength: 4 }),
        }),
        ({ crashes, losses, attemptsMax, cancelNs, loadMs, files, seed }) => {
          const service = deterministic(milliseconds(100), { loadNs: milliseconds(loadMs) });
          const record = offlineRun({
            jobs: [{ files, attemptsMax, cancelNs }, { files: 30 }],
            variants: [{ service, maxBatch: 4 }],
            workers: [0],
            machines: [{ cores: 4, initial: 3, bootNs: milliseconds(500) }],
            policies: { 'machine-scaling': ['fixed', { period: seconds(1) }] },
            lastsS: 40,
            ...HELD,
            run: {
              seed,
              faults: [
                { fault: 'worker-crash', times: { kind: 'at', atNs: crashes } },
                { fault: 'machine-loss', times: { kind: 'at', atNs: losses } },
              ],
            },
          });
          expect(record.findings).toEqual([]);
          for (const job of [0, 1]) {
            const { total, waiting, running, done, failed, cancelled } = countsOf(record, job);
            expect([waiting, running, done + failed + cancelled]).toEqual([0, 0, total]);
          }
          const mustEndWell = attemptsMax > crashes.length && cancelNs === NEVER;
          expect(countsOf(record).done).toBeGreaterThanOrEqual(mustEndWell ? files : 0);
        },
      ),
      { seed: 20_261_121, numRuns: 60 },
    );
  });
});
