import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { argmax, softmax, topIndexes } from '../../../backends/handlers/index.ts';

const logits = fc.array(fc.float({ min: -1e4, max: 1e4, noNaN: true }), { minLength: 1, maxLength: 20 });

describe('classes from logits', () => {
  test('probabilities add up to one, also of huge logits', () => {
    fc.assert(
      fc.property(logits, (values) => {
        const sum = softmax(values).reduce((total, value) => total + value, 0);
        expect(sum).toBeCloseTo(1, 12);
      }),
    );
    expect([...softmax([1000, 1000])]).toEqual([0.5, 0.5]);
  });

  test('known probabilities: logits ln 1, ln 2, ln 5 give 1/8, 2/8, 5/8', () => {
    const [a, b, c] = softmax([0, Math.log(2), Math.log(5)]);
    expect([a, b, c].map((value) => Number(value.toFixed(12)))).toEqual([0.125, 0.25, 0.625]);
  });

  test('the first of the top classes is the argmax, and none is greater than the one before', () => {
    fc.assert(
      fc.property(logits, (values) => {
        const top = topIndexes(values, 3);
        expect(top[0]).toBe(argmax(values));
        expect(top.every((index, rank) => rank === 0 || values[index] <= values[top[rank - 1]])).toBe(true);
        expect(new Set(top).size).toBe(Math.min(3, values.length));
      }),
    );
  });

  test('of equal logits the lower class wins', () => {
    expect(argmax([1, 3, 3])).toBe(1);
    expect(topIndexes([3, 1, 3], 2)).toEqual([0, 2]);
  });
});
