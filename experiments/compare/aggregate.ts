/** From replications to cells: each metric's mean and interval, and what the cell as a whole is worth. */
import type { IntervalResult, MetricName, Problem, ReplicationResult, Verdict } from '../../core/index.ts';
import { METRICS } from '../../core/index.ts';
import { intervalOf } from '../statistics/index.ts';

/** A half-width above this share of the mean makes a reader wonder; the note says how to narrow it. */
const WIDE_INTERVAL = 0.1;

/**
 * The interval of every metric: Student t over replications; for a single run, batch means over the equal parts of
 * its window, where the metric has them.
 */
export function cellMetrics(
  replications: readonly ReplicationResult[],
  confidence: number,
): Record<MetricName, IntervalResult> {
  const entries = METRICS.map(({ name }) => [name, metricInterval(replications, name, confidence)] as const);
  return Object.fromEntries(entries) as Record<MetricName, IntervalResult>; // METRICS names every key.
}

function metricInterval(
  replications: readonly ReplicationResult[],
  name: MetricName,
  confidence: number,
): IntervalResult {
  const values = replications.map(({ metrics }) => metrics[name]);
  const known = values.filter((value) => value !== null);
  const none = { halfWidth: null, low: null, high: null, confidence };
  if (known.length === 0) return { ...none, mean: null, samples: replications.length, method: 'replications' };
  if (known.length < values.length) {
    // Some replication has no value, so a mean over the others would answer another question.
    return { ...none, mean: null, samples: known.length, method: 'replications' };
  }
  if (replications.length > 1) return { ...intervalOf(known, confidence), method: 'replications' };
  const parts = replications[0].windowParts[name]?.filter((value) => value !== null) ?? [];
  if (parts.length < 2) return { ...none, mean: known[0], samples: 1, method: 'replications' };
  const { halfWidth } = intervalOf(parts, confidence);
  // The mean is the run's own; the parts only say how far it can be trusted.
  return {
    mean: known[0],
    halfWidth,
    low: halfWidth === null ? null : known[0] - halfWidth,
    high: halfWidth === null ? null : known[0] + halfWidth,
    confidence,
    samples: parts.length,
    method: 'batch-means',
  };
}

/** A cell is valid when all its replications are; problems and notes are named once, with how often they occurred. */
export function cellVerdict(
  replications: readonly ReplicationResult[],
  metrics: Readonly<Record<MetricName, IntervalResult>>,
  primary: readonly MetricName[],
): Verdict {
  const problems = new Map<string, { problem: Problem; count: number }>();
  const notes = new Map<string, number>();
  for (const { verdict } of replications) {
    for (const problem of verdict.problems) {
      const seen = problems.get(problem.code);
      if (seen === undefined) problems.set(problem.code, { problem, count: 1 });
      else seen.count += 1;
    }
    for (const note of verdict.notes) notes.set(note, (notes.get(note) ?? 0) + 1);
  }
  const often = (count: number) => (replications.length === 1 ? '' : ` (in ${count} of ${replications.length} replications)`);
  const wide = primary.filter((name) => isWide(metrics[name]));
  const wideNote = `the interval of ${wide.join(', ')} is wider than 10 % of the mean: add replications or lengthen the run`;
  return {
    valid: problems.size === 0,
    problems: [...problems.values()].map(({ problem, count }) => ({
      ...problem,
      message: `${problem.message}${often(count)}`,
    })),
    notes: [
      ...[...notes].map(([note, count]) => `${note}${often(count)}`),
      ...(wide.length === 0 ? [] : [wideNote]),
    ],
  };
}

function isWide(interval: IntervalResult): boolean {
  if (interval.mean === null || interval.halfWidth === null || interval.mean === 0) return false;
  return interval.halfWidth / Math.abs(interval.mean) > WIDE_INTERVAL;
}
