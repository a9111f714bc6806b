/**
 * The solver port: linear programs with integer columns, for policies that plan by optimisation. Synchronous, loaded
 * before the run, one thread. Its limits are a gap and a number of nodes, never a time, so that the same program gives
 * the same answer on every machine; a policy that wants the time to solve modelled lets its plan take effect later.
 */
import { InvariantError } from './errors.ts';

/** Minimise the sum of `cost * value` over the columns. */
export interface LinearProgram {
  readonly columns: readonly LinearColumn[];
  readonly rows: readonly LinearRow[];
}

export interface LinearColumn {
  readonly cost: number;
  /** Bounds of the value, `-Infinity` and `Infinity` for none. */
  readonly lower: number;
  readonly upper: number;
  readonly integer: boolean;
}

/** `lower <= sum of coefficient * value <= upper`. */
export interface LinearRow {
  readonly lower: number;
  readonly upper: number;
  /** Column index and coefficient; each column at most once. */
  readonly terms: readonly (readonly [column: number, coefficient: number])[];
}

export interface SolverLimits {
  /** Relative gap between the best solution and the bound at which the search ends, such as 0.001. */
  readonly relativeGap: number;
  /** Nodes of the search tree at most. */
  readonly nodesMax: number;
}

export interface Solution {
  /** `optimal` within the gap; `limit` when the nodes ran out with a solution at hand. */
  readonly status: 'optimal' | 'limit' | 'infeasible' | 'unbounded' | 'failed';
  /** Meaningless unless the status is `optimal` or `limit`. */
  readonly objective: number;
  /** One value a column, whole where the column is integer; empty without a solution. */
  readonly values: Float64Array;
}

export interface Solver {
  solve(program: LinearProgram, limits: SolverLimits): Solution;
}

/** What policies get where nobody loaded a solver. */
export const NO_SOLVER: Solver = {
  solve() {
    throw new InvariantError('a policy that solves programs must say usesSolver');
  },
};
