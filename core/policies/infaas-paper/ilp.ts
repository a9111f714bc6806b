/**
 * The integer program of section 4.2.1 of the INFaaS paper: the cheapest whole numbers of instances under which every
 * architecture's throughput covers its load with the slack and every kind of resource suffices. Where no such numbers
 * exist, a second program finds how much load the resources can serve and a third the cheapest way to serve that much.
 */
import type { LinearColumn, LinearProgram, LinearRow, Solution, Solver, SolverLimits } from '../../solver.ts';
import { supports } from './scaling-problem.ts';
import type { Plan, ScalingProblem } from './scaling-problem.ts';

export interface PlannedInstances {
  readonly plan: Plan;
  /** Architectures, by position, whose load the plan does not serve for want of resources or of any fitting variant. */
  readonly short: readonly number[];
  readonly status: Solution['status'];
}

/** Solves the program, or the relaxed ones; undefined when the solver finds no solution within its limits. */
export function planInstances(
  problem: ScalingProblem,
  solver: Solver,
  limits: SolverLimits,
): PlannedInstances | undefined {
  const exact = solver.solve(instanceProgram(problem), limits);
  if (isSolved(exact)) return { plan: planOf(problem, exact.values), short: [], status: exact.status };
  const most = solver.solve(mostServedProgram(problem), limits);
  if (!isSolved(most)) return undefined;
  const cheapest = solver.solve(servedAtLeastProgram(problem, -most.objective), limits);
  const { values, status } = isSolved(cheapest) ? cheapest : most;
  const plan = planOf(problem, values);
  const short = problem.architectures.flatMap((architecture, at) =>
    supports(architecture, plan[at], problem.slack) ? [] : [at],
  );
  return { plan, short, status };
}

function isSolved({ status }: Solution): boolean {
  return status === 'optimal' || status === 'limit';
}

/**
 * Columns: for each choice the instances N + delta, then the part of delta above 0, as far as that costs. Costs are in
 * units of the least cost of a choice, and a load is a share of its architecture's, so that figures are near one.
 */
export function instanceProgram(problem: ScalingProblem): LinearProgram {
  const { rows, ...built } = instanceColumns(problem, true);
  for (const terms of built.loads) rows.push({ lower: 1, upper: Infinity, terms });
  return { columns: built.columns, rows };
}

/**
 * The same without floors and with a served share of each architecture's load, 0 to 1, after the other columns; the
 * objective is the share of all load that is served, negative, whatever it costs.
 */
function mostServedProgram(problem: ScalingProblem): LinearProgram {
  const { columns, rows, shares } = servedProgram(problem);
  const free = columns.map((column) => ({ ...column, cost: 0 }));
  return { columns: [...free, ...shares.map((share) => ({ ...SHARE, cost: -share }))], rows };
}

/** The cheapest plan that serves at least that share of all load, up to what solvers tell apart. */
function servedAtLeastProgram(problem: ScalingProblem, served: number): LinearProgram {
  const { columns, rows, shares } = servedProgram(problem);
  const terms = shares.map((share, at): [number, number] => [columns.length + at, share]);
  const all = { lower: served * (1 - SERVED_TOLERANCE), upper: Infinity, terms };
  return { columns: [...columns, ...shares.map(() => SHARE)], rows: [...rows, all] };
}

const SHARE: LinearColumn = { cost: 0, lower: 0, upper: 1, integer: false };
/** Relative; above the solver's own tolerance of 1e-6 on rows. */
const SERVED_TOLERANCE = 1e-5;

interface Served {
  readonly columns: readonly LinearColumn[];
  /** With the columns of shares behind the others. */
  readonly rows: readonly LinearRow[];
  /** Of all load, by architecture that has any. */
  readonly shares: readonly number[];
}

function servedProgram(problem: ScalingProblem): Served {
  const { columns, rows, loads } = instanceColumns(problem, false);
  for (const [at, terms] of loads.entries()) {
    rows.push({ lower: 0, upper: Infinity, terms: [...terms, [columns.length + at, -1]] });
  }
  const positive = problem.architectures.map(({ loadRps }) => loadRps).filter((loadRps) => loadRps > 0);
  const total = positive.reduce((sum, loadRps) => sum + loadRps, 0);
  return { columns, rows, shares: positive.map((loadRps) => loadRps / total) };
}

interface Instances {
  readonly columns: LinearColumn[];
  /** What counts the started instances, and the resources. */
  readonly rows: LinearRow[];
  /** For each architecture with a load, the share of it that the instances serve. */
  readonly loads: readonly [number, number][][];
}

function instanceColumns({ architectures, resources, lambda, slack }: ScalingProblem, withFloors: boolean): Instances {
  const unit = leastCost(architectures);
  const columns: LinearColumn[] = [];
  const rows: LinearRow[] = [];
  const used = resources.map((): [number, number][] => []);
  const loads: [number, number][][] = [];
  for (const { loadRps, choices } of architectures) {
    const load = slack * loadRps;
    const terms: [number, number][] = [];
    for (const { throughputRps, costUsd, loadS, running, least, needs } of choices) {
      const column = columns.length;
      // What does not meet the objectives is never started.
      const upper = throughputRps > 0 ? Infinity : Math.max(running, least);
      columns.push({ cost: costUsd / unit, lower: withFloors ? least : 0, upper, integer: true });
      if (lambda * loadS * costUsd > 0) {
        columns.push({ cost: (lambda * loadS * costUsd) / unit, lower: 0, upper: Infinity, integer: false });
        rows.push({
          lower: -Infinity,
          upper: running,
          terms: [
            [column, 1],
            [column + 1, -1],
          ],
        });
      }
      if (throughputRps > 0 && load > 0) terms.push([column, throughputRps / load]);
      for (const { resource, amount } of needs) used[resource].push([column, amount]);
    }
    if (load > 0) loads.push(terms);
  }
  for (const [resource, { amount }] of resources.entries()) {
    // In shares of what there is, so that a byte and a core weigh alike; without any, no instance that needs some.
    const scale = amount > 0 ? 1 / amount : 1;
    const terms = used[resource].map(([column, need]): [number, number] => [column, need * scale]);
    if (terms.length > 0) rows.push({ lower: -Infinity, upper: amount > 0 ? 1 : 0, terms });
  }
  return { columns, rows, loads };
}

/** Reads the instances out of a solution's values. */
function planOf({ architectures, lambda }: ScalingProblem, values: Float64Array): Plan {
  let column = 0;
  return architectures.map(({ choices }) =>
    choices.map(({ costUsd, loadS }) => {
      const instances = values[column];
      column += lambda * loadS * costUsd > 0 ? 2 : 1;
      return instances;
    }),
  );
}

/** The least cost of a choice that costs anything, else 1. */
function leastCost(architectures: ScalingProblem['architectures']): number {
  let least = Infinity;
  for (const { choices } of architectures) {
    for (const { costUsd } of choices) if (costUsd > 0) least = Math.min(least, costUsd);
  }
  return least === Infinity ? 1 : least;
}
