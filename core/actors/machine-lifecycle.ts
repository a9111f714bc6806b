/**
 * The life of one machine: booting, up, draining, down. The only writer of the machine's state. A draining machine
 * drains its workers and stops when the last of them is gone; a lost machine takes its workers with it.
 */
import { setup } from 'xstate';
import { MACHINE_AUTOSCALER, MODEL_AUTOSCALER, lifecycleOf } from '../addresses.ts';
import type { MachineMessage, Message } from '../messages.ts';
import { reason } from '../outcome.ts';
import { BOOTING, DOWN, MACHINE_DRAINING, MACHINE_STATES, UP } from '../tables/machine-columns.ts';
import type { MachineState } from '../tables/machine-columns.ts';
import { DEAD } from '../tables/fleet.ts';
import type { Fleet, Generation, MachineId, WorkerId } from '../tables/fleet.ts';
import type { World } from '../world.ts';

const MACHINE_LOST = reason('machine-lost');

export interface MachineInput {
  readonly world: World;
  readonly fleet: Fleet;
  readonly machine: MachineId;
  readonly generation: Generation;
}

interface Scope {
  readonly context: MachineInput;
  readonly event: MachineMessage;
}

function enter({ context }: Scope, state: MachineState): void {
  const { fleet, machine, world } = context;
  if (state !== BOOTING) fleet.machines.setState(machine, state, world.now);
  world.stateChanged('machine', machine, MACHINE_STATES[state], fleet.machines.type[machine]);
}

function isCurrent({ context, event }: Scope): boolean {
  return !('generation' in event) || event.generation === context.generation;
}

function tellWorkers({ context }: Scope, messageTo: (worker: WorkerId) => Message): void {
  const { fleet, machine, world } = context;
  for (let worker = 0; worker < fleet.workersMax; worker += 1) {
    if (fleet.machine[worker] === machine && fleet.state[worker] !== DEAD) {
      world.send(lifecycleOf(worker), messageTo(worker));
    }
  }
}

const lost = { target: 'down', guard: isCurrent, actions: ['loseWorkers'] } as const;

export const machineLogic = setup({
  // XState reads the types off these values and never looks at them.
  types: {} as { context: MachineInput; events: MachineMessage; input: MachineInput },
  guards: {
    isEmpty: ({ context }) => context.fleet.machines.workers[context.machine] === 0,
  },
  actions: {
    countStale: (scope) => {
      if (!isCurrent(scope)) scope.context.fleet.staleMessages += 1;
    },
    boot: (scope) => {
      enter(scope, BOOTING);
      scope.context.world.provisioner.boot(scope.context.machine, scope.context.generation);
    },
    join: (scope) => {
      enter(scope, UP);
      scope.context.world.send(MODEL_AUTOSCALER, { type: 'machine.joined', machine: scope.context.machine });
    },
    drainWorkers: (scope) => {
      enter(scope, MACHINE_DRAINING);
      tellWorkers(scope, () => ({ type: 'worker.drain' }));
    },
    stop: (scope) => {
      const { fleet, world, machine, generation } = scope.context;
      // Told to leave before it was up: nobody may count on it any more.
      if (fleet.machines.state[machine] === BOOTING) enter(scope, MACHINE_DRAINING);
      world.provisioner.stop(machine, generation);
    },
    loseWorkers: (scope) => {
      tellWorkers(scope, (worker) => ({
        type: 'worker.crashed',
        generation: scope.context.fleet.generation[worker],
        reason: MACHINE_LOST,
      }));
    },
    leave: (scope) => {
      enter(scope, DOWN);
      scope.context.world.send(MACHINE_AUTOSCALER, { type: 'machine.left', machine: scope.context.machine });
    },
  },
}).createMachine({
  context: ({ input }) => input,
  // What no state handles, or a guard refused: ignored, and counted when it was meant for another generation.
  on: { '*': { actions: 'countStale' } },
  initial: 'off',
  states: {
    off: { on: { 'machine.boot': 'booting' } },
    booting: {
      entry: 'boot',
      on: {
        'machine.booted': { target: 'up', guard: isCurrent },
        'boot.failed': { target: 'down', guard: isCurrent },
        'machine.drain': 'stopping',
        'machine.lost': lost,
      },
    },
    up: { entry: 'join', on: { 'machine.drain': 'draining', 'machine.lost': lost } },
    draining: {
      entry: 'drainWorkers',
      always: { target: 'stopping', guard: 'isEmpty' },
      on: { 'machine.emptied': { target: 'stopping', guard: 'isEmpty' }, 'machine.lost': lost },
    },
    stopping: {
      entry: 'stop',
      on: { 'machine.stopped': { target: 'down', guard: isCurrent }, 'machine.lost': lost },
    },
    down: { type: 'final', entry: 'leave' },
  },
});
