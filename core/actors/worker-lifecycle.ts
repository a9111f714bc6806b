/**
 * The life of one worker: cold, loading, ready, draining, dead. The only writer of the worker's state in the
 * fleet table. It handles control messages only, a few in a worker's life; requests go to the worker's queue.
 */
import { setup } from 'xstate';
import { MODEL_AUTOSCALER, SCHEDULER, machineAt, queueOf } from '../addresses.ts';
import type { LifecycleMessage, Message } from '../messages.ts';
import type { Reason } from '../outcome.ts';
import { DEAD, DRAINING, LOADING, READY, WORKER_STATES } from '../tables/fleet.ts';
import type { Fleet, Generation, WorkerId, WorkerState } from '../tables/fleet.ts';
import type { World } from '../world.ts';

export interface LifecycleInput {
  readonly world: World;
  readonly fleet: Fleet;
  readonly worker: WorkerId;
  readonly generation: Generation;
}

interface Scope {
  readonly context: LifecycleInput;
  readonly event: LifecycleMessage;
}

function enter({ context }: Scope, state: WorkerState): void {
  const { fleet, worker, world } = context;
  fleet.setState(worker, state, world.now);
  world.stateChanged('worker', worker, WORKER_STATES[state], fleet.variant[worker]);
}

function tellQueue({ context }: Scope, message: Message): void {
  context.world.send(queueOf(context.worker), message);
}

/** A message that carries a generation must carry this worker's; the rest are always current. */
function isCurrent({ context, event }: Scope): boolean {
  return !('generation' in event) || event.generation === context.generation;
}

function crashReason(event: LifecycleMessage): Reason {
  return event.type === 'worker.crashed' ? event.reason : 0;
}

/** Whether a worker for requests was lost before it was ready, and not because it was told to go. */
function diedLoading({ context: { fleet, worker }, event }: Scope): boolean {
  return fleet.state[worker] === LOADING && fleet.dedicated[worker] === 0 && event.type !== 'worker.drain';
}

const crash = { target: 'dead', guard: isCurrent, actions: ['kill'] } as const;

export const lifecycleLogic = setup({
  // XState reads the types off these values and never looks at them.
  types: {} as { context: LifecycleInput; events: LifecycleMessage; input: LifecycleInput },
  actions: {
    countStale: (scope) => {
      if (!isCurrent(scope)) scope.context.fleet.staleMessages += 1;
    },
    load: (scope) => {
      enter(scope, LOADING);
      scope.context.world.backend.load(scope.context.worker, scope.context.generation);
    },
    open: (scope) => {
      enter(scope, READY);
      tellQueue(scope, { type: 'queue.open' });
      scope.context.world.send(SCHEDULER, { type: 'worker.ready', worker: scope.context.worker });
    },
    drain: (scope) => {
      enter(scope, DRAINING);
      tellQueue(scope, { type: 'queue.drain', generation: scope.context.generation });
    },
    unload: ({ context }) => context.world.backend.unload(context.worker, context.generation),
    kill: (scope) => {
      const { world, worker, generation } = scope.context;
      world.backend.cancel(worker, generation);
      tellQueue(scope, { type: 'queue.abandon', generation, reason: crashReason(scope.event) });
    },
    die: (scope) => {
      const { fleet, worker, world } = scope.context;
      const machine = fleet.machine[worker];
      if (diedLoading(scope)) fleet.demand.loadFailed(fleet.variant[worker], world.now);
      enter(scope, DEAD);
      world.send(MODEL_AUTOSCALER, { type: 'worker.gone', worker });
      world.send(machineAt(machine), { type: 'machine.emptied' });
    },
    cancelLoad: ({ context }) => context.world.backend.cancel(context.worker, context.generation),
  },
}).createMachine({
  context: ({ input }) => input,
  // What no state handles, or a guard refused: ignored, and counted when it was meant for another generation.
  on: { '*': { actions: 'countStale' } },
  initial: 'cold',
  states: {
    cold: { on: { 'worker.load': 'loading', 'worker.drain': 'dead' } },
    loading: {
      entry: 'load',
      on: {
        'load.finished': { target: 'ready', guard: isCurrent },
        'load.failed': { target: 'dead', guard: isCurrent },
        'worker.drain': { target: 'dead', actions: 'cancelLoad' },
        'worker.crashed': crash,
      },
    },
    ready: {
      entry: 'open',
      on: { 'worker.drain': 'draining', 'worker.crashed': crash },
    },
    draining: {
      entry: 'drain',
      on: {
        'queue.drained': { target: 'unloading', guard: isCurrent },
        'worker.crashed': crash,
      },
    },
    unloading: {
      entry: 'unload',
      on: { 'unload.finished': { target: 'dead', guard: isCurrent }, 'worker.crashed': crash },
    },
    dead: { type: 'final', entry: 'die' },
  },
});
