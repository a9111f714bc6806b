/**
 * The logarithmic scale that durations are counted on: 2^14 linear steps in each octave, so a step is at most
 * 6.1e-5 of its value wide and its midpoint at most 3.1e-5 away from any value in it. The step is read off the bits of
 * the value as a double: the exponent and the top 14 bits of the fraction. Coarser scales drop low bits of a step.
 */
import type { Nanos } from '../time.ts';

/** Steps per octave, as a power of two. */
export const STEP_BITS = 14;
/** Values from 1 ns to 2^53 ns, the longest time a run can reach. */
export const OCTAVES = 53;
export const STEPS = OCTAVES << STEP_BITS;

/** Step number of the value 1, before it is subtracted: the exponent bias of a double. */
const BIAS = 1023 << STEP_BITS;
const SHIFT = 20 - STEP_BITS;
const asDouble = new Float64Array(1);
const asWords = new Uint32Array(asDouble.buffer);
/** Which half of a double holds the exponent on this machine: 1 where bytes are little-endian. */
const HIGH_WORD = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0;

/** The step of a duration; everything below 1 ns is step 0. */
export function stepOf(value: Nanos): number {
  if (value < 1) return 0;
  asDouble[0] = value;
  const step = (asWords[HIGH_WORD] >>> SHIFT) - BIAS;
  return step < STEPS ? step : STEPS - 1;
}

/** The middle of a step, where `dropped` low bits of its number were dropped. */
export function midpointOf(step: number, dropped = 0): Nanos {
  return (lowerEdge(step << dropped) + lowerEdge((step + 1) << dropped)) / 2;
}

/** The smallest value of a step, where `dropped` low bits of its number were dropped. */
export function lowerEdgeOf(step: number, dropped: number): Nanos {
  return lowerEdge(step << dropped);
}

function lowerEdge(step: number): number {
  asWords[HIGH_WORD] = (step + BIAS) << SHIFT;
  asWords[1 - HIGH_WORD] = 0;
  return asDouble[0];
}
