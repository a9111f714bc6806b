/**
 * The control loop that changes the number of workers: every period it asks the model-scaling policy, finds
 * machines through the placement policy, and starts or drains workers. A worker that finds no machine raises
 * `capacity short` for the machine autoscaler.
 */
import { setup } from 'xstate';
import { MODEL_AUTOSCALER, SCHEDULER } from '../addresses.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import type { VariantIndex } from '../catalogue/variant.ts';
import type { ModelAutoscalerMessage } from '../messages.ts';
import { NONE } from '../policy.ts';
import type { ModelScaling, ModelScalingPolicy, PlacementPolicy } from '../policy.ts';
import type { Signals } from '../signals.ts';
import { COLD } from '../tables/fleet.ts';
import type { Fleet, MachineId, WorkerId } from '../tables/fleet.ts';
import { NANOS_PER_SECOND, NEVER } from '../time.ts';
import type { Nanos } from '../time.ts';
import { PHASE_CONTROL } from '../world.ts';
import type { World } from '../world.ts';
import { badAnswer } from './policy-answer.ts';
import type { WorkerPool } from './pools.ts';

/** How long after a worker's death a first worker is tried again: a load that always fails must not spin. */
const RESTART_DELAY_NS: Nanos = NANOS_PER_SECOND;

export interface ModelAutoscalerInput {
  readonly world: World;
  readonly catalogue: Catalogue;
  readonly fleet: Fleet;
  readonly pool: WorkerPool;
  readonly scaling: ModelScalingPolicy;
  readonly placement: PlacementPolicy;
  readonly signals: Signals;
  /** Start a first worker as soon as a request waits for a variant that has none. */
  readonly startOnRequest: boolean;
  /** The dispatch policy decides itself when workers are started for requests. */
  readonly startsByPolicy: boolean;
  /** Variants that wait for a machine: their shortage is in the decision log already. */
  readonly short: Set<VariantIndex>;
  /** When the next try to start a first worker is due, by variant. */
  readonly retryNs: Map<VariantIndex, Nanos>;
}

export const modelAutoscalerLogic = setup({
  // XState reads the types off these values and never looks at them.
  types: {} as { context: ModelAutoscalerInput; events: ModelAutoscalerMessage; input: ModelAutoscalerInput },
  actions: {
    scheduleTick: ({ context }) => {
      const { world, scaling } = context;
      if (scaling.periodNs === NEVER) return;
      world.setTimer(MODEL_AUTOSCALER, world.now + scaling.periodNs, { type: 'models.tick' }, PHASE_CONTROL);
    },
    scale: ({ context }) => {
      for (const change of context.scaling.decide(context.world.now)) carryOut(context, change);
    },
    startFirst: ({ context, event }) => {
      if (event.type !== 'worker.wanted') return;
      if (event.more) startOne(context, event.variant, { reason: 'wanted by dispatch' });
      else startFirst(context, event.variant);
    },
    // Requests may wait that the scheduler will not ask for again: it did when it began to hold them.
    wantAgain: ({ context }) => {
      for (const variant of starving(context)) retry(context, variant);
      if (context.startsByPolicy) routeAgain(context);
    },
    startStarving: ({ context }) => {
      for (const variant of starving(context)) startFirst(context, variant);
    },
  },
}).createMachine({
  context: ({ input }) => input,
  initial: 'watching',
  states: {
    watching: {
      entry: 'scheduleTick',
      on: {
        'models.tick': { target: 'watching', reenter: true, actions: 'scale' },
        'worker.wanted': { actions: 'startFirst' },
        // The policy counts the workers itself at its next tick; these matter where first workers start on request.
        'worker.gone': { actions: 'wantAgain' },
        'machine.joined': { actions: 'startStarving' },
      },
    },
  },
});

function carryOut(scaler: ModelAutoscalerInput, change: ModelScaling): void {
  if (!Number.isInteger(change.delta) || scaler.catalogue.variants[change.variant] === undefined) {
    const found = `${change.delta} workers of variant ${change.variant}`;
    throw badAnswer('model-scaling', found, 'a whole number of workers of a variant');
  }
  // The rollout decides; the policy's time comes when the version serves.
  if (scaler.fleet.rolling[change.variant] === 1) return;
  for (let more = change.delta; more > 0; more -= 1) {
    if (!startOne(scaler, change.variant, change)) return;
  }
  for (let fewer = -change.delta; fewer > 0; fewer -= 1) {
    const victim = leastLoaded(scaler.fleet, change.variant, change.machine);
    if (victim === NONE) return;
    scaler.pool.drain(victim, change.reason);
    // The drain is carried out after this message; a second victim in one decision must differ from the first.
    scaler.fleet.condemn(victim);
  }
}

/** The variants that requests wait for and that have no worker, where first workers start on request. */
function starving({ startOnRequest, startsByPolicy, catalogue, fleet }: ModelAutoscalerInput): VariantIndex[] {
  if (!startOnRequest && !startsByPolicy) return [];
  return catalogue.variants.flatMap(({ index }) =>
    fleet.waiting[index] > 0 && !isServed(fleet, index) ? [index] : [],
  );
}

/**
 * A request may wait for one certain worker while others of its variant are ready. When that one is lost, and no other
 * loads, the scheduler routes again what waits.
 */
function routeAgain({ world, fleet, catalogue }: ModelAutoscalerInput): void {
  for (const { index } of catalogue.variants) {
    const ready = fleet.ready(index);
    if (fleet.waiting[index] === 0 || ready.length === 0 || fleet.loading(index).length > 0) continue;
    world.send(SCHEDULER, { type: 'worker.ready', worker: ready.at(0) });
  }
}

/** Sets the timer of a later try, unless one is set. */
function retry({ world, retryNs }: ModelAutoscalerInput, variant: VariantIndex): void {
  if ((retryNs.get(variant) ?? 0) > world.now) return;
  const atNs = world.now + RESTART_DELAY_NS;
  retryNs.set(variant, atNs);
  world.setTimer(MODEL_AUTOSCALER, atNs, { type: 'worker.wanted', variant, more: false }, PHASE_CONTROL);
}

function startFirst(scaler: ModelAutoscalerInput, variant: VariantIndex): void {
  if (!(scaler.startOnRequest || scaler.startsByPolicy) || isServed(scaler.fleet, variant)) return;
  startOne(scaler, variant, { reason: 'first request for the variant' });
}

/** Whether a variant has a worker, or one that was started a moment ago and does not load yet. */
function isServed(fleet: Fleet, variant: VariantIndex): boolean {
  if (fleet.ready(variant).length + fleet.loading(variant).length > 0) return true;
  for (let worker = 0; fleet.workersCold > 0 && worker < fleet.workersMax; worker += 1) {
    if (fleet.state[worker] !== COLD || fleet.dedicated[worker] === 1) continue;
    if (fleet.variant[worker] === variant) return true;
  }
  return false;
}

/** Starts a worker on the machine that the policy names, or where placement says. */
function startOne(
  scaler: ModelAutoscalerInput,
  variant: VariantIndex,
  { machine: named, reason }: Pick<ModelScaling, 'machine' | 'reason'>,
): boolean {
  const { world, placement, pool, signals, catalogue, fleet } = scaler;
  const machine = named === undefined ? placement.place(variant, world.now) : roomOn(fleet, named, variant);
  if (machine !== NONE && !fleet.machines.fits(machine, variant)) {
    throw badAnswer('placement', `machine ${machine}`, 'a machine that is up and has room, or NONE');
  }
  if (machine !== NONE && pool.start(variant, machine, reason) !== NONE) {
    scaler.short.delete(variant);
    return true;
  }
  const cause = machine === NONE ? 'no machine has room' : 'limits.workers is reached';
  // More machines are no help against the limit on workers.
  if (machine === NONE) {
    signals.capacityShort({ hardware: catalogue.variants[variant].hardware, variant, atNs: world.now, cause });
  }
  // One entry for each shortage, however many ticks it lasts.
  if (!scaler.short.has(variant)) world.decided({ kind: 'capacity.short', variant, reason: `${reason}: ${cause}` });
  scaler.short.add(variant);
  return false;
}

/** The machine when it has room for the variant, else `NONE`. */
function roomOn(fleet: Fleet, machine: MachineId, variant: VariantIndex): MachineId {
  return fleet.machines.fits(machine, variant) ? machine : NONE;
}

/**
 * A worker still loading first (it serves nobody yet), else the ready one with least to do; ties to the newest.
 * @param machine where to look; everywhere when left out.
 */
function leastLoaded(fleet: Fleet, variant: VariantIndex, machine?: MachineId): WorkerId {
  const isElsewhere = (worker: WorkerId): boolean => machine !== undefined && fleet.machine[worker] !== machine;
  const loading = fleet.loading(variant);
  for (let i = loading.length - 1; i >= 0; i -= 1) {
    if (!fleet.isCondemned(loading.at(i)) && !isElsewhere(loading.at(i))) return loading.at(i);
  }
  const ready = fleet.ready(variant);
  let best: WorkerId = NONE;
  for (let i = ready.length - 1; i >= 0; i -= 1) {
    const worker = ready.at(i);
    if (fleet.isCondemned(worker) || isElsewhere(worker)) continue;
    if (best === NONE || fleet.outstanding[worker] < fleet.outstanding[best]) best = worker;
  }
  return best;
}
