/**
 * Every policy against the baseline at the same grid point, paired by replication (or by part of a single run): in all
 * requests together, and in each application where there are several.
 */
import type { CellResult, ComparisonResult, MetricName } from '../../core/index.ts';
import { APPLICATION_METRICS, metricNamed } from '../../core/index.ts';
import { comparePaired } from '../statistics/index.ts';
import type { Measure } from './pairs.ts';
import { pairsOf } from './pairs.ts';

export interface ComparisonPlan {
  /** Name of the policy that the others are compared with. */
  readonly baseline: string;
  readonly metrics: readonly MetricName[];
  /** Applications compared one by one besides; none by default. */
  readonly applications?: readonly string[];
  readonly confidence: number;
}

/**
 * Comparisons of all cells: those of all requests in the order of grid points, metrics, policies, and then those of
 * applications in the order of grid points, applications, metrics, policies. Neutral metrics are not compared.
 *
 * Bonferroni: at a grid point the intervals of one metric are to hold together. All requests together are compared
 * once for each policy besides the baseline, so each interval has the confidence 1 - alpha / policies; applications
 * are a family of their own, one comparison for each policy and application, so there it is
 * 1 - alpha / (policies * applications). What is said of all requests does not get weaker by looking at applications.
 */
export function comparisonsOf(cells: readonly CellResult[], plan: ComparisonPlan): ComparisonResult[] {
  const points = new Map<string, CellResult[]>();
  for (const cell of cells) {
    const key = JSON.stringify(cell.parameters);
    points.set(key, [...(points.get(key) ?? []), cell]);
  }
  const families = [...points.values()].flatMap((point) => familyOf(point, plan.baseline) ?? []);
  const applications = plan.applications ?? [];
  const ofAll = plan.metrics.map((metric): Measure => ({ metric, application: null }));
  const ofEach = applications.flatMap((application) =>
    APPLICATION_METRICS.map((metric): Measure => ({ metric, application })),
  );
  const alpha = 1 - plan.confidence;
  const compared = (family: Family, measures: readonly Measure[], size: number): ComparisonResult[] =>
    measures.flatMap((measure) => compare(family, measure, 1 - alpha / (family.candidates.length * size)));
  return [
    ...families.flatMap((family) => compared(family, ofAll, 1)),
    ...families.flatMap((family) => compared(family, ofEach, applications.length)),
  ];
}

/** The cells of one grid point that can be believed. */
interface Family {
  readonly baseline: CellResult;
  readonly candidates: readonly CellResult[];
}

function familyOf(point: readonly CellResult[], name: string): Family | undefined {
  const baseline = point.find(({ policy }) => policy === name);
  // A run that cannot be believed is compared with nothing.
  if (baseline?.verdict.valid !== true) return undefined;
  return { baseline, candidates: point.filter((cell) => cell !== baseline && cell.verdict.valid) };
}

function compare({ baseline, candidates }: Family, measure: Measure, confidence: number): ComparisonResult[] {
  const { direction } = metricNamed(measure.metric);
  if (direction === 'neutral') return [];
  return candidates.flatMap((candidate) => {
    const { left, right, method } = pairsOf(baseline.replications, candidate.replications, measure);
    if (left.length === 0) return [];
    const samples = { baseline: left, candidate: right, direction, confidence };
    const { difference, ratio, verdict } = comparePaired(samples);
    const sides = { baseline: baseline.cell, candidate: candidate.cell };
    return [{ ...measure, ...sides, difference: { ...difference, method }, ratio, verdict }];
  });
}
