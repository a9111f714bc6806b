/** The closed forms against values worked out by hand, and against each other. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { erlangC, md1, mg1, mm1, mm1TimeInSystemQuantile, mmc } from './closed-forms.ts';

const CHECK = { seed: 20_261_120, numRuns: 100 };

describe('M/M/1', () => {
  test('at four fifths load a customer waits four services and five are in the system, one of them in service', () => {
    const queue = mm1({ arrivalRate: 0.8, serviceRate: 1 });
    expect(queue.utilisation).toBe(0.8);
    expect(queue.meanWait).toBeCloseTo(4, 12);
    expect(queue.meanTimeInSystem).toBeCloseTo(5, 12);
    expect(queue.meanNumberInSystem).toBeCloseTo(4, 12);
    expect(queue.meanNumberWaiting).toBeCloseTo(3.2, 12);
  });

  test('the time in system is exponential: its median is ln 2 means and its p99 is ln 100 means', () => {
    const queue = { arrivalRate: 30, serviceRate: 50 };
    expect(mm1TimeInSystemQuantile(queue, 0)).toBeCloseTo(0, 15);
    expect(mm1TimeInSystemQuantile(queue, 0.5)).toBeCloseTo(Math.LN2 / 20, 12);
    expect(mm1TimeInSystemQuantile(queue, 0.99)).toBeCloseTo(Math.log(100) / 20, 12);
  });

  test('a saturated queue has no long-run mean and says so', () => {
    expect(() => mm1({ arrivalRate: 1, serviceRate: 1 })).toThrow('utilisation inside 0-1, found 1');
    expect(() => mm1TimeInSystemQuantile({ arrivalRate: 0.5, serviceRate: 1 }, 1)).toThrow('quantile is in 0-1');
  });
});

describe('M/M/c', () => {
  test('two servers at half load: every third customer waits, a third of a service on average', () => {
    const queue = mmc({ arrivalRate: 1, serviceRate: 1, servers: 2 });
    expect(erlangC(2, 1)).toBeCloseTo(1 / 3, 12);
    expect(queue.meanWait).toBeCloseTo(1 / 3, 12);
    expect(queue.meanNumberInSystem).toBeCloseTo(4 / 3, 12);
  });

  test('three servers offered two erlangs: four customers in nine wait', () => {
    // B(3, 2) = (8/6) / (1 + 2 + 2 + 8/6) = 4/19, so C = (4/19) / (1 - 2/3 * 15/19) = 4/9.
    expect(erlangC(3, 2)).toBeCloseTo(4 / 9, 12);
  });

  test('one server is M/M/1', () => {
    const single = mmc({ arrivalRate: 0.7, serviceRate: 1.1, servers: 1 });
    expect(single.meanTimeInSystem).toBeCloseTo(mm1({ arrivalRate: 0.7, serviceRate: 1.1 }).meanTimeInSystem, 12);
  });

  test('a fraction of a server is refused', () => {
    expect(() => erlangC(1.5, 1)).toThrow('a whole number of servers, found 1.5');
  });
});

describe('M/G/1', () => {
  test('a constant service at four fifths load waits two services, half of what an exponential one does', () => {
    const queue = md1({ arrivalRate: 0.8, serviceTime: 1 });
    expect(queue.meanWait).toBeCloseTo(2, 12);
    expect(queue.meanTimeInSystem).toBeCloseTo(3, 12);
    expect(queue.meanNumberInSystem).toBeCloseTo(2.4, 12);
  });

  test('a service of 1 or 3 with equal chance at half load waits one and a quarter', () => {
    // E[S] = 2, Var[S] = 1, E[S^2] = 5, lambda = 1/4: W_q = (5/4) / (2 * 1/2).
    expect(mg1({ arrivalRate: 0.25, meanService: 2, serviceVariance: 1 }).meanWait).toBeCloseTo(1.25, 12);
  });

  test('with the variance of the exponential it is M/M/1', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        fc.double({ min: 0.1, max: 10, noNaN: true }),
        (rho, mu) => {
          const general = mg1({ arrivalRate: rho * mu, meanService: 1 / mu, serviceVariance: 1 / (mu * mu) });
          const markovian = mm1({ arrivalRate: rho * mu, serviceRate: mu });
          expect(general.meanWait / markovian.meanWait).toBeCloseTo(1, 9);
        },
      ),
      CHECK,
    );
  });

  test('a negative variance is refused', () => {
    expect(() => mg1({ arrivalRate: 0.5, meanService: 1, serviceVariance: -1 })).toThrow('a variance is at least 0');
  });
});
