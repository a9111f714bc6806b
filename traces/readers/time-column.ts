/**
 * Times in text, read without losing a digit: seconds and nanoseconds are kept apart, since nanoseconds since 1970 do
 * not fit a double, and only the difference to a reference second becomes a number. More than nine decimals are
 * rounded once. The reference is the first time read, or 0 for formats with an origin of their own.
 */
import type { Nanos } from '../../core/index.ts';
import { NANOS_PER_SECOND } from '../../core/index.ts';
import type { TimeUnit } from '../trace-options.ts';

const DECIMALS_OF_UNIT = { s: 0, ms: 3, us: 6, ns: 9 } as const;
const DECIMAL = /^(\d*)\.?(\d*)$/;
const ISO = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,](\d+))?(?:Z|([+-])(\d\d):?(\d\d))?$/;
const NANO_DIGITS = 9;

export class TimeColumn {
  private readonly unit: TimeUnit;
  private readonly fixedOrigin: boolean;
  private originSeconds = Number.NaN;
  private seconds = 0;
  private nanos = 0;

  constructor(unit: TimeUnit, origin: 'first-row' | 'own') {
    this.unit = unit;
    this.fixedOrigin = origin === 'own';
  }

  /** Nanoseconds since the second of the reference; NaN if the text is no time or too far from it to be exact. */
  read(text: string): Nanos {
    if (!this.parse(text)) return Number.NaN;
    if (Number.isNaN(this.originSeconds)) this.originSeconds = this.fixedOrigin ? 0 : this.seconds;
    const atNs = (this.seconds - this.originSeconds) * NANOS_PER_SECOND + this.nanos;
    return Number.isSafeInteger(atNs) ? atNs : Number.NaN;
  }

  /** What the column should hold, for messages. */
  get expected(): string {
    return this.unit === 'iso8601'
      ? 'a time such as 2023-11-16 18:15:46.6805900 or 2023-11-16T18:15:46Z'
      : `a time in ${this.unit}, 0 or more and within 104 days of the first`;
  }

  private parse(text: string): boolean {
    return this.unit === 'iso8601' ? this.parseIso(text) : this.parseDecimal(text, DECIMALS_OF_UNIT[this.unit]);
  }

  private parseDecimal(text: string, decimalsOfUnit: number): boolean {
    const match = DECIMAL.exec(text);
    if (match === null) return this.parseExponent(text, decimalsOfUnit);
    const [, whole, fraction] = match;
    if (whole === '' && fraction === '') return false;
    // Dividing by a power of ten moves digits from one side of the point to the other.
    const split = Math.max(0, whole.length - decimalsOfUnit);
    this.seconds = Number(whole.slice(0, split));
    this.setNanos(whole.slice(split).padStart(decimalsOfUnit, '0') + fraction);
    return true;
  }

  /** Numbers such as 1.7e9 are doubles already; nothing more can be saved. */
  private parseExponent(text: string, decimalsOfUnit: number): boolean {
    if (!/^[\d.]+e[+-]?\d+$/i.test(text)) return false;
    const value = Number(`${text.toLowerCase().replace(/e.*/, '')}e${exponentOf(text) - decimalsOfUnit}`);
    if (!Number.isFinite(value)) return false;
    this.seconds = Math.floor(value);
    this.nanos = Math.round((value - this.seconds) * NANOS_PER_SECOND);
    return true;
  }

  private parseIso(text: string): boolean {
    const match = ISO.exec(text);
    if (match === null) return false;
    const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number);
    const date = Date.UTC(year, month - 1, day, hour, minute, second);
    // Date.UTC turns the 31st of April into the 1st of May; a trace that says so is wrong.
    const back = new Date(date);
    if (back.getUTCMonth() !== month - 1 || back.getUTCDate() !== day || back.getUTCHours() !== hour) return false;
    if (minute > 59 || second > 59) return false;
    const offset = (Number(match[9] ?? 0) * 60 + Number(match[10] ?? 0)) * 60;
    this.seconds = date / 1000 - (match[8] === '-' ? -offset : offset);
    this.setNanos(match[7] ?? '');
    return true;
  }

  private setNanos(digits: string): void {
    this.nanos = Number(digits.slice(0, NANO_DIGITS).padEnd(NANO_DIGITS, '0'));
    if (digits.length > NANO_DIGITS && digits.charCodeAt(NANO_DIGITS) >= '5'.charCodeAt(0)) this.nanos += 1;
  }
}

function exponentOf(text: string): number {
  return Number(text.toLowerCase().replace(/.*e/, ''));
}
