/**
 * Experiment results as a run would write them, made from a seed: any number of policies and loads, one or many
 * replications, with or without an autoscaler, applications, cost, invalid cells and missing values. The numbers obey
 * the relations a report relies on (quantiles ascend, shares sum to one, intervals come from the replications).
 */
import seedrandom from 'seedrandom';
import { APPLICATION_METRICS, METRICS, OUTCOMES, RESULT_VERSION, metricNamed } from '../../core/index.ts';
import type {
  CellResult,
  ComparisonResult,
  ExpectationResult,
  ExperimentResult,
  IntervalResult,
  MetricName,
  Metrics,
  ObjectiveResult,
  OutcomeCounts,
  ReplicationResult,
  SeriesResult,
  Verdict,
} from '../../core/index.ts';

export interface FixtureOptions {
  readonly seed?: string;
  readonly policies?: readonly string[];
  /** Values of the parameter `rate`; none for a grid without parameters. */
  readonly rates?: readonly number[];
  readonly replications?: number;
  readonly applications?: readonly string[];
  /** Numbers of the cells that are invalid. */
  readonly invalid?: readonly number[];
  readonly complete?: boolean;
  readonly scaling?: boolean;
  /** Nothing was answered anywhere. */
  readonly silent?: boolean;
  readonly bins?: number;
  readonly question?: string;
  readonly name?: string;
  readonly expectations?: readonly ExpectationResult[];
  /** Of each cell by its number; none by default. */
  readonly objectives?: readonly (readonly ObjectiveResult[])[];
}

const VALID: Verdict = { valid: true, problems: [], notes: [] };
const SATURATED: Verdict = {
  valid: false,
  problems: [
    {
      code: 'RUN_SATURATED',
      message: 'the queue grew until the end of the run',
      advice: 'lower the load, or allow more workers',
    },
  ],
  notes: ['12 % of the batch sizes were outside the profile and were extrapolated'],
};

/** What the fixture makes no value of. */
const NO_VALUES = Object.fromEntries(METRICS.map(({ name }) => [name, null])) as Metrics; // METRICS names every key.

/** A whole result; the same options give the same one. */
export function experimentResult(options: FixtureOptions = {}): ExperimentResult {
  const { policies = ['none', 'clipper-aimd', 'infaas'], rates = [], replications = 10 } = options;
  const points = rates.length === 0 ? [undefined] : rates;
  const cells = points.flatMap((rate, row) =>
    policies.map((policy, column) =>
      cellResult({ cell: row * policies.length + column, policy, rate, strength: column, replications, options }),
    ),
  );
  const valid = cells.every((cell) => cell.verdict.valid);
  return {
    version: RESULT_VERSION,
    world: 'simulated',
    name: options.name ?? 'batching-under-load',
    question: options.question ?? 'Does adaptive batching keep the objective as the load grows?',
    config: {
      experiment: options.name ?? 'batching-under-load',
      policies: policies.map((name) => ({ name })),
      seed: 7,
    },
    configHash: '5f2c9e0b7d1a4c38',
    seed: options.seed ?? 'fixture',
    environment: {
      rehearse: '0.1.0',
      node: 'v20.20.2',
      v8: '11.3.244.8',
      platform: 'linux x64',
      cpu: 'AMD EPYC 7B13',
      cores: 2,
      startedAt: '2026-02-11T09:30:00.000Z',
      wallS: 41.7,
    },
    complete: options.complete ?? true,
    verdict: valid ? VALID : { valid: false, problems: [], notes: [] },
    cells,
    compared: ['attainment_percent', 'latency_p99_ms', 'latency_mean_ms', 'cost_usd'],
    comparisons: replications > 1 ? comparisonsOf(cells, policies.length, options.applications ?? []) : [],
    expectations: options.expectations ?? [],
    command: 'rehearse run experiments/configs/batching-under-load.yaml --seed 7',
    digest: '9b1f6b0c2d34e5f60718293a4b5c6d7e',
  };
}

interface CellOptions {
  readonly cell: number;
  readonly policy: string;
  readonly rate: number | undefined;
  /** The higher the better the policy does. */
  readonly strength: number;
  readonly replications: number;
  readonly options: FixtureOptions;
}

function cellResult({ cell, policy, rate, strength, replications, options }: CellOptions): CellResult {
  const runs = Array.from({ length: replications }, (_, replication) =>
    replicationResult({ replication, rate: rate ?? 500, strength, cell, options }),
  );
  const metrics = Object.fromEntries(
    METRICS.map(({ name }) => [name, interval(runs.map((run) => run.metrics[name]))]),
  ) as Record<MetricName, IntervalResult>; // One entry for each metric of the list.
  return {
    cell,
    policy,
    parameters: rate === undefined ? {} : { rate },
    label: rate === undefined ? policy : `${policy}, rate = ${rate}`,
    verdict: options.invalid?.includes(cell) === true ? SATURATED : VALID,
    metrics,
    metricsByApplication: Object.fromEntries(
      toldIn(options.applications).map((application) => [
        application,
        Object.fromEntries(
          APPLICATION_METRICS.map((name) => [name, interval(runs.map((run) => run.byApplication[application][name]))]),
        ),
      ]),
    ),
    objectives: options.objectives?.[cell] ?? [],
    acceptable: isAcceptable(options.objectives?.[cell] ?? []),
    replications: runs,
  };
}

interface RunOptions {
  readonly replication: number;
  readonly rate: number;
  readonly strength: number;
  readonly cell: number;
  readonly options: FixtureOptions;
}

function replicationResult({ replication, rate, strength, cell, options }: RunOptions): ReplicationResult {
  const random = seedrandom(`${options.seed ?? 'fixture'}/${replication}/${rate}`);
  // A part of the noise is common to all policies under one seed, as with common random numbers.
  const own = seedrandom(`${options.seed ?? 'fixture'}/${replication}/${rate}/${cell}`);
  const noise = (): number => 0.7 * (random() - 0.5) + 0.6 * (own() - 0.5);
  const silent = options.silent === true;
  const pressure = rate / (900 + 260 * strength);
  const median = (14 + 6 * strength) * (1 + 2 * pressure * pressure) + noise();
  const tail = median * (2.4 + 7 * pressure * pressure) + 6 * noise();
  const attained = Math.min(100, 100 - 32 * pressure * pressure + 2 * noise());
  const requests = rate * 120;
  const answered = silent ? 0 : Math.round(requests * (1 - 0.06 * pressure));
  const known = (value: number): number | null => (silent ? null : value);
  const metrics: Metrics = {
    ...NO_VALUES,
    attainment_percent: silent ? 0 : Math.max(0, attained),
    violations_percent: silent ? 100 : Math.min(100, 100 - attained),
    latency_mean_ms: known(median * 1.2),
    latency_p50_ms: known(median),
    latency_p90_ms: known((median + tail) / 2),
    latency_p95_ms: known(median + 0.75 * (tail - median)),
    latency_p99_ms: known(tail),
    latency_p999_ms: known(tail * 1.6),
    latency_max_ms: known(tail * 2.2),
    queue_mean_ms: known(median * 0.4),
    infer_mean_ms: known(median * 0.6),
    offered_rps: rate + noise(),
    goodput_rps: silent ? 0 : (rate * attained) / 100,
    throughput_inputs_per_s: silent ? 0 : rate * 0.98,
    batch_mean_inputs: known(1 + 2.3 * strength * pressure + 0.1 * noise()),
    accuracy_percent: known(76.13),
    utilisation_percent: known(Math.min(98, 70 * pressure + noise())),
    worker_seconds: 480 + 60 * strength,
    machine_seconds: 240 + 12 * strength,
    cost_usd: 0.031 + 0.004 * strength + 0.002 * noise() + rate / 60_000,
    energy_joules: 21_400 + 900 * strength,
  };
  const applications = options.applications ?? ['default'];
  return {
    replication,
    seed: `7/${replication}`,
    digest: `d${cell}${replication}a41f0c9be2764d`,
    unseed: `u${cell}${replication}77`,
    events: requests * 5,
    ending: 'drained',
    durationS: 121.4,
    wallS: 0.21,
    verdict: VALID,
    metrics,
    byApplication: Object.fromEntries(applications.map((application) => [application, metrics])),
    outcomes: outcomesOf(requests, answered, attained),
    reasons: { 'deadline-missed': Math.round(answered * 0.03), 'queue-full': requests - answered },
    cdf: silent ? { latencyMs: [], share: [] } : cdfOf(median, tail),
    windowParts: {},
    batches: silent ? { inputs: [], count: [] } : batchesOf(strength, pressure, answered),
    series: seriesOf({ rate, median, tail, strength, random, options }),
    decisions: options.scaling === true ? decisionsOf(strength) : [],
    decisionCount: options.scaling === true ? 60 : 0,
    faults: {},
    staleMessages: 0,
    batteryJoules: { 'cpu-8': 21_400 },
    servedBy: [{ application: 'default', variant: 'a-variant', requests: 1 }],
    offline: [],
  };
}

function outcomesOf(requests: number, answered: number, attained: number): OutcomeCounts {
  const served = Math.max(0, Math.min(answered, Math.round((requests * attained) / 100)));
  const none = Object.fromEntries(OUTCOMES.map((name) => [name, 0])) as OutcomeCounts; // All names, all zero.
  return { ...none, served, late: answered - served, rejected: requests - answered, unfinished: 0 };
}

function cdfOf(median: number, tail: number): ReplicationResult['cdf'] {
  const share = Array.from({ length: 120 }, (_, index) => (index + 1) / 120);
  const scale = (tail - median) / Math.log(50);
  const latencyMs = share.map((each) => Math.max(median * 0.3, median - scale * Math.log(2 * (1.004 - each))));
  return { latencyMs: latencyMs.sort((a, b) => a - b), share };
}

function batchesOf(strength: number, pressure: number, answered: number): ReplicationResult['batches'] {
  const inputs = Array.from({ length: 1 + 4 * strength }, (_, index) => index + 1);
  const peak = 1 + 3 * strength * pressure;
  const weights = inputs.map((size) => 1 / (1 + (size - peak) * (size - peak)));
  const total = weights.reduce((sum, each) => sum + each, 0);
  return { inputs, count: weights.map((each) => Math.round((answered * each) / total)) };
}

interface SeriesOptions {
  readonly rate: number;
  readonly median: number;
  readonly tail: number;
  readonly strength: number;
  readonly random: () => number;
  readonly options: FixtureOptions;
}

function seriesOf({ rate, median, tail, strength, random, options }: SeriesOptions): SeriesResult {
  const bins = Array.from({ length: options.bins ?? 120 }, (_, index) => index);
  const silent = options.silent === true;
  const wave = (bin: number): number => 1 + 0.3 * Math.sin(bin / 12);
  const jitter = (): number => 1 + 0.2 * (random() - 0.5);
  const answered = (values: readonly number[]): (number | null)[] =>
    values.map((value) => (silent || random() < 0.01 ? null : value));
  const p50 = bins.map((bin) => median * wave(bin) * jitter());
  const p90 = p50.map((value) => value * (1 + (tail / median - 1) * 0.5 * jitter()));
  const offeredRps = bins.map((bin) => rate * wave(bin) * jitter());
  const workers = bins.map((bin) => (options.scaling === true ? 2 + Math.round(strength + wave(bin) * 2) : 4));
  return {
    binS: 1,
    startS: bins,
    offeredRps,
    answeredRps: offeredRps.map((value) => (silent ? 0 : value * 0.96 * jitter())),
    lostRps: offeredRps.map((value) => (silent ? value : value * 0.03)),
    attainmentPercent: answered(bins.map(() => Math.min(100, 96 * jitter()))),
    accuracyPercent: answered(bins.map((bin) => (options.scaling === true && bin % 40 < 20 ? 71.2 : 76.13))),
    latencyP50Ms: answered(p50),
    latencyP90Ms: answered(p90),
    latencyP99Ms: answered(p90.map((value) => value * 1.5 * jitter())),
    queuedInputs: bins.map((bin) => 6 * wave(bin) * jitter() * (3 - Math.min(2, strength))),
    runningInputs: bins.map((bin) => 3 * wave(bin) * jitter()),
    workersReady: workers,
    workersLoading: bins.map((bin) => (options.scaling === true && bin % 24 < 3 ? 1 : 0)),
    workersDraining: bins.map((bin) => (options.scaling === true && bin % 37 < 2 ? 1 : 0)),
    machinesUp: bins.map((bin) => (options.scaling === true && bin > 40 ? 3 : 2)),
    machinesBooting: bins.map((bin) => (options.scaling === true && bin > 25 && bin <= 40 ? 1 : 0)),
  };
}

function decisionsOf(strength: number): ReplicationResult['decisions'] {
  return Array.from({ length: 55 }, (_, index) => ({
    atS: 1.5 + index * 2,
    kind: index % 3 === 2 ? 'worker.drain' : 'worker.load',
    subject: 'resnet50-onnx-cpu-8',
    worker: index % (4 + strength),
    machine: index % 2 === 0 ? 0 : null,
    reason: index % 3 === 2 ? 'idle' : 'load-above-threshold',
  }));
}

function isAcceptable(objectives: readonly ObjectiveResult[]): boolean | null {
  if (objectives.some(({ outcome }) => outcome === 'missed')) return false;
  return objectives.length === 0 || objectives.some(({ outcome }) => outcome === 'undecided') ? null : true;
}

/** 97.5 % points of Student's t for 1 to 9 degrees of freedom. */
const STUDENT_T = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262];

/** The interval of values, as the experiment would write it. */
export function interval(values: readonly (number | null)[]): IntervalResult {
  const common = { confidence: 0.95, samples: values.length, method: 'replications' } as const;
  const known = values.filter((value) => value !== null);
  if (known.length < values.length || known.length === 0) {
    return { ...common, mean: null, halfWidth: null, low: null, high: null };
  }
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
  if (known.length === 1) return { ...common, mean, halfWidth: null, low: null, high: null };
  const variance = known.reduce((sum, value) => sum + (value - mean) * (value - mean), 0) / (known.length - 1);
  const halfWidth = STUDENT_T[Math.min(known.length, 10) - 2] * Math.sqrt(variance / known.length);
  return { ...common, mean, halfWidth, low: mean - halfWidth, high: mean + halfWidth };
}

const COMPARED: readonly MetricName[] = [
  'attainment_percent',
  'latency_p50_ms',
  'latency_p99_ms',
  'latency_mean_ms',
  'goodput_rps',
  'cost_usd',
];

function comparisonsOf(
  cells: readonly CellResult[],
  policies: number,
  applications: readonly string[],
): ComparisonResult[] {
  const measures = [
    ...COMPARED.map((metric) => ({ metric, application: null })),
    ...toldIn(applications).flatMap((application) => APPLICATION_METRICS.map((metric) => ({ metric, application }))),
  ].filter(({ metric }) => metricNamed(metric).direction !== 'neutral');
  return measures.flatMap((measure) =>
    cells.flatMap((cell, index) => {
      const baseline = cells[index - (index % policies)];
      return cell === baseline ? [] : [comparisonOf(measure, baseline, cell)];
    }),
  );
}

/** One application alone is not told by itself. */
function toldIn(applications: readonly string[] = []): readonly string[] {
  return applications.length > 1 ? applications : [];
}

interface Measure {
  readonly metric: MetricName;
  readonly application: string | null;
}

function comparisonOf({ metric, application }: Measure, baseline: CellResult, candidate: CellResult): ComparisonResult {
  const of = ({ metrics, byApplication }: ReplicationResult): Metrics =>
    application === null ? metrics : byApplication[application];
  const pairs = candidate.replications.map((run, index) => {
    const [a, b] = [of(run)[metric], of(baseline.replications[index])[metric]];
    return a === null || b === null ? null : a - b;
  });
  const difference = interval(pairs);
  const { mean } = baseline.metrics[metric];
  return {
    metric,
    application,
    baseline: baseline.cell,
    candidate: candidate.cell,
    difference,
    ratio: mean === null || difference.mean === null ? null : (mean + difference.mean) / mean,
    verdict: verdictOf(difference, metric),
  };
}

function verdictOf({ low, high }: IntervalResult, metric: MetricName): ComparisonResult['verdict'] {
  if (low === null || high === null || (low <= 0 && high >= 0)) return 'inconclusive';
  return low > 0 === (metricNamed(metric).direction === 'higher-is-better') ? 'better' : 'worse';
}
