/** When an axis is logarithmic, and which of its ticks are labelled. */

/** Ticks of a logarithmic axis; a linear one chooses its own. */
export interface LogAxis {
  readonly ticks: readonly number[];
}

/** The axis for values that are all positive and span more than two decades; null where a linear one serves better. */
export function logAxisOf(values: readonly number[], ticksMax: number): LogAxis | null {
  let least = Number.POSITIVE_INFINITY;
  let most = 0;
  for (const value of values) {
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  return least > 0 && most / least > 100 ? { ticks: ticksWithin(least, most, ticksMax) } : null;
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
