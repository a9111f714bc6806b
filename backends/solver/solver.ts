/**
 * The solver port over HiGHS, compiled to WebAssembly. Loading is asynchronous and done once a thread; solving is
 * synchronous. The build has one thread, and no time limit is set, so a program has the same solution, bit for bit,
 * on every machine. Each program gets a fresh HiGHS instance: no basis of an earlier one can steer it.
 */
import type { Highs, Model, ModelData } from 'highs';
import { ServingError, invariant } from '../../core/index.ts';
import type { LinearProgram, Solution, Solver, SolverLimits } from '../../core/index.ts';

/** HiGHS codes of `primal_solution_status`: no solution, an infeasible one, a feasible one. */
const FEASIBLE_POINT = 2;

let loaded: Promise<Solver> | undefined;

/**
 * The solver of this thread: loaded at the first call (about 0.1 s and 5 MB), the same one afterwards.
 *
 * Coefficients should lie between 1e-9, below which HiGHS takes them for 0, and 1e15; a program whose figures do not is
 * to be scaled by whoever builds it. One that HiGHS refuses has the status `failed`.
 *
 * @throws ServingError SOLVER_NOT_LOADED when WebAssembly is not to be had.
 */
export function loadSolver(): Promise<Solver> {
  loaded ??= load();
  return loaded;
}

async function load(): Promise<Solver> {
  try {
    // TypeScript takes the types for those of the CommonJS build, whose default is one level deeper.
    const module: unknown = await import('highs');
    const { default: loadHighs } = module as { readonly default: () => Promise<Highs> };
    return new HighsSolver(await loadHighs());
  } catch (cause) {
    throw new ServingError({
      code: 'SOLVER_NOT_LOADED',
      message: 'the solver HiGHS could not be loaded',
      found: cause instanceof Error ? cause.message : String(cause),
      next: 'reinstall the dependencies, or choose policies that need no solver',
      cause,
    });
  }
}

class HighsSolver implements Solver {
  private readonly highs: Highs;

  constructor(highs: Highs) {
    this.highs = highs;
  }

  solve(program: LinearProgram, limits: SolverLimits): Solution {
    if (program.columns.length === 0) return solveEmpty(program);
    try {
      return this.solveFilled(program, limits);
    } catch (error) {
      // A policy goes on without a new plan; a stack trace of the solver would help nobody.
      if (error instanceof this.highs.errors.HighsError) return without('failed');
      throw error;
    }
  }

  private solveFilled(program: LinearProgram, limits: SolverLimits): Solution {
    return this.highs.withModel(modelOf(program, this.highs), (model) => {
      model.options.set({
        output_flag: false,
        random_seed: 0,
        // It takes 20 to 40 ms a program, whatever its size, and the programs of policies are small and easy to fill.
        mip_heuristic_run_feasibility_jump: false,
        mip_rel_gap: limits.relativeGap,
        mip_max_nodes: limits.nodesMax,
      });
      model.run();
      return this.solutionOf(program, model, limits);
    });
  }

  private solutionOf(program: LinearProgram, model: Model, limits: SolverLimits): Solution {
    const { modelStatus } = this.highs.constants;
    switch (model.getModelStatus()) {
      case modelStatus.optimal:
        return solved('optimal', program, model);
      case modelStatus.solutionLimit: {
        // HiGHS calls the limit on nodes so as well.
        const hasPoint = model.info.get('primal_solution_status') === FEASIBLE_POINT;
        return hasPoint ? solved('limit', program, model) : without('failed');
      }
      case modelStatus.infeasible:
        return without('infeasible');
      case modelStatus.unbounded:
        return without('unbounded');
      case modelStatus.unboundedOrInfeasible:
        return without(this.hasPoint(program, limits) ? 'unbounded' : 'infeasible');
      default:
        return without('failed');
    }
  }

  /** Whether any point keeps the rows, whatever it costs. */
  private hasPoint(program: LinearProgram, limits: SolverLimits): boolean {
    const columns = program.columns.map((column) => ({ ...column, cost: 0 }));
    return this.solve({ ...program, columns }, limits).status !== 'infeasible';
  }
}

/** Without columns every row's sum is 0. */
function solveEmpty({ rows }: LinearProgram): Solution {
  const holds = rows.every(({ lower, upper }) => lower <= 0 && upper >= 0);
  return holds ? { status: 'optimal', objective: 0, values: new Float64Array(0) } : without('infeasible');
}

function without(status: Solution['status']): Solution {
  return { status, objective: 0, values: new Float64Array(0) };
}

function solved(status: Solution['status'], { columns }: LinearProgram, model: Model): Solution {
  // Whole up to HiGHS' tolerance of 1e-6 before rounding; adding 0 turns a negative zero into zero.
  const values = Float64Array.from(model.getSolution().colValue, (value, index) =>
    columns[index].integer ? Math.round(value) + 0 : value,
  );
  const objective = columns.reduce((sum, { cost }, index) => sum + cost * values[index], 0);
  return { status, objective, values };
}

/** Row by row: the arrays go to HiGHS as they are, so no figure is printed and read again. */
function modelOf({ columns, rows }: LinearProgram, { constants: { variableType } }: Highs): ModelData {
  const starts = new Int32Array(rows.length + 1);
  for (const [row, { terms }] of rows.entries()) starts[row + 1] = starts[row] + terms.length;
  const indices = new Int32Array(starts[rows.length]);
  const values = new Float64Array(starts[rows.length]);
  let at = 0;
  for (const { terms } of rows) {
    for (const [column, coefficient] of terms) {
      invariant(columns[column] !== undefined, `column ${column} of a linear program exists`);
      indices[at] = column;
      values[at] = coefficient;
      at += 1;
    }
  }
  return {
    numCols: columns.length,
    numRows: rows.length,
    colCost: Float64Array.from(columns, ({ cost }) => cost),
    colLower: Float64Array.from(columns, ({ lower }) => lower),
    colUpper: Float64Array.from(columns, ({ upper }) => upper),
    rowLower: Float64Array.from(rows, ({ lower }) => lower),
    rowUpper: Float64Array.from(rows, ({ upper }) => upper),
    matrix: { format: 'csr', numRows: rows.length, numCols: columns.length, starts, indices, values },
    integrality: columns.map(({ integer }) => (integer ? variableType.integer : variableType.continuous)),
  };
}
