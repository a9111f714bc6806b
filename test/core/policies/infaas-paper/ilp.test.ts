import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadSolver } from '../../../../backends/index.ts';
import { greedyPlan } from '../../../../core/policies/infaas-paper/greedy.ts';
import { instanceProgram, planInstances } from '../../../../core/policies/infaas-paper/ilp.ts';
import type { PlannedInstances } from '../../../../core/policies/infaas-paper/ilp.ts';
import { isFeasible, objectiveOf, roomBeside } from '../../../../core/policies/infaas-paper/scaling-problem.ts';
import type { ScalingProblem } from '../../../../core/policies/infaas-paper/scaling-problem.ts';
import { anyProblem, bruteForce, problemOf } from './problems.ts';

const solver = await loadSolver();
const EXACT = { relativeGap: 0, nodesMax: 100_000 };

function planned(problem: ScalingProblem): PlannedInstances | undefined {
  return planInstances(problem, solver, EXACT);
}

describe('the integer program', () => {
  test('has the paper’s columns and rows, loads and resources as shares', () => {
    // 100 inputs/s at 1.05; two cores an instance of eight; lambda 0.1 on 2 s to load.
    const { columns, rows } = instanceProgram(problemOf(100, [{ running: 1, loadS: 2, cores: 2 }], { cores: 8 }));
    expect(columns.map(({ cost, integer }) => [cost, integer])).toEqual([
      [1, true],
      [0.2, false],
    ]);
    const flat = rows.map(({ lower, upper, terms }) => ({ lower, upper, terms: terms.flat() }));
    expect(flat).toEqual([
      { lower: -Infinity, upper: 1, terms: [0, 1, 1, -1] },
      { lower: -Infinity, upper: 1, terms: [0, 0.25] },
      { lower: 1, upper: Infinity, terms: [0, 100 / 105] },
    ]);
  });

  test('is as good as the best of all plans', () => {
    fc.assert(
      fc.property(anyProblem, (problem) => {
        const best = bruteForce(problem) ?? Number.NaN;
        fc.pre(!Number.isNaN(best));
        const found = planned(problem);
        expect(found).toMatchObject({ status: 'optimal', short: [] });
        expect(isFeasible(problem, found?.plan ?? [])).toBe(true);
        expect(objectiveOf(problem, found?.plan ?? [])).toBeCloseTo(best, 6);
      }),
      { numRuns: 150 },
    );
  });

  test('names the architectures that come short where trying every plan finds none', () => {
    fc.assert(
      fc.property(anyProblem, (problem) => {
        fc.pre(bruteForce(problem) === undefined);
        expect(planned(problem)?.short.length).toBeGreaterThan(0);
      }),
      { numRuns: 50 },
    );
  });

  test('costs no more than the heuristic wherever that serves the load', () => {
    fc.assert(
      fc.property(anyProblem, (problem) => {
        const greedy = greedyPlan(problem);
        fc.pre(isFeasible(problem, greedy));
        const found = planned(problem);
        expect(objectiveOf(problem, found?.plan ?? [])).toBeLessThanOrEqual(objectiveOf(problem, greedy) + 1e-6);
      }),
      { numRuns: 150 },
    );
  });

  test('agrees with the heuristic where one variant can serve: both take the fewest that suffice', () => {
    const load = fc.integer({ min: 0, max: 2000 });
    fc.assert(
      fc.property(load, fc.integer({ min: 1, max: 300 }), fc.nat({ max: 5 }), (loadRps, throughputRps, running) => {
        const problem = problemOf(loadRps, [{ throughputRps, running }]);
        expect(planned(problem)?.plan).toEqual(greedyPlan(problem));
      }),
    );
  });

  test('agrees with the heuristic where any one instance serves the load: both take the cheapest', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 5 }), (costs) => {
        const problem = problemOf(
          90,
          costs.map((costUsd, index) => ({ costUsd, throughputRps: 100 + index })),
        );
        expect(planned(problem)?.plan).toEqual(greedyPlan(problem));
      }),
    );
  });

  test('finds what no single step of the heuristic does', () => {
    // Seven instances at 1 each, of which five suffice; one of the larger variant at 3 does as well.
    const problem = problemOf(450, [{ running: 7 }, { throughputRps: 500, costUsd: 3 }]);
    expect(planned(problem)?.plan).toEqual([[0, 1]]);
    expect(objectiveOf(problem, planned(problem)?.plan ?? [])).toBe(-4);
    expect(objectiveOf(problem, greedyPlan(problem))).toBe(-2);
  });

  test('keeps what runs where lambda makes a change dearer than it saves', () => {
    const choices = [
      { running: 1, costUsd: 2 },
      { costUsd: 1, loadS: 10 },
    ];
    expect(planned(problemOf(50, choices, { lambda: 0.05 }))?.plan).toEqual([[0, 1]]);
    expect(planned(problemOf(50, choices, { lambda: 0.15 }))?.plan).toEqual([[1, 0]]);
  });

  test('takes the instances that queries for a very variant need', () => {
    expect(planned(problemOf(50, [{ costUsd: 5, least: 2 }, {}]))?.plan).toEqual([[2, 0]]);
  });

  test('serves as much as the resources allow where they do not suffice, and names the architecture', () => {
    const problem = problemOf(900, [{ costUsd: 1 }, { throughputRps: 150, costUsd: 9 }], { cores: 4 });
    expect(planned(problem)).toMatchObject({ plan: [[0, 4]], short: [0] });
  });

  test('leaves a load alone that no variant can serve, and serves the others', () => {
    const [impossible] = problemOf(50, [{ throughputRps: 0 }]).architectures;
    const problem = problemOf(150, [{}]);
    const both = { ...problem, architectures: [impossible, ...problem.architectures] };
    expect(planned(both)).toMatchObject({ plan: [[0], [2]], short: [0] });
  });

  test('uses no resource that there is none of', () => {
    expect(planned(problemOf(50, [{}], { cores: 0 }))).toMatchObject({ plan: [[0]], short: [0] });
  });

  test('plans nothing for nothing', () => {
    expect(planned(problemOf(0, []))).toMatchObject({ plan: [[]], short: [] });
  });

  test('stays within the resources where it cannot serve all', () => {
    fc.assert(
      fc.property(anyProblem, (problem) => {
        const room = roomBeside(problem, planned(problem)?.plan ?? []);
        for (const left of room) expect(left).toBeGreaterThanOrEqual(-1e-6);
      }),
      { numRuns: 50 },
    );
  });
});
