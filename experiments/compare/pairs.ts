/**
 * The values of two cells that belong together: those of equal replications, which share their seed, or of equal
 * parts when there is one replication. Whoever compares policies takes its numbers from here.
 */
import type { MetricName, ReplicationResult } from '../../core/index.ts';

/** A metric of all requests, or of one application. */
export interface Measure {
  readonly metric: MetricName;
  /** Null for all requests together. */
  readonly application: string | null;
}

export interface Pairs {
  readonly left: readonly number[];
  readonly right: readonly number[];
  readonly method: 'replications' | 'jackknife';
}

/** The value of a replication; null where it has none. */
export function valueOf(
  { metrics, byApplication }: ReplicationResult,
  { metric, application }: Measure,
): number | null {
  if (application === null) return metrics[metric];
  return Object.hasOwn(byApplication, application) ? byApplication[application][metric] : null;
}

/**
 * Pairs of both sides. Where a replication of either side has no value there are no pairs at all: a verdict over the
 * others would answer another question. Parts of a run exist for all requests together only.
 */
export function pairsOf(
  left: readonly ReplicationResult[],
  right: readonly ReplicationResult[],
  measure: Measure,
): Pairs {
  const parts = left.length === 1 && right.length === 1 ? partsOf(left[0], right[0], measure) : undefined;
  if (parts !== undefined) return parts;
  const pairs: Pairs & { readonly left: number[]; readonly right: number[] } = {
    left: [],
    right: [],
    method: 'replications',
  };
  for (const run of left) {
    const other = right.find(({ replication }) => replication === run.replication);
    const [a, b] = [valueOf(run, measure), other && valueOf(other, measure)];
    if (a === null || b === null) return { left: [], right: [], method: 'replications' };
    if (b === undefined) continue;
    pairs.left.push(a);
    pairs.right.push(b);
  }
  return pairs;
}

/**
 * The jackknife parts of two single runs that both have a value; undefined where there are no parts to pair. The run's
 * own value is the mean of all its pseudo-values: where one is without its other, none are used.
 */
function partsOf(
  left: ReplicationResult,
  right: ReplicationResult,
  { metric, application }: Measure,
): Pairs | undefined {
  if (application !== null) return undefined;
  const [a, b] = [left, right].map(({ windowParts }) => wholeOf(windowParts[metric] ?? []));
  if (a.length <= 1 || a.length !== b.length) return undefined;
  return { left: a, right: b, method: 'jackknife' };
}

/** The values, or none of them where one is missing. */
function wholeOf(values: readonly (number | null)[]): readonly number[] {
  const known = values.filter((value) => value !== null);
  return known.length === values.length ? known : [];
}
