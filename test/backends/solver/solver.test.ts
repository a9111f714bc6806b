import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadSolver } from '../../../backends/index.ts';
import type { LinearColumn, LinearProgram, LinearRow } from '../../../core/index.ts';

const LIMITS = { relativeGap: 0, nodesMax: 10_000 };
const solver = await loadSolver();

function column(cost: number, parts: Partial<LinearColumn> = {}): LinearColumn {
  return { cost, lower: 0, upper: Infinity, integer: false, ...parts };
}

function row(terms: LinearRow['terms'], { lower = -Infinity, upper = Infinity }): LinearRow {
  return { terms, lower, upper };
}

/** Most value of the items that weigh no more than the room: a knapsack, with the value as negative cost. */
function knapsack(values: readonly number[], weights: readonly number[], room: number): LinearProgram {
  return {
    columns: values.map((value) => column(-value, { upper: 1, integer: true })),
    rows: [
      row(
        weights.map((weight, index) => [index, weight]),
        { upper: room },
      ),
    ],
  };
}

/** A program that presolve and the root do not finish: many alike items against several rows. */
function hard(items: number): LinearProgram {
  const weight = (item: number, at: number): number => 20 + ((item * 37 + at * 61 + item * item * 13) % 41);
  return {
    columns: Array.from({ length: items }, (_, item) =>
      column(-(weight(item, 0) + weight(item, 1)), { upper: 1, integer: true }),
    ),
    rows: [0, 1, 2, 3, 4].map((at) =>
      row(
        Array.from({ length: items }, (_, item) => [item, weight(item, at)]),
        { upper: 10 * items + 7 },
      ),
    ),
  };
}

describe('the solver', () => {
  test('fails at a program whose figures it does not take, and solves the next', () => {
    const program = (coefficient: number): LinearProgram => ({
      columns: [column(-1, { upper: 5, integer: true }), column(0, { upper: 1 })],
      rows: [
        row(
          [
            [0, coefficient],
            [1, 1],
          ],
          { upper: 2 * coefficient },
        ),
      ],
    });
    expect(solver.solve(program(1e20), LIMITS)).toEqual({
      status: 'failed',
      objective: 0,
      values: new Float64Array(0),
    });
    expect(solver.solve(program(1), LIMITS)).toMatchObject({ status: 'optimal', objective: -2 });
  });

  test('finds the optimum of a linear program', () => {
    // 36 = 2 * 3 + 6 * 5 at (2, 6): Hillier and Lieberman's Wyndor Glass.
    const wyndor: LinearProgram = {
      columns: [column(-3), column(-5)],
      rows: [
        row([[0, 1]], { upper: 4 }),
        row([[1, 2]], { upper: 12 }),
        row(
          [
            [0, 3],
            [1, 2],
          ],
          { upper: 18 },
        ),
      ],
    };
    const { status, objective, values } = solver.solve(wyndor, LIMITS);
    expect(status).toBe('optimal');
    expect(objective).toBeCloseTo(-36, 9);
    expect([...values].map((value) => Math.round(value * 1e9) / 1e9)).toEqual([2, 6]);
  });

  test('finds whole numbers where rounding the linear optimum would not', () => {
    // max 5x + 4y, 6x + 4y <= 24, x + 2y <= 6: linear (3, 1.5), whole (4, 0).
    const columns = [column(-5, { integer: true }), column(-4, { integer: true })];
    const rows = [
      row(
        [
          [0, 6],
          [1, 4],
        ],
        { upper: 24 },
      ),
      row(
        [
          [0, 1],
          [1, 2],
        ],
        { upper: 6 },
      ),
    ];
    expect(solver.solve({ columns, rows }, LIMITS)).toEqual({
      status: 'optimal',
      objective: -20,
      values: Float64Array.of(4, 0),
    });
  });

  test('agrees with trying every subset of a knapsack', () => {
    const items = fc.array(fc.tuple(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 50 })), {
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(items, fc.integer({ min: 0, max: 200 }), (pairs, room) => {
        let best = 0;
        for (let subset = 0; subset < 1 << pairs.length; subset += 1) {
          const taken = pairs.filter((_, index) => (subset >> index) % 2 === 1);
          const weight = taken.reduce((sum, pair) => sum + pair[1], 0);
          if (weight <= room)
            best = Math.max(
              best,
              taken.reduce((sum, pair) => sum + pair[0], 0),
            );
        }
        const program = knapsack(
          pairs.map(([value]) => value),
          pairs.map(([, weight]) => weight),
          room,
        );
        expect(solver.solve(program, LIMITS)).toMatchObject({ status: 'optimal', objective: best === 0 ? 0 : -best });
      }),
      { numRuns: 100 },
    );
  });

  test('says that nothing keeps contradictory rows', () => {
    const columns = [column(1, { integer: true })];
    const rows = [row([[0, 1]], { lower: 2 }), row([[0, 1]], { upper: 1 })];
    expect(solver.solve({ columns, rows }, LIMITS)).toMatchObject({
      status: 'infeasible',
      values: new Float64Array(0),
    });
  });

  test('says that no whole number lies between two fractions', () => {
    const columns = [column(1, { integer: true })];
    expect(solver.solve({ columns, rows: [row([[0, 1]], { lower: 0.4, upper: 0.6 })] }, LIMITS).status).toBe(
      'infeasible',
    );
  });

  test.each([false, true])('says that the costs fall for ever (integer: %s)', (integer) => {
    const columns = [column(-1, { integer }), column(0, { integer })];
    const rows = [
      row(
        [
          [0, 1],
          [1, -1],
        ],
        { upper: 3 },
      ),
    ];
    expect(solver.solve({ columns, rows }, LIMITS).status).toBe('unbounded');
  });

  test('ends at the limit on nodes with the best solution at hand', () => {
    const program = hard(60);
    const limited = solver.solve(program, { relativeGap: 0, nodesMax: 1 });
    expect(limited.status).toBe('limit');
    const used = program.rows.map(({ terms }) =>
      terms.reduce((sum, [at, weight]) => sum + weight * limited.values[at], 0),
    );
    expect(used.every((sum, at) => sum <= program.rows[at].upper)).toBe(true);
    expect(limited.objective).toBeLessThan(0);
  });

  test('gives bit-identical values for the same program, whatever was solved between', () => {
    const program = hard(40);
    const limits = { relativeGap: 0.001, nodesMax: 200 };
    const first = solver.solve(program, limits);
    solver.solve(knapsack([3, 4, 5], [1, 2, 3], 4), LIMITS);
    solver.solve(hard(25), limits);
    expect(solver.solve(program, limits)).toEqual(first);
  });

  test('passes figures on exactly', () => {
    const third = 1 / 3;
    const columns = [column(1, { lower: third, upper: 10 })];
    expect(solver.solve({ columns, rows: [] }, LIMITS).values[0]).toBe(third);
  });

  test('solves a program without columns', () => {
    expect(solver.solve({ columns: [], rows: [] }, LIMITS).status).toBe('optimal');
    expect(solver.solve({ columns: [], rows: [row([], { lower: 1 })] }, LIMITS).status).toBe('infeasible');
  });

  test('is loaded once', async () => {
    expect(await loadSolver()).toBe(solver);
  });
});
