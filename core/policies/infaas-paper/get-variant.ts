/**
 * GETVARIANT of the INFaaS paper: an active variant that is neither overloaded nor interfered with, else the inactive
 * one that loads and answers soonest, else `NONE` (the suggestion of what could be achieved is made elsewhere).
 *
 * The paper leaves two cases open. Among several active variants the released code's rule decides, the latency closest
 * to the objective. Where all that is ready is flagged, one inactive variant at a time is loaded; while it loads it takes
 * one batch of waiting inputs and the rest goes to the flagged instances, whose queues are shorter than a load.
 */
import type { VariantIndex } from '../../catalogue/variant.ts';
import { invariant } from '../../errors.ts';
import { NONE } from '../../policy.ts';
import type { PolicyContext } from '../../policy.ts';
import { variantsNamed } from '../../queries/query-form.ts';
import type { Slot } from '../../tables/request-table.ts';
import { NEVER } from '../../time.ts';
import type { Nanos } from '../../time.ts';
import { costPerInputUsd } from '../selection/candidates.ts';
import type { Demand } from './demand.ts';
import type { InstanceMonitor } from './instance-monitor.ts';

export const TIES = ['closest-to-slo', 'cheapest'] as const;

export interface GetVariantParts {
  readonly context: Pick<PolicyContext<unknown>, 'catalogue' | 'fleet' | 'requests' | 'kinds'>;
  readonly monitor: InstanceMonitor;
  readonly demand: Demand;
  /** One of `TIES`. */
  readonly tie: string;
  /** Share of the latency objective that the expected execution may take. */
  readonly latencyShare: number;
  /** Whether the last workers of the variant are about to go: it is taken only where no other variant is ready. */
  readonly isRetiring: (variant: VariantIndex) => boolean;
  /** Whether some machine has room for one more worker of the variant. */
  readonly hasRoom: (variant: VariantIndex) => boolean;
}

export class GetVariant {
  private readonly parts: GetVariantParts;
  /** Made once a query kind; kinds that join later (live) get theirs on first sight. */
  private readonly lists: (Int32Array | undefined)[] = [];
  private readonly costs: Float64Array | undefined;
  /** The query that is asked about. */
  private inputs = 1;
  private accuracyPercent = 0;
  private budgetNs: Nanos = NEVER;

  constructor(parts: GetVariantParts) {
    this.parts = parts;
    this.costs = parts.tie === 'cheapest' ? costPerInputUsd(parts.context) : undefined;
    for (let kind = 0; kind < parts.context.kinds.length; kind += 1) this.candidatesOf(kind);
  }

  select(slot: Slot, now: Nanos): VariantIndex {
    const { context, monitor, demand, latencyShare } = this.parts;
    const { requests, kinds } = context;
    monitor.refresh(now);
    const kind = requests.kind[slot];
    const deadlineNs = requests.deadlineNs[slot];
    this.inputs = requests.inputs[slot];
    this.accuracyPercent = requests.accuracyPercent[slot];
    this.budgetNs = deadlineNs === NEVER ? NEVER : latencyShare * (deadlineNs - requests.scheduledNs[slot]);
    const selected = this.search(this.candidatesOf(kind));
    if (selected === NONE) return NONE;
    // One that a worker gave back has been counted.
    const isNew = requests.variant[slot] === NONE;
    if (isNew) demand.note(selected, this.inputs, this.budgetNs, this.accuracyPercent, kinds[kind].variant !== '');
    return selected;
  }

  private search(candidates: Int32Array): VariantIndex {
    const active = this.bestReady(candidates, true);
    if (active !== NONE) return active;
    const flagged = this.bestReady(candidates, false);
    if (flagged === NONE) {
      const inactive = this.soonest(candidates, this.parts.hasRoom);
      // Without room anywhere the query waits for a machine.
      return inactive === NONE ? this.soonest(candidates, anything) : inactive;
    }
    const loading = this.someLoads(candidates);
    const inactive = this.soonest(candidates, loading ? nothing : this.parts.hasRoom, true);
    return inactive === NONE ? flagged : inactive;
  }

  /** The ready variant that wins the tie, among the active ones or among all. */
  private bestReady(candidates: Int32Array, active: boolean): VariantIndex {
    const { context, monitor, isRetiring } = this.parts;
    let best = NONE;
    let bestRetires = true;
    let least = Infinity;
    for (let i = 0; i < candidates.length; i += 1) {
      const variant = candidates[i];
      if (context.fleet.ready(variant).length === 0 || (active && !monitor.isActive(variant))) continue;
      const inferNs = this.inferNs(variant);
      if (inferNs === Infinity) continue;
      // With one objective for all candidates, closest to it is slowest.
      const score = this.costs === undefined ? 0 - inferNs : this.costs[variant];
      const retires = isRetiring(variant);
      if (best !== NONE && (retires === bestRetires ? score >= least : retires)) continue;
      best = variant;
      bestRetires = retires;
      least = score;
    }
    return best;
  }

  /**
   * The variant without ready workers that loads and answers soonest, among those that load and those that may start.
   * @param firstBatch only those whose waiting inputs leave room for the query in one batch.
   */
  private soonest(
    candidates: Int32Array,
    mayStart: (variant: VariantIndex) => boolean,
    firstBatch = false,
  ): VariantIndex {
    const { fleet, catalogue } = this.parts.context;
    let best = NONE;
    let leastNs = Infinity;
    for (let i = 0; i < candidates.length; i += 1) {
      const variant = candidates[i];
      if (fleet.ready(variant).length > 0) continue;
      const totalNs = catalogue.latency[variant].expectedLoadNs + this.inferNs(variant);
      if (totalNs >= leastNs) continue;
      if (firstBatch && fleet.waiting[variant] + this.inputs > catalogue.variants[variant].maxBatch) continue;
      if (fleet.loading(variant).length === 0 && !mayStart(variant)) continue;
      best = variant;
      leastNs = totalNs;
    }
    return best;
  }

  /** Whether a worker loads of some variant that could serve the query. */
  private someLoads(candidates: Int32Array): boolean {
    const { fleet } = this.parts.context;
    for (let i = 0; i < candidates.length; i += 1) {
      if (fleet.loading(candidates[i]).length > 0 && this.inferNs(candidates[i]) < Infinity) return true;
    }
    return false;
  }

  /** Expected execution of the query's inputs; `Infinity` where the variant breaks a promise. */
  private inferNs(variant: VariantIndex): Nanos {
    const { variants, latency } = this.parts.context.catalogue;
    const { maxBatch, accuracyPercent } = variants[variant];
    if (this.inputs > maxBatch || accuracyPercent < this.accuracyPercent) return Infinity;
    const inferNs = latency[variant].expectedBatchNs(this.inputs);
    return inferNs > this.budgetNs ? Infinity : inferNs;
  }

  private candidatesOf(kind: number): Int32Array {
    const { catalogue, kinds } = this.parts.context;
    invariant(kinds[kind] !== undefined, 'a request refers to a query kind that exists');
    return (this.lists[kind] ??= Int32Array.from(variantsNamed(catalogue, kinds[kind])));
  }
}

const anything = (): boolean => true;
const nothing = (): boolean => false;
