/**
 * Quantiles of durations over the last seconds, for charts: 32 steps an octave, so within 2.2 %, and between the edges
 * of a step by rank, so that nobody reads the edges. Fixed memory: one histogram a second, and their sum, from which the
 * oldest is taken off again.
 */
import type { Nanos } from '../../core/index.ts';

const STEPS_PER_OCTAVE = 32;
/** 2^10 ns is a microsecond: nothing that is shown is shorter. */
const FIRST_OCTAVE = 10;
/** 2^41 ns are 37 minutes. */
const OCTAVES = 31;
const STEPS = OCTAVES * STEPS_PER_OCTAVE;

export class QuantileWindow {
  private readonly seconds: readonly Uint32Array[];
  private readonly sum = new Float64Array(STEPS);
  private count = 0;
  private at = 0;

  /** @param lengthS seconds that it spans, from 1. */
  constructor(lengthS: number) {
    this.seconds = Array.from({ length: lengthS }, () => new Uint32Array(STEPS));
  }

  add(duration: Nanos): void {
    const octaves = duration > 0 ? Math.log2(duration) - FIRST_OCTAVE : 0;
    const step = Math.min(STEPS - 1, Math.max(0, Math.floor(octaves * STEPS_PER_OCTAVE)));
    this.seconds[this.at][step] += 1;
    this.sum[step] += 1;
    this.count += 1;
  }

  /** The next second begins; the oldest is forgotten. */
  advance(): void {
    this.at = (this.at + 1) % this.seconds.length;
    const oldest = this.seconds[this.at];
    for (let step = 0; step < STEPS; step += 1) {
      this.sum[step] -= oldest[step];
      this.count -= oldest[step];
    }
    oldest.fill(0);
  }

  /** NaN when nothing was added. @param probability 0 to 1. */
  quantileNs(probability: number): Nanos {
    if (this.count === 0) return Number.NaN;
    const rank = Math.max(1, Math.ceil(probability * this.count));
    let seen = 0;
    let step = 0;
    while ((seen += this.sum[step]) < rank && step < STEPS - 1) step += 1;
    // As if those within the step lay evenly on the logarithmic scale.
    const here = this.sum[step];
    const share = (rank - (seen - here) - 0.5) / here;
    return 2 ** (FIRST_OCTAVE + (step + share) / STEPS_PER_OCTAVE);
  }
}
