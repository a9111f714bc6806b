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
import { planStage, sampleRate, throughputOf } from './planner.ts';
import { Tuner } from './tuner.ts';
import type { TunerOptions } from './tuner.ts';

export interface StageOptions extends TunerOptions {
  /** Length of the sample. */
  readonly sample: Nanos;
  /** Arrivals of the sample at most. */
  readonly sampleMax: number;
  readonly planPeriod: Nanos;
  readonly quantile: number;
  readonly smallestWindow: Nanos;
}

/** The longest window of an envelope: a minute (section 5). */
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
    this.nextNs = now + options.sample;
  }

  /** Takes in an arrival. */
  push(atNs: Nanos, inputs: number): void {
    this.log.push(atNs, inputs);
    this.tuner?.push(atNs, inputs);
  }

  /** Plans when a plan is due and the sample has arrivals; keeps the old plan when none is feasible. */
  planWhenDue(now: Nanos, hardware: readonly Hardware[], objectiveNs: Nanos): void {
    if (now < this.nextNs) return;
    const { sample, planPeriod, quantile, max, smallestWindow } = this.options;
    const trace = this.log.since(Math.max(this.firstNs, now - sample));
    // Until a first plan is found, every new sample is tried.
    this.nextNs = now + (this.plan === undefined ? sample : planPeriod);
    if (trace.atNs.length === 0) return;
    // Where the log is too short for the whole sample, the sample begins with what it holds.
    const isCut = trace.atNs.length === this.options.sampleMax;
    const spanNs = Math.max(1, now - (isCut ? trace.atNs[0] : Math.max(this.firstNs, now - sample)));
    const goal = { trace, spanNs, objectiveNs, quantile, replicasMax: max };
    const plan = planStage(goal, hardware);
    if (plan === undefined) return;
    this.nextNs = now + planPeriod;
    const throughputRps = throughputOf(plan);
    const serviceNs = plan.hardware.batchNs(plan.batch);
    const windowsNs = windowsFrom(Math.max(serviceNs, smallestWindow), LONGEST_WINDOW_NS);
    const tunerPlan = {
      windowsNs,
      sampleRates: envelopeOf(trace, windowsNs),
      throughputRps,
      provisioning: sampleRate(goal) / (plan.replicas * throughputRps),
      replicas: plan.replicas,
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
