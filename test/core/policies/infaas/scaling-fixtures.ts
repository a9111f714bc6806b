// ResNet50 as the released INFaaS knows it in its unit tests (query_test.cc), over real tables: what the tests of both
// autoscalers share. Latencies are linear (slope * batch + intercept), so that capacities can be worked out by hand.
import type { InitialFleet, LatencyModel, MachineType, Variant, WorkerId } from '../../../../core/index.ts';
import {
  Catalogue,
  DEAD,
  DOWN,
  DRAINING,
  Fleet,
  LOADING,
  READY,
  RequestTable,
  Signals,
  Stream,
  NO_SOLVER,
  UP,
  defaultsOf,
  milliseconds,
  seconds,
} from '../../../../core/index.ts';
import { INFAAS_OPTIONS } from '../../../../core/policies/infaas/options.ts';
import type { InfaasOptions } from '../../../../core/policies/infaas/options.ts';
import { InfaasState } from '../../../../core/policies/infaas/state.ts';

export const B1 = 0;
export const B4 = 1;
export const B8 = 2;
export const B16 = 3;
export const B32 = 4;
export const TF_GPU = 5;
export const PYTORCH = 6;
export const TF_CPU = 7;
export const NEURON = 8;
export const GNMT = 9;
export const B64 = 10;

export const M5 = 0;
export const P3 = 1;
export const INF1 = 2;
export const P3_LARGE = 3;

interface Sketch {
  readonly name: string;
  readonly framework: string;
  readonly hardware: string;
  readonly maxBatch: number;
  readonly loadMs: number;
  readonly slope: number;
  readonly intercept: number;
}

const tensorrt = (maxBatch: number): Sketch => ({
  name: `resnet50-tensorrt-b${maxBatch}`,
  framework: 'tensorrt',
  hardware: 'v100',
  maxBatch,
  loadMs: 1146.43,
  slope: 1.1902,
  intercept: 2.7069,
});

const SKETCHES: readonly Sketch[] = [
  ...[1, 4, 8, 16, 32].map(tensorrt),
  {
    name: 'resnet50-tensorflow-gpu',
    framework: 'tensorflow',
    hardware: 'v100',
    maxBatch: 64,
    loadMs: 1307.61,
    slope: 1.6825,
    intercept: 5.2513,
  },
  {
    name: 'resnet50-pytorch-cpu4',
    framework: 'pytorch',
    hardware: 'cpu',
    maxBatch: 128,
    loadMs: 1524.29,
    slope: 241.28,
    intercept: 247.86,
  },
  {
    name: 'resnet50-tensorflow-cpu4',
    framework: 'tensorflow',
    hardware: 'cpu',
    maxBatch: 128,
    loadMs: 1589.35,
    slope: 186.35,
    intercept: 57.811,
  },
  {
    name: 'resnet50-inferentia',
    framework: 'neuron',
    hardware: 'inferentia',
    maxBatch: 1,
    loadMs: 3554.77,
    slope: 22,
    intercept: 0,
  },
  {
    name: 'gnmt-cpu',
    framework: 'pytorch',
    hardware: 'cpu',
    maxBatch: 128,
    loadMs: 4000,
    slope: 10,
    intercept: 90,
  },
  tensorrt(64),
];

function variantOf(sketch: Sketch, index: number, loadMs: number): Variant {
  const { name, framework, hardware, maxBatch } = sketch;
  const cores = hardware === 'cpu' ? 4 : 0.25;
  const accelerators = { cpu: 0, v100: 0.05, inferentia: 1 }[hardware] ?? 0;
  return {
    index,
    name,
    version: '1',
    useCase: { task: 'classification', dataset: 'imagenet' },
    architecture: name.startsWith('gnmt') ? 'gnmt' : 'resnet50',
    framework,
    hardware,
    precision: 'fp32',
    maxBatch,
    accuracyPercent: 71.2,
    resources: { cores, memoryBytes: 100e6, accelerators },
    profile: {
      source: 'query_test.cc',
      synthesised: true,
      rows: [{ batch: 1, meanNs: 1 }],
      loadNs: milliseconds(loadMs),
      peakMemoryBytes: 100e6,
      hostOverheadNs: 0,
    },
    inputs: [],
    outputs: [],
  };
}

function latencyOf({ slope, intercept }: Sketch, loadMs: number): LatencyModel {
  const expectedBatchNs = (inputs: number): number => milliseconds(slope * inputs + intercept);
  const expectedLoadNs = milliseconds(loadMs);
  return {
    batchWorkNs: expectedBatchNs,
    expectedBatchNs,
    loadWorkNs: () => expectedLoadNs,
    expectedLoadNs,
    beyondTable: [],
  };
}

function machineType(index: number, name: string, priceUsd: number, hardware?: string): MachineType {
  const count = hardware === 'inferentia' ? 4 : 1;
  const memoryBytes = hardware === 'inferentia' ? 2e9 : 16e9;
  return {
    index,
    name,
    source: 'made up',
    cores: 8,
    memoryBytes: 32e9,
    pricePerHourUsd: priceUsd,
    reservedPricePerHourUsd: priceUsd,
    bootNs: seconds(25),
    idleWatts: 1,
    busyWatts: 2,
    ...(hardware === undefined ? {} : { accelerator: { hardware, count, memoryBytes } }),
  };
}

export interface ScalingWorld {
  readonly fleet: Fleet;
  readonly catalogue: Catalogue;
  readonly state: InfaasState;
}

export interface WorldSketch {
  readonly options?: Partial<InfaasOptions>;
  readonly machines?: InitialFleet['machines'];
  /** Load times other than the measured ones, in milliseconds, by variant. */
  readonly loadMs?: Readonly<Record<number, number>>;
}

const START: InitialFleet['machines'] = new Map([
  [M5, { initial: 1, max: 3 }],
  [P3, { initial: 0, max: 3 }],
  [INF1, { initial: 0, max: 3 }],
]);

/** Empty tables and the policy's state over them, options at their defaults unless said otherwise. */
export function scalingWorld({ options = {}, machines = START, loadMs = {} }: WorldSketch = {}): ScalingWorld {
  const loads = SKETCHES.map((sketch, index) => loadMs[index] ?? sketch.loadMs);
  const catalogue = new Catalogue(
    SKETCHES.map((sketch, index) => variantOf(sketch, index, loads[index])),
    SKETCHES.map((sketch, index) => latencyOf(sketch, loads[index])),
    [
      machineType(M5, 'm5.2xlarge', 0.384),
      machineType(P3, 'p3.2xlarge', 3.06, 'v100'),
      machineType(INF1, 'inf1.2xlarge', 0.584, 'inferentia'),
      machineType(P3_LARGE, 'p3.8xlarge', 12.24, 'v100'),
    ],
  );
  const fleet = new Fleet(catalogue, { workersMax: 64, machinesMax: 16 });
  const state = new InfaasState({
    // The values come from the declaration itself.
    options: { ...defaultsOf(INFAAS_OPTIONS), ...options } as InfaasOptions,
    catalogue,
    fleet,
    requests: new RequestTable(16),
    kinds: [],
    initial: { workers: new Map(), machines },
    random: new Stream('infaas'),
    signals: new Signals(),
    solver: NO_SOLVER,
  });
  return { fleet, catalogue, state };
}

/** A machine that is up; returns its number. */
export function addMachine({ fleet, state }: ScalingWorld, type: number, now = 0): number {
  const machine = fleet.machines.claim(type, now);
  fleet.machines.setState(machine, UP, now);
  state.machines.follow();
  return machine;
}

/** A machine that vanishes with its workers. */
export function loseMachine(world: ScalingWorld, machine: number): void {
  const { fleet } = world;
  for (let worker = 0; worker < fleet.workersMax; worker += 1) {
    if (fleet.machine[worker] === machine && fleet.state[worker] !== DEAD) fleet.setState(worker, DEAD, 0);
  }
  fleet.machines.setState(machine, DOWN, 0);
  world.state.machines.follow();
}

/** A worker that loads. */
export function startWorker({ fleet }: ScalingWorld, variant: number, machine: number): WorkerId {
  const worker = fleet.claim(variant, machine, 0);
  fleet.setState(worker, LOADING, 0);
  return worker;
}

/** A worker that is ready, and what the monitor says then. */
export function addWorker(world: ScalingWorld, variant: number, machine: number): WorkerId {
  const worker = startWorker(world, variant, machine);
  world.fleet.setState(worker, READY, 0);
  countReplicas(world);
  return worker;
}

export function becomeReady(world: ScalingWorld, worker: WorkerId): void {
  world.fleet.setState(worker, READY, 0);
  countReplicas(world);
}

export function drainWorker(world: ScalingWorld, worker: WorkerId): void {
  world.fleet.setState(worker, DRAINING, 0);
  countReplicas(world);
}

export function endWorker(world: ScalingWorld, worker: WorkerId): void {
  world.fleet.setState(worker, DEAD, 0);
  countReplicas(world);
}

/** Replicas as the monitor counts them. */
function countReplicas({ fleet, state, catalogue }: ScalingWorld): void {
  const { instances } = state;
  instances.replicas.fill(0);
  for (const { index } of catalogue.variants) {
    const ready = fleet.ready(index);
    for (let i = 0; i < ready.length; i += 1) instances.replicas[instances.at(index, fleet.machine[ready.at(i)])] += 1;
  }
}

/** What the monitor measured of an instance. */
export function loadOf({ state }: ScalingWorld, variant: number, machine: number, qps: number, averageBatch = 1): void {
  const { instances } = state;
  instances.qps[instances.at(variant, machine)] = qps;
  instances.averageBatch[instances.at(variant, machine)] = averageBatch;
}

/** Utilisation in percent; a machine keeps its marker of 101 for what it does not have. */
export function utilise(world: ScalingWorld, cpuPercent: Readonly<Record<number, number>>): void {
  world.state.machines.refresh((machine) => cpuPercent[machine] ?? 0);
}
