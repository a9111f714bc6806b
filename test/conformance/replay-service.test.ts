/**
 * What only a service does, replayed under the kernel: queries of kinds that nobody knew before, bounds set by hand,
 * offline jobs that come and are cancelled, workers that an epoch takes over and does without.
 */
import { describe, expect, test } from 'vitest';
import {
  MODEL_AUTOSCALER,
  NEVER,
  OFFLINE,
  SCHEDULER,
  UNBOUNDED,
  emptyArrival,
  milliseconds,
  seconds,
} from '../../core/index.ts';
import type { OfflineJob, RunRecord } from '../../core/index.ts';
import type { LiveRunRecord } from '../../live/world/index.ts';
import { LiveWorld, tableBackend } from '../../live/world/index.ts';
import { ModelDirectory, kindOf } from '../../live/service/model-directory.ts';
import { NO_HERITAGE, epochPlan } from '../../live/service/epoch-plan.ts';
import type { EpochHeritage } from '../../live/service/epoch-plan.ts';
import { replayLog } from '../../sim/index.ts';
import { blueprintOf, tableServed } from '../live/service/fixtures.ts';
import { comparable } from '../live/world/fixtures.ts';

const VARIANTS = [tableServed('tiny', [2, 3]), tableServed('slow', [8, 9, 10, 11])];
const OFFLINE_PLAN = { framework: '', throttle: { utilisation: Infinity, flagged: false } };

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** An epoch as the service plans it, under given hands. */
async function lived(
  heritage: Partial<EpochHeritage>,
  hands: (world: LiveWorld, ask: (name: string) => void) => Promise<void>,
): Promise<{ readonly live: LiveRunRecord; readonly replayed: RunRecord }> {
  const none = { begin: () => expect.unreachable('the test gives the actors their jobs itself') };
  const blueprint = blueprintOf(VARIANTS, { offline: { plan: OFFLINE_PLAN, ...none } });
  const { live: plan, kinds, variants } = epochPlan(blueprint, VARIANTS, { ...NO_HERITAGE, ...heritage });
  const workload = { kinds, next: emptyArrival(), advance: () => undefined };
  const parts = { plan, workload, backend: tableBackend, decisionsMax: 2000, logMax: 100_000, endsByItself: false };
  const world = new LiveWorld(parts);
  const running = world.run();
  await world.begun;
  const directory = new ModelDirectory(variants);
  await hands(world, (name) => {
    const model = directory.find(name);
    if (model === undefined) throw new Error(`there is no ${name}`);
    const kind = kinds.push(kindOf(model, `application-${kinds.length % 3}`)) - 1;
    const query = { kind, inputs: 1, latencyNs: milliseconds(30), accuracyPercent: 0, client: -1 };
    let slot = -1;
    world.submit(query, (given) => (slot = given));
    if (kind % 7 > 0) return;
    world.external(SCHEDULER, { type: 'request.cancelled', slot, ordinal: world.lastOrdinal() });
  });
  world.end('interrupted');
  const live = await running;
  if (live.log === undefined) throw new Error('the run kept no log');
  const log: typeof live.log = JSON.parse(JSON.stringify(live.log));
  return { live, replayed: replayLog(log, { serving: plan.serving, seed: plan.seed, decisionsMax: 2000 }) };
}

function job(name: string, changes: Partial<OfflineJob> = {}): OfflineJob {
  const asked = { name, architecture: '', variant: 'slow', files: 9, batch: 4, attemptsMax: 3 };
  return { ...asked, atNs: 0, cancelNs: NEVER, ...changes };
}

describe('the log of a service’s epoch, replayed under the kernel, gives the same epoch', () => {
  test('bounds set by hand, jobs that come while it runs, clients that leave', async () => {
    const { live, replayed } = await lived({}, async (world, ask) => {
      world.external(OFFLINE, { type: 'job.added', job: job('first') });
      for (let burst = 0; burst < 8; burst += 1) {
        for (let at = 0; at < 4; at += 1) ask(at % 2 === 0 ? 'tiny' : 'slow-network');
        if (burst === 1) world.external(MODEL_AUTOSCALER, { type: 'workers.bounded', variant: 0, least: 3, most: 4 });
        if (burst === 3) world.external(OFFLINE, { type: 'job.added', job: job('second', { files: 40 }) });
        if (burst === 4) world.external(MODEL_AUTOSCALER, { type: 'workers.bounded', variant: 0, least: 0, most: 1 });
        if (burst === 5) world.external(OFFLINE, { type: 'job.cancelled', job: 1 });
        if (burst === 6) {
          world.external(MODEL_AUTOSCALER, { type: 'workers.bounded', variant: 0, least: 0, most: UNBOUNDED });
        }
        await pause(40);
      }
    });
    const types = new Set(live.log?.events.map(({ message }) => message.type));
    expect([...types]).toEqual(
      expect.arrayContaining(['workers.bounded', 'job.added', 'job.cancelled', 'request.cancelled']),
    );
    const reasons = live.decisions.map(({ decision }) => decision.reason);
    expect(reasons.filter((reason) => reason === 'bounds set by hand').length).toBeGreaterThan(2);
    expect(live.serving.offline?.counts(0)).toMatchObject({ done: 9, waiting: 0 });
    expect(comparable(replayed)).toEqual(comparable(live));
    expect(replayed.serving.offline?.counts(1)).toEqual(live.serving.offline?.counts(1));
    expect(replayed.findings).toEqual([]);
  });

  test('workers that it takes over', async () => {
    const workers = new Map([
      ['tiny', 3],
      ['slow', 99],
    ]);
    const { live, replayed } = await lived({ workers }, async (_world, ask) => {
      for (let at = 0; at < 20; at += 1) ask('tiny');
      await pause(100);
    });
    const taken = live.decisions.filter(({ decision }) => decision.reason === 'taken over');
    // As many as there are numbers for.
    expect(taken).toHaveLength(16);
    expect(live.endNs).toBeLessThan(seconds(20));
    expect(comparable(replayed)).toEqual(comparable(live));
    expect(replayed.findings).toEqual([]);
  });
});
