/**
 * How long the two scalers of the INFaaS paper take, and how far apart their costs are: the integer program by HiGHS
 * beside the greedy heuristic, over synthetic architectures of 8 variants each. The paper's own figures for the program
 * are 23 s for 50 architectures and 50 s for 100, by Gurobi on its hardware (section 4.2.1).
 */
import { loadSolver } from '../../backends/index.ts';
import type { Solver } from '../../core/index.ts';
import { Stream } from '../../core/index.ts';
import { greedyPlan } from '../../core/policies/infaas-paper/greedy.ts';
import { planInstances } from '../../core/policies/infaas-paper/ilp.ts';
import type { Architecture, Choice, Plan, ScalingProblem } from '../../core/policies/infaas-paper/scaling-problem.ts';
import { capacityRps, objectiveOf, roomBeside } from '../../core/policies/infaas-paper/scaling-problem.ts';

/** The defaults of the policy. */
const LIMITS = { relativeGap: 0.001, nodesMax: 10_000 };
const RESOURCES = ['cores', 'memory', 'gpus', 'gpu memory', 'neuron cores', 'neuron memory'];

export interface SolverFigures {
  readonly architectures: number;
  readonly status: string;
  /** Medians over the repetitions. */
  readonly ilpMs: number;
  readonly greedyMs: number;
  /** Time of the integer program over that of the heuristic. */
  readonly ratio: number;
  readonly ilpUsd: number;
  readonly greedyUsd: number;
  /** Share of the load that the heuristic's plan serves; the program serves all of it where it is optimal. */
  readonly greedyServesPercent: number;
  /** What the paper reports for the program, in seconds. */
  readonly paperS: number;
}

/** @param repetitions of each timing, on problems from different seeds. */
export async function solverBenchmark(repetitions: number): Promise<readonly SolverFigures[]> {
  const solver = await loadSolver();
  return [figures(solver, 50, 23, repetitions), figures(solver, 100, 50, repetitions)];
}

function figures(solver: Solver, architectures: number, paperS: number, repetitions: number): SolverFigures {
  const ilpTimes: number[] = [];
  const greedyTimes: number[] = [];
  // The first of a size warms up and is not counted.
  const warmUp = syntheticProblem(architectures, 'warm-up');
  greedyPlan(warmUp);
  planInstances(warmUp, solver, LIMITS);
  let last: Omit<SolverFigures, 'architectures' | 'paperS' | 'ilpMs' | 'greedyMs' | 'ratio'> | undefined;
  for (let repetition = 0; repetition < repetitions; repetition += 1) {
    const problem = syntheticProblem(architectures, `solver ${repetition}`);
    const startMs = performance.now();
    const greedy = greedyPlan(problem);
    const solvingMs = performance.now();
    const planned = planInstances(problem, solver, LIMITS);
    ilpTimes.push(performance.now() - solvingMs);
    greedyTimes.push(solvingMs - startMs);
    last = {
      status: planned === undefined ? 'no plan' : `${planned.status}${planned.short.length > 0 ? ', short' : ''}`,
      ilpUsd: planned === undefined ? Number.NaN : objectiveOf(problem, planned.plan),
      greedyUsd: objectiveOf(problem, greedy),
      greedyServesPercent: servedPercent(problem, greedy),
    };
  }
  if (last === undefined) throw new RangeError('a benchmark needs at least one repetition');
  const [ilpMs, greedyMs] = [median(ilpTimes), median(greedyTimes)];
  return { architectures, paperS, ...last, ilpMs, greedyMs, ratio: ilpMs / greedyMs };
}

/** The heuristic of the policy starts new instances beside the old ones; what finds no room is not served. */
function servedPercent({ architectures }: ScalingProblem, plan: Plan): number {
  const loads = architectures.map(({ loadRps }) => loadRps);
  const served = architectures.map((architecture, at) => Math.min(loads[at], capacityRps(architecture, plan[at])));
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  return (100 * sum(served)) / sum(loads);
}

/**
 * Architectures of 8 variants: three sizes for the CPU, four batch sizes for a GPU, one for Inferentia. What runs is the
 * heuristic's plan for loads before they changed by up to a half, on machines that have half as much again.
 */
export function syntheticProblem(count: number, seed: string): ScalingProblem {
  const stream = new Stream(seed);
  const before = Array.from({ length: count }, (_, at) => syntheticArchitecture(stream, at));
  const plenty = RESOURCES.map((name) => ({ name, amount: 1e12 }));
  const problem = { architectures: before, resources: plenty, lambda: 0.1, slack: 1.05 };
  const running = greedyPlan(problem);
  const left = roomBeside(problem, running);
  const architectures = before.map(({ choices, ...rest }, at) => ({
    ...rest,
    loadRps: rest.loadRps * (0.5 + stream.unit()),
    choices: choices.map((choice, index) => ({ ...choice, running: running[at][index] })),
  }));
  const resources = RESOURCES.map((name, index) => ({ name, amount: 1.5 * (1e12 - left[index]) + 8 }));
  return { ...problem, architectures, resources };
}

function syntheticArchitecture(stream: Stream, at: number): Architecture {
  /** Inputs per second of one core, from heavy to light networks. */
  const perCore = 0.5 * 60 ** stream.unit();
  const sizeGb = 0.05 + 0.5 * stream.unit();
  const on = (throughput: number, parts: Pick<Choice, 'costUsd' | 'loadS' | 'needs'>, index: number): Choice => ({
    variant: at * 8 + index,
    throughputRps: throughput * (0.8 + 0.4 * stream.unit()),
    running: 0,
    least: 0,
    ...parts,
  });
  const needs = (...amounts: readonly [number, number][]): Choice['needs'] =>
    amounts.map(([resource, amount]) => ({ resource, amount }));
  const cpu = [1, 2, 4].map((cores, index) =>
    on(perCore * cores, { costUsd: 0.012 * sizeGb, loadS: 1.5, needs: needs([0, cores], [1, sizeGb]) }, index),
  );
  const gpu = [1, 4, 8, 32].map((batch, index) => {
    const deviceGb = sizeGb * (0.6 + 0.05 * batch);
    return on(
      perCore * 60 * (0.4 + 0.12 * batch ** 0.5),
      { costUsd: 0.19 * deviceGb, loadS: 1.1, needs: needs([0, 1], [2, 0.25], [3, deviceGb]) },
      3 + index,
    );
  });
  const neuron = on(
    perCore * 12,
    { costUsd: 0.073 * sizeGb, loadS: 3.5, needs: needs([0, 1], [4, 1], [5, sizeGb]) },
    7,
  );
  return { name: `architecture-${at}`, loadRps: 1000 ** stream.unit(), choices: [...cpu, ...gpu, neuron] };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
