/**
 * InferLine's planner (SoCC 2020, section 4.3) for one stage. It begins with the fastest hardware at batch 1 and adds
 * replicas until the sample trace meets the objective (Algorithm 1), then takes the cheapest feasible step of three
 * until none is left (Algorithm 2): double the batch, remove a replica, or move to cheaper hardware, which is planned
 * anew from batch 1.
 *
 * Simplified: one stage, so the paper's choice among stages falls away. Hardware is the list of variants that may serve
 * the queries, and a downgrade considers every cheaper one; the paper considers the next.
 */
import type { VariantIndex } from '../../catalogue/variant.ts';
import { NANOS_PER_SECOND } from '../../time.ts';
import type { Nanos } from '../../time.ts';
import type { Trace } from '../planning/arrival-log.ts';
import { inputsOf } from '../planning/arrival-log.ts';
import { quantileOf, simulateStage } from './estimator.ts';

export interface Hardware {
  readonly variant: VariantIndex;
  /** Of one replica, USD per hour. */
  readonly priceUsd: number;
  readonly maxBatch: number;
  readonly batchNs: (inputs: number) => Nanos;
}

export interface StagePlan {
  readonly hardware: Hardware;
  readonly batch: number;
  readonly replicas: number;
}

export interface StageGoal {
  /** The sample; its arrivals span `spanNs`. */
  readonly trace: Trace;
  readonly spanNs: Nanos;
  /** What the quantile of the latency may be; `NEVER` for no objective. */
  readonly objectiveNs: Nanos;
  readonly quantile: number;
  readonly replicasMax: number;
}

/** The plan of least cost that the search finds; undefined when no hardware can meet the objective. */
export function planStage(goal: StageGoal, hardware: readonly Hardware[]): StagePlan | undefined {
  const largest = goal.trace.inputs.reduce((most, inputs) => Math.max(most, inputs), 1);
  const able = hardware.filter(({ maxBatch }) => maxBatch >= largest);
  const fastest = [...able].sort((a, b) => a.batchNs(1) - b.batchNs(1) || a.priceUsd - b.priceUsd);
  const first = fastest.map((each) => initialise(goal, each)).find((plan) => plan !== undefined);
  return first === undefined ? undefined : descend(goal, first, able);
}

/** USD per hour. */
export function costOf({ hardware, replicas }: StagePlan): number {
  return hardware.priceUsd * replicas;
}

/** Inputs per second of one replica with full batches. */
export function throughputOf({ hardware, batch }: Pick<StagePlan, 'hardware' | 'batch'>): number {
  return (batch * NANOS_PER_SECOND) / hardware.batchNs(batch);
}

/** Mean inputs per second of the sample. */
export function sampleRate({ trace, spanNs }: Pick<StageGoal, 'trace' | 'spanNs'>): number {
  return (inputsOf(trace) * NANOS_PER_SECOND) / spanNs;
}

/** Whether the replicas keep up with the mean rate and the quantile of the latency meets the objective. */
export function isFeasible(goal: StageGoal, plan: StagePlan): boolean {
  const { hardware, batch, replicas } = plan;
  if (sampleRate(goal) > replicas * throughputOf(plan)) return false;
  const latencyNs = simulateStage(goal.trace, { replicas, batch, batchNs: hardware.batchNs });
  return quantileOf(latencyNs, goal.quantile) <= goal.objectiveNs;
}

/** Algorithm 1: batch 1, and as many replicas as it takes. */
function initialise(goal: StageGoal, hardware: Hardware): StagePlan | undefined {
  if (hardware.batchNs(1) > goal.objectiveNs) return undefined;
  for (let replicas = 1; replicas <= goal.replicasMax; replicas += 1) {
    const plan = { hardware, batch: 1, replicas };
    if (isFeasible(goal, plan)) return plan;
  }
  // Beyond the paper: where replicas are short, larger batches may do.
  const full = { hardware, batch: hardware.maxBatch, replicas: goal.replicasMax };
  return isFeasible(goal, full) ? full : undefined;
}

/** Algorithm 2. Ends: every step lowers the cost, or doubles the batch at the same cost. */
function descend(goal: StageGoal, from: StagePlan, hardware: readonly Hardware[]): StagePlan {
  let plan = from;
  for (;;) {
    const next = [removeReplica(plan), ...downgrades(goal, plan, hardware), increaseBatch(plan)]
      .filter((step) => step !== undefined)
      .filter((step) => isFeasible(goal, step))
      .reduce<StagePlan | undefined>(
        (best, step) => (best === undefined || costOf(step) < costOf(best) ? step : best),
        undefined,
      );
    if (next === undefined) return plan;
    plan = next;
  }
}

function removeReplica(plan: StagePlan): StagePlan | undefined {
  return plan.replicas > 1 ? { ...plan, replicas: plan.replicas - 1 } : undefined;
}

function increaseBatch(plan: StagePlan): StagePlan | undefined {
  const batch = Math.min(plan.batch * 2, plan.hardware.maxBatch);
  return batch > plan.batch ? { ...plan, batch } : undefined;
}

/** Plans on hardware with a cheaper replica, where the whole is cheaper. */
function downgrades(goal: StageGoal, plan: StagePlan, hardware: readonly Hardware[]): StagePlan[] {
  return hardware
    .filter(({ priceUsd }) => priceUsd < plan.hardware.priceUsd)
    .flatMap((cheaper) => {
      const first = initialise(goal, cheaper);
      const best = first === undefined ? undefined : descend(goal, first, []);
      return best !== undefined && costOf(best) < costOf(plan) ? [best] : [];
    });
}
