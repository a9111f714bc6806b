/**
 * One random stream: sfc32 (Chris Doty-Humphrey's small fast counting generator, from PractRand, public
 * domain), seeded with 96 bits drawn by `seedrandom` from a string. The string does the mixing, so streams
 * of similar names are unrelated; sfc32 does the bulk draws, at a few nanoseconds each.
 *
 * Draws are a frozen part of every result: `test/core/random` holds the first draws of each kind.
 */
import seedrandom from 'seedrandom';
import { invariant } from '../errors.ts';

const TWO_POW_MINUS_53 = 1 / 9_007_199_254_740_992;

export class Stream {
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;
  private spareNormal = Number.NaN;

  /** @param seed any text; the same text gives the same draws on every machine. */
  constructor(seed: string) {
    const words = seedrandom(seed);
    this.a = words.int32();
    this.b = words.int32();
    this.c = words.int32();
    // The author's advice: twelve rounds let every state bit reach every output bit.
    for (let round = 0; round < 12; round += 1) this.bits();
  }

  /** 32 uniform bits as a signed integer. */
  bits(): number {
    const result = (((this.a + this.b) | 0) + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = ((this.c << 21) | (this.c >>> 11)) + result;
    this.c |= 0;
    return result;
  }

  /** Uniform in [0, 1), with 53 bits. */
  unit(): number {
    const high = this.bits() >>> 6;
    const low = this.bits() >>> 5;
    return (high * 134_217_728 + low) * TWO_POW_MINUS_53;
  }

  /** Uniform integer in [0, bound). @param bound at least 1, at most 2^32. */
  int(bound: number): number {
    invariant(bound >= 1, `int(${bound}): the bound must be at least 1`);
    return Math.floor(this.unit() * bound);
  }

  /** True with the given probability. */
  chance(probability: number): boolean {
    return this.unit() < probability;
  }

  /** Exponential with the given mean, in the unit of the mean. */
  exponential(mean: number): number {
    return -mean * Math.log1p(-this.unit());
  }

  /** Standard normal, by Marsaglia's polar method; the second value of a pair is kept for the next call. */
  normal(): number {
    if (!Number.isNaN(this.spareNormal)) {
      const spare = this.spareNormal;
      this.spareNormal = Number.NaN;
      return spare;
    }
    for (;;) {
      const x = 2 * this.unit() - 1;
      const y = 2 * this.unit() - 1;
      const square = x * x + y * y;
      if (square > 0 && square < 1) {
        const scale = Math.sqrt((-2 * Math.log(square)) / square);
        this.spareNormal = y * scale;
        return x * scale;
      }
    }
  }

  /** Lognormal: `exp(mu + sigma * normal)`. */
  lognormal(mu: number, sigma: number): number {
    return Math.exp(mu + sigma * this.normal());
  }

  /**
   * Gamma with the given shape and scale (mean `shape * scale`), by Marsaglia and Tsang, "A simple method for
   * generating gamma variables", ACM TOMS 26(3), 2000; shapes below one by their boost `U^(1/shape)`.
   */
  gamma(shape: number, scale: number): number {
    invariant(shape > 0 && scale > 0, `gamma(${shape}, ${scale}): shape and scale must be positive`);
    if (shape < 1) {
      const boost = Math.exp(Math.log1p(-this.unit()) / shape);
      return this.gamma(shape + 1, scale) * boost;
    }
    const d = shape - 1 / 3;
    const c = 1 / Math.sqrt(9 * d);
    for (;;) {
      const x = this.normal();
      const root = 1 + c * x;
      if (root <= 0) continue;
      const v = root * root * root;
      if (Math.log1p(-this.unit()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v * scale;
    }
  }

  /** Weibull with the given shape and scale, by inversion. */
  weibull(shape: number, scale: number): number {
    invariant(shape > 0 && scale > 0, `weibull(${shape}, ${scale}): shape and scale must be positive`);
    const exponential = -Math.log1p(-this.unit());
    return exponential === 0 ? 0 : scale * Math.exp(Math.log(exponential) / shape);
  }
}
