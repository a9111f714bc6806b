/**
 * One pipeline of InferLine: the queries of one kind, served by one model. Holds its recent arrivals, its plan and the
 * tuner that follows the plan.
 */
import type { VariantIndex } from '../../catalogue/variant.ts';
import { NANOS_PER_SECOND } from '../../time.ts';
import type { Nanos } from '../../time.ts';
import { ArrivalLog } from '../planning/arrival-log.ts';
import { envelopeOf, windowsFrom } from './envelope.ts';
import type { Hardware, StagePlan } from './planner.ts';
import { mostThroughput, planStage, sampleRate, throughputOf } from './planner.ts';
import { Tuner } from './tuner.ts';
import type { TunerOptions } from './tuner.ts';

export interface StageOptions extends TunerOptions {
  /** Length of the sample that the first plan is made on. */
  readonly firstSample: Nanos;
  /** Length of the sample. */
  readonly sample: Nanos;
  /** Arrivals of the sample at most. */
  readonly sampleMax: number;
  readonly planPeriod: Nanos;
  readonly quantile: number;
  readonly smallestWindow: Nanos;
}

/** The longest window of an envelope: a minute. */
const LONGEST_WINDOW_NS: Nanos = 60 * NANOS_PER_SECOND;

export class Stage {
  plan: StagePlan | undefined;
  tuner: Tuner | undefined;
  plannedNs: Nanos = 0;
  private readonly options: StageOptions;
  private readonly log: ArrivalLog;
  private readonly firstNs: Nanos;
  private nextNs: Nanos;

  constructor(options: StageOptions, now: Nanos) {
    this.options = options;
    this.log = new ArrivalLog(options.sampleMax);
    this.firstNs = now;
    this.nextNs = now + Math.min(options.firstSample, options.sample);
  }

  /** Takes in an arrival. */
  push(atNs: Nanos, inputs: number): void {
    this.log.push(atNs, inputs);
    this.tuner?.push(atNs, inputs);
  }

  isDue(now: Nanos): boolean {
    return now >= this.nextNs;
  }

  /** Plans when the sample has arrivals. Where no plan is feasible, the one that serves most stands in for a sample. */
  makePlan(now: Nanos, hardware: readonly Hardware[], objectiveNs: Nanos): void {
    const { sample, planPeriod, quantile, max, smallestWindow } = this.options;
    const trace = this.log.since(Math.max(this.firstNs, now - sample));
    const isWhole = now >= this.firstNs + sample;
    this.nextNs = isWhole ? now + sample : this.firstNs + sample;
    if (trace.atNs.length === 0) return;
    // Where the log is too short for the whole sample, the sample begins with what it holds.
    const isCut = trace.atNs.length === this.options.sampleMax;
    const spanNs = Math.max(1, now - (isCut ? trace.atNs[0] : Math.max(this.firstNs, now - sample)));
    const goal = { trace, spanNs, objectiveNs, quantile, replicasMax: max };
    const feasible = planStage(goal, hardware);
    const plan = feasible ?? mostThroughput(goal, hardware);
    if (plan === undefined) return;
    if (feasible !== undefined && isWhole) this.nextNs = now + planPeriod;
    const throughputRps = throughputOf(plan);
    const serviceNs = plan.hardware.batchNs(plan.batch);
    const windowsNs = windowsFrom(Math.max(serviceNs, smallestWindow), LONGEST_WINDOW_NS);
    const tunerPlan = {
      windowsNs,
      sampleRates: envelopeOf(trace, windowsNs),
      throughputRps,
      provisioning: Math.min(1, sampleRate(goal) / (plan.replicas * throughputRps)),
      replicas: plan.replicas,
      isFeasible: feasible !== undefined,
    };
    this.plan = plan;
    this.plannedNs = now;
    this.tuner = new Tuner(tunerPlan, this.options, now);
  }

  /** The variant the plan uses, or -1 without a plan. */
  get variant(): VariantIndex {
    return this.plan?.hardware.variant ?? -1;
  }
}
