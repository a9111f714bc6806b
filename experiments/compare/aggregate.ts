/** From replications to cells: each metric's mean and interval, and what the cell as a whole is worth. */
import type {
  ApplicationMetrics,
  IntervalResult,
  MetricName,
  Problem,
  ReplicationResult,
  Verdict,
} from '../../core/index.ts';
import { APPLICATION_METRICS, METRICS } from '../../core/index.ts';
import { intervalOf } from '../statistics/index.ts';
import type { Measure } from './pairs.ts';
import { valueOf } from './pairs.ts';

/** A half-width above this share of the mean makes a reader wonder; the note says how to narrow it. */
const WIDE_INTERVAL = 0.1;
/** The same for all metrics and cells, so that a report says it once; the table shows where it is so. */
const WIDE_NOTE =
  'a compared metric is known only roughly, its interval is wider than 10 % of the mean: add replications or lengthen the run';

/**
 * The interval of every metric: Student t over replications; for a single run over its jackknife pseudo-values,
 * where the metric has them.
 */
export function cellMetrics(
  replications: readonly ReplicationResult[],
  confidence: number,
): Record<MetricName, IntervalResult> {
  const entries = METRICS.map(
    ({ name }) => [name, metricInterval(replications, { metric: name, application: null }, confidence)] as const,
  );
  return Object.fromEntries(entries) as Record<MetricName, IntervalResult>; // METRICS names every key.
}

/** Experiments with more applications are told by their total only. */
const APPLICATIONS_MAX = 64;

/** The applications that are told one by one: those of any cell when there are 2 to 64 of them, else none. */
export function applicationsOf(cells: readonly (readonly ReplicationResult[])[]): string[] {
  const names = new Set(cells.flatMap((runs) => runs.flatMap(({ byApplication }) => Object.keys(byApplication))));
  return names.size >= 2 && names.size <= APPLICATIONS_MAX ? [...names].toSorted() : [];
}

/** The intervals of the metrics that exist for an application; over replications only, for a run has no parts by it. */
export function applicationMetrics(
  replications: readonly ReplicationResult[],
  applications: readonly string[],
  confidence: number,
): Record<string, ApplicationMetrics> {
  const metricsOf = (application: string): ApplicationMetrics =>
    Object.fromEntries(
      APPLICATION_METRICS.map((metric) => [metric, metricInterval(replications, { metric, application }, confidence)]),
    );
  return Object.fromEntries(applications.map((application) => [application, metricsOf(application)]));
}

/** The interval of a metric, of all requests or of one application. */
export function metricInterval(
  replications: readonly ReplicationResult[],
  measure: Measure,
  confidence: number,
): IntervalResult {
  const values = replications.map((each) => valueOf(each, measure));
  const known = values.filter((value) => value !== null);
  const none = { halfWidth: null, low: null, high: null, confidence };
  if (known.length === 0) return { ...none, mean: null, samples: replications.length, method: 'replications' };
  if (known.length < values.length) {
    // Some replication has no value, so a mean over the others would answer another question.
    return { ...none, mean: null, samples: known.length, method: 'replications' };
  }
  if (replications.length > 1) return { ...intervalOf(known, confidence), method: 'replications' };
  const { windowParts } = replications[0];
  const parts = measure.application === null ? (windowParts[measure.metric] ?? []).filter((part) => part !== null) : [];
  if (parts.length < 2) return { ...none, mean: known[0], samples: 1, method: 'replications' };
  // What never varied within the run may still vary between runs: no interval rather than one of width 0.
  const { halfWidth } = parts.every((part) => part === parts[0]) ? { halfWidth: null } : intervalOf(parts, confidence);
  // The mean is the run's own; the parts only say how far it can be trusted.
  return {
    mean: known[0],
    halfWidth,
    low: halfWidth === null ? null : known[0] - halfWidth,
    high: halfWidth === null ? null : known[0] + halfWidth,
    confidence,
    samples: parts.length,
    method: 'jackknife',
  };
}

/** A cell is valid when all its replications are; problems and notes are named once, with how often they occurred. */
export function cellVerdict(
  replications: readonly ReplicationResult[],
  metrics: Readonly<Record<MetricName, IntervalResult>>,
  primary: readonly MetricName[],
): Verdict {
  const problems = mergedProblems(replications);
  const runs = replications.length;
  const often = (count: number): string => (count === runs ? '' : ` (in ${count} of ${runs} replications)`);
  const wide = primary.filter((name) => isWide(metrics[name]));
  return {
    valid: problems.length === 0,
    problems: problems.map(({ problem, count }) => ({ ...problem, message: `${problem.message}${often(count)}` })),
    notes: [
      ...mergedNotes(replications).map(({ note, count }) => `${note}${often(count)}`),
      ...(wide.length === 0 ? [] : [WIDE_NOTE]),
    ],
  };
}

/** The problems of the first replication that has one of their code, and how many replications have that code. */
function mergedProblems(replications: readonly ReplicationResult[]): { problem: Problem; count: number }[] {
  const byCode = new Map<string, { readonly problems: readonly Problem[]; count: number }>();
  for (const { verdict } of replications) {
    for (const code of new Set(verdict.problems.map((problem) => problem.code))) {
      const seen = byCode.get(code);
      if (seen !== undefined) seen.count += 1;
      else byCode.set(code, { problems: verdict.problems.filter((problem) => problem.code === code), count: 1 });
    }
  }
  return [...byCode.values()].flatMap(({ problems, count }) => problems.map((problem) => ({ problem, count })));
}

/** A number that stands by itself: digits inside names are none. */
const NUMBER = /(?<![\w.,-])\d+(?:\.\d+)?(?![\w-]|[.,]\d)/g;

/** Notes that differ in nothing but numbers are one note, with the range of each number. */
function mergedNotes(replications: readonly ReplicationResult[]): { note: string; count: number }[] {
  const alike = new Map<string, string[]>();
  for (const { verdict } of replications) {
    const own = new Map<string, number>();
    for (const note of verdict.notes) {
      const shape = note.replaceAll(NUMBER, '#');
      // Two notes of one replication stay two.
      const before = own.get(shape) ?? 0;
      own.set(shape, before + 1);
      const key = `${before} ${shape}`;
      alike.set(key, [...(alike.get(key) ?? []), note]);
    }
  }
  return [...alike.values()].map((notes) => ({ note: withRanges(notes), count: notes.length }));
}

function withRanges(notes: readonly string[]): string {
  const numbers = notes.map((note) => note.match(NUMBER) ?? []);
  let at = -1;
  return notes[0].replaceAll(NUMBER, (first) => {
    at += 1;
    const sorted = numbers.map((each) => each[at]).sort((a, b) => Number(a) - Number(b));
    const [least, most] = [sorted[0], sorted[sorted.length - 1]];
    return least === most ? first : `${least} to ${most}`;
  });
}

function isWide(interval: IntervalResult): boolean {
  if (interval.mean === null || interval.halfWidth === null || interval.mean === 0) return false;
  return interval.halfWidth / Math.abs(interval.mean) > WIDE_INTERVAL;
}
