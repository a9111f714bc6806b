/**
 * InferLine's tuner (SoCC 2020) for one stage. Up: when the envelope of the live traffic exceeds that of the
 * sample in some window, to ceil(r / (mu * rho)) replicas, where r is the highest rate of such a window, mu a replica's
 * throughput and rho the share of its throughput that the plan uses at the sample's mean rate. Down: once no change was
 * made for 15 s, to ceil(l / (mu * rho)), where l is the highest rate of any 5 s window of the last 30 s.
 */
import { NANOS_PER_SECOND } from '../../time.ts';
import type { Nanos } from '../../time.ts';
import { Envelope } from './envelope.ts';

export interface TunerPlan {
  readonly windowsNs: readonly Nanos[];
  /** The sample's envelope: inputs per second, by window. */
  readonly sampleRates: Float64Array;
  /** Inputs per second of one replica, above 0. */
  readonly throughputRps: number;
  /** Mean rate of the sample over the throughput of the planned replicas, above 0 and at most 1. */
  readonly provisioning: number;
  readonly replicas: number;
  /** Whether the sample meets the objective. */
  readonly isFeasible: boolean;
}

export interface TunerOptions {
  /** No scaling down for so long after a change. */
  readonly stabilisation: Nanos;
  readonly downHorizon: Nanos;
  readonly downWindow: Nanos;
  readonly min: number;
  readonly max: number;
}

/** Quotients that are whole but for rounding stay whole. */
const ROUNDING = 1e-9;

export class Tuner {
  /** Replicas wanted. */
  replicas: number;
  /** Whether the traffic asks for more replicas than there is room for. */
  isShort = false;
  /** Why they last changed. */
  reason: string;
  private readonly plan: TunerPlan;
  private readonly options: TunerOptions;
  private readonly envelope: Envelope;
  private changedNs: Nanos;
  private inputs = 0;
  private looks: { readonly atNs: Nanos; readonly inputs: number }[];

  constructor(plan: TunerPlan, options: TunerOptions, now: Nanos) {
    this.plan = plan;
    this.options = options;
    this.envelope = new Envelope(plan.windowsNs);
    this.replicas = Math.max(options.min, Math.min(plan.replicas, options.max));
    this.reason = `planned ${plan.replicas} replicas${plan.isFeasible ? '' : ', too few for the objective'}`;
    this.changedNs = now;
    this.looks = [{ atNs: now, inputs: 0 }];
  }

  /** Takes in an arrival. */
  push(atNs: Nanos, inputs: number): void {
    this.envelope.push(atNs, inputs);
    this.inputs += inputs;
  }

  /**
   * Decides anew on what arrived since the last call.
   * @param room replicas that there is room for, those that run included.
   */
  look(now: Nanos, room = Infinity): void {
    const { sampleRates } = this.plan;
    const horizonNs = now - this.options.downHorizon;
    // One look before the horizon stays: it bounds the first window.
    this.looks = this.looks.filter((_, at) => at + 1 >= this.looks.length || this.looks[at + 1].atNs > horizonNs);
    this.looks.push({ atNs: now, inputs: this.inputs });
    this.isShort = false;
    const exceeding = this.envelope.takeRates().filter((rate, window) => rate > sampleRates[window]);
    if (exceeding.length > 0) {
      const highest = exceeding.reduce((most, rate) => Math.max(most, rate), 0);
      const needed = this.replicasFor(highest);
      this.isShort = needed > room;
      const wanted = Math.min(needed, Math.max(this.options.min, room));
      if (wanted > this.replicas) return this.change(wanted, now, `bursts of ${highest.toFixed(1)} inputs/s`);
    }
    if (now - this.changedNs < this.options.stabilisation) return;
    const highest = this.highestRate(now);
    const wanted = this.replicasFor(highest);
    if (wanted < this.replicas) this.change(wanted, now, `at most ${highest.toFixed(1)} inputs/s lately`);
  }

  private replicasFor(rateRps: number): number {
    const { throughputRps, provisioning } = this.plan;
    const needed = Math.ceil(rateRps / (throughputRps * provisioning) - ROUNDING);
    return Math.max(this.options.min, Math.min(needed, this.options.max));
  }

  private change(replicas: number, now: Nanos, why: string): void {
    this.reason = `${why}: ${replicas} replicas after ${this.replicas}`;
    this.replicas = replicas;
    this.changedNs = now;
  }

  /** The highest rate of any window that ends at a look within the horizon; shorter windows where the plan is young. */
  private highestRate(now: Nanos): number {
    const { downWindow, downHorizon } = this.options;
    let highest = 0;
    for (const [at, last] of this.looks.entries()) {
      if (last.atNs <= now - downHorizon) continue;
      let first = at;
      while (first > 0 && this.looks[first].atNs > last.atNs - downWindow) first -= 1;
      const spanNs = last.atNs - this.looks[first].atNs;
      if (spanNs === 0) continue;
      highest = Math.max(highest, ((last.inputs - this.looks[first].inputs) * NANOS_PER_SECOND) / spanNs);
    }
    return highest;
  }
}
