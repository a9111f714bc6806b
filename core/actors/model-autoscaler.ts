/**
 * The control loop that changes the number of workers: every period it asks the model-scaling policy and starts or
 * drains workers; between the periods it starts those that requests want. Bounds set by hand win over both.
 */
import { setup } from 'xstate';
import { MODEL_AUTOSCALER } from '../addresses.ts';
import type { ModelAutoscalerMessage } from '../messages.ts';
import { NONE } from '../policy.ts';
import type { ModelScaling, ModelScalingPolicy } from '../policy.ts';
import { NEVER } from '../time.ts';
import { PHASE_CONTROL } from '../world.ts';
import { keepAllWithin, keepWithin, withinBounds } from './bounded-workers.ts';
import { leastLoaded } from './least-loaded.ts';
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
      if (event.type !== 'start.due') return;
      startOwed(context, event.variant);
      if (context.bounds.least[event.variant] > 0) keepWithin(context, event.variant);
    },
    bound: ({ context, event }) => {
      if (event.type !== 'workers.bounded') return;
      context.bounds.set(event.variant, event.least, event.most);
      keepWithin(context, event.variant);
    },
    workerGone: ({ context }) => {
      workerGone(context);
      keepAllWithin(context);
    },
    machineJoined: ({ context }) => {
      machineJoined(context);
      keepAllWithin(context);
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
        'worker.wanted': { actions: 'startWanted' },
        'start.due': { actions: 'startOwed' },
        'workers.bounded': { actions: 'bound' },
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
  const delta = withinBounds(scaler, change.variant, change.delta);
  for (let more = delta; more > 0; more -= 1) {
    if (!startOne(scaler, change.variant, change)) return;
  }
  for (let fewer = -delta; fewer > 0; fewer -= 1) {
    const victim = leastLoaded(scaler.fleet, change.variant, change.machine);
    if (victim === NONE) return;
    scaler.pool.drain(victim, change.reason);
    // The drain is carried out after this message; a second victim in one decision must differ from the first.
    scaler.fleet.condemn(victim);
  }
}
