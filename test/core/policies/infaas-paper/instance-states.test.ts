// The transitions of figure 4 of the paper, and no others.
import { describe, expect, test } from 'vitest';
import { getShortestPaths } from 'xstate/graph';
import { INSTANCE_STATES, instanceLogic, nextState } from '../../../../core/policies/infaas-paper/instance-states.ts';
import type { InstanceEvent, InstanceState } from '../../../../core/policies/infaas-paper/instance-states.ts';

const LOADED: InstanceEvent = { type: 'loaded' };
const UNLOADED: InstanceEvent = { type: 'unloaded' };
const FINE: InstanceEvent = { type: 'observed', atPeak: false, contended: false };
const AT_PEAK: InstanceEvent = { type: 'observed', atPeak: true, contended: false };
const CONTENDED: InstanceEvent = { type: 'observed', atPeak: false, contended: true };
const BOTH: InstanceEvent = { type: 'observed', atPeak: true, contended: true };
const EVENTS = [LOADED, UNLOADED, FINE, AT_PEAK, CONTENDED, BOTH];

type Name = (typeof INSTANCE_STATES)[number];

/** Every change of state, as `[from, event, to]`. */
const CHANGES: readonly (readonly [Name, InstanceEvent, Name])[] = [
  ['inactive', LOADED, 'active'],
  ['active', AT_PEAK, 'overloaded'],
  ['active', BOTH, 'overloaded'],
  ['active', CONTENDED, 'interfered'],
  ['active', UNLOADED, 'inactive'],
  ['overloaded', FINE, 'active'],
  ['overloaded', CONTENDED, 'interfered'],
  ['overloaded', UNLOADED, 'inactive'],
  ['interfered', FINE, 'active'],
  ['interfered', AT_PEAK, 'active'],
  ['interfered', UNLOADED, 'inactive'],
];

const codeOf = (name: Name): InstanceState => INSTANCE_STATES.indexOf(name) as InstanceState; // A state's position.

describe('the state of an instance', () => {
  test.each(INSTANCE_STATES)('changes from %s as the figure says and stays otherwise', (from) => {
    for (const event of EVENTS) {
      const change = CHANGES.find(([state, on]) => state === from && on === event);
      expect([event, INSTANCE_STATES[nextState(codeOf(from), event)]]).toEqual([event, change?.[2] ?? from]);
    }
  });

  test('reaches every state, and every path through the statechart is the table’s', () => {
    const paths = getShortestPaths(instanceLogic, { events: EVENTS });
    expect(new Set(paths.map(({ state }) => state.value))).toEqual(new Set(INSTANCE_STATES));
    for (const { state, steps } of paths) {
      const events = steps.map(({ event }) => EVENTS.find((each) => JSON.stringify(each) === JSON.stringify(event)));
      const reached = events.reduce<InstanceState>((at, event) => (event === undefined ? at : nextState(at, event)), 0);
      expect(INSTANCE_STATES[reached]).toBe(state.value);
    }
  });

  test('covers every change by a shortest path and one more event', () => {
    const paths = getShortestPaths(instanceLogic, { events: EVENTS });
    const taken = paths.flatMap(({ state }) =>
      EVENTS.map((event): [Name, InstanceEvent, Name] => {
        const from = INSTANCE_STATES.find((name) => name === state.value) ?? 'inactive';
        return [from, event, INSTANCE_STATES[nextState(codeOf(from), event)]];
      }),
    );
    const changes = taken.filter(([from, , to]) => from !== to);
    expect(new Set(changes.map((change) => JSON.stringify(change)))).toEqual(
      new Set(CHANGES.map((change) => JSON.stringify(change))),
    );
  });
});
