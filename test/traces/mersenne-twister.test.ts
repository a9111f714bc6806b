import { describe, expect, test } from 'vitest';
import { MersenneTwister } from '../../traces/index.ts';

function words(seed: bigint, count: number): number[] {
  const twister = new MersenneTwister(seed);
  return Array.from({ length: count }, () => twister.word());
}

describe('the Mersenne Twister', () => {
  // The C++ standard, 26.6.6: the 10,000th word of a default-constructed std::mt19937, whose seed is 5489.
  test('gives the word that the C++ standard demands', () => {
    expect(words(5489n, 10_000).at(-1)).toBe(4_123_659_995);
  });

  test("gives LoadGen's words for its official seed, of which it takes 32 bits", () => {
    const expected = [3_245_365_415, 3_615_339_558, 1_380_029_910, 1_577_989_244];
    expect(words(16_159_082_839_903_944_936n, 4)).toEqual(expected);
    expect(words(2_023_080_168n, 4)).toEqual(expected);
  });

  test('has no negative seed', () => {
    expect(() => new MersenneTwister(-1n)).toThrow('a seed of 0 or more, found -1');
  });
});
