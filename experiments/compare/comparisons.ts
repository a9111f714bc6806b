/** Every policy against the baseline at the same grid point, paired by replication (or by part of a single run). */
import type { CellResult, ComparisonResult, MetricName, ReplicationResult } from '../../core/index.ts';
import { metricNamed } from '../../core/index.ts';
import { comparePaired } from '../statistics/index.ts';

export interface ComparisonPlan {
  /** Name of the policy that the others are compared with. */
  readonly baseline: string;
  readonly metrics: readonly MetricName[];
  readonly confidence: number;
}

/** Comparisons of all cells, in the order of grid points, metrics, policies. Neutral metrics are not compared. */
export function comparisonsOf(cells: readonly CellResult[], plan: ComparisonPlan): ComparisonResult[] {
  const points = new Map<string, CellResult[]>();
  for (const cell of cells) {
    const key = JSON.stringify(cell.parameters);
    points.set(key, [...(points.get(key) ?? []), cell]);
  }
  return [...points.values()].flatMap((point) => {
    const baseline = point.find(({ policy }) => policy === plan.baseline);
    if (baseline === undefined) return [];
    // A run that cannot be believed is compared with nothing.
    if (!baseline.verdict.valid) return [];
    const candidates = point.filter((cell) => cell !== baseline && cell.verdict.valid);
    return plan.metrics.flatMap((metric) => compareMetric(baseline, candidates, metric, plan.confidence));
  });
}

function compareMetric(
  baseline: CellResult,
  candidates: readonly CellResult[],
  metric: MetricName,
  confidence: number,
): ComparisonResult[] {
  const { direction } = metricNamed(metric);
  if (direction === 'neutral') return [];
  return candidates.flatMap((candidate) => {
    const { left, right, method } = pairs(baseline.replications, candidate.replications, metric);
    if (left.length === 0) return [];
    // Bonferroni: the intervals of all candidates at a point are to hold together.
    const each = 1 - (1 - confidence) / candidates.length;
    const { difference, ratio, verdict } = comparePaired({
      baseline: left,
      candidate: right,
      direction,
      confidence: each,
    });
    return [
      {
        metric,
        baseline: baseline.cell,
        candidate: candidate.cell,
        difference: { ...difference, method },
        ratio,
        verdict,
      },
    ];
  });
}

interface Pairs {
  readonly left: number[];
  readonly right: number[];
  readonly method: 'replications' | 'jackknife';
}

/**
 * The values of equal replications, or of equal parts when there is one replication. Where a replication of either
 * side has no value there are no pairs at all: a verdict over the others would answer another question.
 */
function pairs(
  baseline: readonly ReplicationResult[],
  candidate: readonly ReplicationResult[],
  metric: MetricName,
): Pairs {
  const single = baseline.length === 1 && candidate.length === 1;
  const parts = single ? [baseline[0].windowParts[metric] ?? [], candidate[0].windowParts[metric] ?? []] : [];
  const inParts = single && parts[0].length > 1 && parts[1].length > 1;
  const left: number[] = [];
  const right: number[] = [];
  const add = (a: number | null | undefined, b: number | null | undefined): void => {
    if (typeof a !== 'number' || typeof b !== 'number') return;
    left.push(a);
    right.push(b);
  };
  if (inParts) for (const [part, value] of parts[0].entries()) add(value, parts[1][part]);
  else {
    for (const { replication, metrics } of baseline) {
      const other = candidate.find((each) => each.replication === replication)?.metrics[metric];
      if (metrics[metric] === null || other === null) return { left: [], right: [], method: 'replications' };
      add(metrics[metric], other);
    }
  }
  return { left, right, method: inParts ? 'jackknife' : 'replications' };
}
