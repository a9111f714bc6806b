import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bench, refusalOf } from './fixtures.ts';

const SHOP = { application: 'shop', key: 'AK1' };
const OTHER = { application: 'other', key: 'AK2' };

describe('the limits of an application', () => {
  test('let its burst in at once, then its rate, and say when to come again', () => {
    const { gate, wait } = bench({ limits: { applications: { shop: { rps: 2, burst: 3 } } } });
    for (let times = 0; times < 3; times += 1) gate.enter(SHOP);
    const refusal = refusalOf(() => gate.enter(SHOP));
    expect(refusal).toMatchObject({ status: 429, reason: 'rate-limit', headers: { 'Retry-After': '1' } });
    expect(refusal?.message).toBe('this application may ask 2 queries a second');
    wait(500);
    gate.enter(SHOP);
    expect(refusalOf(() => gate.enter(SHOP))?.reason).toBe('rate-limit');
  });

  test('never let more in than burst and rate allow, whenever queries come', () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 200 });
    fc.assert(
      fc.property(gaps, fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 10 }), (waits, rps, burst) => {
        const { gate, wait } = bench({ mode: 'off', limits: { default: { rps, burst }, applications: {} } });
        let [entered, elapsedMs] = [0, 0];
        for (const gap of waits) {
          wait(gap);
          elapsedMs += gap;
          if (refusalOf(() => gate.enter(SHOP)) === undefined) entered += 1;
          expect(entered).toBeLessThanOrEqual(burst + (elapsedMs / 1000) * rps + 1e-6);
        }
      }),
      { numRuns: 30 },
    );
  });

  test('count what is open, and a query that leaves twice leaves once', () => {
    const { gate } = bench({ limits: { applications: { shop: { concurrency: 2 } } } });
    const leave = gate.enter(SHOP);
    gate.enter(SHOP);
    expect(refusalOf(() => gate.enter(SHOP))).toMatchObject({ status: 429, reason: 'concurrency-limit' });
    leave();
    leave();
    gate.enter(SHOP);
    expect(refusalOf(() => gate.enter(SHOP))?.message).toBe('this application has 2 queries open, as many as it may');
  });

  test('take no token for a query that finds too many open', () => {
    const { gate } = bench({ limits: { applications: { shop: { rps: 1, burst: 2, concurrency: 1 } } } });
    const leave = gate.enter(SHOP);
    expect(refusalOf(() => gate.enter(SHOP))?.reason).toBe('concurrency-limit');
    leave();
    expect(refusalOf(() => gate.enter(SHOP))).toBeUndefined();
  });

  test('are each application’s own, also the default ones', () => {
    const { gate } = bench({ limits: { default: { concurrency: 1 }, applications: { other: {} } } });
    gate.enter(SHOP);
    expect(refusalOf(() => gate.enter(SHOP))?.status).toBe(429);
    gate.enter({ application: 'third', key: '' });
    for (let times = 0; times < 10; times += 1) gate.enter(OTHER);
    expect(refusalOf(() => gate.enter({ application: 'constructor', key: '' }))).toBeUndefined();
  });
});
