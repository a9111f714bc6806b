// A small catalogue, real tables over it, and builders for policies: what the law tests of every family share.
// Latencies are linear (base + per input), so that every figure in a test can be worked out by hand.
import fc from 'fast-check';
import type {
  Family,
  InitialFleet,
  LatencyModel,
  MachineType,
  PolicyContext,
  PolicyDefinition,
  PolicyModule,
  QueryKind,
  Slot,
  Variant,
  WorkerId,
  WorkerState,
} from '../../../core/index.ts';
import {
  Catalogue,
  DEAD,
  DRAINING,
  Fleet,
  LOADING,
  NEVER,
  NO_SOLVER,
  POLICIES,
  READY,
  RequestTable,
  Signals,
  Stream,
  UP,
  builtInPolicy,
  defaultsOf,
  emptyArrival,
  invariant,
  milliseconds,
  seconds,
} from '../../../core/index.ts';

export const GPU = 0;
export const CPU = 1;
export const SMALL = 2;
export const DETECTOR = 3;
export const VARIANTS = [GPU, CPU, SMALL, DETECTOR];

export const HOST = 0;
export const GPU_HOST = 1;
export const TINY_HOST = 2;

interface VariantSketch {
  readonly name: string;
  readonly architecture: string;
  readonly task?: string;
  readonly hardware?: string;
  readonly maxBatch: number;
  readonly accuracyPercent: number;
  readonly cores: number;
  readonly memoryBytes?: number;
  readonly accelerators?: number;
}

/** Expected execution: `baseMs[variant] + perInputMs[variant] * inputs`. */
const LATENCY_MS = [
  { base: 4, perInput: 1 },
  { base: 10, perInput: 20 },
  { base: 5, perInput: 5 },
  { base: 30, perInput: 30 },
];

const SKETCHES: readonly VariantSketch[] = [
  {
    name: 'resnet-gpu',
    architecture: 'resnet',
    hardware: 'v100',
    maxBatch: 32,
    accuracyPercent: 76,
    cores: 1,
    accelerators: 1,
  },
  { name: 'resnet-cpu', architecture: 'resnet', maxBatch: 8, accuracyPercent: 76, cores: 2 },
  { name: 'mobilenet-cpu', architecture: 'mobilenet', maxBatch: 4, accuracyPercent: 71, cores: 1 },
  { name: 'yolo-cpu', architecture: 'yolo', task: 'detection', maxBatch: 2, accuracyPercent: 50, cores: 4 },
];

function variantOf(sketch: VariantSketch, index: number): Variant {
  return {
    index,
    name: sketch.name,
    version: '1',
    useCase: { task: sketch.task ?? 'classification', dataset: 'imagenet' },
    architecture: sketch.architecture,
    framework: 'table',
    hardware: sketch.hardware ?? 'cpu',
    precision: 'fp32',
    maxBatch: sketch.maxBatch,
    accuracyPercent: sketch.accuracyPercent,
    resources: {
      cores: sketch.cores,
      memoryBytes: sketch.memoryBytes ?? 1e9,
      accelerators: sketch.accelerators ?? 0,
    },
    profile: {
      source: 'made up',
      synthesised: true,
      rows: [{ batch: 1, meanNs: 1 }],
      loadNs: seconds(5),
      peakMemoryBytes: 1e9,
      hostOverheadNs: 0,
    },
    inputs: [],
    outputs: [],
  };
}

function latencyOf({ base, perInput }: { readonly base: number; readonly perInput: number }): LatencyModel {
  const expectedBatchNs = (inputs: number): number => milliseconds(base + perInput * inputs);
  return {
    batchWorkNs: expectedBatchNs,
    expectedBatchNs,
    loadWorkNs: () => seconds(5),
    expectedLoadNs: seconds(5),
    beyondTable: [],
  };
}

function machineType(index: number, name: string, cores: number, pricePerHourUsd: number): MachineType {
  return {
    index,
    name,
    source: 'made up',
    cores,
    memoryBytes: 16e9,
    pricePerHourUsd,
    reservedPricePerHourUsd: pricePerHourUsd,
    bootNs: seconds(30),
    idleWatts: 100,
    busyWatts: 200,
    ...(name === 'gpu-host' ? { accelerator: { hardware: 'v100', count: 2, memoryBytes: 16e9 } } : {}),
  };
}

export function smallCatalogue(): Catalogue {
  const types = [
    machineType(HOST, 'host', 8, 0.4),
    machineType(GPU_HOST, 'gpu-host', 8, 6),
    machineType(TINY_HOST, 'tiny-host', 2, 0.2),
  ];
  return new Catalogue(SKETCHES.map(variantOf), LATENCY_MS.map(latencyOf), types);
}

/** What the queries of the tests ask for, by name of the test's intent. */
export const KINDS = {
  anything: 0,
  classification: 1,
  resnet: 2,
  named: 3,
  unknown: 4,
} as const;

function kind(asked: Partial<QueryKind>): QueryKind {
  return { application: 'default', useCase: '', architecture: '', variant: '', ...asked };
}

export function someKinds(): QueryKind[] {
  return [
    kind({}),
    kind({ useCase: 'classification-imagenet' }),
    kind({ architecture: 'resnet', useCase: 'detection-imagenet' }),
    kind({ variant: 'mobilenet-cpu', architecture: 'resnet' }),
    kind({ architecture: 'nobody-knows' }),
  ];
}

export interface World {
  readonly context: Omit<PolicyContext<unknown>, 'options'>;
  readonly catalogue: Catalogue;
  readonly fleet: Fleet;
  readonly requests: RequestTable;
  readonly kinds: QueryKind[];
  readonly signals: Signals;
}

/** Empty tables over the small catalogue. */
export function emptyWorld(
  initial: InitialFleet = { workers: new Map(), machines: new Map() },
  coreOvercommit = 1,
): World {
  const catalogue = smallCatalogue();
  const fleet = new Fleet(catalogue, { workersMax: 64, machinesMax: 16, coreOvercommit });
  const requests = new RequestTable(16);
  const kinds = someKinds();
  const signals = new Signals();
  const random = new Stream('laws');
  return {
    context: { catalogue, fleet, requests, kinds, initial, random, signals, solver: NO_SOLVER },
    catalogue,
    fleet,
    requests,
    kinds,
    signals,
  };
}

/** The part of a policy that serves a family, with its default options but for those given. */
export function policyOf<Name extends Family>(
  family: Name,
  name: string,
  world: World,
  options: Readonly<Record<string, number | boolean | string>> = {},
): NonNullable<PolicyModule[Name]> {
  const definition = builtInPolicy(family, name);
  invariant(definition !== undefined, `no ${family} policy ${name}`);
  return create(family, definition, world, options);
}

function create<Name extends Family>(
  family: Name,
  definition: PolicyDefinition,
  { context }: World,
  options: Readonly<Record<string, number | boolean | string>>,
): NonNullable<PolicyModule[Name]> {
  const values: Record<string, number | boolean | string> = { ...defaultsOf(definition.options), ...options };
  // The values come from the definition's own declaration.
  const module = definition.create({ ...context, options: values as PolicyContextOptions });
  const part: PolicyModule[Name] = module[family];
  invariant(part !== undefined && part !== null, `${definition.name} does not serve ${family}`);
  return part;
}

type PolicyContextOptions = Parameters<PolicyDefinition['create']>[0]['options'];

/** Names of the registered policies of a family. */
export function namesOf(family: Family): string[] {
  return POLICIES[family].map((policy) => policy.name);
}

/** An up machine; returns its number. */
export function addMachine({ fleet }: World, type: number): number {
  const machine = fleet.machines.claim(type, 0);
  fleet.machines.setState(machine, UP, 0);
  return machine;
}

export interface WorkerSketch {
  readonly variant: number;
  readonly machine?: number;
  readonly state?: WorkerState;
  readonly outstanding?: number;
  readonly queued?: number;
  readonly running?: number;
}

/** A worker in a state, ready unless said otherwise; it need not fit. */
export function addWorker({ fleet }: World, sketch: WorkerSketch): WorkerId {
  const { variant, machine = 0, state = READY, outstanding = 0, queued = 0, running = 0 } = sketch;
  const worker = fleet.claim(variant, machine, 0);
  if (state !== fleet.state[worker]) fleet.setState(worker, LOADING, 0);
  if (state !== fleet.state[worker]) fleet.setState(worker, READY, 0);
  if (state !== fleet.state[worker]) fleet.setState(worker, DRAINING, 0);
  if (state !== fleet.state[worker]) fleet.setState(worker, DEAD, 0);
  fleet.outstanding[worker] = outstanding;
  fleet.queued[worker] = queued;
  fleet.running[worker] = running;
  return worker;
}

export interface QuerySketch {
  readonly kind?: number;
  readonly inputs?: number;
  readonly latencyMs?: number;
  readonly accuracyPercent?: number;
  readonly atNs?: number;
}

/** Opens a request; without `latencyMs` it has no deadline. */
export function open({ requests }: World, sketch: QuerySketch = {}): Slot {
  const { kind: asked = KINDS.anything, inputs = 1, latencyMs, accuracyPercent = 0, atNs = 0 } = sketch;
  const latencyNs = latencyMs === undefined ? NEVER : milliseconds(latencyMs);
  return requests.openFor({ ...emptyArrival(), atNs, kind: asked, inputs, latencyNs, accuracyPercent }, atNs);
}

/** A fleet of any shape: machines up, booting or down to few, workers in every state, any load. */
export interface FleetSketch {
  readonly machines: readonly number[];
  readonly workers: readonly Required<WorkerSketch>[];
  readonly waiting: readonly number[];
}

export const anyFleet: fc.Arbitrary<FleetSketch> = fc.record({
  machines: fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 6 }),
  workers: fc.array(
    fc.record({
      variant: fc.integer({ min: 0, max: 3 }),
      machine: fc.nat({ max: 5 }),
      state: fc.constantFrom<WorkerState>(0, 1, 2, 2, 2, 3, 4),
      outstanding: fc.nat({ max: 12 }),
      queued: fc.nat({ max: 12 }),
      running: fc.nat({ max: 4 }),
    }),
    { maxLength: 20 },
  ),
  waiting: fc.array(fc.nat({ max: 30 }), { minLength: 4, maxLength: 4 }),
});

export const anyQuery: fc.Arbitrary<QuerySketch> = fc.record({
  kind: fc.integer({ min: 0, max: 4 }),
  inputs: fc.integer({ min: 1, max: 40 }),
  latencyMs: fc.integer({ min: 1, max: 400 }),
  accuracyPercent: fc.constantFrom(0, 50, 71, 72, 76, 77),
});

/** Builds the tables a sketch describes. The same sketch gives the same tables. */
export function worldOf(sketch: FleetSketch, initial?: InitialFleet): World {
  const world = emptyWorld(initial);
  const machines = sketch.machines.map((type) => addMachine(world, type));
  for (const worker of sketch.workers) {
    const machine = machines[worker.machine % machines.length];
    // What does not fit is left out: the tables of a run are never overcommitted by placement.
    if (world.fleet.machines.fits(machine, worker.variant)) addWorker(world, { ...worker, machine });
  }
  sketch.waiting.forEach((inputs, variant) => {
    world.fleet.waiting[variant] = inputs;
  });
  return world;
}
