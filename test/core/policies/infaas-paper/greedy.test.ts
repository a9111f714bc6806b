import { describe, expect, test } from 'vitest';
import { grow, greedyPlan, shrinkSteps } from '../../../../core/policies/infaas-paper/greedy.ts';
import type { Growth, Step } from '../../../../core/policies/infaas-paper/greedy.ts';
import {
  isFeasible,
  objectiveOf,
  roomBeside,
  runningPlan,
} from '../../../../core/policies/infaas-paper/scaling-problem.ts';
import type { ScalingProblem } from '../../../../core/policies/infaas-paper/scaling-problem.ts';
import { problemOf } from './problems.ts';

function grown(problem: ScalingProblem): Growth | undefined {
  const plan = runningPlan(problem);
  return grow(problem.architectures[0], plan[0], roomBeside(problem, plan), problem);
}

function shrunk(problem: ScalingProblem): Step[] {
  const plan = runningPlan(problem);
  return shrinkSteps(problem.architectures[0], plan[0], roomBeside(problem, plan), problem);
}

describe('an architecture in danger', () => {
  test.each([
    [99.9, undefined],
    [100, undefined],
    [100.1, [2]],
  ])('at a load of %d/s and a throughput of 105/s has instances %j', (load, counts) => {
    expect(grown(problemOf(load, [{ throughputRps: 105, running: 1 }]))?.counts).toEqual(counts);
  });

  test('replicates as often as the load needs', () => {
    // 1.05 * 280 = 294.
    expect(grown(problemOf(280, [{ running: 1 }]))?.counts).toEqual([3]);
    expect(grown(problemOf(290, [{ running: 1 }]))?.counts).toEqual([4]);
  });

  test('replicates where that costs less than an upgrade', () => {
    // One more at 1 against one at 3 for the one there.
    expect(grown(problemOf(150, [{ running: 1 }, { throughputRps: 400, costUsd: 3 }]))).toMatchObject({
      counts: [2, 0],
      cost: 1,
      shrinks: -1,
    });
  });

  test('upgrades where that costs less than replicas', () => {
    // Four more at 1 each against one at 3 less the one there.
    expect(grown(problemOf(450, [{ running: 1 }, { throughputRps: 500, costUsd: 3 }]))).toMatchObject({
      counts: [0, 1],
      cost: 2,
      grows: 1,
      shrinks: 0,
    });
  });

  test('counts the time to load by lambda', () => {
    // Replicas: 2 * (1 + 0.1 * 1) = 2.2. Upgrade: 3 * (1 + 0.1 * T) - 1, which is 2.2 at T = 2/3 s.
    const load = (loadS: number): readonly number[] | undefined =>
      grown(
        problemOf(280, [
          { running: 1, loadS: 1 },
          { throughputRps: 500, costUsd: 3, loadS },
        ]),
      )?.counts;
    expect([load(0.6), load(0.7)]).toEqual([
      [0, 1],
      [3, 0],
    ]);
  });

  test('does not upgrade to a variant that misses the objectives or has no higher throughput', () => {
    const choices = [{ running: 1 }, { throughputRps: 0, costUsd: 0.1 }, { throughputRps: 100, costUsd: 0.1 }];
    expect(grown(problemOf(150, choices))?.counts).toEqual([2, 0, 0]);
  });

  test('begins with the cheapest variant that serves the load when none runs', () => {
    const choices = [{ costUsd: 5 }, { throughputRps: 40, costUsd: 1 }, { throughputRps: 1000, costUsd: 6 }];
    expect(grown(problemOf(35, choices))?.counts).toEqual([0, 1, 0]);
    expect(grown(problemOf(300, choices))?.counts).toEqual([0, 0, 1]);
  });

  test('replaces what runs and misses the objectives', () => {
    expect(grown(problemOf(50, [{ running: 2, throughputRps: 0 }, {}]))?.counts).toEqual([0, 1]);
  });

  test('takes the dearer way where the cheaper one finds no room beside what runs', () => {
    // 4 cores: one is taken, the upgrade wants 4 beside it.
    const choices = [{ running: 1 }, { throughputRps: 500, costUsd: 3, cores: 4 }];
    expect(grown(problemOf(280, choices, { cores: 4 }))).toMatchObject({ counts: [3, 0], short: false });
    expect(grown(problemOf(350, choices, { cores: 5 }))).toMatchObject({ counts: [0, 1], short: false });
  });

  test('goes as far as the room does and says that it is short', () => {
    expect(grown(problemOf(900, [{ running: 1 }], { cores: 4 }))).toMatchObject({ counts: [4], short: true });
  });

  test('leaves an architecture alone that no variant can serve', () => {
    expect(grown(problemOf(50, [{ throughputRps: 0 }]))).toBeUndefined();
  });
});

describe('an architecture with more than it needs', () => {
  test.each([
    [100, [[1]]],
    [100.1, []],
  ])('at a load of %d/s may go from 2 instances of 105/s to %j', (load, counts) => {
    const steps = shrunk(problemOf(load, [{ throughputRps: 105, running: 2 }]));
    expect(steps.map((step) => step.counts)).toEqual(counts);
  });

  test('may give up its last instance without a load', () => {
    expect(shrunk(problemOf(0, [{ running: 1 }])).map(({ counts }) => counts)).toEqual([[0]]);
  });

  test('downgrades where the smaller variant costs less', () => {
    const choices = [{ throughputRps: 500, costUsd: 3, running: 1 }, { costUsd: 1 }];
    expect(shrunk(problemOf(95, choices)).map(({ counts, cost }) => [counts, cost])).toEqual([[[0, 1], -2]]);
    // Two of the smaller cost 2, three as much as the one there.
    expect(shrunk(problemOf(190, choices)).map(({ counts }) => counts)).toEqual([[0, 2]]);
    expect(shrunk(problemOf(280, choices))).toEqual([]);
  });

  test('keeps the instances that queries for the very variant need', () => {
    expect(shrunk(problemOf(0, [{ running: 2, least: 2 }]))).toEqual([]);
    expect(shrunk(problemOf(0, [{ running: 3, least: 2 }])).map(({ counts }) => counts)).toEqual([[2]]);
  });

  test('gives up what misses the objectives', () => {
    expect(
      shrunk(problemOf(95, [{ running: 1, throughputRps: 0 }, { running: 1 }])).map(({ counts }) => counts),
    ).toEqual([[0, 1]]);
  });
});

describe('the heuristic to its end', () => {
  test('serves every load and gives up everything that is spare', () => {
    const problem = problemOf(450, [{ running: 7 }, { throughputRps: 500, costUsd: 3 }]);
    const plan = greedyPlan(problem);
    // One after the other is given up; that one upgrade would save more is seen by no single step.
    expect([plan, isFeasible(problem, plan)]).toEqual([[[5, 0]], true]);
    expect(objectiveOf(problem, plan)).toBe(-2);
  });
});
