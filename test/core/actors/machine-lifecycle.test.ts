/** The life of a machine: its whole transition table, and the machine columns true after any sequence of messages. */
import fc from 'fast-check';
import { createActor } from 'xstate';
import { getShortestPaths } from 'xstate/graph';
import { describe, expect, test } from 'vitest';
import { BOOTING, DEAD, DOWN, LOADING, MACHINE_DRAINING, UP } from '../../../core/index.ts';
import type { MachineId, MachineMessage, MachineState } from '../../../core/index.ts';
import { machineLogic } from '../../../core/actors/machine-lifecycle.ts';
import { Bench } from './bench.ts';

const MESSAGES = {
  'machine.boot': { type: 'machine.boot' },
  'machine.drain': { type: 'machine.drain' },
  'machine.emptied': { type: 'machine.emptied' },
  'machine.booted': { type: 'machine.booted', generation: 1 },
  'boot.failed': { type: 'boot.failed', generation: 1, detail: 'no' },
  'machine.lost': { type: 'machine.lost', generation: 1 },
  'machine.stopped': { type: 'machine.stopped', generation: 1 },
  'stale machine.booted': { type: 'machine.booted', generation: 9 },
  'stale boot.failed': { type: 'boot.failed', generation: 9, detail: 'no' },
  'stale machine.lost': { type: 'machine.lost', generation: 9 },
  'stale machine.stopped': { type: 'machine.stopped', generation: 9 },
} as const satisfies Record<string, MachineMessage>;
type MessageName = keyof typeof MESSAGES;
const NAMES = Object.keys(MESSAGES) as MessageName[];

/** Where each message leads while workers live on the machine; what is not listed changes nothing. */
const OCCUPIED: Readonly<Record<string, Partial<Record<MessageName, string>>>> = {
  off: { 'machine.boot': 'booting' },
  booting: { 'machine.booted': 'up', 'boot.failed': 'down', 'machine.drain': 'stopping', 'machine.lost': 'down' },
  up: { 'machine.drain': 'draining', 'machine.lost': 'down' },
  draining: { 'machine.lost': 'down' },
  stopping: { 'machine.stopped': 'down', 'machine.lost': 'down' },
  down: {},
};

const COLUMN: Readonly<Record<string, MachineState>> = {
  off: BOOTING,
  booting: BOOTING,
  up: UP,
  draining: MACHINE_DRAINING,
  stopping: MACHINE_DRAINING,
  down: DOWN,
};

class Life {
  readonly bench = new Bench();
  readonly machine: MachineId;
  readonly actor;
  /** A worker placed on the machine, when it is occupied. */
  worker = -1;

  constructor(occupied: boolean) {
    const { world, fleet } = this.bench;
    this.machine = fleet.machines.claim(0, 0);
    if (occupied) this.occupy();
    const input = { world, fleet, machine: this.machine, generation: fleet.machines.generation[this.machine] };
    this.actor = createActor(machineLogic, { input });
    this.actor.start();
  }

  occupy(): void {
    this.worker = this.bench.fleet.claim(0, this.machine, 0);
    this.bench.fleet.setState(this.worker, LOADING, 0);
  }

  send(name: MessageName): string[] {
    if (this.actor.getSnapshot().status !== 'done') this.actor.send(MESSAGES[name]);
    return this.bench.world.takeLog();
  }

  get state(): string {
    return this.actor.getSnapshot().value;
  }

  /** What the columns say of the machine: its state, and whether it is listed as up and as booting. */
  get columns(): readonly [MachineState, boolean, boolean] {
    const { state, up, booting } = this.bench.fleet.machines;
    return [state[this.machine] as MachineState, up.has(this.machine), booting.has(this.machine)]; // Written as such.
  }
}

/** What they must say in a state of the chart: a machine that stops drains for everyone else. */
function columnsIn(state: string): readonly [MachineState, boolean, boolean] {
  const column = COLUMN[state];
  return [column, column === UP, column === BOOTING];
}

function pathsToStates(): { readonly state: string; readonly path: readonly MessageName[] }[] {
  const { bench, machine } = new Life(true);
  const paths = getShortestPaths(machineLogic, {
    input: { world: bench.world, fleet: bench.fleet, machine, generation: 1 },
    events: Object.values(MESSAGES),
    serializeState: ({ value }) => value,
  });
  const nameOf = (event: object): MessageName | undefined => NAMES.find((name) => MESSAGES[name] === event);
  return paths.map(({ state, steps }) => ({
    state: state.value,
    path: steps.flatMap(({ event }) => nameOf(event) ?? []),
  }));
}

function lifeAfter(path: readonly MessageName[], occupied = true): Life {
  const life = new Life(occupied);
  for (const name of path) life.send(name);
  return life;
}

describe('the lifecycle of a machine', () => {
  const paths = pathsToStates();

  test('has no state that cannot be reached and none that the table lacks', () => {
    expect(paths.map(({ state }) => state).sort()).toEqual(Object.keys(OCCUPIED).sort());
  });

  test.each(paths)('in state $state every message leads where the table says', ({ state, path }) => {
    for (const name of NAMES) {
      const life = lifeAfter(path);
      expect(life.state).toBe(state);
      life.send(name);
      expect([name, life.state]).toEqual([name, OCCUPIED[state][name] ?? state]);
      expect(life.columns).toEqual(columnsIn(life.state));
    }
  });

  test('keeps the columns and indexes true through any sequence of messages', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...NAMES), { maxLength: 25 }), fc.boolean(), (names, occupied) => {
        const life = new Life(occupied);
        for (const name of names) {
          life.send(name);
          expect(life.columns).toEqual(columnsIn(life.state));
        }
      }),
      { seed: 20_260_319, numRuns: 300 },
    );
  });
});

describe('a machine', () => {
  test('boots, joins, and tells the model autoscaler', () => {
    const life = new Life(false);
    expect(life.send('machine.boot')).toEqual(['boot machine-0 g1']);
    expect(life.send('machine.booted')).toEqual(['model-autoscaler < machine.joined machine=0']);
  });

  test('that is drained drains its workers, and stops when the last of them is gone', () => {
    const life = lifeAfter(['machine.boot', 'machine.booted']);
    expect(life.send('machine.drain')).toEqual(['worker-0/lifecycle < worker.drain']);
    expect(life.send('machine.emptied')).toEqual([]);
    life.bench.fleet.setState(life.worker, DEAD, 0);
    expect(life.send('machine.emptied')).toEqual(['stop machine-0 g1']);
    expect(life.send('machine.stopped')).toEqual(['machine-autoscaler < machine.left machine=0']);
  });

  test('told to drain while it boots is stopped, and does not come up when the boot ends first', () => {
    const life = lifeAfter(['machine.boot'], false);
    expect(life.send('machine.drain')).toEqual(['stop machine-0 g1']);
    expect(life.send('machine.booted')).toEqual([]);
    expect(life.columns).toEqual([MACHINE_DRAINING, false, false]);
  });

  test('that is empty stops as soon as it is drained', () => {
    const life = lifeAfter(['machine.boot', 'machine.booted'], false);
    expect(life.send('machine.drain')).toEqual(['stop machine-0 g1']);
  });

  test('that is lost takes its workers with it, each under its own generation', () => {
    const life = lifeAfter(['machine.boot', 'machine.booted']);
    life.occupy();
    expect(life.send('machine.lost')).toEqual([
      'worker-0/lifecycle < worker.crashed generation=1 machine-lost',
      'worker-1/lifecycle < worker.crashed generation=1 machine-lost',
      'machine-autoscaler < machine.left machine=0',
    ]);
  });

  test('does not touch the workers of another machine, nor dead ones', () => {
    const life = lifeAfter(['machine.boot', 'machine.booted']);
    const { fleet } = life.bench;
    fleet.claim(0, fleet.machines.claim(0, 0), 0);
    fleet.setState(life.worker, DEAD, 0);
    expect(life.send('machine.lost')).toEqual(['machine-autoscaler < machine.left machine=0']);
  });

  test('counts messages of another generation in every state but the last, and heeds none', () => {
    const stale = NAMES.filter((name) => name.startsWith('stale'));
    for (const { state, path } of pathsToStates()) {
      const life = lifeAfter(path);
      expect(stale.flatMap((name) => life.send(name))).toEqual([]);
      expect(life.state).toBe(state);
      expect([state, life.bench.fleet.staleMessages]).toEqual([state, state === 'down' ? 0 : stale.length]);
    }
  });

  test('tells its changes of state for the timeline', () => {
    const life = lifeAfter(['machine.boot', 'machine.booted', 'machine.drain'], false);
    life.send('machine.stopped');
    expect(life.bench.world.states).toEqual([
      'machine-0 booting',
      'machine-0 up',
      'machine-0 draining',
      'machine-0 down',
    ]);
  });
});
