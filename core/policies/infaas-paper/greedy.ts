/**
 * The greedy heuristic of section 4.2.2 of the INFaaS paper, as plain functions over a scaling problem. An architecture
 * in danger replicates a variant or upgrades to one with a higher throughput, whichever costs less by the objective;
 * one with more than it needs gives up an instance or downgrades. When to give up is the caller's to time.
 */
import { TOLERANCE, capacityRps, changeCost, roomBeside, runningPlan, supports, take } from './scaling-problem.ts';
import type { Architecture, Counts, Plan, ScalingProblem } from './scaling-problem.ts';

/** A change of an architecture's instances. */
export interface Step {
  readonly counts: Counts;
  /** What it adds to the objective. */
  readonly cost: number;
  /** The choice that gains instances, or -1. */
  readonly grows: number;
  /** The choice that loses instances, or -1. */
  readonly shrinks: number;
}

export interface Growth extends Step {
  /** True when the resources do not suffice for all instances of the step that is cheapest. */
  readonly short: boolean;
}

type Costs = Pick<ScalingProblem, 'lambda' | 'slack'>;

/**
 * The cheapest step that takes an architecture out of danger within the room; the cheapest of all, as far as the room
 * goes, when none fits. Undefined out of danger, and when no variant meets the objectives.
 */
export function grow(architecture: Architecture, counts: Counts, room: Float64Array, costs: Costs): Growth | undefined {
  if (supports(architecture, counts, costs.slack)) return undefined;
  const steps = growthSteps(architecture, counts, costs);
  let best: Step | undefined;
  let bestFits = false;
  for (const step of steps) {
    const fits = hasRoom(architecture, counts, step.counts, room);
    if (best !== undefined && (fits === bestFits ? step.cost >= best.cost : bestFits)) continue;
    best = step;
    bestFits = fits;
  }
  if (best === undefined) return undefined;
  if (bestFits) return { ...best, short: false };
  return { ...best, counts: asFarAsItFits(architecture, counts, best, room), short: true };
}

/** Replicating each variant that could serve, and upgrading each variant in use to each with a higher throughput. */
function growthSteps(architecture: Architecture, counts: Counts, { lambda, slack }: Costs): Step[] {
  const { choices, loadRps } = architecture;
  const missingRps = slack * loadRps - capacityRps(architecture, counts);
  const isServing = choices.some(({ throughputRps }, index) => throughputRps > 0 && counts[index] > 0);
  const steps: Step[] = [];
  for (const [to, { throughputRps }] of choices.entries()) {
    if (throughputRps === 0) continue;
    // Replication is of what runs; with nothing to replicate every variant is a first one.
    if (counts[to] > 0 || !isServing) steps.push(stepOf(architecture, counts, { to, missingRps, lambda }));
    for (const [from, other] of choices.entries()) {
      const spare = counts[from] - other.least;
      if (from === to || spare <= 0 || other.throughputRps >= throughputRps) continue;
      const lostRps = spare * other.throughputRps;
      steps.push(stepOf(architecture, counts, { to, from, spare, missingRps: missingRps + lostRps, lambda }));
    }
  }
  return steps;
}

interface StepParts {
  readonly to: number;
  readonly from?: number;
  readonly spare?: number;
  readonly missingRps: number;
  readonly lambda: number;
}

function stepOf({ choices }: Architecture, counts: Counts, parts: StepParts): Step {
  const { to, from = -1, spare = 0, missingRps, lambda } = parts;
  const more = Math.max(0, Math.ceil(missingRps / choices[to].throughputRps - TOLERANCE));
  const after = [...counts];
  after[to] += more;
  if (from >= 0) after[from] -= spare;
  const saved = from >= 0 ? changeCost(choices[from], -spare, lambda) : 0;
  return { counts: after, cost: changeCost(choices[to], more, lambda) + saved, grows: to, shrinks: from };
}

/** The steps that leave the load supported and cost nothing in sum: an instance less, alone or for cheaper ones. */
export function shrinkSteps(architecture: Architecture, counts: Counts, room: Float64Array, costs: Costs): Step[] {
  const { choices, loadRps } = architecture;
  const steps: Step[] = [];
  for (const [from, choice] of choices.entries()) {
    if (counts[from] <= choice.least) continue;
    const less = counts.map((count, index) => (index === from ? count - 1 : count));
    const cost = changeCost(choice, -1, costs.lambda);
    if (supports(architecture, less, costs.slack)) {
      steps.push({ counts: less, cost, grows: -1, shrinks: from });
      continue;
    }
    const missingRps = costs.slack * loadRps - capacityRps(architecture, less);
    for (const [to, { throughputRps }] of choices.entries()) {
      if (to === from || throughputRps === 0) continue;
      const step = stepOf(architecture, counts, { to, from, spare: 1, missingRps, lambda: costs.lambda });
      if (step.cost < 0 && hasRoom(architecture, counts, step.counts, room)) steps.push(step);
    }
  }
  return steps;
}

/** The step of least cost, the first of equals. */
export function cheapest(steps: readonly Step[]): Step | undefined {
  return steps.reduce<Step | undefined>(
    (best, step) => (best === undefined || step.cost < best.cost ? step : best),
    undefined,
  );
}

/** The heuristic to its end, without waiting: every architecture out of danger first, then down as far as it goes. */
export function greedyPlan(problem: ScalingProblem): Plan {
  const plan = [...runningPlan(problem)];
  const room = roomBeside(problem, plan);
  const apply = (at: number, counts: Counts): void => {
    change(problem.architectures[at], plan[at], counts, room);
    plan[at] = counts;
  };
  for (const [at, architecture] of problem.architectures.entries()) {
    const growth = grow(architecture, plan[at], room, problem);
    if (growth !== undefined) apply(at, growth.counts);
  }
  for (const [at, architecture] of problem.architectures.entries()) {
    if (!supports(architecture, plan[at], problem.slack)) continue;
    // Every step lowers the objective, so this ends.
    for (;;) {
      const step = cheapest(shrinkSteps(architecture, plan[at], room, problem).filter(({ cost }) => cost < 0));
      if (step === undefined) break;
      apply(at, step.counts);
    }
  }
  return plan;
}

/** Moves the room from one plan of an architecture to another. */
export function change({ choices }: Architecture, from: Counts, to: Counts, room: Float64Array): void {
  for (const [index, choice] of choices.entries()) take(room, choice, to[index] - from[index]);
}

/** Whether the instances that a step adds fit beside those it will take away later: they are there until then. */
function hasRoom(architecture: Architecture, from: Counts, to: Counts, room: Float64Array): boolean {
  const left = Float64Array.from(room);
  change(
    architecture,
    from,
    to.map((count, index) => Math.max(count, from[index])),
    left,
  );
  return left.every((amount, index) => amount >= -TOLERANCE * Math.max(1, room[index]));
}

/** A step cut to as many new instances as fit; what it would take away stays. */
function asFarAsItFits(
  architecture: Architecture,
  counts: Counts,
  { grows, counts: wanted }: Step,
  room: Float64Array,
): Counts {
  const after = [...counts];
  while (after[grows] < wanted[grows]) {
    after[grows] += 1;
    if (hasRoom(architecture, counts, after, room)) continue;
    after[grows] -= 1;
    break;
  }
  return after;
}
