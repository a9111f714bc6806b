/**
 * Which samples queries carry: each begins at a sample drawn from all, with replacement, as LoadGen does in its
 * performance mode. The seed and the generator are LoadGen's; the draw is not bit-exact, since C++ leaves to each
 * library how `std::uniform_int_distribution` turns bits into a number.
 */
import type { Ordinal } from '../../../core/index.ts';
import { invariant } from '../../../core/index.ts';
import { MersenneTwister } from '../../../traces/index.ts';

/** Inputs to choose from: the bundled images are 2,000, and made-up inputs have no end. */
export const SAMPLES = 2000;

const WORDS = 4_294_967_296;

/**
 * The first sample of a query, by its ordinal: the same whenever it is asked.
 * @param samples how many there are to choose from, 1 to 2^32.
 */
export function sampleOrder(seed: string, samples: number): (ordinal: Ordinal) => number {
  invariant(samples >= 1 && samples <= WORDS, `1 to 2^32 samples, found ${samples}`);
  const twister = new MersenneTwister(BigInt(seed));
  const drawn: number[] = [];
  return (ordinal) => {
    while (drawn.length <= ordinal) drawn.push(Math.floor((twister.word() / WORDS) * samples));
    return drawn[ordinal];
  };
}
