import { describe, expect, test } from 'vitest';
import { NEVER, RandomStreams, milliseconds, seconds } from '../../core/index.ts';
import { generatedWorkload } from '../../traces/index.ts';
import type { PopularitySpec, QuerySpec } from '../../traces/index.ts';
import { popularityWeights } from '../../traces/popularity.ts';
import { arrivalsOf, drain, EXAMPLES, query, workloadSpec } from './workload-specs.ts';

const QUERIES: readonly QuerySpec[] = [
  query('a', { inputs: { draw: 'uniform', minimum: 1, maximum: 4 } }),
  query('b', { latency: { draw: 'exponential', meanNs: milliseconds(50) } }),
  query('c', { accuracyPercent: { draw: 'choice', values: [70, 80], weights: [1, 3] } }),
];
const SPEC = workloadSpec(EXAMPLES.poisson, {
  queries: QUERIES,
  popularity: { law: 'zipf', exponent: 1 },
  durationNs: seconds(500),
});

describe('a generated workload', () => {
  test('offers one object again and again', () => {
    const workload = generatedWorkload(SPEC, new RandomStreams('seed'));
    const first = workload.next;
    workload.advance();
    expect(workload.next).toBe(first);
    expect(workload.kinds).toEqual(QUERIES.map(({ kind }) => kind));
  });

  test('ends at its duration and stays ended', () => {
    const workload = generatedWorkload(workloadSpec({ process: 'constant', rateRps: 2 }), new RandomStreams('seed'));
    expect(drain(workload).map(({ atNs }) => atNs / 1e9)).toEqual(Array.from({ length: 20 }, (_, n) => n / 2));
    workload.advance();
    expect(workload.next.atNs).toBe(NEVER);
  });

  test('ends at its limit', () => {
    expect(arrivalsOf({ ...SPEC, limit: 7 })).toEqual(arrivalsOf(SPEC).slice(0, 7));
  });

  test('other popularity or objectives leave the times as they are', () => {
    const times = arrivalsOf(SPEC).map(({ atNs }) => atNs);
    const other = arrivalsOf({ ...SPEC, popularity: { law: 'uniform' }, queries: QUERIES.toReversed() });
    expect(other.map(({ atNs }) => atNs)).toEqual(times);
  });

  test('other objectives of one query leave those of the others as they are', () => {
    const objectives = (spec: typeof SPEC) =>
      arrivalsOf(spec).map(({ kind, latencyNs, accuracyPercent }) => ({ kind, latencyNs, accuracyPercent }));
    const queries = [query('a', { inputs: { draw: 'fixed', value: 2 } }), ...QUERIES.slice(1)];
    expect(objectives({ ...SPEC, queries })).toEqual(objectives(SPEC));
  });

  test('other arrivals leave what the n-th query asks for as it is', () => {
    const asked = (spec: typeof SPEC) => arrivalsOf(spec).map(({ kind, inputs }) => `${kind} ${inputs}`);
    const slower = asked({ ...SPEC, arrivals: { process: 'constant', rateRps: 3 } });
    expect(slower).toEqual(asked(SPEC).slice(0, slower.length));
  });

  test('two workloads with names of their own draw apart', () => {
    const times = (seedName: string) => arrivalsOf({ ...SPEC, seedName }).map(({ atNs }) => atNs);
    expect(times('left')).not.toEqual(times('right'));
    expect(times('left')).toEqual(times('left'));
  });

  test('fixed objectives open no stream', () => {
    const streams = new RandomStreams('seed');
    drain(generatedWorkload(workloadSpec({ process: 'poisson', rateRps: 10 }), streams));
    const alone = new RandomStreams('seed');
    const arrivals = alone.stream('arrivals');
    for (let at = 0; at < seconds(10);) at += Math.round(arrivals.exponential(seconds(0.1)));
    expect(streams.unseed()).toBe(alone.unseed());
  });

  test('refuses a specification with everything that is wrong with it', () => {
    const bad = workloadSpec({ process: 'gamma', rateRps: -1, cv: 0 }, { queries: [] });
    expect(() => generatedWorkload(bad, new RandomStreams('seed'))).toThrow(
      /queries: .*\narrivals\.rateRps: .*found -1; expected a rate of 0 to 1e9.*\narrivals\.cv: .*0\.01 to 100/,
    );
  });
});

describe('popularity', () => {
  const laws: PopularitySpec[] = [
    { law: 'uniform' },
    { law: 'weights', weights: [5, 0, 1] },
    { law: 'zipf', exponent: 1.2 },
  ];

  test.each(laws)('queries are asked as often as $law says', (popularity) => {
    const counts = [0, 0, 0];
    const arrivals = arrivalsOf({ ...SPEC, popularity });
    for (const { kind } of arrivals) counts[kind] += 1;
    const weights = popularityWeights(popularity, 3);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    for (const [kind, weight] of weights.entries()) {
      expect(Math.abs(counts[kind] / arrivals.length - weight / total)).toBeLessThan(0.01);
    }
  });

  test('zipf weights are one over the rank to the exponent', () => {
    const weights = popularityWeights({ law: 'zipf', exponent: 2 }, 4);
    expect(weights.map((weight) => Math.round(1 / weight))).toEqual([1, 4, 9, 16]);
    expect(popularityWeights({ law: 'zipf', exponent: 0 }, 3)).toEqual([1, 1, 1]);
  });

  test('a thousand queries of very unequal weight keep their shares', () => {
    const queries = Array.from({ length: 1000 }, (_, index) => query(`q${index}`));
    const arrivals = arrivalsOf({ ...SPEC, queries, popularity: { law: 'zipf', exponent: 1 } });
    const harmonic = queries.reduce((sum, _, index) => sum + 1 / (index + 1), 0);
    const firsts = arrivals.filter(({ kind }) => kind === 0).length;
    expect(Math.abs(firsts / arrivals.length - 1 / harmonic)).toBeLessThan(0.01);
    expect(Math.max(...arrivals.map(({ kind }) => kind))).toBeGreaterThan(900);
  });
});

describe('objectives', () => {
  const drawn = (parts: Partial<QuerySpec>) => arrivalsOf({ ...SPEC, queries: [query('a', parts)] });
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

  test('inputs are drawn uniformly, both ends included', () => {
    const inputs = drawn({ inputs: { draw: 'uniform', minimum: 2, maximum: 5 } }).map((arrival) => arrival.inputs);
    expect([...new Set(inputs)].sort((left, right) => left - right)).toEqual([2, 3, 4, 5]);
    expect(mean(inputs)).toBeCloseTo(3.5, 1);
  });

  test('choices keep to their weights', () => {
    const accuracyPercent = { draw: 'choice', values: [70, 90], weights: [1, 3] } as const;
    expect(mean(drawn({ accuracyPercent }).map((arrival) => arrival.accuracyPercent))).toBeCloseTo(85, 0);
  });

  test('a query without a latency objective has none', () => {
    expect(drawn({ latency: { draw: 'none' } })[0]?.latencyNs).toBe(NEVER);
  });

  test.each([
    { draw: 'exponential', meanNs: milliseconds(40) },
    { draw: 'lognormal', meanNs: milliseconds(40), cv: 0.5 },
    { draw: 'uniform', minimumNs: milliseconds(10), maximumNs: milliseconds(70) },
  ] as const)('$draw latencies have their mean and are whole nanoseconds', (latency) => {
    const latencies = drawn({ latency }).map((arrival) => arrival.latencyNs);
    expect(latencies.every((value) => Number.isSafeInteger(value) && value >= 1)).toBe(true);
    expect(Math.abs(mean(latencies) / milliseconds(40) - 1)).toBeLessThan(0.02);
  });

  test('no latency objective is below the minimum', () => {
    const latency = { draw: 'exponential', meanNs: milliseconds(40), minimumNs: milliseconds(20) } as const;
    expect(Math.min(...drawn({ latency }).map((arrival) => arrival.latencyNs))).toBe(milliseconds(20));
  });
});
