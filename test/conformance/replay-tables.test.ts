import { describe, expect, test } from 'vitest';
import { CANCELLED, NEVER, SCHEDULER, START, milliseconds } from '../../core/index.ts';
import { LiveWorld, runLive, tableBackend } from '../../live/world/index.ts';
import { replayLog } from '../../sim/index.ts';
import {
  ListedArrivals,
  TwoClients,
  comparable,
  livePlan,
  poisson,
  rowsOf,
  tableCatalogue,
  tableVariant,
} from '../live/world/fixtures.ts';
import type { PlanChanges } from '../live/world/fixtures.ts';
import { ownPolicy } from '../fixtures/plans.ts';
import { liveAndReplayed } from './replay.ts';

const VARIANTS = [tableVariant(0, 'small', [3, 4, 5, 6, 7, 8, 9, 10]), tableVariant(1, 'large', [9, 11, 13, 15])];
const CATALOGUE = tableCatalogue(VARIANTS);

const onTables = { backend: tableBackend };

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
};

/** Three inputs to each worker, else one more worker. */
const starter = ownPolicy(({ fleet }) => ({
  dispatch: {
    assign(_slot, variant) {
      const ready = fleet.ready(variant);
      for (let i = 0; i < ready.length; i += 1) if (fleet.outstanding[ready.at(i)] < 3) return ready.at(i);
      return START;
    },
    cold: () => START,
  },
}));

const SCALING: PlanChanges = {
  policies: {
    'model-scaling': ['queue-depth', { target: 2, period: milliseconds(50), scaleDownDelay: milliseconds(100) }],
    'machine-scaling': [
      'utilisation',
      { period: milliseconds(50), patience: milliseconds(100), cooldown: milliseconds(50), low: 0.6, high: 0.9 },
    ],
  },
  machines: { initial: 1, max: 3 },
  live: { bootNs: 'catalogue' },
};

describe('the log of a live run, replayed under the kernel, gives the same run', () => {
  test.each(Object.entries(EVERY_WAY))('%s', async (_name, changes) => {
    const plan = livePlan(CATALOGUE, changes);
    const { live, replayed } = await liveAndReplayed(plan, poisson(400, 1), onTables);
    expect(live.ending).toBe('drained');
    expect(rowsOf(live).length).toBeGreaterThan(300);
    expect(comparable(replayed)).toEqual(comparable(live));
    expect(replayed.findings).toEqual([]);
  });

  test('workers that requests start, as far as there are numbers for them, and what is owed beyond', async () => {
    const plan = livePlan(CATALOGUE, {
      policies: { dispatch: [starter.definition] },
      workers: [],
      serving: { limits: { workersMax: 2, machinesMax: 1, holdMax: 10_000, timeoutNs: NEVER } },
    });
    const { live, replayed } = await liveAndReplayed(plan, poisson(400, 1.5), onTables);
    expect(live.ending).toBe('drained');
    expect(live.decisions.map(({ decision }) => decision.kind)).toContain('capacity.short');
    expect(comparable(replayed)).toEqual(comparable(live));
    expect(replayed.findings).toEqual([]);
  });

  test('workers and machines that scale', async () => {
    const { live, replayed } = await liveAndReplayed(livePlan(CATALOGUE, SCALING), poisson(400, 1.5), onTables);
    const kinds = new Set(live.decisions.map(({ decision }) => decision.kind));
    expect([...kinds]).toEqual(expect.arrayContaining(['worker.start', 'worker.drain', 'machine.boot']));
    expect(comparable(replayed)).toEqual(comparable(live));
    expect(replayed.findings).toEqual([]);
  });

  test('a closed loop, whose arrivals nobody knew in advance', async () => {
    const { live, replayed } = await liveAndReplayed(livePlan(CATALOGUE), new TwoClients(60), {
      backend: tableBackend,
    });
    expect(rowsOf(live)).toHaveLength(60);
    expect(comparable(replayed)).toEqual(comparable(live));
  });

  test('a service whose clients come when they like and leave', async () => {
    const plan = livePlan(CATALOGUE, { workers: [[0, 2]] });
    const parts = { plan, backend: tableBackend, decisionsMax: 2000, logMax: 1000, endsByItself: false };
    const world = new LiveWorld({ ...parts, workload: new ListedArrivals([]) });
    const running = world.run();
    await world.begun;
    for (let burst = 0; burst < 5; burst += 1) {
      const query = { kind: 0, inputs: 1, latencyNs: milliseconds(20), accuracyPercent: 0, client: -1 };
      const slots: number[] = [];
      for (let at = 0; at < 6; at += 1) world.submit(query, (slot) => slots.push(slot));
      const ordinal = world.serving.requests.ordinal[slots[5]];
      world.external(SCHEDULER, { type: 'request.cancelled', slot: slots[5], ordinal });
      await new Promise((resolve) => {
        setTimeout(resolve, 30);
      });
    }
    world.end('interrupted');
    const live = await running;
    if (live.log === undefined) throw new Error('the run kept no log');
    expect(rowsOf(live).some(({ outcome }) => outcome === CANCELLED)).toBe(true);
    const replayed = replayLog(live.log, { serving: plan.serving, seed: plan.seed, decisionsMax: 2000 });
    expect(comparable(replayed)).toEqual(comparable(live));
  });

  test('a run that was interrupted', async () => {
    const signal = AbortSignal.timeout(400);
    const { live, replayed } = await liveAndReplayed(livePlan(CATALOGUE), poisson(400, 5), { ...onTables, signal });
    expect(live.ending).toBe('interrupted');
    expect(comparable(replayed)).toEqual(comparable(live));
    expect(replayed.findings).toEqual([]);
  });

  test('a run that did not drain in time', async () => {
    const plan = livePlan(CATALOGUE, { live: { drainNs: milliseconds(50) } });
    const { live, replayed } = await liveAndReplayed(plan, poisson(2000, 0.3), onTables);
    expect(live.ending).toBe('drain-limit');
    expect(live.serving.recorder.total().outcomes[0]).toBeGreaterThan(0);
    expect(comparable(replayed)).toEqual(comparable(live));
  });
});

describe('a replay of something else differs', () => {
  test('one event moved by a nanosecond changes the digest', async () => {
    const plan = livePlan(CATALOGUE);
    const { log } = await runLive(plan, poisson(200, 0.2), { ...onTables, log: true });
    if (log === undefined) throw new Error('the run kept no log');
    const arrivals = log.arrivals.map((entry, at) => (at === 3 ? { ...entry, atNs: entry.atNs + 1 } : entry));
    const replayed = replayLog({ ...log, arrivals }, { serving: plan.serving, seed: plan.seed, decisionsMax: 10 });
    expect(replayed.digest).not.toBe(log.digest);
  });

  test('another seed changes what random policies do', async () => {
    const plan = livePlan(CATALOGUE, { policies: { dispatch: ['random'] }, workers: [[0, 4]] });
    const { log } = await runLive(plan, poisson(200, 0.2), { ...onTables, log: true });
    if (log === undefined) throw new Error('the run kept no log');
    const replayed = replayLog(log, { serving: plan.serving, seed: 'another', decisionsMax: 10 });
    expect(replayed.digest).not.toBe(log.digest);
  });

  test('a log that hit its bound is refused', async () => {
    const plan = livePlan(CATALOGUE);
    const { log } = await runLive(plan, poisson(200, 0.1), { ...onTables, log: true });
    if (log === undefined) throw new Error('the run kept no log');
    const replay = { serving: plan.serving, seed: plan.seed, decisionsMax: 10 };
    expect(() => replayLog({ ...log, complete: false }, replay)).toThrow('the log ends before its run does');
  });
});
