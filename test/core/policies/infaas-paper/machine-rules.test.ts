import { describe, expect, test } from 'vitest';
import { BOOTING, DOWN, UP, seconds } from '../../../../core/index.ts';
import { CPU, GPU, GPU_HOST, HOST, SMALL, addMachine, addWorker } from '../fixtures.ts';
import { ANY_MACHINES, WITH_TINY, benchOf, worked } from './fixtures.ts';
import type { Bench } from './fixtures.ts';

function machines(bench: Bench, types: readonly number[]): number[] {
  return types.map((type) => addMachine(bench.world, type));
}

/** The machines decided on at an instant, as `[type, delta]`, or `[type, delta, machine]`. */
function decided({ module }: Bench, atS = 2): number[][] {
  return module['machine-scaling']
    .decide(seconds(atS))
    .map(({ type, delta, machine }) => (machine === undefined ? [type, delta] : [type, delta, machine]));
}

function cores({ world }: Bench, shares: readonly number[]): void {
  world.fleet.sampled.machineCores.set(shares);
}

describe('hardware that is used up', () => {
  test('gets a machine above 80 % on all machines that have it, not at 80 % on one', () => {
    const bench = benchOf();
    machines(bench, [HOST, HOST]);
    cores(bench, [0.9, 0.8]);
    expect(decided(bench)).toEqual([]);
    cores(bench, [0.9, 0.81]);
    expect(decided(bench)).toEqual([[HOST, 1]]);
  });

  test('is judged on the machines that have it, by the kind of its resource', () => {
    const bench = benchOf();
    machines(bench, [HOST, GPU_HOST]);
    bench.world.fleet.sampled.machineDevices.set([0, 0.81]);
    expect(decided(bench)).toEqual([[GPU_HOST, 1]]);
  });

  test('counts the cores of all machines', () => {
    const bench = benchOf();
    machines(bench, [HOST, GPU_HOST]);
    cores(bench, [0.9, 0.5]);
    expect(decided(bench)).toEqual([]);
    cores(bench, [0.9, 0.9]);
    expect(decided(bench)).toEqual([[HOST, 1]]);
  });

  test('gets one machine at a time: one that boots is not used yet', () => {
    const bench = benchOf();
    machines(bench, [HOST]);
    cores(bench, [0.9]);
    const booting = bench.world.fleet.machines.claim(HOST, 0);
    expect([bench.world.fleet.machines.state[booting], decided(bench)]).toEqual([BOOTING, []]);
  });

  test('gets no machine that nobody has of its kind yet, nor one beyond the maximum', () => {
    expect(decided(benchOf())).toEqual([]);
    const bench = benchOf({}, { initial: { workers: new Map(), machines: new Map([[HOST, { initial: 0, max: 1 }]]) } });
    machines(bench, [HOST]);
    cores(bench, [0.9]);
    expect(decided(bench)).toEqual([]);
  });

  test('gets the cheapest type that has it and may still grow', () => {
    const bench = benchOf({}, { initial: WITH_TINY });
    machines(bench, [HOST]);
    cores(bench, [0.9]);
    expect(decided(bench)).toEqual([[2, 1]]);
  });
});

describe('interference and overload', () => {
  test('get a machine where variants are interfered with on all machines of the hardware', () => {
    const bench = benchOf();
    const hosts = machines(bench, [GPU_HOST, GPU_HOST]);
    const workers = hosts.map((machine) => addWorker(bench.world, { variant: GPU, machine }));
    worked(bench, workers[0], { inputs: 1, batches: 1, busyMs: 100 });
    expect(decided(bench)).toEqual([]);
    for (const worker of workers) worked(bench, worker, { inputs: 1, batches: 1, busyMs: 100 });
    expect(decided(bench, 4)).toEqual([[GPU_HOST, 1]]);
  });

  test('get a machine where more than 80 % of the machines have overloaded variants', () => {
    const bench = benchOf();
    const hosts = machines(bench, [HOST, HOST, HOST, HOST, HOST]);
    const workers = hosts.map((machine) => addWorker(bench.world, { variant: SMALL, machine }));
    for (const worker of workers.slice(0, 4)) worked(bench, worker, { inputs: 400 });
    expect(decided(bench)).toEqual([]);
    for (const worker of workers) worked(bench, worker, { inputs: 400 });
    expect(decided(bench, 4)).toEqual([[HOST, 1]]);
  });

  test('get a machine with the hardware that most overloaded instances are for', () => {
    const bench = benchOf();
    const [host] = machines(bench, [GPU_HOST]);
    for (const variant of [GPU, SMALL, CPU]) {
      worked(bench, addWorker(bench.world, { variant, machine: host }), { inputs: 2000 });
    }
    expect(decided(bench)).toEqual([[HOST, 1]]);
  });
});

describe('a worker that found no machine', () => {
  const short = ({ world }: Bench, variant: number): void =>
    world.signals.capacityShort({ hardware: 'any', variant, atNs: 0, cause: 'no machine has room' });

  test('gets the type that hosts it most cheaply', () => {
    const bench = benchOf();
    short(bench, CPU);
    expect(decided(bench)).toEqual([[HOST, 1]]);
    short(bench, GPU);
    expect(decided(bench, 4)).toEqual([[GPU_HOST, 1]]);
  });

  test('gets none while one boots that could host it', () => {
    const bench = benchOf();
    bench.world.fleet.machines.claim(GPU_HOST, 0);
    short(bench, CPU);
    expect(decided(bench)).toEqual([]);
  });
});

describe('machines that leave', () => {
  test('are those above the initial number that were empty for the delay', () => {
    const initial = { workers: new Map(), machines: new Map([[HOST, { initial: 1, max: 4 }]]) };
    const bench = benchOf({ release: seconds(10) }, { initial });
    const [first, second, third] = machines(bench, [HOST, HOST, HOST]);
    addWorker(bench.world, { variant: SMALL, machine: second });
    expect([2, 4, 6, 8, 10].flatMap((at) => decided(bench, at))).toEqual([]);
    expect(decided(bench, 12)).toEqual([[HOST, -1, third]]);
    bench.world.fleet.machines.setState(third, DOWN, seconds(12));
    expect(decided(bench, 14)).toEqual([[HOST, -1, first]]);
    bench.world.fleet.machines.setState(first, DOWN, seconds(14));
    expect([16, 18, 20, 40].flatMap((at) => decided(bench, at))).toEqual([]);
  });

  test('stay where the others are used so much that one would be added again', () => {
    const bench = benchOf({ release: seconds(2) });
    const [busy, empty] = machines(bench, [HOST, HOST]);
    addWorker(bench.world, { variant: SMALL, machine: busy });
    cores(bench, [0.81, 0]);
    expect([2, 4, 6].flatMap((at) => decided(bench, at))).toEqual([]);
    cores(bench, [0.8, 0]);
    expect(decided(bench, 8)).toEqual([[HOST, -1, empty]]);
  });

  test('stay for ever where the delay is 0', () => {
    const bench = benchOf({ release: 0 });
    machines(bench, [HOST]);
    expect([2, 4, 1000].flatMap((at) => decided(bench, at))).toEqual([]);
  });

  test('are replaced when they are lost, with the variants they had', () => {
    const bench = benchOf({}, { initial: ANY_MACHINES });
    const [lost] = machines(bench, [HOST]);
    const { fleet } = bench.world;
    const worker = addWorker(bench.world, { variant: SMALL, machine: lost });
    expect(decided(bench)).toEqual([]);
    fleet.setState(worker, 4, seconds(3));
    fleet.machines.setState(lost, DOWN, seconds(3));
    expect(decided(bench, 4)).toEqual([[HOST, 1]]);
    const successor = fleet.machines.claim(HOST, seconds(4));
    expect(bench.module['model-scaling'].decide(seconds(5))).toEqual([]);
    fleet.machines.setState(successor, UP, seconds(30));
    expect(bench.module['model-scaling'].decide(seconds(31))).toMatchObject([
      { variant: SMALL, delta: 1, machine: successor },
    ]);
  });
});
