/** The life of a worker: its whole transition table, and the fleet table true after any sequence of messages. */
import fc from 'fast-check';
import { createActor } from 'xstate';
import { getShortestPaths } from 'xstate/graph';
import { describe, expect, test } from 'vitest';
import { COLD, DEAD, DRAINING, LOADING, READY, lifecycleOf, reason } from '../../../core/index.ts';
import type { LifecycleMessage, WorkerId, WorkerState } from '../../../core/index.ts';
import { lifecycleLogic } from '../../../core/actors/worker-lifecycle.ts';
import { Bench } from './bench.ts';

const LOADED = { readNs: 0, createNs: 0, warmUpNs: 0 };
const CRASHED = reason('worker-crashed');

/** Every message a worker can get; those with a generation once as its own and once as another's. */
const MESSAGES = {
  'worker.load': { type: 'worker.load' },
  'worker.drain': { type: 'worker.drain' },
  'load.finished': { type: 'load.finished', generation: 1, timings: LOADED },
  'load.failed': { type: 'load.failed', generation: 1, detail: 'no' },
  'queue.drained': { type: 'queue.drained', generation: 1 },
  'unload.finished': { type: 'unload.finished', generation: 1 },
  'worker.crashed': { type: 'worker.crashed', generation: 1, reason: CRASHED },
  'stale load.finished': { type: 'load.finished', generation: 9, timings: LOADED },
  'stale load.failed': { type: 'load.failed', generation: 9, detail: 'no' },
  'stale queue.drained': { type: 'queue.drained', generation: 9 },
  'stale unload.finished': { type: 'unload.finished', generation: 9 },
  'stale worker.crashed': { type: 'worker.crashed', generation: 9, reason: CRASHED },
} as const satisfies Record<string, LifecycleMessage>;
type MessageName = keyof typeof MESSAGES;
const NAMES = Object.keys(MESSAGES) as MessageName[];

/** Where each message leads; what is not listed changes nothing. */
const TABLE: Readonly<Record<string, Partial<Record<MessageName, string>>>> = {
  cold: { 'worker.load': 'loading', 'worker.drain': 'dead' },
  loading: { 'load.finished': 'ready', 'load.failed': 'dead', 'worker.drain': 'dead', 'worker.crashed': 'dead' },
  ready: { 'worker.drain': 'draining', 'worker.crashed': 'dead' },
  draining: { 'queue.drained': 'unloading', 'worker.crashed': 'dead' },
  unloading: { 'unload.finished': 'dead', 'worker.crashed': 'dead' },
  dead: {},
};

/** What the fleet table must say in each state of the chart. A worker that unloads drains for everyone else. */
const COLUMN: Readonly<Record<string, WorkerState>> = {
  cold: COLD,
  loading: LOADING,
  ready: READY,
  draining: DRAINING,
  unloading: DRAINING,
  dead: DEAD,
};

class Life {
  readonly bench = new Bench();
  readonly worker: WorkerId;
  readonly actor;

  constructor() {
    const { world, fleet } = this.bench;
    this.worker = fleet.claim(0, this.bench.machine(), 0);
    const input = { world, fleet, worker: this.worker, generation: fleet.generation[this.worker] };
    this.actor = createActor(lifecycleLogic, { input });
    this.actor.start();
  }

  send(name: MessageName): string[] {
    // As the world does it: a chart in its final state gets no more messages.
    if (this.actor.getSnapshot().status !== 'done') this.actor.send(MESSAGES[name]);
    return this.bench.world.takeLog();
  }

  get state(): string {
    return this.actor.getSnapshot().value;
  }

  /** What the fleet table says of the worker: its state, its place in the indexes, what it takes of its machine. */
  get columns(): readonly unknown[] {
    const { fleet } = this.bench;
    const { worker } = this;
    const listed = [fleet.ready(0).has(worker), fleet.loading(0).has(worker)];
    return [fleet.state[worker], ...listed, fleet.machines.workers[0], 64 - fleet.machines.coresFree[0]];
  }
}

/** What it must say in a state of the chart. */
function columnsIn(state: string): readonly unknown[] {
  const alive = state === 'dead' ? 0 : 1;
  return [COLUMN[state], state === 'ready', state === 'loading', alive, alive];
}

/** The shortest way to every state, as XState's graph finds it. */
function pathsToStates(): { readonly state: string; readonly path: readonly MessageName[] }[] {
  const { bench, worker } = new Life();
  const paths = getShortestPaths(lifecycleLogic, {
    input: { world: bench.world, fleet: bench.fleet, worker, generation: 1 },
    events: Object.values(MESSAGES),
    serializeState: ({ value }) => value,
  });
  const nameOf = (event: object): MessageName | undefined => NAMES.find((name) => MESSAGES[name] === event);
  return paths.map(({ state, steps }) => ({
    state: state.value,
    path: steps.flatMap(({ event }) => nameOf(event) ?? []),
  }));
}

function lifeAfter(path: readonly MessageName[]): Life {
  const life = new Life();
  for (const name of path) life.send(name);
  return life;
}

describe('the lifecycle of a worker', () => {
  const paths = pathsToStates();

  test('has no state that cannot be reached and none that the table lacks', () => {
    expect(paths.map(({ state }) => state).sort()).toEqual(Object.keys(TABLE).sort());
  });

  test.each(paths)('in state $state every message leads where the table says', ({ state, path }) => {
    for (const name of NAMES) {
      const life = lifeAfter(path);
      expect(life.state).toBe(state);
      life.send(name);
      expect([name, life.state]).toEqual([name, TABLE[state][name] ?? state]);
      expect(life.columns).toEqual(columnsIn(life.state));
    }
  });

  test('keeps the fleet table and its indexes true through any sequence of messages', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...NAMES), { maxLength: 30 }), (names) => {
        const life = new Life();
        for (const name of names) {
          const next = TABLE[life.state][name] ?? life.state;
          life.send(name);
          expect(life.state).toBe(next);
          expect(life.columns).toEqual(columnsIn(life.state));
        }
      }),
      { seed: 20_260_318, numRuns: 300 },
    );
  });

  test('ends in every case: from any state a crash is final', () => {
    for (const { path } of paths) {
      const life = lifeAfter([...path, 'worker.crashed', 'worker.load', 'load.finished']);
      expect(['dead', 'ready']).toContain(life.state);
    }
  });
});

describe('what a worker asks of its world', () => {
  const after = (...names: readonly MessageName[]): string[] => {
    const life = new Life();
    let log: string[] = [];
    for (const name of names) log = life.send(name);
    return log;
  };

  test.each<[string, readonly MessageName[], readonly string[]]>([
    ['a load', ['worker.load'], ['load worker-0 g1']],
    [
      'its queue to open, then the scheduler to know',
      ['worker.load', 'load.finished'],
      ['worker-0 < queue.open', 'scheduler < worker.ready worker=0'],
    ],
    ['its queue to drain', ['worker.load', 'load.finished', 'worker.drain'], ['worker-0 < queue.drain generation=1']],
    [
      'the backend to unload',
      ['worker.load', 'load.finished', 'worker.drain', 'queue.drained'],
      ['unload worker-0 g1'],
    ],
    [
      'everyone to know of its death',
      ['worker.load', 'load.failed'],
      ['model-autoscaler < worker.gone worker=0', 'machine-0 < machine.emptied'],
    ],
    [
      'the backend to stop a load nobody wants',
      ['worker.load', 'worker.drain'],
      ['cancel worker-0 g1', 'model-autoscaler < worker.gone worker=0', 'machine-0 < machine.emptied'],
    ],
    [
      'a crash to stop the engine and empty the queue',
      ['worker.load', 'load.finished', 'worker.crashed'],
      [
        'cancel worker-0 g1',
        'worker-0 < queue.abandon generation=1 worker-crashed',
        'model-autoscaler < worker.gone worker=0',
        'machine-0 < machine.emptied',
      ],
    ],
  ])('%s', (_what, names, log) => {
    expect(after(...names)).toEqual(log);
  });

  test('nothing, for a message of another generation, which is counted in every state but the last', () => {
    const stale = NAMES.filter((name) => name.startsWith('stale'));
    for (const { state, path } of pathsToStates()) {
      const life = lifeAfter(path);
      expect(stale.flatMap((name) => life.send(name))).toEqual([]);
      expect([state, life.bench.fleet.staleMessages]).toEqual([state, state === 'dead' ? 0 : stale.length]);
    }
  });

  test('nothing, for a message of its own that comes too late, which is not counted', () => {
    const life = lifeAfter(['worker.load', 'load.finished']);
    expect([life.send('load.finished'), life.send('unload.finished')]).toEqual([[], []]);
    expect(life.bench.fleet.staleMessages).toBe(0);
  });
});

test('a worker tells its changes of state for the timeline', () => {
  const life = lifeAfter(['worker.load', 'load.finished', 'worker.drain', 'queue.drained', 'unload.finished']);
  expect(life.bench.world.states).toEqual(['worker-0 loading', 'worker-0 ready', 'worker-0 draining', 'worker-0 dead']);
  expect(lifecycleOf(0)).toBeGreaterThan(0);
});
