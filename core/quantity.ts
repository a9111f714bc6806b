/**
 * Quantities as people write them in YAML, "5 ms", "512 MB", "500/s", "99.5 %", "20 kJ", "0.5 USD": parsed into the units used
 * inside, and written back. It reads no files and throws nothing: a parser answers with the value or with what
 * it expected, and the caller knows the place. A number without a unit is no quantity
 * here; that a config takes 99 for "99 %" is its schema's doing.
 */
import type { Bytes, Percent } from './catalogue/variant.ts';
import type { Nanos } from './time.ts';
import { NANOS_PER_MICROSECOND, NANOS_PER_MILLISECOND, NANOS_PER_SECOND, NEVER } from './time.ts';

/** A parsed quantity, or a phrase that completes "expected ...". */
export type Parsed<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly expected: string };

type Units = ReadonlyMap<string, number>;

const DURATION_UNITS: Units = new Map([
  ['ns', 1],
  ['us', NANOS_PER_MICROSECOND],
  // Two code points look like µ: the micro sign of keyboards and the Greek letter.
  ['\u00B5s', NANOS_PER_MICROSECOND],
  ['\u03BCs', NANOS_PER_MICROSECOND],
  ['ms', NANOS_PER_MILLISECOND],
  ['s', NANOS_PER_SECOND],
  ['min', 60 * NANOS_PER_SECOND],
  ['h', 3600 * NANOS_PER_SECOND],
  ['d', 86_400 * NANOS_PER_SECOND],
]);

const BYTE_UNITS: Units = new Map([
  ['B', 1],
  ['kB', 1e3],
  ['KB', 1e3],
  ['MB', 1e6],
  ['GB', 1e9],
  ['TB', 1e12],
  ['KiB', 1024],
  ['MiB', 1_048_576],
  ['GiB', 1_073_741_824],
  ['TiB', 1_099_511_627_776],
]);

const ENERGY_UNITS: Units = new Map([
  ['J', 1],
  ['kJ', 1e3],
  ['MJ', 1e6],
  ['Wh', 3600],
  ['kWh', 3.6e6],
]);

const MONEY_UNITS: Units = new Map([['USD', 1]]);
const PRICE_UNITS: Units = new Map([['USD/h', 1]]);

/** Seconds in the units a rate may be per. */
const RATE_UNITS: Units = new Map([
  ['/s', 1],
  ['/min', 60],
  ['/h', 3600],
]);

const EXPECTED_DURATION = 'a duration with its unit, such as "5 ms" (ns, us, ms, s, min, h or d)';
const EXPECTED_BYTES = 'an amount of memory with its unit, such as "512 MB" (B, KB, MB, GB, TB; KiB, MiB, GiB, TiB)';
const EXPECTED_RATE = 'a rate with its unit, such as "500/s" (/s, /min or /h)';
const EXPECTED_ENERGY = 'an energy with its unit, such as "20 kJ" (J, kJ, MJ, Wh or kWh)';
const EXPECTED_MONEY = 'an amount of money with its unit, such as "0.5 USD"';
const EXPECTED_PRICE = 'a price with its unit, such as "2 USD/h"';
const EXPECTED_PERCENT = 'a percentage from 0 to 100 with its sign, such as "99.5 %"';

/**
 * A duration, rounded to whole nanoseconds. Units: ns, us (or µs), ms, s, min, h, d.
 *
 * @example parseDuration('1.5 ms') // { ok: true, value: 1_500_000 }
 */
export function parseDuration(text: unknown): Parsed<Nanos> {
  const value = Math.round(scaled(text, DURATION_UNITS));
  return value >= 0 && value < NEVER ? { ok: true, value } : { ok: false, expected: EXPECTED_DURATION };
}

/**
 * An amount of memory, rounded to whole bytes. KB, MB, GB, TB are powers of 1000, KiB to TiB powers of 1024.
 *
 * @example parseBytes('46.7 MB') // { ok: true, value: 46_700_000 }
 */
export function parseBytes(text: unknown): Parsed<Bytes> {
  const value = Math.round(scaled(text, BYTE_UNITS));
  return value >= 0 && value <= Number.MAX_SAFE_INTEGER ? { ok: true, value } : { ok: false, expected: EXPECTED_BYTES };
}

/**
 * A rate, in events per second.
 *
 * @example parseRate('30/min') // { ok: true, value: 0.5 }
 */
export function parseRate(text: unknown): Parsed<number> {
  const parts = split(text);
  const seconds = RATE_UNITS.get(parts.unit.replace(/^\/\s+/, '/'));
  const rateRps = seconds === undefined ? Number.NaN : parts.amount / seconds;
  return rateRps >= 0 && rateRps < Number.POSITIVE_INFINITY
    ? { ok: true, value: rateRps }
    : { ok: false, expected: EXPECTED_RATE };
}

/**
 * A percentage from 0 to 100, in percent.
 *
 * @example parsePercent('99.5 %') // { ok: true, value: 99.5 }
 */
export function parsePercent(text: unknown): Parsed<Percent> {
  const { amount, unit } = split(text);
  return unit === '%' && amount >= 0 && amount <= 100
    ? { ok: true, value: amount }
    : { ok: false, expected: EXPECTED_PERCENT };
}

/**
 * An energy, in joules.
 *
 * @example parseEnergy('2 Wh') // { ok: true, value: 7200 }
 */
export function parseEnergy(text: unknown): Parsed<number> {
  return finite(scaled(text, ENERGY_UNITS), EXPECTED_ENERGY);
}

/**
 * An amount of money, in USD.
 *
 * @example parseMoney('0.5 USD') // { ok: true, value: 0.5 }
 */
export function parseMoney(text: unknown): Parsed<number> {
  return finite(scaled(text, MONEY_UNITS), EXPECTED_MONEY);
}

/**
 * A price by time, in USD per hour.
 *
 * @example parsePricePerHour('2 USD/h') // { ok: true, value: 2 }
 */
export function parsePricePerHour(text: unknown): Parsed<number> {
  return finite(scaled(text, PRICE_UNITS), EXPECTED_PRICE);
}

/**
 * A duration as `parseDuration` reads it, in the largest fitting unit and with every digit: parsing it gives the
 * same nanoseconds. Whole minutes and hours are written as such; `NEVER` is "never".
 *
 * @example formatDuration(1_500_000) // '1.5 ms'
 */
export function formatDuration(durationNs: Nanos): string {
  if (durationNs === NEVER) return 'never';
  const size = Math.abs(durationNs);
  if (size >= 3600 * NANOS_PER_SECOND && size % (3600 * NANOS_PER_SECOND) === 0) {
    return `${durationNs / (3600 * NANOS_PER_SECOND)} h`;
  }
  if (size >= 60 * NANOS_PER_SECOND && size % (60 * NANOS_PER_SECOND) === 0) {
    return `${durationNs / (60 * NANOS_PER_SECOND)} min`;
  }
  if (size >= NANOS_PER_SECOND) return `${durationNs / NANOS_PER_SECOND} s`;
  if (size >= NANOS_PER_MILLISECOND) return `${durationNs / NANOS_PER_MILLISECOND} ms`;
  if (size >= NANOS_PER_MICROSECOND) return `${durationNs / NANOS_PER_MICROSECOND} us`;
  return `${durationNs} ns`;
}

/**
 * An amount of memory as `parseBytes` reads it, in the largest fitting power of 1000 and with every digit.
 *
 * @example formatBytes(46_700_000) // '46.7 MB'
 */
export function formatBytes(bytes: Bytes): string {
  if (bytes >= 1e12) return `${bytes / 1e12} TB`;
  if (bytes >= 1e9) return `${bytes / 1e9} GB`;
  if (bytes >= 1e6) return `${bytes / 1e6} MB`;
  if (bytes >= 1e3) return `${bytes / 1e3} KB`;
  return `${bytes} B`;
}

function finite(value: number, expected: string): Parsed<number> {
  return value >= 0 && value < Number.POSITIVE_INFINITY ? { ok: true, value } : { ok: false, expected };
}

/** The amount in the base unit, or NaN when the text is no amount with one of the units. */
function scaled(text: unknown, units: Units): number {
  const { amount, unit } = split(text);
  return amount * (units.get(unit) ?? Number.NaN);
}

/** An amount and what follows it; the amount is NaN when the text does not begin with one. */
function split(text: unknown): { readonly amount: number; readonly unit: string } {
  const match =
    typeof text === 'string' ? /^\s*(\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)\s*(\S.*?)?\s*$/.exec(text) : null;
  return match === null ? { amount: Number.NaN, unit: '' } : { amount: Number(match[1]), unit: match[2] ?? '' };
}
