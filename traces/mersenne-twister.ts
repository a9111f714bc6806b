/**
 * The 32-bit Mersenne Twister: M. Matsumoto and T. Nishimura, "Mersenne Twister: a 623-dimensionally equidistributed
 * uniform pseudo-random number generator", ACM TOMACS 8(1), 1998, with the initialisation of 2002, as C++ has it in
 * `std::mt19937`. It exists to draw what MLPerf LoadGen draws, bit for bit; everything else draws from core's streams.
 */
import { invariant } from '../core/index.ts';

/** Words of state, and how far apart two of them are combined. */
const SIZE = 624;
const SHIFT = 397;
const TWIST = 0x9908b0df;
const UPPER = 0x80000000;
const LOWER = 0x7fffffff;
const SEED_MULTIPLIER = 1812433253;
const WORDS = 4_294_967_296n;

export class MersenneTwister {
  private readonly state = new Uint32Array(SIZE);
  private position = SIZE;

  /** @param seed a whole number of 0 or more; what exceeds 32 bits is cut off, as LoadGen does with its seeds of 64. */
  constructor(seed: bigint) {
    invariant(seed >= 0n, `a seed of 0 or more, found ${seed}`);
    const { state } = this;
    state[0] = Number(seed % WORDS);
    for (let at = 1; at < SIZE; at += 1) {
      const before = state[at - 1] ^ (state[at - 1] >>> 30);
      state[at] = Math.imul(SEED_MULTIPLIER, before) + at;
    }
  }

  /** The next 32 uniform bits, as a number from 0 to 2^32 - 1. */
  word(): number {
    if (this.position === SIZE) this.twist();
    let bits = this.state[this.position];
    this.position += 1;
    bits ^= bits >>> 11;
    bits ^= (bits << 7) & 0x9d2c5680;
    bits ^= (bits << 15) & 0xefc60000;
    bits ^= bits >>> 18;
    return bits >>> 0;
  }

  private twist(): void {
    const { state } = this;
    for (let at = 0; at < SIZE; at += 1) {
      const joined = (state[at] & UPPER) | (state[(at + 1) % SIZE] & LOWER);
      state[at] = state[(at + SHIFT) % SIZE] ^ (joined >>> 1) ^ ((joined & 1) === 0 ? 0 : TWIST);
    }
    this.position = 0;
  }
}
