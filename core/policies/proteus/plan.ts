/**
 * Solves an allocation. With enough capacity the demand is served in full at the highest accuracy; without, as much of
 * it as can be served, and that at the highest accuracy (Proteus lowers the demand step by step until the program has a
 * solution; maximising the load first is the exact form of that).
 */
import type { Solution, Solver, SolverLimits } from '../../solver.ts';
import { buildProgram } from './program.ts';
import type { Problem } from './allocation.ts';
import type { Aim, Layout } from './program.ts';

export interface Plan {
  /** Workers by machine position and variant. */
  readonly workers: readonly Int32Array[];
  /** Served inputs per second, by demand and position in its variants. */
  readonly servedRps: readonly Float64Array[];
  readonly totalServedRps: number;
  /** Mean accuracy of what is served, in percent; 0 when nothing is. */
  readonly accuracyPercent: number;
}

/** Slack for served rates, in shares of the total demand: below it a rate is rounding. */
const ROUNDING = 1e-6;

/** The best plan for a problem with at least one demand; undefined when the solver found none within its limits. */
export function solvePlan(problem: Problem, solver: Solver, limits: SolverLimits): Plan | undefined {
  const solve = (aim: Aim): { layout: Layout; solution: Solution } => {
    const layout = buildProgram(problem, aim);
    return { layout, solution: solver.solve(layout.program, limits) };
  };
  const full = solve({ maximise: 'accuracy' });
  if (isSolved(full.solution)) return readPlan(problem, full.layout, full.solution.values);
  const most = solve({ maximise: 'load' });
  if (!isSolved(most.solution)) return undefined;
  // No closer to the maximum than that was searched for: a tighter program takes far longer and means no more.
  const served = -most.solution.objective * (1 - limits.relativeGap) - ROUNDING;
  const servedRps = Math.max(0, served * most.layout.totalRps);
  const best = solve({ maximise: 'accuracy', servedRps });
  return isSolved(best.solution)
    ? readPlan(problem, best.layout, best.solution.values)
    : readPlan(problem, most.layout, most.solution.values);
}

function isSolved({ status }: Solution): boolean {
  return status === 'optimal' || status === 'limit';
}

/** Reads a solution; workers of variants that serve nothing are left out. */
function readPlan({ offers, demands }: Problem, layout: Layout, values: Float64Array): Plan {
  const servedRps = layout.served.map((columns) =>
    Float64Array.from(columns, (column) => (values[column] < ROUNDING ? 0 : values[column] * layout.totalRps)),
  );
  const byVariant = new Float64Array(offers.length);
  let total = 0;
  let accurate = 0;
  for (const [demand, { variants }] of demands.entries()) {
    for (const [position, variant] of variants.entries()) {
      const rate = servedRps[demand][position];
      byVariant[variant] += rate;
      total += rate;
      accurate += rate * offers[variant].accuracyPercent;
    }
  }
  const workers = layout.workers.map((columns) =>
    Int32Array.from(columns, (column, variant) =>
      column < 0 || byVariant[variant] === 0 ? 0 : Math.round(values[column]),
    ),
  );
  return { workers, servedRps, totalServedRps: total, accuracyPercent: total === 0 ? 0 : accurate / total };
}
