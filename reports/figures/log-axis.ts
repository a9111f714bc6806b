/** When an axis is logarithmic, and which of its ticks are labelled. */

/** Ticks of a logarithmic axis; a linear one chooses its own. */
export interface LogAxis {
  readonly ticks: readonly number[];
}

/** The axis for values that are all positive and span more than two decades; null where a linear one serves better. */
export function logAxisOf(values: readonly number[], ticksMax: number): LogAxis | null {
  const [least, most] = [leastOf(values), mostOf(values)];
  return least > 0 && most / least > 100 ? { ticks: ticksWithin(least, most, ticksMax) } : null;
}

/** Ticks of an axis that is logarithmic whatever its span; null where round numbers are too few to name. */
export function logTicksOf(values: readonly number[], ticksMax: number): LogAxis | null {
  if (values.length === 0) return null;
  const ticks = ticksWithin(leastOf(values), mostOf(values), ticksMax);
  return ticks.length < 2 ? null : { ticks };
}

/** The part of an axis definition that names its ticks, if they are named. */
export function namedTicks(axis: LogAxis | null): { values?: number[] } {
  return axis === null ? {} : { values: [...axis.ticks] };
}

/** 1, 2 and 5 times the powers of ten if there is room for them, else powers of ten, every so many of them. */
function ticksWithin(least: number, most: number, ticksMax: number): number[] {
  const from = Math.floor(Math.log10(least));
  const exponents = Array.from({ length: Math.ceil(Math.log10(most)) - from + 1 }, (_, index) => from + index);
  const ticksOf = (digits: readonly number[]): number[] =>
    exponents
      // Parsed, because a computed power of ten may miss its last digit.
      .flatMap((exponent) => digits.map((digit) => Number(`${digit}e${exponent}`)))
      .filter((tick) => tick >= least && tick <= most);
  const fine = ticksOf([1, 2, 5]);
  if (fine.length <= ticksMax) return fine;
  const powers = ticksOf([1]);
  const step = Math.ceil(powers.length / ticksMax);
  return powers.filter((_, index) => index % step === 0);
}

/** Infinity of none; values may be too many for arguments. */
function leastOf(values: readonly number[]): number {
  return values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
}

/** 0 of none. */
function mostOf(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, value), 0);
}
