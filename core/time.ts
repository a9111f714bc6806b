/**
 * Time is an integer count of nanoseconds since the start of a run, held in a JavaScript number.
 * Numbers are exact up to 2^53 ns, about 104 days of simulated time. Every sampled delay is rounded
 * once, where it is drawn; after that times are only added, subtracted and compared.
 */

/** Integer nanoseconds. A flavoured number: plain arithmetic works, other units do not fit in by accident. */
export type Nanos = number & { readonly unit?: 'ns' };

/** An instant that never comes: the time of a timer nobody set. Larger than any time a run can reach. */
export const NEVER: Nanos = Number.MAX_SAFE_INTEGER;

export const NANOS_PER_MICROSECOND = 1_000;
export const NANOS_PER_MILLISECOND = 1_000_000;
export const NANOS_PER_SECOND = 1_000_000_000;

/** Nanoseconds of a duration in seconds, rounded to the nearest integer. */
export function seconds(value: number): Nanos {
  return Math.round(value * NANOS_PER_SECOND);
}

/** Nanoseconds of a duration in milliseconds, rounded to the nearest integer. */
export function milliseconds(value: number): Nanos {
  return Math.round(value * NANOS_PER_MILLISECOND);
}

/** Milliseconds, for people and result files. */
export function toMilliseconds(value: Nanos): number {
  return value / NANOS_PER_MILLISECOND;
}

/** Seconds, for people and result files. */
export function toSeconds(value: Nanos): number {
  return value / NANOS_PER_SECOND;
}
