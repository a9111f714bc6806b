/**
 * Smooth weighted round robin (nginx, ngx_http_upstream_round_robin): every choice adds each weight to its counter,
 * takes the highest counter and lowers it by the sum. Choices follow the weights exactly over a turn and are spread
 * evenly within it, without a random draw.
 */
export class SmoothWeights {
  private readonly weights: readonly number[];
  private readonly counters: Float64Array;

  /** @param weights not negative. */
  constructor(weights: readonly number[]) {
    this.weights = weights;
    this.counters = new Float64Array(weights.length);
  }

  /** The next position among those allowed that have weight, or -1; equal counters go to the lowest. */
  next(isAllowed: (position: number) => boolean): number {
    let best = -1;
    let sum = 0;
    for (let position = 0; position < this.weights.length; position += 1) {
      if (this.weights[position] === 0 || !isAllowed(position)) continue;
      sum += this.weights[position];
      this.counters[position] += this.weights[position];
      if (best < 0 || this.counters[position] > this.counters[best]) best = position;
    }
    if (best >= 0) this.counters[best] -= sum;
    return best;
  }
}
