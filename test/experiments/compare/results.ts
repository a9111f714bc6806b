// Replications and cells with only what a test is about filled in: everything else is empty.
import type { CellResult, MetricName, Metrics, ReplicationResult, Verdict } from '../../../core/index.ts';
import { METRICS } from '../../../core/index.ts';
import { cellMetrics } from '../../../experiments/compare/aggregate.ts';

const NOBODY = { served: 0, late: 0, rejected: 0, expired: 0, failed: 0, cancelled: 0, unfinished: 0 };
const FINE: Verdict = { valid: true, problems: [], notes: [] };

export function metricsOf(values: Partial<Metrics>): Metrics {
  const none = Object.fromEntries(METRICS.map(({ name }) => [name, null]));
  return { ...none, ...values } as Metrics; // METRICS names every key.
}

export interface ReplicationParts {
  readonly metrics?: Partial<Metrics>;
  readonly byApplication?: Readonly<Record<string, Partial<Metrics>>>;
  readonly windowParts?: ReplicationResult['windowParts'];
  readonly verdict?: Partial<Verdict>;
  readonly servedBy?: ReplicationResult['servedBy'];
  readonly outcomes?: Partial<ReplicationResult['outcomes']>;
}

export function replicationOf(replication: number, parts: ReplicationParts = {}): ReplicationResult {
  return {
    replication,
    seed: `1/${replication}`,
    digest: '',
    unseed: '',
    events: 0,
    ending: 'drained',
    durationS: 1,
    wallS: 0,
    verdict: { ...FINE, ...parts.verdict },
    metrics: metricsOf(parts.metrics ?? {}),
    byApplication: Object.fromEntries(
      Object.entries(parts.byApplication ?? {}).map(([application, values]) => [application, metricsOf(values)]),
    ),
    outcomes: { ...NOBODY, ...parts.outcomes },
    reasons: {},
    cdf: { latencyMs: [], share: [] },
    windowParts: parts.windowParts ?? {},
    batches: { inputs: [], count: [] },
    series: {
      binS: 1,
      startS: [],
      offeredRps: [],
      answeredRps: [],
      lostRps: [],
      attainmentPercent: [],
      accuracyPercent: [],
      latencyP50Ms: [],
      latencyP90Ms: [],
      latencyP99Ms: [],
      queuedInputs: [],
      runningInputs: [],
      workersReady: [],
      workersLoading: [],
      workersDraining: [],
      machinesUp: [],
      machinesBooting: [],
    },
    decisions: [],
    decisionCount: 0,
    faults: {},
    staleMessages: 0,
    batteryJoules: {},
    servedBy: parts.servedBy ?? [],
    offline: [],
  };
}

/** Replications with these values of a metric. */
export function replicationsOf(metric: MetricName, values: readonly (number | null)[]): ReplicationResult[] {
  return values.map((value, replication) => replicationOf(replication, { metrics: { [metric]: value } }));
}

/** A cell of a policy, with these replications. */
export function cellOf(
  cell: number,
  policy: string,
  replications: readonly ReplicationResult[],
  parameters: CellResult['parameters'] = {},
): CellResult {
  return {
    cell,
    policy,
    parameters,
    label: policy,
    verdict: FINE,
    metrics: cellMetrics(replications, 0.95),
    metricsByApplication: {},
    objectives: [],
    acceptable: null,
    replications,
  };
}
