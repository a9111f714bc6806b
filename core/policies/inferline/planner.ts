/**
 * InferLine's planner (SoCC 2020) for one stage. It begins with the fastest hardware at batch 1 and adds
 * replicas until the sample trace meets the objective (Algorithm 1), then takes the cheapest feasible step of three
 * until none is left (Algorithm 2): double the batch, remove a replica, or move to cheaper hardware, which is planned
 * anew from batch 1.
 *
 * Simplified: one stage, so the paper's choice among stages falls away. Hardware is the list of variants that may serve
 * the queries, and a downgrade considers every cheaper one; the paper considers the next. Beyond the paper, whose cloud
 * has no end: where the replicas that have room do not do, the batch is doubled, by another variant on hardware of no
 * higher price where this one takes no larger; and where nothing does, the plan is the one of highest throughput.
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
  /** Replicas that the machines have room for. */
  readonly replicasMax: number;
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
  const able = ableOf(goal, hardware);
  const fastest = [...able].sort((a, b) => a.batchNs(1) - b.batchNs(1) || a.priceUsd - b.priceUsd);
  const first = fastest.map((each) => initialise(goal, each)).find((plan) => plan !== undefined);
  return first === undefined ? undefined : descend(goal, first, able);
}

/**
 * What serves most where no plan is feasible: the highest throughput, of equals the lowest cost, of batches that execute
 * within the objective. Undefined when not even one input does.
 */
export function mostThroughput(goal: StageGoal, hardware: readonly Hardware[]): StagePlan | undefined {
  const able = ableOf(goal, hardware);
  const isRoomLeft = able.some(({ replicasMax }) => replicasMax > 0);
  const plans = able.flatMap((each): StagePlan[] => {
    // Where there is room for nobody, one replica shares.
    const replicas = isRoomLeft ? limitOf(goal, each) : 1;
    let batch = each.maxBatch;
    while (batch > 0 && each.batchNs(batch) > goal.objectiveNs) batch -= 1;
    return batch === 0 || replicas === 0 ? [] : [{ hardware: each, batch, replicas }];
  });
  const totalOf = (plan: StagePlan): number => plan.replicas * throughputOf(plan);
  return plans.sort((a, b) => totalOf(b) - totalOf(a) || costOf(a) - costOf(b))[0];
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

/** Hardware that takes the largest query. */
function ableOf({ trace }: StageGoal, hardware: readonly Hardware[]): Hardware[] {
  const largest = trace.inputs.reduce((most, inputs) => Math.max(most, inputs), 1);
  return hardware.filter(({ maxBatch }) => maxBatch >= largest);
}

function limitOf(goal: StageGoal, { replicasMax }: Hardware): number {
  return Math.min(goal.replicasMax, replicasMax);
}

/** Algorithm 1: batch 1, and as many replicas as it takes; then batch 2, where there are not so many, and so on. */
function initialise(goal: StageGoal, hardware: Hardware): StagePlan | undefined {
  const limit = limitOf(goal, hardware);
  for (let batch = 1; hardware.batchNs(batch) <= goal.objectiveNs; batch = Math.min(2 * batch, hardware.maxBatch)) {
    for (let replicas = 1; replicas <= limit; replicas += 1) {
      const plan = { hardware, batch, replicas };
      if (isFeasible(goal, plan)) return plan;
    }
    if (batch === hardware.maxBatch) return undefined;
  }
  return undefined;
}

/** Algorithm 2. Ends: every step lowers the cost, or doubles the batch at the same cost. */
function descend(goal: StageGoal, from: StagePlan, hardware: readonly Hardware[]): StagePlan {
  let plan = from;
  for (;;) {
    const next = [removeReplica(plan), ...downgrades(goal, plan, hardware), ...increaseBatch(goal, plan, hardware)]
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

/** The batch doubled; where the variant takes no larger one, on others whose replicas cost no more and serve more. */
function increaseBatch(goal: StageGoal, plan: StagePlan, hardware: readonly Hardware[]): StagePlan[] {
  const doubled = (each: Hardware): StagePlan => ({
    ...plan,
    hardware: each,
    batch: Math.min(plan.batch * 2, each.maxBatch),
  });
  if (plan.batch < plan.hardware.maxBatch) return [doubled(plan.hardware)];
  return hardware
    .filter(({ maxBatch, priceUsd }) => maxBatch > plan.batch && priceUsd <= plan.hardware.priceUsd)
    .filter((each) => plan.replicas <= limitOf(goal, each))
    .map(doubled)
    .filter((step) => throughputOf(step) > throughputOf(plan));
}

/** Plans on hardware with a cheaper replica, where the whole is cheaper. */
function downgrades(goal: StageGoal, plan: StagePlan, hardware: readonly Hardware[]): StagePlan[] {
  return hardware
    .filter(({ priceUsd }) => priceUsd < plan.hardware.priceUsd)
    .flatMap((cheaper) => {
      const first = initialise(goal, cheaper);
      const alike = hardware.filter(({ priceUsd }) => priceUsd === cheaper.priceUsd);
      const best = first === undefined ? undefined : descend(goal, first, alike);
      return best !== undefined && costOf(best) < costOf(plan) ? [best] : [];
    });
}
