/**
 * A rollout: one variant takes the place of another while the service runs. Workers of the new one are started beside
 * the old ones; when as many are ready, all requests go to them, and the old ones are drained. When none gets ready in
 * time the rollout fails and the old variant stays. It drains no old worker before the switch, and it begins when every
 * earlier rollout of one of its variants is over: two at once would drain each other's workers.
 */
import { and, setup } from 'xstate';
import type { Address } from '../addresses.ts';
import { SCHEDULER } from '../addresses.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import type { VariantIndex } from '../catalogue/variant.ts';
import type { RolloutMessage } from '../messages.ts';
import { NONE } from '../policy.ts';
import type { PlacementPolicy } from '../policy.ts';
import type { Signals } from '../signals.ts';
import { COLD, DRAINING, LOADING, READY } from '../tables/fleet.ts';
import type { Fleet, WorkerId, WorkerState } from '../tables/fleet.ts';
import { NANOS_PER_SECOND } from '../time.ts';
import type { Nanos } from '../time.ts';
import { PHASE_CONTROL } from '../world.ts';
import type { World } from '../world.ts';
import { badAnswer } from './policy-answer.ts';
import type { WorkerPool } from './pools.ts';

/** How often a rollout looks whether it can go on. */
const POLL_NS: Nanos = NANOS_PER_SECOND;
const OVER: ReadonlySet<RolloutStage> = new Set(['done', 'failed', 'not needed']);
const ANY: readonly WorkerState[] = [COLD, LOADING, READY, DRAINING];

export interface RolloutPlan {
  readonly atNs: Nanos;
  readonly from: VariantIndex;
  readonly to: VariantIndex;
  /**
   * How long the workers of `to` may take to get ready from when it begins; with none it fails, with some it switches
   * to those.
   */
  readonly patienceNs: Nanos;
}

/** `not needed`: `from` did not serve when its turn came, as the rollout that was to introduce it had failed. */
export type RolloutStage = 'waiting' | 'introducing' | 'switching' | 'retiring' | 'done' | 'failed' | 'not needed';

/** What a result says of a rollout. */
export interface RolloutProgress {
  stage: RolloutStage;
  /** When it began; `NEVER` while it has not. */
  beganNs: Nanos;
  /** When `to` began to serve; `NEVER` while it does not. */
  switchedNs: Nanos;
  /** When it was over, however it ended; `NEVER` while it is not. */
  endedNs: Nanos;
}

export interface RolloutInput {
  readonly world: World;
  readonly catalogue: Catalogue;
  readonly fleet: Fleet;
  readonly pool: WorkerPool;
  readonly placement: PlacementPolicy;
  readonly signals: Signals;
  /** Workers that scalers keep at least, by variant: `to` inherits those of `from`. */
  readonly floors: Map<VariantIndex, number>;
  readonly plan: RolloutPlan;
  /** Where the rollout gets its own timers. */
  readonly address: Address;
  readonly progress: RolloutProgress;
  /** Rollouts that are due before and share a variant. */
  readonly before: readonly Readonly<RolloutProgress>[];
}

interface RolloutContext extends RolloutInput {
  /** Workers that `to` had when it began: some, where it has taken the place of another variant already. */
  had: number;
  /** Workers of `to` that found no room before the switch. */
  missing: number;
  /** A shortage is in the decision log already. */
  saidShort: boolean;
}

export const rolloutLogic = setup({
  // XState reads the types off these values and never looks at them.
  types: {} as { context: RolloutContext; events: RolloutMessage; input: RolloutInput },
  guards: {
    isBlocked: ({ context: { before } }) => before.some(({ stage }) => !OVER.has(stage)),
    isPointless: ({ context: { fleet, plan } }) => fleet.rolling[plan.from] === 1,
    allReady: ({ context }) => context.fleet.ready(context.plan.to).length >= wanted(context),
    someReady: ({ context: { fleet, plan } }) => fleet.ready(plan.to).length > 0,
    isLate: ({ context: { world, plan, progress } }) => world.now >= progress.beganNs + plan.patienceNs,
    nothingHeld: ({ context: { fleet, plan } }) => fleet.waiting[plan.from] === 0,
    allGone: ({ context: { fleet, plan } }) => workersIn(fleet, plan.from, ANY).length === 0,
  },
  actions: {
    note: ({ context }, { stage }: { stage: RolloutStage }) => {
      context.progress.stage = stage;
      // A state that waits is entered again at every tick.
      if (stage === 'switching') context.progress.switchedNs = Math.min(context.progress.switchedNs, context.world.now);
      if (OVER.has(stage)) context.progress.endedNs = context.world.now;
    },
    awaitStart: ({ context }) => wake(context, context.plan.atNs),
    awaitNext: ({ context }) => wake(context, context.world.now + POLL_NS),
    begin: ({ context }) => {
      context.progress.beganNs = context.world.now;
      const { fleet, plan } = context;
      context.had = fleet.rolling[plan.to] === 1 ? 0 : serving(fleet, plan.to).length;
    },
    introduce: ({ context }) => introduce(context),
    switchOver: ({ context }) => {
      const { fleet, floors, plan, world } = context;
      context.missing = missingIn(context);
      const floor = floors.get(plan.from);
      floors.delete(plan.from);
      if (floor !== undefined) floors.set(plan.to, floor + (floors.get(plan.to) ?? 0));
      fleet.succeed(plan.from, plan.to);
      world.send(SCHEDULER, { type: 'variant.succeeded', variant: plan.from });
    },
    retire: ({ context }) => drainAll(context, context.plan.from, reasonOf(context)),
    // The old workers leave the room that was missing.
    fillUp: ({ context }) => {
      while (context.missing > 0 && startOne(context)) context.missing -= 1;
    },
    giveUp: ({ context }) => {
      const { fleet, plan } = context;
      // One that has taken the place of another variant serves on.
      if (fleet.rolling[plan.to] === 1) drainAll(context, plan.to, `${reasonOf(context)} failed`);
    },
  },
}).createMachine({
  context: ({ input }) => ({ ...input, had: 0, missing: 0, saidShort: false }),
  initial: 'waiting',
  states: {
    waiting: {
      entry: 'awaitStart',
      on: {
        'rollout.tick': [
          { guard: 'isBlocked', actions: 'awaitNext' },
          { guard: 'isPointless', target: 'pointless' },
          { target: 'introducing', actions: 'begin' },
        ],
      },
    },
    introducing: {
      entry: [{ type: 'note', params: { stage: 'introducing' } }, 'introduce', 'awaitNext'],
      on: {
        'rollout.tick': [
          { guard: 'allReady', target: 'switching', actions: 'switchOver' },
          { guard: and(['isLate', 'someReady']), target: 'switching', actions: 'switchOver' },
          { guard: 'isLate', target: 'failed' },
          { target: 'introducing', reenter: true },
        ],
      },
    },
    switching: {
      entry: [{ type: 'note', params: { stage: 'switching' } }, 'awaitNext'],
      on: {
        'rollout.tick': [
          { guard: 'nothingHeld', target: 'retiring' },
          { target: 'switching', reenter: true },
        ],
      },
    },
    retiring: {
      entry: [{ type: 'note', params: { stage: 'retiring' } }, 'retire', 'fillUp', 'awaitNext'],
      on: {
        'rollout.tick': [
          { guard: 'allGone', target: 'done' },
          { target: 'retiring', reenter: true },
        ],
      },
    },
    done: { type: 'final', entry: [{ type: 'note', params: { stage: 'done' } }, 'fillUp'] },
    pointless: { type: 'final', entry: [{ type: 'note', params: { stage: 'not needed' } }] },
    failed: { type: 'final', entry: [{ type: 'note', params: { stage: 'failed' } }, 'giveUp'] },
  },
});

function wake({ world, address }: RolloutContext, atNs: Nanos): void {
  world.setTimer(address, Math.max(atNs, world.now), { type: 'rollout.tick' }, PHASE_CONTROL);
}

/** Starts as many workers of the new variant as are missing, while there is room. */
function introduce(context: RolloutContext): void {
  for (let missing = missingIn(context); missing > 0; missing -= 1) {
    if (startOne(context)) continue;
    sayShort(context);
    return;
  }
}

function missingIn(context: RolloutContext): number {
  return wanted(context) - serving(context.fleet, context.plan.to).length;
}

/**
 * As many as the old variant has, beside those that the new one had already; one at least, for a version that cannot be
 * loaded shall not take over.
 */
function wanted({ fleet, plan, had }: RolloutContext): number {
  return Math.max(1, had + serving(fleet, plan.from).length);
}

function startOne(context: RolloutContext): boolean {
  const { world, fleet, pool, placement, plan } = context;
  const machine = placement.place(plan.to, world.now);
  if (machine === NONE) return false;
  if (!fleet.machines.fits(machine, plan.to)) {
    throw badAnswer('placement', `machine ${machine}`, 'a machine that is up and has room, or NONE');
  }
  return pool.start(plan.to, machine, reasonOf(context)) !== NONE;
}

/** Asks for machines at every look, as the autoscaler of models does; the decision log has it once. */
function sayShort(context: RolloutContext): void {
  const { world, catalogue, signals, plan, saidShort } = context;
  const cause = 'no machine has room';
  const { hardware } = catalogue.variants[plan.to];
  signals.capacityShort({ hardware, variant: plan.to, atNs: world.now, cause });
  if (!saidShort) world.decided({ kind: 'capacity.short', variant: plan.to, reason: `${reasonOf(context)}: ${cause}` });
  context.saidShort = true;
}

function drainAll({ fleet, pool }: RolloutContext, variant: VariantIndex, reason: string): void {
  for (const worker of workersIn(fleet, variant, [LOADING, READY])) {
    if (fleet.isCondemned(worker)) continue;
    pool.drain(worker, reason);
    fleet.condemn(worker);
  }
}

/** Workers that take requests or will. */
function serving(fleet: Fleet, variant: VariantIndex): WorkerId[] {
  return workersIn(fleet, variant, [COLD, LOADING, READY]).filter((worker) => !fleet.isCondemned(worker));
}

function workersIn(fleet: Fleet, variant: VariantIndex, states: readonly WorkerState[]): WorkerId[] {
  const found: WorkerId[] = [];
  for (let worker = 0; worker < fleet.workersMax; worker += 1) {
    if (fleet.variant[worker] !== variant || fleet.dedicated[worker] === 1) continue;
    if (states.some((state) => fleet.state[worker] === state)) found.push(worker);
  }
  return found;
}

function reasonOf({ catalogue, plan }: RolloutContext): string {
  return `rollout of ${catalogue.variants[plan.to].name}`;
}
