/** Student's t against published tables, against its elementary closed forms, and against quadrature. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { regularisedIncompleteBeta } from '../../../experiments/statistics/incomplete-beta.ts';
import { studentTCriticalValue, studentTTail } from '../../../experiments/statistics/student-t.ts';

const CHECK = { seed: 20_261_120, numRuns: 200 };

describe('the critical value', () => {
  // Two-sided, as printed in the usual tables (such as NIST/SEMATECH e-Handbook 1.3.6.7.2), to six decimals.
  test.each([
    [1, 6.313752, 12.706205, 63.656741],
    [2, 2.919986, 4.302653, 9.924843],
    [5, 2.015048, 2.570582, 4.032143],
    [9, 1.833113, 2.262157, 3.249836],
    [29, 1.699127, 2.04523, 2.756386],
    [100, 1.660234, 1.983972, 2.625891],
    [Infinity, 1.644854, 1.959964, 2.575829],
  ])('with %d degrees of freedom is the table value at 90, 95 and 99 %%', (df, at90, at95, at99) => {
    expect(Math.abs(studentTCriticalValue(0.9, df) - at90)).toBeLessThan(1e-6);
    expect(Math.abs(studentTCriticalValue(0.95, df) - at95)).toBeLessThan(1e-6);
    expect(Math.abs(studentTCriticalValue(0.99, df) - at99)).toBeLessThan(1e-6);
  });

  test('has the closed form tan(pi c / 2) with one degree of freedom and c sqrt(2 / (1 - c^2)) with two', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 1 - 1e-6, noNaN: true }), (c) => {
        expect(studentTCriticalValue(c, 1) / Math.tan((Math.PI * c) / 2)).toBeCloseTo(1, 6);
        expect(studentTCriticalValue(c, 2) / (c * Math.sqrt(2 / ((1 - c) * (1 + c))))).toBeCloseTo(1, 6);
      }),
      CHECK,
    );
  });

  test('agrees with quadrature of the density for fractional degrees of freedom', () => {
    for (const df of [1.5, 3.7, 18.25]) {
      for (const confidence of [0.5, 0.9, 0.99]) {
        const t = studentTCriticalValue(confidence, df);
        expect(Math.abs(coverageByQuadrature(t, df) - confidence)).toBeLessThan(1e-9);
      }
    }
  });

  test('falls as degrees of freedom grow and rises with the confidence', () => {
    const df = fc.double({ min: 1, max: 1e8, noNaN: true });
    const confidence = fc.double({ min: 0.01, max: 0.98, noNaN: true });
    fc.assert(
      fc.property(df, confidence, (d, c) => {
        const t = studentTCriticalValue(c, d);
        expect(studentTCriticalValue(c, d * 2)).toBeLessThanOrEqual(t + 1e-9);
        expect(studentTCriticalValue(c + 0.01, d)).toBeGreaterThan(t);
      }),
      { ...CHECK, numRuns: 50 },
    );
  });

  test('has no value at confidence 0 or 1, or below one degree of freedom', () => {
    expect(() => studentTCriticalValue(1, 5)).toThrow('confidence must be inside 0-1, found 1');
    expect(() => studentTCriticalValue(0, 5)).toThrow('confidence must be inside 0-1, found 0');
    expect(() => studentTCriticalValue(0.95, 0.5)).toThrow('at least 1 degree of freedom, found 0.5');
    expect(() => studentTCriticalValue(Number.NaN, 5)).toThrow('found NaN');
    expect(() => studentTCriticalValue(0.95, Number.NaN)).toThrow('found NaN');
  });
});

describe('the tail', () => {
  test('is everything at 0, nothing at infinity, and the same on both sides', () => {
    expect(studentTTail(0, 7)).toBe(1);
    expect(studentTTail(Infinity, 7)).toBe(0);
    expect(studentTTail(-2, 7)).toBe(studentTTail(2, 7));
    expect(() => studentTTail(Number.NaN, 7)).toThrow('not a number');
  });

  test('undoes the critical value', () => {
    expect(studentTTail(studentTCriticalValue(0.975, 4.5), 4.5)).toBeCloseTo(0.025, 10);
  });
});

describe('the incomplete beta function', () => {
  test('is x when both shapes are 1, and mirrors when the shapes change places', () => {
    expect(regularisedIncompleteBeta({ a: 1, b: 1, x: 0.3 })).toBeCloseTo(0.3, 12);
    const mirrored = 1 - regularisedIncompleteBeta({ a: 5, b: 2.5, x: 0.8 });
    expect(regularisedIncompleteBeta({ a: 2.5, b: 5, x: 0.2 })).toBeCloseTo(mirrored, 12);
  });

  test('is a binomial tail for whole shapes', () => {
    // P[Binomial(5, 0.4) >= 2] = 1 - 0.6^5 - 5 * 0.4 * 0.6^4.
    expect(regularisedIncompleteBeta({ a: 2, b: 4, x: 0.4 })).toBeCloseTo(1 - 0.07776 - 0.2592, 12);
  });

  test('refuses shapes and limits outside its domain', () => {
    expect(() => regularisedIncompleteBeta({ a: 0, b: 1, x: 0.5 })).toThrow('shapes must be above 0');
    expect(() => regularisedIncompleteBeta({ a: 1, b: 1, x: 1.5 })).toThrow('x must be in 0-1, found 1.5');
  });
});

/**
 * P(|T| <= t) without any special function: with t = sqrt(df) tan(u) the density becomes cos(u)^(df - 1), so the
 * answer is a ratio of two integrals, taken by Simpson's rule. The variable is bent (u = pi/2 sin(v)) so that the
 * integrand is smooth at pi/2 for fractional df too.
 */
function coverageByQuadrature(t: number, df: number): number {
  const integrand = (v: number): number => {
    const cosine = Math.cos((Math.PI / 2) * Math.sin(v));
    return cosine <= 0 ? 0 : Math.exp((df - 1) * Math.log(cosine)) * Math.cos(v);
  };
  const simpson = (to: number): number => {
    const steps = 20_000;
    let sum = integrand(0) + integrand(to);
    for (let i = 1; i < steps; i += 1) sum += (i % 2 === 1 ? 4 : 2) * integrand((to * i) / steps);
    return (sum * to) / (3 * steps);
  };
  const limit = Math.asin(Math.atan(t / Math.sqrt(df)) / (Math.PI / 2));
  return simpson(limit) / simpson(Math.PI / 2);
}
