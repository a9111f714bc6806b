import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NEVER, milliseconds, seconds } from '../../../../core/index.ts';
import { KindTraffic } from '../../../../core/policies/planning/kind-traffic.ts';
import { DemandEstimate, hasLeft, noiseOf } from '../../../../core/policies/proteus/demand.ts';
import { proactiveBatching } from '../../../../core/policies/proteus/proactive-batching.ts';
import { largestBatch } from '../../../../core/policies/proteus/problem.ts';
import { SmoothWeights } from '../../../../core/policies/proteus/smooth-weights.ts';
import { CPU, HOST, addMachine, addWorker, emptyWorld, open, smallCatalogue } from '../fixtures.ts';

describe('smooth weights', () => {
  test('spread a turn evenly: the example of nginx', () => {
    const weights = new SmoothWeights([5, 1, 1]);
    const turn = Array.from({ length: 7 }, () => weights.next(() => true));
    expect(turn).toEqual([0, 0, 1, 0, 2, 0, 0]);
  });

  test('give each its share of every whole turn', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 9 }), { minLength: 1, maxLength: 6 }), (shares) => {
        const weights = new SmoothWeights(shares);
        const counts = shares.map(() => 0);
        const turn = shares.reduce((sum, share) => sum + share, 0);
        for (let i = 0; i < turn; i += 1) counts[weights.next(() => true)] += 1;
        expect(counts).toEqual(shares);
      }),
    );
  });

  test('pass over what is not allowed and has no weight, and find nothing where nothing is left', () => {
    const weights = new SmoothWeights([0, 2, 1]);
    expect(weights.next((position) => position !== 1)).toBe(2);
    expect(weights.next((position) => position === 0)).toBe(-1);
  });
});

describe('the demand', () => {
  test('is the first rate, then its exponential mean', () => {
    const world = emptyWorld();
    const traffic = new KindTraffic(world.requests, seconds(30));
    const demand = new DemandEstimate(traffic, 0.5);
    for (let i = 0; i < 10; i += 1) traffic.note(open(world, { inputs: 2 }));
    demand.look(seconds(2));
    expect(demand.current()).toEqual([10]);
    for (let i = 0; i < 4; i += 1) traffic.note(open(world, { inputs: 1 }));
    demand.look(seconds(3));
    expect(demand.current()).toEqual([7]);
  });

  test('dies away to none, not to the smallest of numbers', () => {
    const world = emptyWorld();
    const traffic = new KindTraffic(world.requests, seconds(30));
    const demand = new DemandEstimate(traffic, 0.3);
    for (let i = 0; i < 60; i += 1) traffic.note(open(world, { inputs: 1 }));
    const rates = Array.from({ length: 60 }, (_, at) => {
      demand.look(seconds(at + 1));
      return demand.current()[0];
    });
    expect(Math.min(...rates.filter((rate) => rate > 0))).toBeGreaterThanOrEqual(1e-3);
    expect(rates.at(-1)).toBe(0);
  });

  test('has left the plan beyond the threshold, up or down, and not at it', () => {
    expect(hasLeft([130], [100], { threshold: 0.3, noise: 0 })).toBe(false);
    expect(hasLeft([130.1], [100], { threshold: 0.3, noise: 0 })).toBe(true);
    expect(hasLeft([69.9], [100], { threshold: 0.3, noise: 0 })).toBe(true);
    expect(hasLeft([100, 1], [100], { threshold: 0.3, noise: 0 })).toBe(true);
  });
});

describe('noise', () => {
  test('is three standard deviations of the mean of a Poisson stream', () => {
    expect(noiseOf(1, seconds(1))).toBeCloseTo(3, 12);
    expect(noiseOf(0.4, seconds(4))).toBeCloseTo(0.75, 12);
  });

  test('keeps a plan for a few inputs a second, not one for many, and not one without the kind', () => {
    const tolerance = { threshold: 0.3, noise: 1.5 };
    expect([0.5, 3.5].map((rate) => hasLeft([rate], [2], tolerance))).toEqual([false, false]);
    expect(hasLeft([4.2], [2], tolerance)).toBe(true);
    expect([129, 131].map((rate) => hasLeft([rate], [100], tolerance))).toEqual([false, true]);
    expect(hasLeft([0.1], [0], tolerance)).toBe(true);
  });
});

describe('the planned batch', () => {
  test('is the largest that executes within the budget', () => {
    // resnet-cpu: 10 ms + 20 ms an input, at most 8.
    const latency = smallCatalogue().latency[CPU];
    expect(largestBatch(latency, 8, milliseconds(70))).toBe(3);
    expect(largestBatch(latency, 8, milliseconds(70) - 1)).toBe(2);
    expect(largestBatch(latency, 8, milliseconds(30) - 1)).toBe(0);
    expect(largestBatch(latency, 8, NEVER)).toBe(8);
  });
});

describe('proactive batching', () => {
  const batching = (objectiveMs: number, marginMs = 0): ReturnType<typeof proactiveBatching> => {
    const world = emptyWorld();
    addMachine(world, HOST);
    addWorker(world, { variant: CPU });
    return proactiveBatching({
      catalogue: world.catalogue,
      fleet: world.fleet,
      marginNs: milliseconds(marginMs),
      batchOf: () => 4,
      objectiveNsOf: () => (objectiveMs === 0 ? NEVER : milliseconds(objectiveMs)),
    });
  };

  test('waits while the first could still meet its objective in a batch of one more', () => {
    // Two queued: a batch of three takes 70 ms, so the first, here since 5 ms, can wait until 200 + 5 - 70.
    expect(batching(200).startAt(0, 2, milliseconds(5), milliseconds(6))).toBe(milliseconds(135));
    expect(batching(200, 10).startAt(0, 2, milliseconds(5), milliseconds(6))).toBe(milliseconds(125));
  });

  test('starts a full batch, and what has no objective, at once', () => {
    expect(batching(200).startAt(0, 4, 0, 7)).toBe(7);
    expect(batching(0).startAt(0, 1, 0, 7)).toBe(7);
  });

  test('starts when one more would be too late already', () => {
    expect(batching(60).startAt(0, 2, 0, 7)).toBeLessThanOrEqual(7);
  });
});
