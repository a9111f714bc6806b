/**
 * The shape of `result.json`, checked before a report is made from it. It is as lenient as a report can bear: fields
 * it does not know are dropped, and a metric that an older version did not have is a value that does not exist.
 */
import { z } from 'zod';
import { METRICS, OBJECTIVES, OUTCOMES, RESULT_VERSION } from '../core/index.ts';
import type { ExperimentResult } from '../core/index.ts';

const count = z.number().int().nonnegative();
const maybe = z.number().nullable();
const column = z.array(z.number());
const maybeColumn = z.array(maybe);
const counts = z.record(z.string(), z.number());

export const intervalShape = z.object({
  mean: maybe,
  halfWidth: maybe,
  low: maybe,
  high: maybe,
  confidence: z.number(),
  samples: count,
  method: z.enum(['replications', 'jackknife']),
});

const NO_INTERVAL = {
  mean: null,
  halfWidth: null,
  low: null,
  high: null,
  confidence: 0.95,
  samples: 0,
  method: 'replications',
} as const;

const metricsShape = z.object(forEachMetric(() => maybe.default(null)));
const intervalsShape = z.object(forEachMetric(() => intervalShape.default(NO_INTERVAL)));

const verdictShape = z.object({
  valid: z.boolean(),
  problems: z.array(z.object({ code: z.string(), message: z.string(), advice: z.string() })),
  notes: z.array(z.string()),
});

const seriesShape = z.object({
  binS: z.number().positive(),
  startS: column,
  offeredRps: column,
  answeredRps: column,
  lostRps: column,
  attainmentPercent: maybeColumn,
  // Results of before it was recorded are read as without values.
  accuracyPercent: maybeColumn.default([]),
  latencyP50Ms: maybeColumn,
  latencyP90Ms: maybeColumn,
  latencyP99Ms: maybeColumn,
  queuedInputs: maybeColumn,
  runningInputs: maybeColumn,
  workersReady: maybeColumn,
  workersLoading: maybeColumn,
  workersDraining: maybeColumn,
  machinesUp: maybeColumn,
  machinesBooting: maybeColumn,
});

const decisionShape = z.object({
  atS: z.number(),
  kind: z.string(),
  subject: z.string(),
  worker: maybe,
  machine: maybe,
  reason: z.string(),
});

const offlineJobShape = z.object({
  name: z.string(),
  variant: z.string().nullable(),
  files: count,
  done: count,
  failed: count,
  cancelled: count,
  unfinished: count,
  retries: count,
  startedS: maybe,
  endedS: maybe,
  filesPerS: maybe,
  reason: z.string(),
});

const replicationShape = z.object({
  replication: count,
  seed: z.string(),
  digest: z.string(),
  unseed: z.string(),
  events: count,
  ending: z.string(),
  durationS: z.number(),
  wallS: z.number(),
  verdict: verdictShape,
  metrics: metricsShape,
  byApplication: z.record(z.string(), metricsShape),
  outcomes: z.object(Object.fromEntries([...OUTCOMES, 'unfinished'].map((name) => [name, count]))),
  reasons: counts,
  cdf: z.object({ latencyMs: column, share: column }),
  windowParts: z.record(z.string(), maybeColumn).default({}),
  batches: z.object({ inputs: column, count: column }),
  series: seriesShape,
  decisions: z.array(decisionShape),
  decisionCount: count,
  faults: counts,
  staleMessages: count,
  servedBy: z.array(z.looseObject({ application: z.string(), variant: z.string(), requests: count })).default([]),
  batteryJoules: z.record(z.string(), z.number()).default({}),
  offline: z.array(offlineJobShape).default([]),
});

const objectiveShape = z.object({
  objective: z.enum(OBJECTIVES),
  measure: z.string(),
  unit: z.string(),
  application: z.string().nullable(),
  bound: z.enum(['at least', 'at most']),
  limit: z.number(),
  value: intervalShape,
  outcome: z.enum(['met', 'missed', 'undecided']),
  violations: count,
  worstBy: maybe,
  remark: z.string(),
});

const cellShape = z.object({
  cell: count,
  policy: z.string(),
  parameters: z.record(z.string(), z.union([z.string(), z.number()])),
  label: z.string(),
  verdict: verdictShape,
  metrics: intervalsShape,
  metricsByApplication: z.record(z.string(), z.record(z.string(), intervalShape)).default({}),
  // Results from before there were objectives have none.
  objectives: z.array(objectiveShape).default([]),
  acceptable: z.boolean().nullable().default(null),
  replications: z.array(replicationShape).min(1),
});

const comparisonShape = z.object({
  metric: z.enum(METRICS.map(({ name }) => name)),
  application: z.string().nullable().default(null),
  baseline: count,
  candidate: count,
  difference: intervalShape,
  ratio: maybe,
  verdict: z.enum(['better', 'worse', 'inconclusive']),
});

const expectationFrame = {
  claim: z.string(),
  says: z.string(),
  application: z.string().nullable(),
  parameters: z.record(z.string(), z.union([z.string(), z.number()])),
  outcome: z.enum(['held', 'not held', 'undecided']),
  remark: z.string(),
};

const comparisonExpectationShape = z.object({
  ...expectationFrame,
  kind: z.literal('comparison'),
  metric: z.enum(METRICS.map(({ name }) => name)),
  better: z.string(),
  than: z.string(),
  direction: z.enum(['higher', 'lower', 'equal']),
  tolerance: maybe,
  ratio: z
    .object({ mean: z.number(), low: maybe, high: maybe, method: z.enum(['geometric-mean', 'ratio-of-means']) })
    .nullable(),
  difference: intervalShape,
  paperRatio: maybe,
  withinFactor2: z.boolean().nullable(),
});

const servedByExpectationShape = z.object({
  ...expectationFrame,
  kind: z.literal('served-by'),
  policy: z.string(),
  variants: z.array(z.string()).min(1),
  limitPercent: z.number(),
  sharePercent: intervalShape,
  lowestPercent: maybe,
});

/** Older results have comparisons only, and do not say so. */
const expectationShape = z.preprocess(
  (data) => (typeof data === 'object' && data !== null && !('kind' in data) ? { ...data, kind: 'comparison' } : data),
  z.discriminatedUnion('kind', [comparisonExpectationShape, servedByExpectationShape]),
);

export const environmentShape = z.object({
  rehearse: z.string(),
  node: z.string(),
  v8: z.string(),
  platform: z.string(),
  cpu: z.string(),
  cores: count,
  startedAt: z.string(),
  wallS: z.number(),
});

const resultShape = z.object({
  version: z.literal(RESULT_VERSION),
  world: z.enum(['simulated', 'live']),
  name: z.string(),
  question: z.string(),
  config: z.unknown(),
  configHash: z.string(),
  seed: z.string(),
  environment: environmentShape,
  complete: z.boolean(),
  verdict: verdictShape,
  cells: z.array(cellShape),
  compared: z.array(z.enum(METRICS.map(({ name }) => name))).default([]),
  comparisons: z.array(comparisonShape),
  // Results from before there were expectations have none.
  expectations: z.array(expectationShape).default([]),
  command: z.string(),
  digest: z.string(),
});

/** What is wrong, and where in the file: "cells[2].label". */
export interface ShapeFault {
  readonly path: string;
  readonly message: string;
}

/** The result, or the first thing that is wrong with it. */
export function checkShape(
  data: unknown,
): { readonly ok: true; readonly result: ExperimentResult } | { readonly ok: false; readonly fault: ShapeFault } {
  const parsed = resultShape.safeParse(data);
  if (!parsed.success) {
    const [{ path, message }] = parsed.error.issues;
    return { ok: false, fault: { path: pathText(path), message } };
  }
  // The shape names every field of the interface; it only knows reasons and metrics as text.
  return { ok: true, result: parsed.data as unknown as ExperimentResult };
}

function forEachMetric<Shape>(shape: () => Shape): Record<string, Shape> {
  return Object.fromEntries(METRICS.map(({ name }) => [name, shape()]));
}

export function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '');
}
