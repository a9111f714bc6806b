/**
 * What the numbers say, in words: on how many runs a number rests, how a policy stands against its baseline, which
 * metric tells the cells apart. Every claim is computed from the result and carries its interval.
 */
import { metricNamed } from '../core/index.ts';
import type { CellResult, ComparisonResult, ExperimentResult, IntervalResult, MetricName } from '../core/index.ts';
import { differenceUnit, formatConfidence, formatInterval, formatSigned, formatWithUnit, printable } from './format.ts';
import { parametersInWords, totalsOf } from './grid.ts';

/** Metrics by what a reader asks first; the first that tells the cells apart leads the report. */
const LEADING: readonly MetricName[] = [
  'attainment_percent',
  'latency_p99_ms',
  'latency_mean_ms',
  'goodput_rps',
  'cost_usd',
];

/**
 * The metric the verdict is told by: the first in which the cells differ, or the first with a value, of those that the
 * experiment compares and then of `LEADING`.
 */
export function leadingMetric(cells: readonly CellResult[], compared: readonly MetricName[]): MetricName {
  const known = [...compared, ...LEADING].filter((name) => cells.some((cell) => cell.metrics[name].mean !== null));
  // Where nothing was served, nothing else is worth telling.
  if (cells.every((cell) => cell.metrics.attainment_percent.mean === 0)) return 'attainment_percent';
  const telling = known.find((name) => new Set(cells.map((cell) => cell.metrics[name].mean)).size > 1);
  return telling ?? known[0] ?? 'attainment_percent';
}

/** "10 replications", "5 to 10 replications", "20 parts of one run". */
function samplesInWords(intervals: readonly IntervalResult[]): string {
  const counts = intervals.map((interval) => interval.samples);
  const least = Math.min(...counts);
  const most = Math.max(...counts);
  const number = least === most ? String(most) : `${least} to ${most}`;
  const [{ method }] = intervals;
  return method === 'replications' ? `${number} replications` : `${number} parts of one run`;
}

/** What the numbers of a result rest on, for a table's header: which interval, over what. */
export function basisInWords(cells: readonly CellResult[]): string {
  const all = cells.flatMap((cell) => Object.values(cell.metrics));
  const known = all.filter((interval) => interval.halfWidth !== null);
  if (known.length === 0) return 'one replication, without an interval';
  return `mean ± half-width of a ${formatConfidence(known[0].confidence)} Student-t interval over ${samplesInWords(known)}`;
}

/** The same for a caption: a sentence about what points and bars are. */
export function captionBasis(cells: readonly CellResult[], name: MetricName): string {
  const known = cells.map((cell) => cell.metrics[name]).filter((interval) => interval.halfWidth !== null);
  if (known.length === 0) return 'One replication a cell, so no interval can be given.';
  const confidence = formatConfidence(known[0].confidence);
  const points =
    known[0].method === 'replications' ? 'Points are means' : 'Points are the run’s own values, with intervals';
  return `${points} over ${samplesInWords(known)}, bars their ${confidence} Student-t intervals.`;
}

/** For a time series: which of the replications is drawn. */
export function shownReplication(cells: readonly CellResult[]): string {
  const most = Math.max(...cells.map((cell) => cell.replications.length));
  return most > 1 ? `Shown is the first of ${most} replications.` : 'Shown is the only replication.';
}

/** Sentences joined to a caption; empty ones are left out. */
export function paragraph(sentences: readonly string[]): string {
  return sentences.filter((sentence) => sentence !== '').join(' ');
}

/** "3.2 points more than none [2.9, 3.5]", or that no difference can be shown. */
export function comparisonInWords({ difference, metric, verdict }: ComparisonResult, baseline: string): string {
  if (difference.mean === null) return `not comparable with ${baseline}`;
  const unit = differenceUnit(metric);
  const { range } = formatInterval(difference);
  if (verdict === 'inconclusive') {
    const measured = `${formatSigned(difference)} ${unit}${range === null ? '' : ` ${range}`}`;
    return `no proven difference from ${baseline} (${measured})`;
  }
  const direction = difference.mean > 0 ? 'more' : 'less';
  const size = formatInterval(difference.mean > 0 ? difference : negated(difference));
  return `${size.mean} ${unit} ${direction} than ${baseline}${size.range === null ? '' : ` ${size.range}`}`;
}

/** "Less" says the sign; the numbers beside it need none. */
function negated({ mean, low, high, ...rest }: IntervalResult): IntervalResult {
  return { ...rest, mean: mean && -mean, low: high && -high, high: low && -low };
}

/** The comparison in which a difference is proven and largest, or the largest of the unproven ones. */
export function strongestComparison(result: ExperimentResult, metric: MetricName): ComparisonResult | undefined {
  const valid = new Set(result.cells.filter((cell) => cell.verdict.valid).map((cell) => cell.cell));
  return totalsOf(result)
    .filter((each) => each.metric === metric && valid.has(each.baseline) && valid.has(each.candidate))
    .reduce<ComparisonResult | undefined>(
      (best, each) => (!best || strengthOf(each) > strengthOf(best) ? each : best),
      undefined,
    );
}

/** Orders the comparisons of one metric: proven differences first, then by size. From 0 to 2. */
export function strengthOf({ verdict, difference }: ComparisonResult): number {
  const size = Math.abs(difference.mean ?? 0);
  return (verdict === 'inconclusive' ? 0 : 1) + size / (1 + size);
}

/**
 * The claim of a figure about one metric: the strongest comparison, told with both intervals, or the best and the worst
 * cell where nothing was compared.
 *
 * @param verb - what a policy does with the value: "attains", "answers 99 % within"
 */
export function claimInWords(
  result: ExperimentResult,
  cells: readonly CellResult[],
  { metric, verb }: { readonly metric: MetricName; readonly verb: string },
): string {
  const comparison = strongestComparison(result, metric);
  const candidate = comparison && cells.find((cell) => cell.cell === comparison.candidate);
  const baseline = comparison && cells.find((cell) => cell.cell === comparison.baseline);
  if (comparison === undefined || candidate === undefined || baseline === undefined) {
    const known = cells.filter((cell) => cell.verdict.valid && cell.metrics[metric].mean !== null);
    if (known.length === 0) return '';
    const best = known.reduce((first, cell) => (isBetter(cell, first, metric) ? cell : first));
    const worst = known.reduce((last, cell) => (isBetter(last, cell, metric) ? cell : last));
    const told = (cell: CellResult): string =>
      `${printable(cell.label)} ${verb} ${formatWithUnit(cell.metrics[metric], metric)}`;
    if (known.length === 1) return `${told(best)}.`;
    const unpaired = 'no paired comparison was made';
    if (best.metrics[metric].mean !== worst.metrics[metric].mean) return `${told(best)}, ${told(worst)}; ${unpaired}.`;
    return `All ${known.length} cells ${pluralOf(verb)} ${formatWithUnit(best.metrics[metric], metric)}; ${unpaired}.`;
  }
  const place = parametersInWords(candidate.parameters);
  const numbers = formatWithUnit(candidate.metrics[metric], metric);
  const standing = comparisonInWords(comparison, printable(baseline.policy));
  return `${place === '' ? '' : `At ${place}, `}${printable(candidate.policy)} ${verb} ${numbers}, ${standing}.`;
}

/** "answers 99 % within" of one is "answer 99 % within" of many. */
function pluralOf(verb: string): string {
  return verb.replace(/s(?= |$)/, '');
}

function isBetter(a: CellResult, b: CellResult, metric: MetricName): boolean {
  const difference = (a.metrics[metric].mean ?? 0) - (b.metrics[metric].mean ?? 0);
  return metricNamed(metric).direction === 'lower-is-better' ? difference < 0 : difference > 0;
}

/** A metric's label to begin a sentence with. */
export function metricInWords(name: MetricName): string {
  const { label } = metricNamed(name);
  return /^p\d/.test(label) ? label : label.charAt(0).toUpperCase() + label.slice(1);
}
