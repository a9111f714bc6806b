import { describe, expect, test } from 'vitest';
import { milliseconds } from '../../core/index.ts';
import { runLive, tableBackend } from '../../live/world/index.ts';
import { replayLog } from '../../sim/index.ts';
import { TwoClients, comparable, livePlan, poisson, rowsOf, tableCatalogue, tableVariant } from '../live/world/fixtures.ts';
import type { PlanChanges } from '../live/world/fixtures.ts';
import { liveAndReplayed } from './replay.ts';

const VARIANTS = [tableVariant(0, 'small', [3, 4, 5, 6, 7, 8, 9, 10]), tableVariant(1, 'large', [9, 11, 13, 15])];
const CATALOGUE = tableCatalogue(VARIANTS);

const EVERY_WAY: Readonly<Record<string, PlanChanges>> = {
  'random dispatch, batches that wait': {
    policies: { dispatch: ['random'], batching: ['fixed', { maxBatch: 4, maxDelay: milliseconds(6) }] },
    workers: [[0, 4]],
  },
  'a central queue, adaptive batches, deadlines': {
    policies: { dispatch: ['central-queue'], batching: ['aimd'], admission: ['deadline'] },
    workers: [[0, 2]],
  },
  'power of two, with a timeout and a short hold': {
    policies: { dispatch: ['power-of-two'] },
    workers: [[0, 2]],
    serving: { limits: { workersMax: 8, machinesMax: 1, holdMax: 50, timeoutNs: milliseconds(30) } },
  },
  'workers and machines that scale': {
    policies: {
      'model-scaling': ['queue-depth', { target: 2, period: milliseconds(50), scaleDownDelay: milliseconds(100) }],
      'machine-scaling': [
        'utilisation',
        { period: milliseconds(50), patience: milliseconds(100), cooldown: milliseconds(50), low: 0.6, high: 0.9 },
      ],
    },
    machines: { initial: 1, max: 3 },
    live: { bootNs: 'catalogue' },
  },
};

describe('the log of a live run, replayed under the kernel, gives the same run', () => {
  test.each(Object.entries(EVERY_WAY))('%s', async (name, changes) => {
    const plan = livePlan(CATALOGUE, changes);
    const { live, replayed } = await liveAndReplayed(plan, poisson(400, 1), { backend: tableBackend });
    expect(live.ending).toBe('drained');
    expect(rowsOf(live).length).toBeGreaterThan(300);
    expect(comparable(replayed)).toEqual(comparable(live));
    expect(replayed.findings).toEqual([]);
    if (name.includes('scale')) {
      const kinds = new Set(live.decisions.map(({ decision }) => decision.kind));
      expect([...kinds]).toEqual(expect.arrayContaining(['worker.start', 'worker.drain', 'machine.boot']));
    }
  });

  test('a closed loop, whose arrivals nobody knew in advance', async () => {
    const { live, replayed } = await liveAndReplayed(livePlan(CATALOGUE), new TwoClients(60), { backend: tableBackend });
    expect(rowsOf(live)).toHaveLength(60);
    expect(comparable(replayed)).toEqual(comparable(live));
  });

  test('a run that was interrupted', async () => {
    const signal = AbortSignal.timeout(400);
    const { live, replayed } = await liveAndReplayed(livePlan(CATALOGUE), poisson(400, 5), { backend: tableBackend, signal });
    expect(live.ending).toBe('interrupted');
    expect(comparable(replayed)).toEqual(comparable(live));
    expect(replayed.findings).toEqual([]);
  });

  test('a run that did not drain in time', async () => {
    const plan = livePlan(CATALOGUE, { live: { drainNs: milliseconds(50) } });
    const { live, replayed } = await liveAndReplayed(plan, poisson(2000, 0.3), { backend: tableBackend });
    expect(live.ending).toBe('drain-limit');
    expect(live.serving.recorder.total().outcomes[0]).toBeGreaterThan(0);
    expect(comparable(replayed)).toEqual(comparable(live));
  });
});

describe('a replay of something else differs', () => {
  test('one event moved by a nanosecond changes the digest', async () => {
    const plan = livePlan(CATALOGUE);
    const { log } = await runLive(plan, poisson(200, 0.2), { backend: tableBackend, log: true });
    if (log === undefined) throw new Error('the run kept no log');
    const arrivals = log.arrivals.map((entry, at) => (at === 3 ? { ...entry, atNs: entry.atNs + 1 } : entry));
    const replayed = replayLog({ ...log, arrivals }, { serving: plan.serving, seed: plan.seed, decisionsMax: 10 });
    expect(replayed.digest).not.toBe(log.digest);
  });

  test('another seed changes what random policies do', async () => {
    const plan = livePlan(CATALOGUE, { policies: { dispatch: ['random'] }, workers: [[0, 4]] });
    const { log } = await runLive(plan, poisson(200, 0.2), { backend: tableBackend, log: true });
    if (log === undefined) throw new Error('the run kept no log');
    const replayed = replayLog(log, { serving: plan.serving, seed: 'another', decisionsMax: 10 });
    expect(replayed.digest).not.toBe(log.digest);
  });

  test('a log that hit its bound is refused', async () => {
    const plan = livePlan(CATALOGUE);
    const { log } = await runLive(plan, poisson(200, 0.1), { backend: tableBackend, log: true });
    if (log === undefined) throw new Error('the run kept no log');
    const replay = { serving: plan.serving, seed: plan.seed, decisionsMax: 10 };
    expect(() => replayLog({ ...log, complete: false }, replay)).toThrow('the log ends before its run does');
  });
});
