/**
 * The queueing model of the kernel benchmark (specification.md beside this file) as a plan for the framework: one variant,
 * 16 workers on one machine, shortest queue, batches of 8 or 5 ms. Nothing in it is special to the benchmark.
 */
import { readFileSync } from 'node:fs';
import type { Arrival, Family, Nanos, QueryKind, ServingPlan, Variant, Workload } from '../../../core/index.ts';
import {
  Catalogue,
  DEFAULT_POLICIES,
  FAMILIES,
  NEVER,
  builtInPolicy,
  defaultsOf,
  emptyArrival,
  invariant,
  milliseconds,
  seconds,
} from '../../../core/index.ts';
import type { PolicyChoices } from '../../../core/index.ts';
import type { SimulationPlan } from '../../../sim/index.ts';

export const WORKERS = 16;
export const DELAY_NS = milliseconds(5);
/** Service time by batch size 1 to 8, in milliseconds. */
export const SERVICE_MS = [4.5, 5.6, 6.7, 7.8, 8.9, 10.0, 11.1, 12.2];
const MAX_BATCH = SERVICE_MS.length;

/** Arrival times in seconds from a file of little-endian float64. */
export function readArrivals(path: string): Float64Array {
  const bytes = readFileSync(path);
  return new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

/** A workload over arrival times given in advance. */
export class ListedArrivals implements Workload {
  readonly kinds: readonly QueryKind[] = [{ application: 'default', useCase: '', architecture: '', variant: '' }];
  readonly next: Arrival = emptyArrival();
  private readonly timesNs: Float64Array;
  private position = 0;

  constructor(timesNs: Float64Array) {
    this.timesNs = timesNs;
    this.next.latencyNs = milliseconds(25);
    this.next.atNs = timesNs[0];
  }

  advance(): void {
    this.position += 1;
    this.next.atNs = this.position < this.timesNs.length ? this.timesNs[this.position] : NEVER;
  }
}

/** Whole nanoseconds from seconds. */
export function toNanos(arrivalsS: Float64Array): Float64Array {
  return arrivalsS.map((value) => seconds(value));
}

const variant: Variant = {
  index: 0,
  name: 'benchmark',
  version: '1',
  useCase: { task: 'benchmark', dataset: 'none' },
  architecture: 'benchmark',
  framework: 'table',
  hardware: 'cpu',
  precision: 'fp32',
  maxBatch: MAX_BATCH,
  accuracyPercent: 100,
  resources: { cores: 1, memoryBytes: 1, accelerators: 0 },
  profile: {
    source: 'specification.md',
    synthesised: true,
    rows: SERVICE_MS.map((ms, index) => ({ batch: index + 1, meanNs: milliseconds(ms) })),
    loadNs: 0,
    peakMemoryBytes: 1,
    hostOverheadNs: 0,
  },
  inputs: [],
  outputs: [],
};

function catalogue(): Catalogue {
  const table = Float64Array.from([0, ...SERVICE_MS], (ms) => milliseconds(ms));
  const latency = {
    batchWorkNs: (inputs: number): Nanos => table[inputs],
    expectedBatchNs: (inputs: number): Nanos => table[inputs],
    loadWorkNs: (): Nanos => 0,
    expectedLoadNs: 0,
    beyondTable: [],
  };
  const machine = {
    index: 0,
    name: 'benchmark',
    source: 'specification.md',
    cores: WORKERS,
    memoryBytes: WORKERS,
    pricePerHourUsd: 0,
    reservedPricePerHourUsd: 0,
    bootNs: 0,
    idleWatts: 0,
    busyWatts: 0,
  };
  return new Catalogue([variant], [latency], [machine]);
}

/** What the specification says; the other families have their defaults. */
const NAMED: Partial<Record<Family, string>> = {
  selection: 'fixed',
  batching: 'fixed',
  'model-scaling': 'none',
  'machine-scaling': 'none',
};

function policies(): PolicyChoices {
  const choices = FAMILIES.map((family) => {
    const name = NAMED[family] ?? DEFAULT_POLICIES[family];
    const definition = builtInPolicy(family, name);
    invariant(definition !== undefined, `no policy ${name}`);
    const own = family === 'batching' ? { maxBatch: MAX_BATCH, maxDelay: DELAY_NS } : {};
    return [family, { definition, options: { ...defaultsOf(definition.options), ...own } }] as const;
  });
  return Object.fromEntries(choices) as PolicyChoices; // FAMILIES names every key.
}

/** The benchmark's run. @param rowsMax request rows the recorder keeps. */
export function kernelBenchmarkPlan(rowsMax: number): SimulationPlan {
  const serving: ServingPlan = {
    catalogue: catalogue(),
    kinds: [{ application: 'default', useCase: '', architecture: '', variant: '' }],
    policies: policies(),
    initial: { workers: new Map([[0, WORKERS]]), machines: new Map([[0, { initial: 1, max: 1 }]]) },
    limits: { workersMax: WORKERS, machinesMax: 1, holdMax: 1_000_000, timeoutNs: NEVER },
    monitorPeriodNs: NEVER,
    samplePeriodNs: NEVER,
    startOnRequest: false,
    recorder: { fromNs: 0, untilNs: NEVER, rowsMax, rowsSalt: 1, binNs: seconds(0.1), timelineMax: 0 },
  };
  return {
    serving,
    seed: 'benchmark',
    bounds: { untilNs: NEVER, eventsMax: Number.MAX_SAFE_INTEGER, openMax: 1_000_000 },
    contention: false,
    faults: [],
    audit: false,
    decisionsMax: 100,
  };
}
