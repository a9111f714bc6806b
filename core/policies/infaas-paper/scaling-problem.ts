/**
 * The question both scalers of the INFaaS paper answer (section 4.2): how many instances of each variant serve the load
 * of their architecture, at what cost. Plain figures, apart from tables and clocks; building one from the state of a run
 * and carrying out an answer is done elsewhere.
 */
import type { VariantIndex } from '../../catalogue/variant.ts';

/** Slack for sums of fractional resources and of throughputs, relative. */
export const TOLERANCE = 1e-9;

export interface ScalingProblem {
  readonly architectures: readonly Architecture[];
  /** What there is of each resource, over all machines that are up. */
  readonly resources: readonly { readonly name: string; readonly amount: number }[];
  /** How much time to load costs, against running: per second, at least 0. */
  readonly lambda: number;
  /** Combined throughput over combined load below which an architecture is in danger. */
  readonly slack: number;
}

export interface Architecture {
  readonly name: string;
  /** Inputs per second. */
  readonly loadRps: number;
  readonly choices: readonly Choice[];
}

/** A variant as the scalers see it: Q, C, T_load and N of the paper. */
export interface Choice {
  readonly variant: VariantIndex;
  /** Inputs per second of one instance within the objectives; 0 for a variant that does not meet them. */
  readonly throughputRps: number;
  /** Of one running instance, per hour; finite. */
  readonly costUsd: number;
  readonly loadS: number;
  /** Instances now. */
  readonly running: number;
  /** Instances that queries for this very variant need. */
  readonly least: number;
  /** What one instance takes of the resources. */
  readonly needs: readonly { readonly resource: number; readonly amount: number }[];
}

/** Instances of each choice of an architecture. */
export type Counts = readonly number[];

/** Instances of each choice of each architecture. */
export type Plan = readonly Counts[];

/** What the running instances are, as a plan. */
export function runningPlan({ architectures }: ScalingProblem): Plan {
  return architectures.map(({ choices }) => choices.map(({ running }) => running));
}

/** The paper's objective: the sum of C (delta + lambda T_load max(delta, 0)), in USD per hour. */
export function objectiveOf(problem: ScalingProblem, plan: Plan): number {
  let sum = 0;
  for (const [at, { choices }] of problem.architectures.entries()) {
    for (const [index, choice] of choices.entries()) {
      sum += changeCost(choice, plan[at][index] - choice.running, problem.lambda);
    }
  }
  return sum;
}

/** What a change of a choice's instances adds to the objective. */
export function changeCost({ costUsd, loadS }: Choice, delta: number, lambda: number): number {
  return costUsd * (delta + lambda * loadS * Math.max(delta, 0));
}

/** Inputs per second that the instances serve. */
export function capacityRps({ choices }: Architecture, counts: Counts): number {
  return choices.reduce((sum, { throughputRps }, index) => sum + counts[index] * throughputRps, 0);
}

/** Whether the instances serve the load with the slack. */
export function supports(architecture: Architecture, counts: Counts, slack: number): boolean {
  return capacityRps(architecture, counts) >= slack * architecture.loadRps * (1 - TOLERANCE);
}

/** What is left of each resource beside a plan; below 0 where the plan takes more than there is. */
export function roomBeside({ architectures, resources }: ScalingProblem, plan: Plan): Float64Array {
  const room = Float64Array.from(resources, ({ amount }) => amount);
  for (const [at, { choices }] of architectures.entries()) {
    for (const [index, choice] of choices.entries()) take(room, choice, plan[at][index]);
  }
  return room;
}

/** Takes an instance's resources, `count` times; gives them back for a negative count. */
export function take(room: Float64Array, { needs }: Choice, count: number): void {
  for (const { resource, amount } of needs) room[resource] -= amount * count;
}

/** Whether a plan serves all loads within the resources. */
export function isFeasible(problem: ScalingProblem, plan: Plan): boolean {
  const room = roomBeside(problem, plan);
  const { architectures, resources, slack } = problem;
  return (
    room.every((left, index) => left >= -TOLERANCE * Math.max(1, resources[index].amount)) &&
    architectures.every((architecture, at) => supports(architecture, plan[at], slack)) &&
    architectures.every(({ choices }, at) => choices.every(({ least }, index) => plan[at][index] >= least))
  );
}
