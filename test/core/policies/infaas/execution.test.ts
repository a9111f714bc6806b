// How requests for replicas are carried out on one machine: the delays before a scale-down, one request at a time, loads
// before unloads. The tests play the rest of the system: they start and end the workers that are asked for.
import { describe, expect, test } from 'vitest';
import { NONE } from '../../../../core/index.ts';
import type { WorkerId } from '../../../../core/index.ts';
import { MachineExecution } from '../../../../core/policies/infaas/model-scaling/execution.ts';
import { ScalingView } from '../../../../core/policies/infaas/model-scaling/scaling-view.ts';
import {
  B1,
  B16,
  B8,
  GNMT,
  INF1,
  NEURON,
  P3,
  PYTORCH,
  TF_CPU,
  addMachine,
  addWorker,
  becomeReady,
  drainWorker,
  endWorker,
  scalingWorld,
  startWorker,
} from './scaling-fixtures.ts';
import type { ScalingWorld, WorldSketch } from './scaling-fixtures.ts';

interface Bench {
  readonly world: ScalingWorld;
  readonly machine: number;
  /** Asks and lets the daemons look once; says what changes, as `[variant, delta]`. */
  ask(variant: number, count: number, down?: number): number[][];
  drain(): number[][];
  add(variant: number): WorkerId;
  start(variant: number): WorkerId;
}

function bench(sketch: WorldSketch = {}, type = P3): Bench {
  const world = scalingWorld(sketch);
  const machine = addMachine(world, type);
  const execution = new MachineExecution(new ScalingView(world.state), machine);
  const drain = (): number[][] => execution.drain().map(({ variant, delta }) => [variant, delta]);
  return {
    world,
    machine,
    drain,
    ask(variant, count, down = NONE) {
      execution.ask({ variant, count, down, reason: 'a test' });
      return drain();
    },
    add: (variant) => addWorker(world, variant, machine),
    start: (variant) => startWorker(world, variant, machine),
  };
}

describe('a scale-down', () => {
  test.each([
    ['a CPU variant', 11, TF_CPU, P3],
    ['a GPU variant', 21, B8, P3],
    ['an Inferentia variant', 16, NEURON, INF1],
    ['a gnmt variant', 101, GNMT, P3],
  ])('of %s is carried out when it has been asked for so often: %i', (_, times, variant, type) => {
    const { ask, add } = bench({}, type);
    add(variant);
    for (let time = 1; time < times; time += 1) expect(ask(variant, -1)).toEqual([]);
    expect(ask(variant, -1)).toEqual([[variant, -1]]);
  });

  test('adds up by its count, and acts when the sum exceeds the delay', () => {
    const { ask, add } = bench();
    add(TF_CPU);
    add(TF_CPU);
    expect(ask(TF_CPU, -10)).toEqual([]);
    expect(ask(TF_CPU, -1)).toEqual([[TF_CPU, -1]]);
  });

  test('of 2000 unloads a GPU variant at once', () => {
    const { ask, add } = bench();
    add(B8);
    expect(ask(B8, -2000)).toEqual([[B8, -1]]);
  });

  test('begins anew after a scale-up, even a refused one', () => {
    const { ask, add } = bench();
    add(TF_CPU);
    add(TF_CPU);
    ask(TF_CPU, -10);
    expect(ask(TF_CPU, 1)).toEqual([]);
    expect(ask(TF_CPU, -10)).toEqual([]);
    expect(ask(TF_CPU, -1)).toEqual([[TF_CPU, -1]]);
  });

  test('begins anew after one that was carried out', () => {
    const { world, ask, drain, add } = bench();
    add(TF_CPU);
    const second = add(TF_CPU);
    expect(ask(TF_CPU, -11)).toEqual([[TF_CPU, -2]]);
    endWorker(world, second);
    drain();
    expect(ask(TF_CPU, -10)).toEqual([]);
  });

  test('goes on where it was after idle ticks', () => {
    const { ask, drain, add } = bench();
    add(TF_CPU);
    ask(TF_CPU, -10);
    for (let idle = 0; idle < 50; idle += 1) expect(drain()).toEqual([]);
    expect(ask(TF_CPU, -1)).toEqual([[TF_CPU, -1]]);
  });

  test('of what does not run asks for nothing', () => {
    const { ask } = bench();
    expect(ask(TF_CPU, -11)).toEqual([]);
  });
});

describe('a scale-up', () => {
  test('of a CPU variant is refused as a whole above two replicas', () => {
    const { ask, add } = bench();
    add(TF_CPU);
    expect(ask(TF_CPU, 2)).toEqual([]);
    expect(ask(TF_CPU, 1)).toEqual([[TF_CPU, 1]]);
  });

  test('of CPU variants starts one after the other', () => {
    const { world, ask, drain, start } = bench();
    expect(ask(TF_CPU, 2)).toEqual([[TF_CPU, 1]]);
    const first = start(TF_CPU);
    expect(drain()).toEqual([]);
    becomeReady(world, first);
    expect(drain()).toEqual([[TF_CPU, 1]]);
    becomeReady(world, start(TF_CPU));
    expect(drain()).toEqual([]);
  });

  test('of a GPU variant that is not loaded loads one replica, however many were asked for', () => {
    const { world, ask, drain, start } = bench();
    expect(ask(B8, 3)).toEqual([[B8, 1]]);
    becomeReady(world, start(B8));
    expect(drain()).toEqual([]);
  });

  test('of a running GPU variant is refused by INFaaS and goes up to two where variants scale alone', () => {
    const infaas = bench();
    infaas.add(B8);
    expect(infaas.ask(B8, 1)).toEqual([]);
    const alone = bench({ options: { autoscaler: 'individual' } });
    alone.add(B8);
    expect(alone.ask(B8, 2)).toEqual([]);
    expect(alone.ask(B8, 1)).toEqual([[B8, 1]]);
  });

  test('of an Inferentia variant stops at one replica under INFaaS, else at two', () => {
    const infaas = bench({}, INF1);
    infaas.add(NEURON);
    expect(infaas.ask(NEURON, 1)).toEqual([]);
    const fixed = bench({ options: { autoscaler: 'static' } }, INF1);
    fixed.add(NEURON);
    expect(fixed.ask(NEURON, 1)).toEqual([[NEURON, 1]]);
  });

  test('takes a replica that loads already for its first', () => {
    const { world, ask, drain, start } = bench();
    const first = start(TF_CPU);
    expect(ask(TF_CPU, 1)).toEqual([]);
    becomeReady(world, first);
    expect(drain()).toEqual([]);
  });

  test('whose replica never came is over', () => {
    const { ask, drain } = bench();
    expect(ask(TF_CPU, 1)).toEqual([[TF_CPU, 1]]);
    expect(drain()).toEqual([]);
    expect(ask(TF_CPU, 1)).toEqual([[TF_CPU, 1]]);
  });
});

describe('a downgrade', () => {
  test('loads the smaller batch first and unloads the larger one when it is ready', () => {
    const { world, ask, drain, add, start } = bench();
    add(B16);
    for (let time = 1; time <= 20; time += 1) expect(ask(B16, -1, B8)).toEqual([]);
    expect(ask(B16, -1, B8)).toEqual([[B8, 1]]);
    const smaller = start(B8);
    expect(drain()).toEqual([]);
    becomeReady(world, smaller);
    expect(drain()).toEqual([[B16, -1]]);
  });

  test('unloads the larger batch even when the smaller one fails to load', () => {
    const { world, ask, drain, add, start } = bench();
    add(B16);
    expect(ask(B16, -21, B8)).toEqual([[B8, 1]]);
    endWorker(world, start(B8));
    expect(drain()).toEqual([[B16, -1]]);
  });

  test('needs no load when the smaller batch runs already', () => {
    const { ask, add } = bench();
    add(B16);
    add(B8);
    expect(ask(B16, -21, B8)).toEqual([[B16, -1]]);
  });

  test('to a CPU variant leaves the load to the dispatcher', () => {
    const { ask, add } = bench();
    add(B1);
    expect(ask(B1, -21, TF_CPU)).toEqual([[B1, -1]]);
  });
});

describe('a daemon', () => {
  test('takes no second request for a variant before the first is over', () => {
    const { world, ask, drain, add } = bench();
    const old = add(B8);
    expect(ask(B8, -21)).toEqual([[B8, -1]]);
    drainWorker(world, old);
    expect(ask(B8, 1)).toEqual([]);
    endWorker(world, old);
    expect(drain()).toEqual([]);
    expect(ask(B8, 1)).toEqual([[B8, 1]]);
  });

  test('keeps its other requests waiting while it loads; the other kinds go on', () => {
    const { world, ask, drain, start } = bench();
    ask(TF_CPU, 1);
    const loading = start(TF_CPU);
    expect(ask(PYTORCH, 1)).toEqual([]);
    expect(ask(B8, 1)).toEqual([[B8, 1]]);
    becomeReady(world, loading);
    expect(drain()).toEqual([[PYTORCH, 1]]);
  });

  test('hides a variant while its last replica unloads', () => {
    const { world, ask, drain, add } = bench({ options: { bugGlobalUnloading: true } });
    const old = add(B8);
    ask(B8, -21);
    drainWorker(world, old);
    drain();
    expect(world.state.isUnloading(B8)).toBe(true);
    endWorker(world, old);
    drain();
    expect(world.state.isUnloading(B8)).toBe(false);
  });
});
