/** The draws of a stream: frozen, in range, and with the moments of the laws they are named after. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { mean, sampleSkewness, sampleVariance } from 'simple-statistics';
import { describe, expect, test } from 'vitest';
import { Stream } from '../../../core/index.ts';

const CHECK = { seed: 20_260_301, numRuns: 100 };
const DRAWS = 200_000;

const KINDS: Readonly<Record<string, (stream: Stream) => number | boolean>> = {
  bits: (stream) => stream.bits(),
  unit: (stream) => stream.unit(),
  int: (stream) => stream.int(1000),
  chance: (stream) => stream.chance(0.3),
  exponential: (stream) => stream.exponential(1000),
  normal: (stream) => stream.normal(),
  lognormal: (stream) => stream.lognormal(1, 0.5),
  'gamma above one': (stream) => stream.gamma(2.5, 4),
  'gamma below one': (stream) => stream.gamma(0.4, 4),
  weibull: (stream) => stream.weibull(1.7, 10),
};

function draws(count: number, seed: string, draw: (stream: Stream) => number): number[] {
  const stream = new Stream(seed);
  return Array.from({ length: count }, () => draw(stream));
}

describe('frozen draws', () => {
  test.each(Object.entries(KINDS))('the first twenty draws of %s stay what they are', (_name, draw) => {
    const stream = new Stream('frozen');
    expect(Array.from({ length: 20 }, () => draw(stream))).toMatchSnapshot();
  });

  test('ten thousand draws of every kind stay what they are', () => {
    const hash = createHash('sha256');
    for (const draw of Object.values(KINDS)) {
      const stream = new Stream('frozen at length');
      for (let i = 0; i < 10_000; i += 1) hash.update(String(draw(stream)));
    }
    expect(hash.digest('hex')).toMatchSnapshot();
  });
});

describe('every seed', () => {
  test('gives the same draws twice and others under another seed', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, two) => {
        fc.pre(one !== two);
        const bits = (stream: Stream): number => stream.bits();
        expect(draws(8, one, bits)).toEqual(draws(8, one, bits));
        expect(draws(8, one, bits)).not.toEqual(draws(8, two, bits));
      }),
      CHECK,
    );
  });

  test('keeps unit in [0, 1) and int in [0, bound)', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 4_294_967_296 }), (seed, bound) => {
        const stream = new Stream(seed);
        for (let i = 0; i < 100; i += 1) {
          const unit = stream.unit();
          expect(unit >= 0 && unit < 1).toBe(true);
          const int = stream.int(bound);
          expect(Number.isInteger(int) && int >= 0 && int < bound).toBe(true);
        }
      }),
      CHECK,
    );
  });

  test('keeps positive laws finite and at least 0', () => {
    fc.assert(
      fc.property(fc.string(), fc.double({ min: 0.05, max: 20, noNaN: true }), (seed, shape) => {
        const stream = new Stream(seed);
        for (let i = 0; i < 50; i += 1) {
          for (const value of [stream.exponential(5), stream.gamma(shape, 2), stream.weibull(shape, 2)]) {
            expect(Number.isFinite(value) && value >= 0).toBe(true);
          }
        }
      }),
      CHECK,
    );
  });
});

describe('uniform draws', () => {
  test('fill every tenth of the unit interval alike', () => {
    const counts = new Float64Array(10);
    for (const unit of draws(DRAWS, 'tenths', (stream) => stream.unit())) counts[Math.floor(unit * 10)] += 1;
    const expected = DRAWS / 10;
    const chiSquare = counts.reduce((sum, count) => sum + ((count - expected) * (count - expected)) / expected, 0);
    // The 99.9 % point of chi-square with 9 degrees of freedom.
    expect(chiSquare).toBeLessThan(27.88);
  });

  test('use all 53 bits: the low ones are not constant', () => {
    const low = new Set(draws(1000, 'low bits', (stream) => (stream.unit() * 9_007_199_254_740_992) % 1024));
    expect(low.size).toBeGreaterThan(600);
  });

  test('of neighbouring streams are not correlated', () => {
    const one = draws(DRAWS, 'worker-1', (stream) => stream.unit() - 0.5);
    const two = draws(DRAWS, 'worker-2', (stream) => stream.unit() - 0.5);
    const correlation = (12 / DRAWS) * one.reduce((sum, value, index) => sum + value * two[index], 0);
    // Four standard errors of a correlation of 0.
    expect(Math.abs(correlation)).toBeLessThan(4 / Math.sqrt(DRAWS));
  });
});

/** Mean and variance by theory; a fixed seed must come within five standard errors of the mean. */
const MOMENTS: readonly { name: string; draw: (stream: Stream) => number; mean: number; variance: number }[] = [
  { name: 'unit', draw: (stream) => stream.unit(), mean: 1 / 2, variance: 1 / 12 },
  { name: 'exponential(3)', draw: (stream) => stream.exponential(3), mean: 3, variance: 9 },
  { name: 'normal', draw: (stream) => stream.normal(), mean: 0, variance: 1 },
  {
    name: 'lognormal(0, 0.5)',
    draw: (stream) => stream.lognormal(0, 0.5),
    mean: Math.exp(0.125),
    variance: (Math.exp(0.25) - 1) * Math.exp(0.25),
  },
  { name: 'gamma(2.5, 2)', draw: (stream) => stream.gamma(2.5, 2), mean: 5, variance: 10 },
  { name: 'gamma(0.4, 2)', draw: (stream) => stream.gamma(0.4, 2), mean: 0.8, variance: 1.6 },
  // Gamma(1.5) = sqrt(pi) / 2 and Gamma(2) = 1 give the Weibull of shape 2 its moments.
  {
    name: 'weibull(2, 1)',
    draw: (stream) => stream.weibull(2, 1),
    mean: Math.sqrt(Math.PI) / 2,
    variance: 1 - Math.PI / 4,
  },
  { name: 'weibull(1, 3), an exponential', draw: (stream) => stream.weibull(1, 3), mean: 3, variance: 9 },
  { name: 'chance(0.3)', draw: (stream) => (stream.chance(0.3) ? 1 : 0), mean: 0.3, variance: 0.21 },
];

describe('moments', () => {
  test.each(MOMENTS)('$name has its mean and variance', ({ name, draw, mean: expected, variance }) => {
    const values = draws(DRAWS, `moments/${name}`, draw);
    expect(Math.abs(mean(values) - expected)).toBeLessThan(5 * Math.sqrt(variance / DRAWS));
    expect(sampleVariance(values) / variance).toBeGreaterThan(0.95);
    expect(sampleVariance(values) / variance).toBeLessThan(1.05);
  });

  test('the exponential has the tail of an exponential', () => {
    const values = draws(DRAWS, 'tail', (stream) => stream.exponential(1));
    const beyond = values.filter((value) => value > 5).length / DRAWS;
    expect(beyond).toBeCloseTo(Math.exp(-5), 3);
    expect(Math.abs(sampleSkewness(values) - 2)).toBeLessThan(0.1);
  });

  test('a normal draw and the spare that follows it are not correlated', () => {
    const stream = new Stream('pairs');
    let sum = 0;
    for (let i = 0; i < DRAWS / 2; i += 1) sum += stream.normal() * stream.normal();
    expect(Math.abs(sum / (DRAWS / 2))).toBeLessThan(4 / Math.sqrt(DRAWS / 2));
  });
});

describe('impossible arguments', () => {
  test.each([
    ['a bound below 1', (stream: Stream) => stream.int(0), 'int(0): the bound must be at least 1'],
    ['a shape of 0', (stream: Stream) => stream.gamma(0, 1), 'gamma(0, 1): shape and scale must be positive'],
    ['a negative scale', (stream: Stream) => stream.weibull(1, -2), 'weibull(1, -2): shape and scale must be positive'],
  ])('%s stops the run', (_name, draw, message) => {
    expect(() => draw(new Stream('x'))).toThrow(message);
  });
});
