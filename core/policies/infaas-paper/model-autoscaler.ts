/**
 * The model autoscaler of the INFaaS paper, every second: closes the slot of the demand, restores what a lost machine
 * had, helps instances that are interfered with, and lets one of the two scalers of section 4.2 set targets, the greedy
 * heuristic in every slot or the integer program from time to time. Scaling down waits T_v, the time to load the variant
 * it takes away.
 */
import type { VariantIndex } from '../../catalogue/variant.ts';
import type { ModelScaling, PolicyContext } from '../../policy.ts';
import type { SolverLimits } from '../../solver.ts';
import { NEVER, seconds, toSeconds } from '../../time.ts';
import type { Nanos } from '../../time.ts';
import type { Failover } from '../infaas/failover.ts';
import type { ProblemBuilder } from './build-problem.ts';
import type { Demand } from './demand.ts';
import { change, cheapest, grow, shrinkSteps } from './greedy.ts';
import type { Step } from './greedy.ts';
import { planInstances } from './ilp.ts';
import type { PlannedInstances } from './ilp.ts';
import type { InstanceMonitor } from './instance-monitor.ts';
import type { Mitigation } from './mitigation.ts';
import { roomBeside, runningPlan } from './scaling-problem.ts';
import type { Architecture, ScalingProblem } from './scaling-problem.ts';
import type { Transition } from './transition.ts';

export const SCALERS = ['greedy', 'ilp'] as const;

export interface ModelAutoscalerParts {
  readonly context: Pick<PolicyContext<unknown>, 'catalogue' | 'fleet' | 'signals' | 'solver'>;
  readonly monitor: InstanceMonitor;
  readonly demand: Demand;
  readonly problems: ProblemBuilder;
  readonly transition: Transition;
  readonly mitigation: Mitigation;
  readonly failover: Failover;
  /** How long an architecture must be without queries before its last worker goes. */
  readonly idleNs: Nanos;
  /** Undefined for the greedy heuristic. */
  readonly ilp: { readonly periodNs: Nanos; readonly solveNs: Nanos; readonly limits: SolverLimits } | undefined;
}

export class ModelAutoscaler {
  private readonly parts: ModelAutoscalerParts;
  /** Since when an instance of a variant could go, by variant; `NEVER` while none can. */
  private readonly sparesSinceNs: Float64Array;
  private solveDueNs: Nanos;
  /** The monitor's refresh after which instances were helped last. */
  private helpedAt = 0;
  /** A plan that is being solved for, and when it is known. */
  private pending:
    | { readonly planned: PlannedInstances; readonly problem: ScalingProblem; readonly atNs: Nanos }
    | undefined;

  constructor(parts: ModelAutoscalerParts) {
    this.parts = parts;
    this.sparesSinceNs = new Float64Array(parts.context.catalogue.variants.length).fill(NEVER);
    this.solveDueNs = parts.ilp?.periodNs ?? NEVER;
  }

  decide(now: Nanos): readonly ModelScaling[] {
    const { demand, monitor, mitigation, transition, failover } = this.parts;
    demand.closeSlot(now);
    const changes = [...failover.models(), ...mitigation.finishMoves()];
    monitor.refresh(now);
    if (monitor.refreshes > this.helpedAt) {
      this.helpedAt = monitor.refreshes;
      changes.push(...mitigation.start((variant) => !transition.isMoving(demand.architectureOf[variant])));
    }
    if (this.parts.ilp === undefined) this.setGreedyTargets(now);
    else this.setPlannedTargets(now);
    return [...changes, ...transition.step(now)];
  }

  private setGreedyTargets(now: Nanos): void {
    const { problems, transition } = this.parts;
    const problem = problems.build();
    const room = roomBeside(problem, runningPlan(problem));
    for (const [at, architecture] of problem.architectures.entries()) {
      const counts = architecture.choices.map(({ running }) => running);
      const growth = grow(architecture, counts, room, problem);
      const steps = growth === undefined ? shrinkSteps(architecture, counts, room, problem) : [];
      const ripe = this.ripe(steps, architecture, at, now);
      const step = growth ?? ripe;
      if (step === undefined) continue;
      if (growth?.short === true) this.callForMachine(architecture.choices[growth.grows].variant, now);
      change(architecture, counts, step.counts, room);
      transition.aim(at, step.counts, reasonOf(architecture, step, problem.slack));
    }
  }

  /** The cheapest step whose variant could spare an instance for as long as one takes to load. */
  private ripe(steps: readonly Step[], { choices, loadRps }: Architecture, at: number, now: Nanos): Step | undefined {
    const { context, demand, idleNs } = this.parts;
    const sparing = new Set(steps.map(({ shrinks }) => choices[shrinks].variant));
    for (const { variant } of choices) {
      if (!sparing.has(variant)) this.sparesSinceNs[variant] = NEVER;
      else if (this.sparesSinceNs[variant] === NEVER) this.sparesSinceNs[variant] = now;
    }
    const ripe = steps.filter(({ counts, shrinks }) => {
      const { variant } = choices[shrinks];
      if (now - this.sparesSinceNs[variant] < context.catalogue.latency[variant].expectedLoadNs) return false;
      const isLast = loadRps === 0 && counts.every((count) => count === 0);
      // Workers of the start that nobody has asked for yet stay.
      return !isLast || (demand.lastLoadNs[at] >= 0 && now - demand.lastLoadNs[at] >= idleNs);
    });
    return cheapest(ripe);
  }

  /** Solves when it is time, and makes a plan the target once the time to solve has passed. */
  private setPlannedTargets(now: Nanos): void {
    const { context, problems, ilp } = this.parts;
    if (ilp === undefined) return;
    if (this.pending !== undefined && now >= this.pending.atNs) this.carryOut(now);
    if (now < this.solveDueNs) return;
    this.solveDueNs = now + ilp.periodNs;
    const problem = problems.build();
    const planned = planInstances(problem, context.solver, ilp.limits);
    // Without a plan, what runs stays until the next try.
    this.pending = planned === undefined ? undefined : { planned, problem, atNs: now + ilp.solveNs };
    if (ilp.solveNs === 0) this.carryOut(now);
  }

  private carryOut(now: Nanos): void {
    const { transition, demand, idleNs } = this.parts;
    if (this.pending === undefined) return;
    const { planned, problem } = this.pending;
    this.pending = undefined;
    for (const [at, architecture] of problem.architectures.entries()) {
      const counts = planned.plan[at];
      const isGoing = counts.every((count) => count === 0);
      const isIdle = demand.lastLoadNs[at] >= 0 && now - demand.lastLoadNs[at] >= idleNs;
      if (isGoing && !isIdle) continue;
      const wasRunning = architecture.choices.every(({ running }, index) => running === counts[index]);
      if (!wasRunning) transition.aim(at, counts, planReason(architecture, problem.slack));
    }
    for (const at of planned.short) {
      const choice = cheapestServing(problem.architectures[at]);
      if (choice !== undefined) this.callForMachine(choice, now);
    }
  }

  /** Section 4.2.2: where resources are short, the controller is to add a machine. */
  private callForMachine(variant: VariantIndex, now: Nanos): void {
    const { catalogue, signals } = this.parts.context;
    const { hardware } = catalogue.variants[variant];
    signals.capacityShort({ hardware, variant, atNs: now, cause: 'the plan needs more than the machines have' });
  }
}

/** The variant that serves an input at least cost: the one a new machine is wanted for. */
function cheapestServing({ choices }: Architecture): VariantIndex | undefined {
  let best: VariantIndex | undefined;
  let leastUsd = Infinity;
  for (const { variant, throughputRps, costUsd } of choices) {
    if (throughputRps === 0 || costUsd / throughputRps >= leastUsd) continue;
    best = variant;
    leastUsd = costUsd / throughputRps;
  }
  return best;
}

function reasonOf(architecture: Architecture, { grows, shrinks }: Step, slack: number): string {
  const load = `load ${architecture.loadRps.toFixed(1)}/s`;
  if (grows < 0) return `${load} is supported without one instance`;
  if (shrinks < 0) return `replicate: ${load} above the throughput less slack ${slack}`;
  return `replace ${architecture.choices[shrinks].running} instances: ${load}, slack ${slack}`;
}

function planReason({ loadRps }: Architecture, slack: number): string {
  return `integer program: load ${loadRps.toFixed(1)}/s with slack ${slack}`;
}

/** The period of the paper's model autoscaler (section 5). */
export const MODEL_PERIOD_NS: Nanos = seconds(1);

/** The default of lambda: the time to load counts as a share of the period of the integer program. */
export const LAMBDA_PER_SECOND = 1 / toSeconds(seconds(10));
