/**
 * An experiment as resolved from its YAML file: every default filled in, every name checked, quantities in
 * integer nanoseconds and plain numbers. Plain data, so that it can be sent to worker threads; policies are named,
 * not created, and so are user modules.
 */
import type {
  Calibration,
  ExpectedDirection,
  Family,
  MachineType,
  MetricName,
  Nanos,
  ObjectiveName,
  OfflinePlan,
  Percent,
  Variant,
} from '../../core/index.ts';
import type { FaultPlan, NetworkPlan } from '../../sim/index.ts';
import type { WorkloadSpec } from '../../traces/index.ts';

export interface ExperimentConfig {
  readonly name: string;
  readonly question: string;
  /** Absolute path of the file it came from. */
  readonly file: string;
  readonly seed: string;
  /** Runs of each cell under different seeds, at least 1. */
  readonly replications: number;
  /** 0 to 1. */
  readonly confidence: number;
  /** Name of the policy set that the others are compared with. */
  readonly baseline: string;
  /** Metrics compared between policies, first the one the verdict is about. */
  readonly compare: readonly string[];
  /** What the results are expected to show, claim by claim. */
  readonly expect: readonly ExpectationConfig[];
  /** The policy sets of the first grid point; a cell runs the set of its own point (`GridPoint.policies`). */
  readonly policies: readonly PolicySetConfig[];
  /** Parameters swept: dotted path in the config and its values, as written. */
  readonly grid: readonly GridAxis[];
  /** One per grid point, in plan order: the part of the config that the grid may change, resolved. */
  readonly points: readonly GridPoint[];
  readonly live: LiveConfig;
  /** The config as plain data with every default filled in, for `result.json` (of the first grid point). */
  readonly resolved: unknown;
  /** What can be run but should be looked at, each with its `file:line`. */
  readonly notes: readonly string[];
}

/** What a claim expects, judged at each grid point meant. */
export type ExpectationConfig = ComparisonExpectationConfig | ServedByExpectationConfig;

interface ExpectationFrameConfig {
  readonly claim: string;
  readonly says: string;
  /** The grid points meant: values by parameter; a parameter that is not here has any value. */
  readonly at: Readonly<Record<string, readonly (string | number)[]>>;
  /** The application judged; null for all requests together. */
  readonly application: string | null;
}

/** One policy set against others in one metric: the direction that a claim expects. */
export interface ComparisonExpectationConfig extends ExpectationFrameConfig {
  readonly kind: 'comparison';
  readonly metric: MetricName;
  readonly better: string;
  readonly than: readonly string[];
  /** The values of swept parameters that differ on the other side; empty for the same grid point. */
  readonly thanAt: Readonly<Record<string, string | number>>;
  readonly direction: ExpectedDirection;
  /** Of `equal`: a share, or points for metrics in percent; null for the other directions. */
  readonly tolerance: number | null;
  /** The ratio that the paper reports, at least 1. */
  readonly paper: number | null;
}

/** Who answers the requests under one policy set. */
export interface ServedByExpectationConfig extends ExpectationFrameConfig {
  readonly kind: 'served-by';
  readonly policy: string;
  /** Any of them may answer. */
  readonly servedBy: readonly string[];
  /** Least share of the answered requests, above 0 and up to 100. */
  readonly sharePercent: Percent;
}

export interface GridAxis {
  readonly path: string;
  readonly values: readonly (string | number)[];
}

export interface GridPoint {
  readonly parameters: Readonly<Record<string, string | number>>;
  readonly scenario: ScenarioConfig;
  /** The policy sets at this point: the grid may sweep their options. The same names in the same order everywhere. */
  readonly policies: readonly PolicySetConfig[];
  /** What each policy set has to keep to at this point; none by default. */
  readonly objectives: readonly ObjectiveConfig[];
}

export interface ObjectiveConfig {
  readonly name: ObjectiveName;
  /** The application judged; null for all requests together. */
  readonly application: string | null;
  readonly measure: ObjectiveMeasure;
  readonly bound: 'at least' | 'at most';
  /** In the unit of what is measured. */
  readonly limit: number;
}

export type ObjectiveMeasure =
  | { readonly kind: 'metric'; readonly metric: MetricName }
  /** The metric over the hours of the run. */
  | { readonly kind: 'per-hour'; readonly metric: MetricName }
  /** Percent of the answers whose accuracy is below. */
  | { readonly kind: 'answers-below'; readonly accuracyPercent: number }
  /** Joules of the machine of a type that drew most. */
  | { readonly kind: 'battery'; readonly machine: string };

/** Everything that defines a run apart from policies and seed. */
export interface ScenarioConfig {
  readonly workload: WorkloadSpec;
  readonly warmUpNs: Nanos;
  readonly coolDownNs: Nanos;
  readonly variants: readonly Variant[];
  readonly machineTypes: readonly MachineType[];
  readonly sampling: 'mean' | 'empirical' | 'lognormal';
  readonly extrapolate: boolean;
  /** Initial workers by variant name. */
  readonly workers: readonly { readonly variant: string; readonly count: number }[];
  readonly machines: readonly { readonly type: string; readonly count: number; readonly max: number }[];
  /** Reservable cores per real core, at least 1; above 1 workers may compete for cores. */
  readonly coreOvercommit: number;
  readonly startOnRequest: boolean;
  readonly network: NetworkPlan | null;
  /** What the latency tables cannot know; null for tables as they are. */
  readonly calibration: Calibration | null;
  readonly faults: readonly FaultPlan[];
  /** Offline jobs beside the requests; null for none. */
  readonly offline: OfflinePlan | null;
  readonly rollouts: readonly RolloutConfig[];
  readonly limits: LimitsConfig;
  readonly monitorPeriodNs: Nanos;
  /** Request rows kept per cell, over all its replications. */
  readonly rowsMax: number;
}

/** One variant takes the place of another during the run. */
export interface RolloutConfig {
  readonly atNs: Nanos;
  readonly from: string;
  readonly to: string;
  /** How long the workers of `to` may take to get ready. */
  readonly patienceNs: Nanos;
}

export interface LimitsConfig {
  /** A request still open after this long fails; `NEVER` for no limit. */
  readonly timeoutNs: Nanos;
  readonly holdMax: number;
  readonly workersMax: number;
  readonly machinesMax: number;
  readonly openMax: number;
  readonly eventsMax: number;
  /** How long after the last arrival the run may take to drain. */
  readonly drainNs: Nanos;
}

/** One policy for every family. */
export interface PolicySetConfig {
  readonly name: string;
  readonly families: Readonly<Record<Family, PolicyChoiceConfig>>;
  /** The set's own machines and workers at the start, each null where the experiment's hold. */
  readonly fleet?: {
    readonly machines: ScenarioConfig['machines'] | null;
    readonly workers: ScenarioConfig['workers'] | null;
  };
}

/** The machines and workers a run of the set starts with. */
export function fleetOf(
  scenario: Pick<ScenarioConfig, 'machines' | 'workers'>,
  { fleet }: Pick<PolicySetConfig, 'fleet'>,
): Pick<ScenarioConfig, 'machines' | 'workers'> {
  return { machines: fleet?.machines ?? scenario.machines, workers: fleet?.workers ?? scenario.workers };
}

/**
 * A built-in policy by name, or a user's module by absolute path. Choices with the same `instance` are one module
 * over one state.
 */
export interface PolicyChoiceConfig {
  readonly instance: number;
  readonly policy: string;
  /** Absolute path of a user's policy file; null for built-in policies. */
  readonly module: string | null;
  readonly options: Readonly<Record<string, number | boolean | string>>;
}

export interface LiveConfig {
  /** How long a live run lasts; the workload is cut there. */
  readonly durationNs: Nanos;
  readonly replications: number;
}
