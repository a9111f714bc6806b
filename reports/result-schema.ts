/**
 * The shape of `result.json`, checked before a report is made from it. It is as lenient as a report can bear: fields
 * it does not know are dropped, and a metric that an older version did not have is a value that does not exist.
 */
import { z } from 'zod';
import { METRICS, OUTCOMES, RESULT_VERSION } from '../core/index.ts';
import type { ExperimentResult } from '../core/index.ts';

const count = z.number().int().nonnegative();
const maybe = z.number().nullable();
const column = z.array(z.number());
const maybeColumn = z.array(maybe);
const counts = z.record(z.string(), z.number());

const intervalShape = z.object({
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
});

const cellShape = z.object({
  cell: count,
  policy: z.string(),
  parameters: z.record(z.string(), z.union([z.string(), z.number()])),
  label: z.string(),
  verdict: verdictShape,
  metrics: intervalsShape,
  replications: z.array(replicationShape).min(1),
});

const comparisonShape = z.object({
  metric: z.enum(METRICS.map(({ name }) => name)),
  baseline: count,
  candidate: count,
  difference: intervalShape,
  ratio: maybe,
  verdict: z.enum(['better', 'worse', 'inconclusive']),
});

const environmentShape = z.object({
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

function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '');
}
