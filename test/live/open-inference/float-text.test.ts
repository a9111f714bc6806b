// Numbers as text: the fewest digits that read back as the same number.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { float32Text, float64Text } from '../../../live/open-inference/float-text.ts';

const float32s = fc.float({ noDefaultInfinity: true, noNaN: true });

function significantDigits(text: string): number {
  return text.replace(/^-/, '').replace(/e.*$/, '').replace('.', '').replace(/^0+/, '').replace(/0+$/, '').length;
}

describe('32-bit floats', () => {
  test.each([
    [0.1, '0.1'],
    [16777216, '16777216'],
    [1.17549435e-38, '1.1754944e-38'],
    [3.4028234663852886e38, '3.4028235e+38'],
    [1.401298464324817e-45, '1e-45'],
    [-0, '-0'],
    [123456.789, '123456.79'],
    [1e-5, '0.00001'],
    [999999999, '1000000000'],
  ])('%d is %s', (value, text) => {
    expect(float32Text(Math.fround(value))).toBe(text);
  });

  test('read back as themselves', () => {
    fc.assert(
      fc.property(float32s, (value) => {
        expect(Math.fround(Number(float32Text(value)))).toBe(value);
      }),
      { numRuns: 2000 },
    );
  });

  test('have no digit more than they need', () => {
    fc.assert(
      fc.property(float32s, (value) => {
        if (value === 0) return;
        let needed = 1;
        while (Math.fround(Number(value.toPrecision(needed))) !== value) needed += 1;
        expect(significantDigits(float32Text(value))).toBeLessThanOrEqual(needed);
      }),
      { numRuns: 2000 },
    );
  });
});

test('doubles read back as themselves, the negative zero too', () => {
  fc.assert(
    fc.property(fc.double({ noDefaultInfinity: true, noNaN: true }), (value) => {
      expect(JSON.parse(float64Text(value))).toBe(value);
    }),
  );
});
