/**
 * The state of an instance, a variant on a machine with all its replicas there: figure 4 of the INFaaS paper (USENIX
 * ATC 2021) as a statechart. Who observes instances and what follows from a state is said elsewhere. The statechart has
 * no context, so its transitions are kept as a table of numbers: one state a column entry, no actor per instance.
 */
import { setup, transition } from 'xstate';

export const INACTIVE = 0;
export const OVERLOADED = 2;
export const INTERFERED = 3;
export const INSTANCE_STATES = ['inactive', 'active', 'overloaded', 'interfered'] as const;
export type InstanceState = 0 | 1 | 2 | 3;

/** What the monitoring daemon finds: the load has reached the peak, the execution is slower than profiled. */
export type InstanceEvent =
  | { readonly type: 'loaded' }
  | { readonly type: 'unloaded' }
  | { readonly type: 'observed'; readonly atPeak: boolean; readonly contended: boolean };

interface Scope {
  readonly event: InstanceEvent;
}

/** XState reads the type off this value and never looks at it. */
const types: { readonly events?: InstanceEvent } = {};

export const instanceLogic = setup({
  types,
  guards: {
    atPeak: ({ event }: Scope) => event.type === 'observed' && event.atPeak,
    contendedBelowPeak: ({ event }: Scope) => event.type === 'observed' && event.contended && !event.atPeak,
    mitigated: ({ event }: Scope) => event.type === 'observed' && !event.contended,
  },
}).createMachine({
  id: 'instance',
  initial: 'inactive',
  states: {
    inactive: { on: { loaded: 'active' } },
    active: {
      on: {
        unloaded: 'inactive',
        // At the peak a long latency is no sign of others: it is the instance's own queue.
        observed: [
          { guard: 'atPeak', target: 'overloaded' },
          { guard: 'contendedBelowPeak', target: 'interfered' },
        ],
      },
    },
    overloaded: {
      on: {
        unloaded: 'inactive',
        observed: [{ guard: 'atPeak' }, { guard: 'contendedBelowPeak', target: 'interfered' }, { target: 'active' }],
      },
    },
    interfered: { on: { unloaded: 'inactive', observed: { guard: 'mitigated', target: 'active' } } },
  },
});

const LOADED = 0;
const UNLOADED = 1;
const OBSERVED = 2;
const EVENTS = 6;

const table = INSTANCE_STATES.flatMap((value) =>
  Array.from({ length: EVENTS }, (_, code): InstanceState => {
    const [after] = transition(instanceLogic, instanceLogic.resolveState({ value }), eventOf(code));
    return INSTANCE_STATES.indexOf(after.value) as InstanceState; // The states of the chart are those of the list.
  }),
);

/** The state after an event. */
export function nextState(state: InstanceState, event: InstanceEvent): InstanceState {
  return table[state * EVENTS + codeOf(event)];
}

function codeOf(event: InstanceEvent): number {
  if (event.type === 'loaded') return LOADED;
  if (event.type === 'unloaded') return UNLOADED;
  return OBSERVED + (event.atPeak ? 2 : 0) + (event.contended ? 1 : 0);
}

function eventOf(code: number): InstanceEvent {
  if (code === LOADED) return { type: 'loaded' };
  if (code === UNLOADED) return { type: 'unloaded' };
  return { type: 'observed', atPeak: code >= OBSERVED + 2, contended: (code - OBSERVED) % 2 === 1 };
}
