/**
 * The control loop that changes the number of workers: every period it asks the model-scaling policy and starts or
 * drains workers; between the periods it starts those that requests want.
 */
import { setup } from 'xstate';
import { MODEL_AUTOSCALER } from '../addresses.ts';
import type { VariantIndex } from '../catalogue/variant.ts';
import type { ModelAutoscalerMessage } from '../messages.ts';
import { NONE } from '../policy.ts';
import type { ModelScaling, ModelScalingPolicy } from '../policy.ts';
import type { Fleet, MachineId, WorkerId } from '../tables/fleet.ts';
import { NEVER } from '../time.ts';
import { PHASE_CONTROL } from '../world.ts';
import { badAnswer } from './policy-answer.ts';
import { startOne } from './start-worker.ts';
import { machineJoined, startOwed, startWanted, workerGone } from './wanted-workers.ts';
import type { WantedParts } from './wanted-workers.ts';

export interface ModelAutoscalerInput extends WantedParts {
  readonly scaling: ModelScalingPolicy;
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
    startWanted: ({ context, event }) => {
      if (event.type === 'worker.wanted') startWanted(context, event.variant, event.more);
    },
    startOwed: ({ context, event }) => {
      if (event.type === 'start.due') startOwed(context, event.variant);
    },
    workerGone: ({ context }) => workerGone(context),
    machineJoined: ({ context }) => machineJoined(context),
  },
}).createMachine({
  context: ({ input }) => input,
  initial: 'watching',
  states: {
    watching: {
      entry: 'scheduleTick',
      on: {
        'models.tick': { target: 'watching', reenter: true, actions: 'scale' },
        'worker.wanted': { actions: 'startWanted' },
        'start.due': { actions: 'startOwed' },
        // The policy counts the workers itself at its next tick; these matter where workers start for requests.
        'worker.gone': { actions: 'workerGone' },
        'machine.joined': { actions: 'machineJoined' },
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
