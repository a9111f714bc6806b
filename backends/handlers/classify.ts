/** From logits to classes. Ties go to the lower class, so that an answer does not depend on a sort's stability. */

/** Index of the greatest value; the first of equals, and 0 when nothing compares (NaN). */
export function argmax(values: ArrayLike<number>): number {
  let best = 0;
  for (let index = 1; index < values.length; index += 1) {
    if (values[index] > values[best]) best = index;
  }
  return best;
}

/**
 * Probabilities of logits: exp(x_i - max) / sum_j exp(x_j - max). Subtracting the greatest changes nothing
 * mathematically and keeps exp from overflowing.
 */
export function softmax(logits: ArrayLike<number>): Float64Array {
  const greatest = logits[argmax(logits)];
  const powers = Float64Array.from(logits, (logit) => Math.exp(logit - greatest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

/** Indexes of the `count` greatest values, greatest first. */
export function topIndexes(values: ArrayLike<number>, count: number): number[] {
  const indexes = Array.from(values, (_, index) => index);
  return indexes.sort((a, b) => values[b] - values[a] || a - b).slice(0, count);
}
