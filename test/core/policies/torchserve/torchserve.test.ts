/** TorchServe's rule: where workers go, how many there are, and that they stay. The developer's choice beside it. */
import { describe, expect, test } from 'vitest';
import { HOLD, LOADING, NONE, START, builtInPolicy, defaultsOf, invariant } from '../../../../core/index.ts';
import type { PolicyModule } from '../../../../core/index.ts';
import {
  CPU,
  DETECTOR,
  GPU,
  GPU_HOST,
  HOST,
  KINDS,
  SMALL,
  addMachine,
  addWorker,
  emptyWorld,
  open,
} from '../fixtures.ts';
import type { World } from '../fixtures.ts';

function torchServe(world: World, workersPerModel = 0): PolicyModule {
  const definition = builtInPolicy('dispatch', 'torchserve');
  invariant(definition !== undefined, 'torchserve is registered');
  return definition.create({ ...world.context, options: { ...defaultsOf(definition.options), workersPerModel } });
}

const select = (policy: PolicyModule, world: World, kind: number): number | undefined =>
  policy.selection?.select(open(world, { kind }), 0);
const decide = (policy: PolicyModule): string[] =>
  (policy['model-scaling']?.decide(0) ?? []).map(({ variant, delta }) => `${variant} ${delta}`);

describe('torchserve', () => {
  test('starts nothing before a model’s first request, and a first worker with it', () => {
    const world = emptyWorld();
    addMachine(world, GPU_HOST);
    const policy = torchServe(world);
    expect(decide(policy)).toEqual([]);
    expect(select(policy, world, KINDS.resnet)).toBe(GPU);
    expect(policy.dispatch?.cold?.(0, GPU, 0)).toBe(START);
  });

  test('holds while a worker loads', () => {
    const world = emptyWorld();
    const machine = addMachine(world, GPU_HOST);
    const policy = torchServe(world);
    addWorker(world, { variant: GPU, machine, state: LOADING });
    expect(policy.dispatch?.cold?.(0, GPU, 0)).toBe(HOLD);
  });

  test.each([
    // Workers wanted, and those on two accelerators and on the CPU that it makes.
    [1, [`${GPU} 1`]],
    [2, [`${GPU} 2`]],
    [3, [`${GPU} 2`, `${CPU} 1`]],
    [5, [`${GPU} 2`, `${CPU} 3`]],
  ])('of %i workers puts those beyond the accelerators on the CPU', (workers, expected) => {
    const world = emptyWorld();
    addMachine(world, GPU_HOST);
    const policy = torchServe(world, workers);
    select(policy, world, KINDS.resnet);
    expect(decide(policy)).toEqual(expected);
  });

  test('recommends accelerators over models, and one at least', () => {
    const world = emptyWorld();
    for (let i = 0; i < 3; i += 1) addMachine(world, GPU_HOST);
    const policy = torchServe(world);
    select(policy, world, KINDS.resnet);
    // Six accelerators over the models that the kinds deploy: resnet, yolo (any), mobilenet (by name).
    const models = 2;
    expect(decide(policy)).toEqual([`${GPU} ${Math.floor(6 / models)}`]);
  });

  test('runs on the CPU where there is no accelerator', () => {
    const world = emptyWorld();
    addMachine(world, HOST);
    const policy = torchServe(world);
    expect(select(policy, world, KINDS.resnet)).toBe(CPU);
    expect(decide(policy)).toEqual([`${CPU} 1`]);
  });

  test('gives a request to an idle worker, on an accelerator first, else where least waits for each', () => {
    const world = emptyWorld();
    const machine = addMachine(world, GPU_HOST);
    const policy = torchServe(world, 3);
    const gpu = addWorker(world, { variant: GPU, machine });
    const cpu = addWorker(world, { variant: CPU, machine });
    expect(select(policy, world, KINDS.resnet)).toBe(GPU);
    world.fleet.outstanding[gpu] = 2;
    expect(select(policy, world, KINDS.resnet)).toBe(CPU);
    world.fleet.outstanding[cpu] = 3;
    expect(select(policy, world, KINDS.resnet)).toBe(GPU);
  });

  test('never takes a worker away', () => {
    const world = emptyWorld();
    const machine = addMachine(world, GPU_HOST);
    const policy = torchServe(world, 1);
    select(policy, world, KINDS.resnet);
    for (let i = 0; i < 4; i += 1) addWorker(world, { variant: GPU, machine });
    expect(decide(policy)).toEqual([]);
  });
});

describe('preloaded', () => {
  test('selects what the experiment loads, the most copies first, whatever the objectives', () => {
    const workers = new Map([
      [CPU, 1],
      [SMALL, 2],
    ]);
    const world = emptyWorld({ workers, machines: new Map() });
    const definition = builtInPolicy('selection', 'preloaded');
    const policy = definition?.create({ ...world.context, options: {} });
    const asks = (kind: number): number | undefined =>
      policy?.selection?.select(open(world, { kind, accuracyPercent: 99 }), 0);
    expect([asks(KINDS.classification), asks(KINDS.resnet), asks(KINDS.unknown)]).toEqual([SMALL, CPU, NONE]);
    expect(DETECTOR).not.toBe(asks(KINDS.anything));
  });
});
