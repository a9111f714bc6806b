import { describe, expect, test } from 'vitest';
import { HOLD, LOADING, NONE, START, seconds } from '../../../../core/index.ts';
import { CPU, DETECTOR, GPU, GPU_HOST, HOST, KINDS, SMALL, addMachine, addWorker, open } from '../fixtures.ts';
import { ask, benchOf, worked } from './fixtures.ts';
import type { Bench } from './fixtures.ts';

/** A host and a GPU host, with ready workers of some variants; returns them by variant. */
function ready(variants: readonly number[], options = {}): Bench & { readonly workers: ReadonlyMap<number, number> } {
  const bench = benchOf(options);
  const [host, gpuHost] = [addMachine(bench.world, HOST), addMachine(bench.world, GPU_HOST)];
  const workers = new Map(
    variants.map((variant) => [
      variant,
      addWorker(bench.world, { variant, machine: variant === GPU ? gpuHost : host }),
    ]),
  );
  return { ...bench, workers };
}

/** Gives a variant's worker more than its peak in the first 2 s. */
function overload(bench: ReturnType<typeof ready>, variant: number): void {
  worked(bench, bench.workers.get(variant) ?? NONE, { inputs: 4000 });
}

describe('GETVARIANT', () => {
  test('takes the active variant whose latency is closest to the objective', () => {
    // One input: 5 ms on resnet-gpu, 30 ms on resnet-cpu.
    const bench = ready([GPU, CPU]);
    expect(ask(bench, { kind: KINDS.resnet, latencyMs: 100 }, 0)).toBe(CPU);
    expect(ask(bench, { kind: KINDS.resnet, latencyMs: 30 }, 0)).toBe(CPU);
    expect(ask(bench, { kind: KINDS.resnet, latencyMs: 29 }, 0)).toBe(GPU);
  });

  test('takes the cheapest active variant where the option says so', () => {
    // mobilenet-cpu answers an input of a full batch at least cost, resnet-cpu is slower.
    expect(ask(ready([CPU, SMALL], { tie: 'cheapest' }), { kind: KINDS.classification }, 0)).toBe(SMALL);
    expect(ask(ready([CPU, SMALL]), { kind: KINDS.classification }, 0)).toBe(CPU);
  });

  test('takes an active variant before an inactive one that would answer sooner', () => {
    expect(ask(ready([CPU]), { kind: KINDS.resnet }, 0)).toBe(CPU);
  });

  test('passes over a variant that is overloaded, and takes it again when it is not', () => {
    const bench = ready([GPU, CPU]);
    overload(bench, CPU);
    expect(ask(bench, { kind: KINDS.resnet }, seconds(1.9))).toBe(CPU);
    expect(ask(bench, { kind: KINDS.resnet }, seconds(2))).toBe(GPU);
    expect(ask(bench, { kind: KINDS.resnet }, seconds(4))).toBe(CPU);
  });

  test('passes over a variant that is interfered with', () => {
    const bench = ready([GPU, CPU]);
    worked(bench, bench.workers.get(CPU) ?? NONE, { inputs: 10, batches: 10, busyMs: 600 });
    expect(ask(bench, { kind: KINDS.resnet }, seconds(2))).toBe(GPU);
  });

  test('takes the inactive variant that loads and answers soonest', () => {
    // All load in 5 s; one input takes 5 ms on resnet-gpu and 10 ms on mobilenet-cpu, twenty inputs only fit the GPU.
    const bench = ready([]);
    expect(ask(bench, { kind: KINDS.classification }, 0)).toBe(GPU);
    expect(ask(bench, { kind: KINDS.classification, inputs: 20 }, 0)).toBe(GPU);
    expect(ask(bench, { kind: KINDS.anything, accuracyPercent: 50, inputs: 4 }, 0)).toBe(GPU);
  });

  test('takes an inactive variant only where a machine has room, as long as there is one', () => {
    const bench = benchOf();
    addMachine(bench.world, HOST);
    expect(ask(bench, { kind: KINDS.classification }, 0)).toBe(SMALL);
    expect(ask(bench, { kind: KINDS.classification, inputs: 20 }, 0)).toBe(GPU);
  });

  test('loads one variant for one batch of queries while all that is ready is overloaded', () => {
    const bench = ready([CPU]);
    overload(bench, CPU);
    const query = { kind: KINDS.classification, inputs: 4 };
    expect(ask(bench, query, seconds(2))).toBe(GPU);
    addWorker(bench.world, { variant: GPU, machine: 1, state: LOADING });
    bench.world.fleet.waiting[GPU] = 28;
    expect(ask(bench, query, seconds(2))).toBe(GPU);
    bench.world.fleet.waiting[GPU] = 29;
    expect(ask(bench, query, seconds(2))).toBe(CPU);
  });

  test('answers none where no variant keeps the promises', () => {
    const bench = ready([GPU, CPU, SMALL, DETECTOR]);
    expect(ask(bench, { kind: KINDS.classification, latencyMs: 4 }, 0)).toBe(NONE);
    expect(ask(bench, { kind: KINDS.classification, accuracyPercent: 77 }, 0)).toBe(NONE);
  });
});

describe('the dispatcher', () => {
  test('takes the least loaded worker of the variant', () => {
    const { world, module } = benchOf();
    addMachine(world, HOST);
    for (const outstanding of [3, 1, 1]) addWorker(world, { variant: CPU, outstanding });
    expect(module.dispatch.assign(open(world), CPU, 0)).toBe(1);
  });

  test('takes a worker of a flagged instance only when there is no other', () => {
    const bench = benchOf();
    const machines = [addMachine(bench.world, HOST), addMachine(bench.world, HOST)];
    const [first, second] = machines.map((machine) => addWorker(bench.world, { variant: CPU, machine }));
    bench.world.fleet.outstanding[second] = 5;
    worked(bench, first, { inputs: 500 });
    expect(bench.module.dispatch.assign(open(bench.world), CPU, seconds(2))).toBe(second);
    worked(bench, first, { inputs: 500 });
    worked(bench, second, { inputs: 500 });
    expect(bench.module.dispatch.assign(open(bench.world), CPU, seconds(4))).toBe(first);
  });

  test('starts one worker for the queries of an instant, and none while one loads', () => {
    const { world, module } = benchOf();
    const cold = (now: number): number | undefined => module.dispatch.cold?.(open(world), CPU, now);
    addMachine(world, HOST);
    expect([cold(0), cold(0), cold(1)]).toEqual([START, HOLD, START]);
    addWorker(world, { variant: CPU, state: LOADING });
    expect(cold(2)).toBe(HOLD);
  });
});

describe('the placement', () => {
  test('takes the machine whose resources of the variant’s kind are used least', () => {
    const { world, module } = benchOf();
    for (let i = 0; i < 3; i += 1) addMachine(world, GPU_HOST);
    world.fleet.sampled.machineDevices.set([0.5, 0.2, 0.4]);
    world.fleet.sampled.machineCores.set([0.1, 0.3, 0.2]);
    expect([module.placement.place(GPU, 0), module.placement.place(CPU, 0)]).toEqual([1, 0]);
  });

  test('takes the emptier of machines that are used alike', () => {
    const { world, module } = benchOf();
    for (let i = 0; i < 2; i += 1) addMachine(world, HOST);
    addWorker(world, { variant: CPU, machine: 0 });
    expect(module.placement.place(CPU, 0)).toBe(1);
  });

  test('packs the fullest machine below 80 %, and the least used at 80 %', () => {
    const { world, module } = benchOf({ packing: true });
    for (let i = 0; i < 2; i += 1) addMachine(world, HOST);
    addWorker(world, { variant: CPU, machine: 1 });
    world.fleet.sampled.machineCores.set([0.1, 0.79]);
    expect(module.placement.place(CPU, 0)).toBe(1);
    world.fleet.sampled.machineCores.set([0.1, 0.8]);
    expect(module.placement.place(CPU, 0)).toBe(0);
    world.fleet.sampled.machineCores.set([0.9, 0.8]);
    expect(module.placement.place(CPU, 0)).toBe(1);
  });
});
