/**
 * Proteus's control path: watches the demand, makes a plan when one is due, lets it take effect after the time to
 * solve, and moves the fleet towards it.
 */
import type { VariantIndex } from '../../catalogue/variant.ts';
import { NONE } from '../../policy.ts';
import type { ModelScaling, PolicyContext } from '../../policy.ts';
import type { Slot } from '../../tables/request-table.ts';
import { NEVER } from '../../time.ts';
import type { Nanos } from '../../time.ts';
import { KindTraffic, objectiveOf } from '../planning/kind-traffic.ts';
import type { MachineOffer } from '../planning/machine-offers.ts';
import type { MachineTarget } from '../planning/target.ts';
import { RecentLeast } from '../planning/recent-least.ts';
import { changesTowards, isForMachines, targetsOf } from '../planning/target.ts';
import { DemandEstimate, hasLeft, noiseOf } from './demand.ts';
import type { Plan } from './plan.ts';
import { solvePlan } from './plan.ts';
import type { Situation } from './problem.ts';
import { situationOf } from './problem.ts';
import { SmoothWeights } from './smooth-weights.ts';

export interface AllocatorOptions {
  readonly period: Nanos;
  readonly monitorInterval: Nanos;
  readonly threshold: number;
  readonly smoothing: number;
  readonly headroom: number;
  readonly batchShare: number;
  readonly solveTime: Nanos;
  readonly gap: number;
  readonly nodesMax: number;
}

/** How the queries of one kind are shared among variants. */
export interface Share {
  readonly variants: readonly VariantIndex[];
  readonly weights: SmoothWeights;
}

interface Pending {
  readonly plan: Plan;
  readonly situation: Situation;
  readonly atNs: Nanos;
}

export class Allocator {
  /** The plan that is in effect: workers by machine. Empty before the first. */
  targets: readonly MachineTarget[] = [];
  private readonly context: PolicyContext<AllocatorOptions>;
  private readonly traffic: KindTraffic;
  private readonly demand: DemandEstimate;
  /** By variant, of the queries that it served. */
  private readonly objectivesNs: RecentLeast;
  private readonly shares = new Map<number, Share>();
  private batches: Int32Array;
  private pending: Pending | undefined;
  private plannedMachines: readonly MachineOffer[] = [];
  private plannedRates: readonly number[] = [];
  private lastNs: Nanos = -Infinity;
  private reason = '';

  constructor(context: PolicyContext<AllocatorOptions>) {
    const { catalogue, requests, options } = context;
    this.context = context;
    this.traffic = new KindTraffic(requests, options.period);
    this.demand = new DemandEstimate(this.traffic, options.smoothing);
    this.objectivesNs = new RecentLeast(options.period, NEVER);
    this.batches = Int32Array.from(catalogue.variants, ({ maxBatch }) => maxBatch);
  }

  /** Notes a query and the variant that serves it. One that a worker gave back has been counted. */
  note(slot: Slot, variant: VariantIndex): void {
    const { requests } = this.context;
    if (requests.variant[slot] === NONE) this.traffic.note(slot);
    if (variant !== NONE) this.objectivesNs.note(variant, objectiveOf(requests, slot));
  }

  /** How the plan in effect shares a kind among variants; undefined when it does not serve the kind. */
  shareOf(kind: number): Share | undefined {
    return this.shares.get(kind);
  }

  /** The largest batch to form: the planned one, or what the variant takes. */
  batchOf(variant: VariantIndex): number {
    return this.batches[variant];
  }

  objectiveNsOf(variant: VariantIndex): Nanos {
    return this.objectivesNs.of(variant);
  }

  decide(now: Nanos): readonly ModelScaling[] {
    this.demand.look(now);
    this.traffic.upTo(now);
    this.objectivesNs.upTo(now);
    if (this.pending !== undefined && now >= this.pending.atNs) this.adopt(this.pending);
    if (this.pending === undefined && this.isDue(now)) this.solve(now);
    return changesTowards(this.context, this.targets, this.reason);
  }

  private isDue(now: Nanos): boolean {
    const { options, fleet } = this.context;
    const rates = this.demand.current();
    if (!rates.some((rate) => rate > 0)) return false;
    if (now - this.lastNs >= options.period) return true;
    const { threshold, smoothing, monitorInterval } = options;
    const noise = noiseOf(smoothing, monitorInterval);
    return hasLeft(rates, this.plannedRates, { threshold, noise }) || !isForMachines(this.plannedMachines, fleet);
  }

  private solve(now: Nanos): void {
    const { options, solver } = this.context;
    const rates = this.demand.current();
    const situation = situationOf(this.context, { traffic: this.traffic, rates }, options);
    this.lastNs = now;
    this.plannedRates = rates;
    this.plannedMachines = situation.problem.machines;
    if (situation.problem.demands.length === 0) return;
    const plan = solvePlan(situation.problem, solver, { relativeGap: options.gap, nodesMax: options.nodesMax });
    if (plan === undefined) return;
    const pending = { plan, situation, atNs: now + options.solveTime };
    if (options.solveTime === 0) this.adopt(pending);
    else this.pending = pending;
  }

  private adopt({ plan, situation }: Pending): void {
    const { problem, kinds, batches } = situation;
    const { catalogue } = this.context;
    this.pending = undefined;
    this.targets = targetsOf(this.context, problem.machines, plan.workers);
    this.batches = Int32Array.from(catalogue.variants, ({ maxBatch }, variant) => batches[variant] || maxBatch);
    this.shares.clear();
    for (const [demand, kind] of kinds.entries()) {
      const { variants } = problem.demands[demand];
      this.shares.set(kind, { variants, weights: new SmoothWeights([...plan.servedRps[demand]]) });
    }
    const wanted = problem.demands.reduce((sum, { rateRps }) => sum + rateRps, 0);
    this.reason = `plan for ${wanted.toFixed(1)} inputs/s: ${plan.totalServedRps.toFixed(1)} served at ${plan.accuracyPercent.toFixed(2)} %`;
  }
}
