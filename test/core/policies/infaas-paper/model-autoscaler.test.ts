// The model autoscaler slot by slot. A slot is 1 s; every variant loads in 5 s, which is T_v.
import { describe, expect, test } from 'vitest';
import { loadSolver } from '../../../../backends/index.ts';
import type { Solver } from '../../../../core/index.ts';
import { LOADING, seconds } from '../../../../core/index.ts';
import { CPU, GPU, GPU_HOST, HOST, KINDS, SMALL, addMachine, addWorker, open } from '../fixtures.ts';
import { arrive, ask, benchOf, carryOut, changesOf, finishLoads, worked } from './fixtures.ts';
import type { Bench } from './fixtures.ts';

const solver = await loadSolver();

interface Clocked extends Bench {
  /** A slot in which a variant is asked for so many inputs; what is decided at its end. */
  slot(inputs: number, variant?: number): number[][];
  now(): number;
}

function clocked(bench: Bench): Clocked {
  let now = 0;
  const slot = (inputs: number, variant = SMALL): number[][] => {
    now += seconds(1);
    arrive(bench, variant, inputs);
    const changes = bench.module['model-scaling'].decide(now);
    carryOut(bench, changes, now);
    return changesOf(changes);
  };
  return { ...bench, slot, now: () => now };
}

/** Hosts and a GPU host, with ready workers of variants for the CPU. */
function started(variants: readonly number[], options = {}, given: { readonly solver?: Solver } = {}): Clocked {
  const bench = clocked(benchOf(options, given));
  for (const type of [HOST, HOST, GPU_HOST]) addMachine(bench.world, type);
  for (const [at, variant] of variants.entries()) addWorker(bench.world, { variant, machine: at % 2 });
  return bench;
}

describe('the heuristic in a run', () => {
  // mobilenet-cpu: 160 inputs/s, in danger above 152.38.
  test('replicates in the slot in which throughput over load falls below 1.05', () => {
    expect(started([SMALL]).slot(152)).toEqual([]);
    expect(started([SMALL]).slot(153)).toEqual([[SMALL, 1]]);
  });

  test('counts what loads, so that one danger is answered once', () => {
    const bench = started([SMALL]);
    expect(bench.slot(300)).toEqual([[SMALL, 1]]);
    expect(bench.slot(300)).toEqual([]);
    expect(bench.slot(500)).toEqual([[SMALL, 2]]);
  });

  test('replicates resnet-cpu while that is cheaper and upgrades to resnet-gpu when it is not', () => {
    // 47.06 inputs/s at 0.025 USD/h against 888.9 at 0.1875; each start costs half as much again, lambda * 5 s.
    // Four replicas: 0.15. An upgrade: 0.28 - 0.025.
    expect(started([CPU]).slot(220, CPU)).toEqual([[CPU, 4]]);
    const bench = started([CPU]);
    expect(bench.slot(400, CPU)).toEqual([[GPU, 1]]);
    expect(bench.slot(400, CPU)).toEqual([]);
    finishLoads(bench, bench.now());
    expect(bench.slot(400, CPU)).toEqual([[CPU, -1]]);
  });

  test('lets the last workers of a variant finish their queue before they go', () => {
    const bench = started([CPU]);
    bench.slot(400, CPU);
    finishLoads(bench, bench.now());
    bench.world.fleet.outstanding[0] = 1;
    expect(bench.slot(400, CPU)).toEqual([]);
    // What retires gets nothing new, though it is closest to the objective.
    expect(ask(bench, { kind: KINDS.resnet }, bench.now())).toBe(GPU);
    bench.world.fleet.outstanding[0] = 0;
    expect(bench.slot(400, GPU)).toEqual([[CPU, -1]]);
  });

  test('upgrades for objectives that the running variant misses', () => {
    const bench = started([CPU]);
    // 29 ms: resnet-cpu needs 30.
    expect(ask(bench, { kind: KINDS.resnet, latencyMs: 29 }, 0)).toBe(GPU);
    expect(bench.slot(0)).toEqual([[GPU, 1]]);
  });

  test('gives up an instance when the load has been supported without it for the time to load one', () => {
    const bench = started([SMALL, SMALL]);
    expect(bench.slot(300)).toEqual([]);
    const slots = Array.from({ length: 6 }, () => bench.slot(100));
    expect(slots).toEqual([[], [], [], [], [], [[SMALL, -1]]]);
  });

  test('begins to wait anew when the load needs the instance in between', () => {
    const bench = started([SMALL, SMALL]);
    for (let i = 0; i < 5; i += 1) bench.slot(100);
    expect(bench.slot(200)).toEqual([]);
    expect(Array.from({ length: 5 }, () => bench.slot(100)).flat()).toEqual([]);
    expect(bench.slot(100)).toEqual([[SMALL, -1]]);
  });

  test('gives up the last instance after the idle time, and none that nobody has asked for', () => {
    const bench = started([SMALL], { idle: seconds(8) });
    bench.slot(10);
    expect(Array.from({ length: 7 }, () => bench.slot(0)).flat()).toEqual([]);
    expect(bench.slot(0)).toEqual([[SMALL, -1]]);
    const unused = started([SMALL], { idle: 0 });
    expect(Array.from({ length: 20 }, () => unused.slot(0)).flat()).toEqual([]);
  });

  test('keeps the instances that queries for the very variant need', () => {
    const bench = started([SMALL, SMALL]);
    const slots = Array.from({ length: 8 }, () => {
      for (let i = 0; i < 40; i += 1) ask(bench, { kind: KINDS.named, inputs: 4 }, bench.now());
      return bench.slot(0);
    });
    expect(slots.flat()).toEqual([]);
  });

  test('asks for a machine when the room does not suffice', () => {
    const bench = clocked(benchOf());
    addMachine(bench.world, HOST);
    addWorker(bench.world, { variant: SMALL });
    expect(bench.slot(2000)).toEqual([[SMALL, 7]]);
    expect(bench.world.signals.takeShortages().map(({ variant, hardware }) => [variant, hardware])).toEqual([
      [SMALL, 'cpu'],
    ]);
  });
});

describe('the integer program in a run', () => {
  const ILP = { scaler: 'ilp', ilpPeriod: seconds(3), solveTime: seconds(2) };

  test('is solved every period, and its plan takes effect after the time to solve', () => {
    const bench = started([SMALL], ILP, { solver });
    expect(Array.from({ length: 4 }, () => bench.slot(300)).flat()).toEqual([]);
    expect(bench.slot(300)).toEqual([[SMALL, 1]]);
  });

  test('takes effect at once where solving takes no time', () => {
    const bench = started([SMALL], { ...ILP, solveTime: 0 }, { solver });
    expect([bench.slot(300), bench.slot(300), bench.slot(300)]).toEqual([[], [], [[SMALL, 1]]]);
  });

  test('carries a plan out as the heuristic does: starts first, drains what is replaced', () => {
    const bench = started([CPU], { ...ILP, solveTime: 0 }, { solver });
    expect([bench.slot(400, CPU), bench.slot(400, CPU), bench.slot(400, CPU)]).toEqual([[], [], [[GPU, 1]]]);
    finishLoads(bench, bench.now());
    expect(bench.slot(400, CPU)).toEqual([[CPU, -1]]);
  });

  test('serves what it can and asks for a machine where no plan is feasible', () => {
    const bench = clocked(benchOf({ ...ILP, solveTime: 0 }, { solver }));
    addMachine(bench.world, HOST);
    addWorker(bench.world, { variant: SMALL });
    expect([bench.slot(2000), bench.slot(2000), bench.slot(2000)]).toEqual([[], [], [[SMALL, 7]]]);
    expect(bench.world.signals.takeShortages().map(({ variant }) => variant)).toEqual([SMALL]);
  });

  test('leaves everything as it is where the solver finds nothing', () => {
    const failing: Solver = { solve: () => ({ status: 'failed', objective: 0, values: new Float64Array(0) }) };
    const bench = started([SMALL], { ...ILP, solveTime: 0 }, { solver: failing });
    expect(Array.from({ length: 7 }, () => bench.slot(300)).flat()).toEqual([]);
  });
});

describe('the way to a target', () => {
  test('starts again what did not come, and ends when all is there', () => {
    const bench = started([SMALL]);
    const { fleet } = bench.world;
    expect(bench.slot(300)).toEqual([[SMALL, 1]]);
    fleet.setState(fleet.loading(SMALL).at(0), 4, bench.now());
    expect(bench.slot(300)).toEqual([[SMALL, 1]]);
    finishLoads(bench, bench.now());
    expect(bench.slot(300)).toEqual([]);
  });

  test('keeps a worker that requests wait for, whatever the target', () => {
    const bench = started([CPU]);
    bench.slot(400, CPU);
    finishLoads(bench, bench.now());
    bench.world.fleet.waiting[CPU] = 1;
    expect(bench.slot(400, CPU)).toEqual([]);
  });
});

describe('help against interference', () => {
  const slow = (bench: Bench, worker: number): void => worked(bench, worker, { inputs: 5, batches: 5, busyMs: 500 });

  test('comes from idle resources of the same machine first, then from another', () => {
    const bench = started([SMALL]);
    arrive(bench, SMALL, 10);
    bench.slot(10);
    slow(bench, 0);
    expect(bench.slot(10)).toEqual([[SMALL, 1, 0]]);
    finishLoads(bench, bench.now());
    bench.world.fleet.sampled.machineCores[0] = 0.5;
    bench.slot(10);
    slow(bench, 0);
    expect(bench.slot(10)).toEqual([[SMALL, 1, 1]]);
    expect(bench.slot(10)).toEqual([]);
    finishLoads(bench, bench.now());
    expect(bench.slot(10)).toContainEqual([SMALL, -1, 0]);
  });

  test.each([
    // Of eight cores one is idle up to a use of 87.5 %, which is what an instance takes.
    [0.875, 0],
    [0.88, 1],
  ])('at a use of %f of its machine comes from machine %i', (used, from) => {
    const bench = started([SMALL]);
    bench.world.fleet.sampled.machineCores[0] = used;
    bench.slot(10);
    slow(bench, 0);
    expect(bench.slot(10)).toEqual([[SMALL, 1, from]]);
  });

  test.each([
    // Used by a tenth less is worth a move, and so is no machine used to 80 % or more.
    [0.79, [[SMALL, 1, 1]]],
    [0.8, []],
    [0.85, []],
  ])('comes from a machine used to %f only where that gains something', (used, expected) => {
    const bench = started([SMALL]);
    bench.world.fleet.sampled.machineCores.fill(used);
    bench.world.fleet.sampled.machineCores[0] = 0.9;
    bench.slot(10);
    slow(bench, 0);
    expect(bench.slot(10)).toEqual(expected);
  });

  test('comes as well when a query had the instances observed before', () => {
    const bench = started([SMALL]);
    bench.slot(10);
    slow(bench, 0);
    bench.module.selection.select(open(bench.world, { kind: KINDS.named }), seconds(2));
    expect(bench.slot(10)).toEqual([[SMALL, 1, 0]]);
  });

  test('is not given twice for one interference', () => {
    const bench = started([SMALL]);
    bench.slot(10);
    slow(bench, 0);
    bench.slot(10);
    slow(bench, 0);
    expect([bench.slot(10), bench.slot(10)]).toEqual([[], []]);
    expect(bench.world.fleet.state[1]).toBe(LOADING);
  });

  test('ends without a drain when the new worker does not come', () => {
    const bench = started([SMALL]);
    bench.world.fleet.sampled.machineCores[0] = 0.9;
    bench.slot(10);
    slow(bench, 0);
    bench.slot(10);
    bench.world.fleet.setState(bench.world.fleet.loading(SMALL).at(0), 4, bench.now());
    expect(bench.slot(10)).toEqual([]);
  });
});
