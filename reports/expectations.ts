/**
 * What was expected and what was found, in words: how many times better, the paper's figure, the outcome. The page and
 * the terminal table say the same because they take it from here.
 */
import { metricNamed } from '../core/index.ts';
import type {
  AdvantageRatio,
  ComparisonExpectation,
  ExpectationResult,
  ExperimentResult,
  ServedByExpectation,
} from '../core/index.ts';
import {
  decimalsOf,
  differenceUnit,
  formatConfidence,
  formatEnd,
  formatInterval,
  formatNumber,
  formatPlain,
} from './format.ts';
import { NOTHING, formatSigned, printable } from './format.ts';
import { parametersInWords, totalsOf } from './grid.ts';
import { countedOf } from './objectives.ts';
import { shareText } from './shares.ts';

/** Expectations that one sentence states: those of a claim that follow each other and say the same. */
export interface ExpectedSentence {
  readonly claim: string;
  readonly says: string;
  readonly expectations: readonly ExpectationResult[];
}

export function expectedSentences(expectations: readonly ExpectationResult[]): ExpectedSentence[] {
  const groups = new Map<string, ExpectationResult[]>();
  for (const each of expectations) {
    const key = JSON.stringify([each.claim, each.says]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [each]);
    else group.push(each);
  }
  return [...groups.values()].map((group) => ({
    claim: printable(group[0].claim),
    says: printable(group[0].says),
    expectations: group,
  }));
}

/** "all 3 held", "2 of 4 held, 1 did not, 1 is undecided". */
export function outcomesInWords(expectations: readonly Pick<ExpectationResult, 'outcome'>[]): string {
  const counted = (outcome: ExpectationResult['outcome']): number =>
    expectations.filter((each) => each.outcome === outcome).length;
  const all = expectations.length;
  const [held, failed, undecided] = [counted('held'), counted('not held'), counted('undecided')];
  if (held === all) return all === 1 ? 'it held' : `all ${all} held`;
  const parts = [`${held} of ${all} held`];
  if (failed > 0) parts.push(`${failed} did not`);
  if (undecided > 0) parts.push(`${undecided} ${undecided === 1 ? 'is' : 'are'} undecided`);
  return parts.join(', ');
}

const SIGNS = { higher: '>', lower: '<', equal: '≈' } as const;

/** "cost of search: infaas < static-gpu at rate = 4/s", "answered by a or b: infaas ≥ 95 %" */
export function subjectInWords(expectation: ExpectationResult): string {
  const subject = expectation.kind === 'served-by' ? servedByInWords(expectation) : comparisonInWords(expectation);
  const place = parametersInWords(expectation.parameters);
  return place === '' ? subject : `${subject} at ${place}`;
}

function comparisonInWords(expectation: ComparisonExpectation): string {
  const { metric, direction, better, than, application } = expectation;
  const label = metricNamed(metric).label;
  const measured = application === null ? label : `${label} of ${printable(application)}`;
  return `${measured}: ${printable(better)} ${SIGNS[direction]} ${printable(than)}${toleranceInWords(expectation)}`;
}

function servedByInWords({ policy, variants, application, limitPercent }: ServedByExpectation): string {
  const answered = `answered by ${variants.map(printable).join(' or ')}`;
  const subject = application === null ? answered : `${printable(application)} ${answered}`;
  return `${subject}: ${printable(policy)} ${limitPercent === 100 ? '=' : '≥'} ${formatPlain(limitPercent)} %`;
}

function toleranceInWords({ metric, tolerance }: ComparisonExpectation): string {
  if (tolerance === null) return '';
  const isPercent = differenceUnit(metric) === 'points';
  if (!isPercent) return ` within ${formatPlain(tolerance * 100)} %`;
  return ` within ${formatPlain(tolerance)} ${tolerance === 1 ? 'point' : 'points'}`;
}

/** Why some rows have no ratio or no interval, each reason once, with how many rows it concerns. */
export function remarksOf(expectations: readonly ExpectationResult[]): string[] {
  const counts = new Map<string, number>();
  for (const { remark } of expectations) if (remark !== '') counts.set(remark, (counts.get(remark) ?? 0) + 1);
  return [...counts].map(
    ([remark, count]) => `${printable(remark)} (${countedOf(count, expectations.length, 'expectation')})`,
  );
}

/** What the numbers found are, for the head of their column. */
export function foundHead(expectations: readonly ExpectationResult[]): string {
  const kinds = new Set(expectations.map(({ kind }) => kind));
  if (kinds.size > 1) return 'found';
  return kinds.has('served-by') ? 'share' : 'advantage';
}

/**
 * The parts of the number found: an advantage, "9.12× [8.90, 9.35]", where there is none the difference, "−3.2 points
 * [−3.5, −2.9]", or a share, "97.1 % [96.8, 97.4]".
 */
export function foundText(expectation: ExpectationResult): FoundText {
  if (expectation.kind === 'served-by') return shareText(expectation.sharePercent);
  return expectation.ratio === null ? differenceParts(expectation) : ratioText(expectation.ratio);
}

export interface FoundText {
  readonly mean: string;
  /** '' where there is none, or both ends would read like the mean. */
  readonly range: string;
}

/** Of the mean: ends closer than this differ by rounding only. */
const NO_WIDTH = 1e-9;

/** The parts of "9.12× [8.90, 9.35]"; a dash where there is no ratio. */
export function ratioText(ratio: AdvantageRatio | null): FoundText {
  if (ratio === null) return { mean: NOTHING, range: '' };
  const { mean, low, high } = ratio;
  if (low === null || high === null) return { mean: `${threeDigits(mean)}×`, range: '' };
  const decimals = decimalsOf(mean, (high - low) / 2);
  // The low end of a wide interval is far below what the digits of its mean show.
  const from = formatEnd(low, low < mean / 2 ? digitsOf(low) : decimals, 'low');
  const range = high - low < NO_WIDTH * mean ? '' : `[${from}, ${formatEnd(high, decimals, 'high')}]`;
  return { mean: `${formatNumber(mean, decimals)}×`, range };
}

/** A ratio without an interval, "8.5×"; a dash where there is none. */
export function timesText(ratio: number | null): string {
  return ratio === null
    ? NOTHING
    : `${threeDigits(ratio)
        .replace(/(\.\d*?)0+$/, '$1')
        .replace(/\.$/, '')}×`;
}

/** "−3.2 points [−3.5, −2.9]", `better` minus `than`. */
export function differenceText(expectation: ComparisonExpectation): string {
  const { mean, range } = differenceParts(expectation);
  return range === '' ? mean : `${mean} ${range}`;
}

function differenceParts({ difference, metric }: ComparisonExpectation): FoundText {
  if (difference.mean === null) return { mean: NOTHING, range: '' };
  const { range } = formatInterval(difference);
  return { mean: `${formatSigned(difference)} ${differenceUnit(metric)}`, range: range ?? '' };
}

/** Why the same difference may be a verdict above and not here: at which confidence each is judged; '' without intervals. */
export function confidenceLine(result: ExperimentResult): string {
  const own = result.expectations
    // Whether nobody else answered is no matter of an interval.
    .filter((each) => each.kind === 'comparison' || each.limitPercent < 100)
    .map((each) => (each.kind === 'comparison' ? each.difference : each.sharePercent))
    .find(({ halfWidth }) => halfWidth !== null);
  if (own === undefined) return '';
  const above = totalsOf(result).find(({ difference }) => difference.halfWidth !== null)?.difference.confidence;
  const opening = `Each is judged by its own ${formatConfidence(own.confidence)} interval`;
  if (above === undefined || above === own.confidence) return `${opening}.`;
  return `${opening}; verdicts against the baseline take ${formatConfidence(above)}, to hold together for all policies.`;
}

/** What the numbers are and when an outcome counts. */
export function expectationBasis({ expectations }: ExperimentResult): string {
  const comparisons = expectations.filter((each) => each.kind === 'comparison');
  const shares = expectations.filter((each) => each.kind === 'served-by');
  return [
    ...(comparisons.length === 0 ? [] : comparisonBasis(comparisons)),
    ...(shares.length === 0 ? [] : shareBasis(shares)),
  ].join(' ');
}

function comparisonBasis(comparisons: readonly ComparisonExpectation[]): string[] {
  const intervals = comparisons.filter(({ difference }) => difference.halfWidth !== null);
  if (intervals.length === 0) return ['Without intervals no comparison is decided.'];
  const [{ confidence, method }] = intervals.map(({ difference }) => difference);
  const pairs = method === 'replications' ? 'replications under the same seed' : 'equal parts of the run';
  const equals = comparisons.some(({ direction }) => direction === 'equal');
  return [
    `Advantage: geometric mean of the ratio over ${pairs}, with its ${formatConfidence(confidence)} Student-t interval;`,
    'above 1 the first policy is ahead.',
    'Held: the interval of the paired difference lies on the expected side of 0.',
    ...(equals ? ['For ≈: the interval of the ratio, or of the difference in points, lies within the tolerance.'] : []),
    'Each is judged by itself; intervals are not widened for the others.',
  ];
}

function shareBasis(shares: readonly ServedByExpectation[]): string[] {
  const single = shares.every(({ sharePercent }) => sharePercent.samples <= 1);
  if (single) return ['Share: of the answered requests, of one run; without an interval it decides 100 % only.'];
  const [{ sharePercent }] = shares;
  return [
    `Share: of the answered requests, mean over replications with its ${formatConfidence(sharePercent.confidence)}`,
    'Student-t interval. Held: the interval lies at or above the limit; not held: below it. Of 100 %: held when nobody',
    'else answered in any replication, not held when somebody did.',
  ];
}

function threeDigits(value: number): string {
  return formatNumber(value, digitsOf(value));
}

/** Decimals that make three significant digits. */
function digitsOf(value: number): number {
  return Math.max(0, decimalsOf(value, null) - 1);
}
