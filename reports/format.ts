/**
 * Numbers and names as people read them: as many digits as the interval supports, units, grouped thousands, and
 * text without characters that would steer a terminal or break a document. It knows nothing of HTML.
 * Invariant: the same value is written the same way in every report and on every machine; no locale is asked.
 */
import { metricNamed } from '../core/index.ts';
import type { IntervalResult, MetricName } from '../core/index.ts';

const DECIMALS_MAX = 6;
/** Significant digits of a value whose error nobody knows. */
const DIGITS_WITHOUT_INTERVAL = 4;
/** Significant digits of a half-width; the value gets the same decimals. */
const DIGITS_OF_HALF_WIDTH = 2;
/** What stands for a number that does not exist. */
export const NOTHING = '–';

/** Decimals for a value known to within a half-width; null when nobody knows how well it is known. */
export function decimalsOf(value: number, halfWidth: number | null): number {
  const byValue = decimalsForDigits(value, DIGITS_WITHOUT_INTERVAL);
  if (halfWidth === null || halfWidth === 0) return byValue;
  // A half-width of 1e-9 would ask for digits that nobody reads.
  const byHalfWidth = decimalsForDigits(halfWidth, DIGITS_OF_HALF_WIDTH);
  const most = value === 0 ? DECIMALS_MAX : Math.min(DECIMALS_MAX, byValue + 1);
  return halfWidth < 0.5 / 10 ** most ? byValue : Math.min(byHalfWidth, most);
}

/** A number with the given decimals, thousands grouped by commas, and a true minus sign. */
export function formatNumber(value: number, decimals: number): string {
  const [whole, fraction] = Math.abs(value).toFixed(decimals).split('.');
  const grouped = whole.length > 15 ? whole : whole.replace(/\B(?=(\d{3})+$)/g, ',');
  const digits = fraction === undefined ? grouped : `${grouped}.${fraction}`;
  return value < 0 && /[1-9]/.test(digits) ? `−${digits}` : digits;
}

/** A number on its own, with four significant digits. */
export function formatValue(value: number | null): string {
  return value === null ? NOTHING : formatNumber(value, decimalsOf(value, null));
}

/** The same without trailing zeros, for values that were chosen or counted rather than measured. */
export function formatPlain(value: number | null): string {
  return formatValue(value)
    .replace(/(\.\d*?)0+$/, '$1')
    .replace(/\.$/, '');
}

/** A count with grouped thousands. */
export function formatCount(value: number): string {
  return formatNumber(value, 0);
}

/** The end of an interval, rounded away from its mean: what is shown never promises more than was found. */
export function formatEnd(value: number, decimals: number, end: 'low' | 'high'): string {
  const step = 10 ** decimals;
  const steps = value * step;
  const nearest = Math.round(steps);
  // What is a whole number of steps but for the rounding of the product stays one.
  const isWhole = Math.abs(steps - nearest) <= 1e-9 * Math.max(1, Math.abs(steps));
  return formatNumber((isWhole ? nearest : end === 'low' ? Math.floor(steps) : Math.ceil(steps)) / step, decimals);
}

/** The parts of an interval with consistent decimals; null where there is no interval. */
export interface IntervalText {
  readonly mean: string;
  readonly halfWidth: string | null;
  /** "[96.8, 97.4]"; null also where both ends would read like the mean. */
  readonly range: string | null;
}

export function formatInterval({ mean, halfWidth, low, high }: IntervalResult): IntervalText {
  if (mean === null) return { mean: NOTHING, halfWidth: null, range: null };
  const decimals = decimalsOf(mean, halfWidth);
  const written = (value: number): string => formatNumber(value, decimals);
  const isWide = halfWidth !== null && /[1-9]/.test(written(halfWidth));
  return {
    mean: written(mean),
    halfWidth: halfWidth === null ? null : isWide ? written(halfWidth) : '0',
    range:
      isWide && low !== null && high !== null
        ? `[${formatEnd(low, decimals, 'low')}, ${formatEnd(high, decimals, 'high')}]`
        : null,
  };
}

/** A value and how far it can be trusted. */
export interface MeasuredText {
  readonly mean: string;
  /** "± 0.3", or "[0, 764]" where the half-width would lead to values that cannot be; '' without an interval. */
  readonly spread: string;
}

/** @param unit of the metric, which says what it can be: percentages end at 100, and nothing measured is below 0. */
export function measuredText(interval: IntervalResult, unit: string): MeasuredText {
  const { mean, halfWidth, range } = formatInterval(interval);
  if (halfWidth === null) return { mean, spread: '' };
  const cut = possible(interval, unit);
  if (range === null || (cut.low === interval.low && cut.high === interval.high)) {
    return { mean, spread: `± ${halfWidth}` };
  }
  return { mean, spread: formatInterval(cut).range ?? `± ${halfWidth}` };
}

/** "97.1 ± 0.3", "22 [0, 764]", or the mean alone. */
export function formatMeasured(interval: IntervalResult, unit: string): string {
  const { mean, spread } = measuredText(interval, unit);
  return spread === '' ? mean : `${mean} ${spread}`;
}

/** Where a Student-t interval reaches beyond what the metric can be, its ends are told as far as they make sense. */
export function possible(interval: IntervalResult, unit: string): IntervalResult {
  const { low, high } = interval;
  const most = unit === '%' ? 100 : Number.POSITIVE_INFINITY;
  return {
    ...interval,
    low: low === null ? null : Math.max(0, low),
    high: high === null ? null : Math.min(most, high),
  };
}

/** "97.1 % [96.8, 97.4]", for sentences. */
export function formatWithUnit(interval: IntervalResult, name: MetricName): string {
  const { mean, range } = formatInterval(possible(interval, metricNamed(name).unit));
  if (interval.mean === null) return 'no value';
  return `${mean} ${metricNamed(name).unit}${range === null ? '' : ` ${range}`}`;
}

/**
 * "+3.2": a difference always shows its direction.
 *
 * @param beside - the value it stands beside, whose decimals it does not exceed
 */
export function formatSigned({ mean, halfWidth }: IntervalResult, beside?: IntervalResult): string {
  if (mean === null) return NOTHING;
  const most = beside === undefined || beside.mean === null ? DECIMALS_MAX : decimalsOf(beside.mean, beside.halfWidth);
  const text = formatNumber(mean, Math.min(decimalsOf(mean, halfWidth), most));
  return mean > 0 && /[1-9]/.test(text) ? `+${text}` : text;
}

/** The unit of a difference: percentages differ by points, not by percent. */
export function differenceUnit(name: MetricName): string {
  const { unit } = metricNamed(name);
  return unit === '%' ? 'points' : unit;
}

/** A confidence such as 0.95 as "95 %", 0.98333 as "98.33 %". */
export function formatConfidence(confidence: number): string {
  return `${Number((confidence * 100).toPrecision(4))} %`;
}

/** A length of time in words a person reads at a glance. */
export function formatSeconds(durationS: number): string {
  if (durationS >= 7200) return `${formatPlain(durationS / 3600)} h`;
  if (durationS >= 600) return `${formatPlain(durationS / 60)} min`;
  return `${formatPlain(durationS)} s`;
}

/** An ISO 8601 time to the minute, "2026-02-11 09:30 UTC"; anything else as it is. */
export function formatInstant(text: string): string {
  const match = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})[\d:.]*Z$/.exec(text);
  return match === null ? text : `${match[1]} ${match[2]} UTC`;
}

/** "a, b and c". */
export function listInWords(words: readonly string[]): string {
  if (words.length <= 1) return words.join('');
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

/**
 * Text without control characters and direction marks: a name out of a config or a trace may not move a terminal's
 * cursor, reorder what stands beside it, or make an SVG ill-formed.
 */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, '\uFFFD');
}

/** Control characters, lone surrogates, direction overrides and isolates, and the two code points XML forbids. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\u200E\u200F\u202A-\u202E\u2066-\u2069\uFFFE\uFFFF]/gu;

/** A text of at most so many characters; what is left out is its middle, for names often differ at their ends. */
export function shortened(text: string, lengthMax: number): string {
  const characters = Array.from(text);
  if (characters.length <= lengthMax) return text;
  const tail = Math.floor((lengthMax - 1) / 3);
  return `${characters.slice(0, lengthMax - 1 - tail).join('')}…${characters.slice(-tail).join('')}`;
}

function decimalsForDigits(value: number, digits: number): number {
  if (value === 0 || !Number.isFinite(value)) return 0;
  const magnitude = Math.floor(Math.log10(Math.abs(value)));
  return Math.min(DECIMALS_MAX, Math.max(0, digits - 1 - magnitude));
}
