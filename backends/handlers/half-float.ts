/**
 * IEEE 754 binary16 by hand: Node 20 has no Float16Array. One sign bit, five of exponent (bias 15), ten of fraction;
 * rounding is to the nearest, ties to the even fraction.
 */

/** Smallest step of the format: 2^-24, the unit of its subnormal numbers. */
const STEP = 2 ** -24;

/** The number that 16 bits stand for. */
export function halfValue(bits: number): number {
  const sign = bits >= 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * STEP;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1024 + fraction) * STEP * 2 ** (exponent - 1);
}

/** The 16 bits that stand for a number; those of infinity when it is too large. */
export function halfBits(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  // Below 2^-14 all steps are equal; above, the step doubles with every power of two.
  const power = magnitude < 2 ** -14 ? -14 : Math.min(16, Math.floor(Math.log2(magnitude)));
  const steps = roundHalfEven(magnitude / 2 ** (power - 10));
  // A carry out of the fraction lands in the exponent, which is what it should do.
  const bits = power === -14 && steps < 1024 ? steps : (power + 14) * 1024 + steps;
  return sign | Math.min(bits, 0x7c00);
}

function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
