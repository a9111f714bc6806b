/**
 * What the tests of the live world share: small plans over tables and over the bundled models, workloads of given or
 * of random times, and the comparison of two records. Reads nothing but the repository's own files.
 */
import type {
  Arrival,
  Family,
  Nanos,
  PolicyChoices,
  PolicyDefinition,
  QueryKind,
  RequestRow,
  RunRecord,
  ServingPlan,
  Variant,
  Workload,
} from '../../../core/index.ts';
import {
  Catalogue,
  DEFAULT_POLICIES,
  FAMILIES,
  NEVER,
  Stream,
  builtInPolicy,
  defaultsOf,
  emptyArrival,
  emptyRow,
  milliseconds,
  seconds,
} from '../../../core/index.ts';
import { bundledCatalogue, latencyModel, selectCatalogue } from '../../../backends/index.ts';
import type { LivePlan } from '../../../live/world/index.ts';

export const ANYTHING: QueryKind = {
  application: 'default',
  useCase: 'classification-fashion-mnist',
  architecture: '',
  variant: '',
};

/** A variant that exists as a table only. */
export function tableVariant(index: number, name: string, batchMs: readonly number[], loadMs = 20): Variant {
  return {
    index,
    name,
    version: '1',
    useCase: { task: 'classification', dataset: 'fashion-mnist' },
    architecture: name,
    framework: 'table',
    hardware: 'cpu',
    precision: 'fp32',
    maxBatch: batchMs.length,
    accuracyPercent: 90,
    resources: { cores: 1, memoryBytes: 1, accelerators: 0 },
    profile: {
      source: 'the tests',
      synthesised: true,
      rows: batchMs.map((ms, at) => ({ batch: at + 1, meanNs: milliseconds(ms) })),
      loadNs: milliseconds(loadMs),
      peakMemoryBytes: 1,
      hostOverheadNs: 0,
    },
    inputs: [],
    outputs: [],
  };
}

/** Tables with a spread, and machines of four cores that boot in 50 ms. */
export function tableCatalogue(variants: readonly Variant[]): Catalogue {
  const latency = variants.map(({ name, maxBatch, profile }) =>
    latencyModel(profile, { variant: name, maxBatch, sampling: 'lognormal', cv: 0.3, extrapolate: false }),
  );
  const machine = {
    index: 0,
    name: 'four-cores',
    source: 'the tests',
    cores: 4,
    memoryBytes: 1e9,
    pricePerHourUsd: 1,
    reservedPricePerHourUsd: 1,
    bootNs: milliseconds(50),
    idleWatts: 0,
    busyWatts: 0,
  };
  return new Catalogue(variants, latency, [machine]);
}

/** The bundled variants of those names on machines of four cores. */
export function bundled(names: readonly string[]): Catalogue {
  const picks = { variants: names, machines: ['cpu-4'], sampling: 'mean', extrapolate: true } as const;
  return selectCatalogue(bundledCatalogue(), picks);
}

type Choice = readonly [
  policy: string | PolicyDefinition,
  options?: Readonly<Record<string, number | boolean | string>>,
];

/** The defaults of every family, with changes. */
export function choosePolicies(changes: Partial<Record<Family, Choice>> = {}): PolicyChoices {
  const choices = FAMILIES.map((family) => {
    const [policy, options = {}] = changes[family] ?? [DEFAULT_POLICIES[family]];
    const definition = typeof policy === 'string' ? builtInPolicy(family, policy) : policy;
    if (definition === undefined) throw new Error(`there is no such ${family} policy`);
    return [family, { definition, options: { ...defaultsOf(definition.options), ...options } }] as const;
  });
  return Object.fromEntries(choices) as PolicyChoices; // FAMILIES names every key.
}

export interface PlanChanges {
  readonly policies?: Partial<Record<Family, Choice>>;
  /** Workers at the start, by variant index. Default: one of variant 0. */
  readonly workers?: readonly (readonly [number, number])[];
  /** Machines at the start and at most. Default: one. */
  readonly machines?: { readonly initial: number; readonly max: number };
  readonly serving?: Partial<ServingPlan>;
  readonly live?: Partial<LivePlan>;
}

export function livePlan(catalogue: Catalogue, changes: PlanChanges = {}): LivePlan {
  const serving: ServingPlan = {
    catalogue,
    kinds: [ANYTHING],
    policies: choosePolicies(changes.policies),
    initial: {
      workers: new Map(changes.workers ?? [[0, 1]]),
      machines: new Map([[0, changes.machines ?? { initial: 1, max: 1 }]]),
    },
    limits: { workersMax: 16, machinesMax: 8, holdMax: 10_000, timeoutNs: NEVER },
    monitorPeriodNs: milliseconds(100),
    samplePeriodNs: milliseconds(100),
    startOnRequest: false,
    recorder: { fromNs: 0, untilNs: NEVER, rowsMax: 100_000, rowsSalt: 1, binNs: milliseconds(100), timelineMax: 0 },
    ...changes.serving,
  };
  return { serving, seed: 'live', drainNs: seconds(5), ...changes.live };
}

/** A workload over arrivals given in advance. */
export class ListedArrivals implements Workload {
  readonly kinds = [ANYTHING];
  readonly next: Arrival = emptyArrival();
  private readonly arrivals: readonly Partial<Arrival>[];
  private position = -1;

  constructor(arrivals: readonly Partial<Arrival>[]) {
    this.arrivals = arrivals;
    this.advance();
  }

  advance(): void {
    this.position += 1;
    Object.assign(this.next, emptyArrival(), this.arrivals[this.position]);
  }
}

/** Poisson arrivals of one or two inputs with an objective of 50 ms. */
export function poisson(ratePerSecond: number, durationS: number, seed = 'poisson'): ListedArrivals {
  const stream = new Stream(seed);
  const arrivals: Partial<Arrival>[] = [];
  let atNs: Nanos = 0;
  for (;;) {
    atNs += Math.round(stream.exponential(seconds(1) / ratePerSecond));
    if (atNs >= seconds(durationS)) return new ListedArrivals(arrivals);
    arrivals.push({ atNs, inputs: 1 + stream.int(2), latencyNs: milliseconds(50) });
  }
}

/** Two clients that each send their next query 5 ms after the answer to the last. */
export class TwoClients implements Workload {
  readonly kinds = [ANYTHING];
  readonly next: Arrival = emptyArrival();
  private readonly waiting: { atNs: Nanos; client: number }[] = [
    { atNs: 0, client: 0 },
    { atNs: 1, client: 1 },
  ];
  private left: number;

  /** @param queries how many they send together. */
  constructor(queries: number) {
    this.left = queries;
    this.advance();
  }

  advance(): void {
    const following = this.left > 0 ? this.waiting.shift() : undefined;
    Object.assign(this.next, emptyArrival(), following);
    if (following !== undefined) this.left -= 1;
  }

  ended(client: number, atNs: Nanos): void {
    this.waiting.push({ atNs: atNs + milliseconds(5), client });
    if (this.next.atNs === NEVER) this.advance();
  }
}

/** Every kept row of a record, in the order in which the requests ended. */
export function rowsOf({ serving }: RunRecord): RequestRow[] {
  const { rows } = serving.recorder;
  return Array.from({ length: rows.length }, (_, at) => rows.read(at, emptyRow()));
}

/** What must be equal between a live run and its replay. */
export function comparable(record: RunRecord): object {
  const { ending, endNs, digest, unseed, events, decisions, decisionCount, serving } = record;
  const { recorder, fleet } = serving;
  return {
    ending,
    endNs,
    digest,
    unseed,
    events,
    decisions,
    decisionCount,
    rows: rowsOf(record),
    outcomes: recorder.total().outcomes,
    reasons: recorder.reasons,
    batchSizes: recorder.batchSizes,
    busyNs: fleet.busyTotalNs,
    generations: fleet.generation,
  };
}
