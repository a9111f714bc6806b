/**
 * Numbers as JSON text. A 32-bit float is printed with the fewest digits that read back as the same 32-bit float, not
 * with those of the double it is held in: 0.1, not 0.10000000149011612.
 */

/** Powers of ten up to here are exact doubles, so that dividing an integer by one rounds once. */
const SCALES = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
const DIGITS_MAX = 9;
const EXACT_INTEGER_MAX = 1 << 24;
const SMALLEST_SCALED = 1e-5;

/** @param value a finite 32-bit float. */
export function float32Text(value: number): string {
  const size = Math.abs(value);
  if (Number.isInteger(value) && size <= EXACT_INTEGER_MAX) return float64Text(value);
  // Above the exact integers, digits before the point may go as well.
  if (size >= SMALLEST_SCALED && size <= EXACT_INTEGER_MAX) {
    const decimals = DIGITS_MAX - 1 - Math.floor(Math.log10(size));
    // From few decimals to many: the first that reads back is the shortest.
    for (let kept = Math.max(0, decimals - DIGITS_MAX + 1); kept <= decimals; kept += 1) {
      const rounded = Math.round(value * SCALES[kept]) / SCALES[kept];
      if (Math.fround(rounded) === value) return String(rounded);
    }
  }
  for (let digits = 1; digits < DIGITS_MAX; digits += 1) {
    const rounded = Number(value.toPrecision(digits));
    if (Math.fround(rounded) === value) return String(rounded);
  }
  // Nine digits tell all 32-bit floats apart (IEEE 754).
  return String(Number(value.toPrecision(DIGITS_MAX)));
}

/** @param value a finite double. */
export function float64Text(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}
