// A cluster as INFaaS sees it, with every figure set by hand: variants with linear latencies, machines of three kinds,
// instances with given rates and flags. What the tests of selection, dispatch and the monitor share.
import type { LatencyModel, MachineId, MachineType, QueryKind, Variant, WorkerId } from '../../../../core/index.ts';
import {
  Catalogue,
  DEAD,
  DRAINING,
  Fleet,
  LOADING,
  NEVER,
  NO_SOLVER,
  NONE,
  READY,
  RequestTable,
  Signals,
  Stream,
  UP,
  defaultsOf,
  emptyArrival,
  milliseconds,
  seconds,
} from '../../../../core/index.ts';
import { assemble } from '../../../../core/policies/infaas/assembly.ts';
import type { InfaasParts } from '../../../../core/policies/infaas/assembly.ts';
import { INFAAS_OPTIONS } from '../../../../core/policies/infaas/options.ts';
import type { InfaasOptions } from '../../../../core/policies/infaas/options.ts';

export const CPU_HOST = 0;
export const GPU_HOST = 1;
export const INF_HOST = 2;

export interface Sketch {
  readonly name: string;
  readonly on: 'cpu' | 'gpu' | 'inferentia';
  /** Latency of one batch in milliseconds: `slope * inputs + intercept`. */
  readonly slope: number;
  readonly intercept?: number;
  readonly maxBatch?: number;
  readonly accuracyPercent?: number;
  readonly loadMs?: number;
  readonly task?: string;
  readonly architecture?: string;
  readonly framework?: string;
  readonly cores?: number;
}

export interface QuerySketch {
  readonly inputs?: number;
  readonly latencyMs?: number;
  readonly accuracyPercent?: number;
}

const HARDWARE = { cpu: 'cpu', gpu: 'v100', inferentia: 'inferentia' } as const;
const ACCELERATORS = { cpu: 0, gpu: 0.05, inferentia: 1 } as const;

export const USE_CASE = 'classification-imagenet';
export const ARCHITECTURE = 'net';

/** Queries by use case, by architecture, and by each variant in turn. */
function kindsOf(sketches: readonly Sketch[]): QueryKind[] {
  const kind = { application: 'default', useCase: '', architecture: '', variant: '' };
  return [
    { ...kind, useCase: USE_CASE },
    { ...kind, architecture: ARCHITECTURE },
    { ...kind, useCase: 'translation-imagenet' },
    ...sketches.map(({ name }) => ({ ...kind, variant: name })),
  ];
}
const FIRST_VARIANT_KIND = 3;

export class Plant {
  readonly catalogue: Catalogue;
  readonly fleet: Fleet;
  readonly requests = new RequestTable(8);
  readonly signals = new Signals();
  readonly parts: InfaasParts;
  private readonly names: readonly string[];

  constructor(sketches: readonly Sketch[], options: Partial<InfaasOptions> = {}, seed = 'plant') {
    this.names = sketches.map(({ name }) => name);
    this.catalogue = new Catalogue(sketches.map(variantOf), sketches.map(latencyOf), machineTypes());
    this.fleet = new Fleet(this.catalogue, { workersMax: 32, machinesMax: 24 });
    this.parts = assemble({
      options: { ...(defaultsOf(INFAAS_OPTIONS) as InfaasOptions), ...options }, // The declaration's own defaults.
      catalogue: this.catalogue,
      fleet: this.fleet,
      requests: this.requests,
      kinds: kindsOf(sketches),
      initial: { workers: new Map(), machines: new Map() },
      random: new Stream(seed),
      signals: this.signals,
      solver: NO_SOLVER,
    });
  }

  get state(): InfaasParts['state'] {
    return this.parts.state;
  }

  variant(name: string): number {
    return this.names.indexOf(name);
  }

  /** A machine that is up; numbers start at 0. */
  machine(type: number = CPU_HOST): MachineId {
    const machine = this.fleet.machines.claim(type, 0);
    this.fleet.machines.setState(machine, UP, 0);
    this.state.machines.follow();
    return machine;
  }

  machines(count: number, type: number = CPU_HOST): void {
    for (let i = 0; i < count; i += 1) this.machine(type);
  }

  /** A ready replica. @param qps requests per second of its instance, as last measured. */
  run(name: string, machine: MachineId = 0, { qps = 0, flagged = false, now = 0 } = {}): WorkerId {
    const worker = this.load(name, machine, now);
    this.fleet.setState(worker, READY, now);
    const cell = this.state.instances.at(this.variant(name), machine);
    this.state.instances.qps[cell] = qps;
    this.state.instances.flagged[cell] = flagged ? 1 : 0;
    return worker;
  }

  load(name: string, machine: MachineId = 0, now = 0): WorkerId {
    const worker = this.fleet.claim(this.variant(name), machine, now);
    this.fleet.setState(worker, LOADING, now);
    return worker;
  }

  stop(worker: WorkerId, now = 0): void {
    if (this.fleet.state[worker] === READY) this.fleet.setState(worker, DRAINING, now);
    this.fleet.setState(worker, DEAD, now);
  }

  open(kind: number, { inputs = 1, latencyMs, accuracyPercent = 0 }: QuerySketch = {}, now = 0): number {
    const latencyNs = latencyMs === undefined ? NEVER : milliseconds(latencyMs);
    return this.requests.openFor({ ...emptyArrival(), atNs: now, kind, inputs, latencyNs, accuracyPercent }, now);
  }

  /** The variant selected, with a `?` when it is not counted as running; or `none`. */
  byUseCase(query: QuerySketch = {}, kind = 0): string {
    return this.select(this.open(kind, query));
  }

  byArchitecture(query: QuerySketch = {}): string {
    return this.select(this.open(1, query));
  }

  ofTranslation(query: QuerySketch = {}): string {
    return this.byUseCase(query, 2);
  }

  /** Where a query for a variant goes: `worker 3`, or the answer's name. */
  dispatch(name: string, query: QuerySketch = {}, now = 0): string {
    const slot = this.open(this.variant(name) + FIRST_VARIANT_KIND, query, now);
    this.parts.selection.select(slot, now);
    return this.route(slot, name, now);
  }

  /** Asks dispatch, as the scheduler does for a request that is new or was held. */
  route(slot: number, name: string, now = 0): string {
    const variant = this.variant(name);
    const { dispatch } = this.parts;
    const isCold = this.fleet.ready(variant).length === 0;
    const answer = isCold ? dispatch.cold(slot, variant, now) : dispatch.assign(slot, variant, now);
    return answer >= 0 ? `worker ${answer}` : (ANSWERS.get(answer) ?? 'unknown');
  }

  /** Where the replica that was asked for goes, which then loads there. */
  place(name: string, now = 0): MachineId {
    const machine = this.parts.placement.place(this.variant(name));
    if (machine !== NONE) this.load(name, machine, now);
    return machine;
  }

  private select(slot: number): string {
    const variant = this.parts.selection.select(slot, 0);
    if (variant === NONE) return 'none';
    return this.names[variant] + (this.parts.selection.takeVerdict(slot, variant) ? '' : '?');
  }
}

const ANSWERS = new Map([
  [-1, 'none'],
  [-2, 'hold'],
  [-3, 'start'],
]);

function variantOf(sketch: Sketch, index: number): Variant {
  const { on, maxBatch = on === 'cpu' ? 128 : 8, accuracyPercent = 76, framework = 'table' } = sketch;
  return {
    index,
    name: sketch.name,
    version: '1',
    useCase: { task: sketch.task ?? 'classification', dataset: 'imagenet' },
    architecture: sketch.architecture ?? ARCHITECTURE,
    framework,
    hardware: HARDWARE[on],
    precision: 'fp32',
    maxBatch,
    accuracyPercent,
    resources: { cores: sketch.cores ?? (on === 'cpu' ? 1 : 0.25), memoryBytes: 1e9, accelerators: ACCELERATORS[on] },
    profile: {
      source: 'made up',
      synthesised: true,
      rows: [{ batch: 1, meanNs: 1 }],
      loadNs: 0,
      peakMemoryBytes: 1e9,
      hostOverheadNs: 0,
    },
    inputs: [],
    outputs: [],
  };
}

function latencyOf({ slope, intercept = 0, loadMs = 1000 }: Sketch): LatencyModel {
  const expectedBatchNs = (inputs: number): number => milliseconds(slope * inputs + intercept);
  return {
    batchWorkNs: expectedBatchNs,
    expectedBatchNs,
    loadWorkNs: () => milliseconds(loadMs),
    expectedLoadNs: milliseconds(loadMs),
    beyondTable: [],
  };
}

function machineTypes(): MachineType[] {
  const type = (index: number, accelerator?: MachineType['accelerator']): MachineType => ({
    index,
    name: `type-${index}`,
    source: 'made up',
    cores: 8,
    memoryBytes: 32e9,
    ...(accelerator === undefined ? {} : { accelerator }),
    pricePerHourUsd: 1,
    reservedPricePerHourUsd: 1,
    bootNs: seconds(25),
    idleWatts: 0,
    busyWatts: 0,
  });
  return [
    type(CPU_HOST),
    type(GPU_HOST, { hardware: 'v100', count: 1, memoryBytes: 16e9 }),
    type(INF_HOST, { hardware: 'inferentia', count: 4, memoryBytes: 2e9 }),
  ];
}
