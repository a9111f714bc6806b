/** The pipelines of a run: feeds them, plans and tunes them, and sums the replicas they want by variant. */
import type { VariantIndex } from '../../catalogue/variant.ts';
import type { ModelScaling, PolicyContext } from '../../policy.ts';
import { variantsNamed } from '../../queries/query-form.ts';
import type { Slot } from '../../tables/request-table.ts';
import { NEVER } from '../../time.ts';
import type { Nanos } from '../../time.ts';
import { hostingOn } from '../hosting.ts';
import { boundsOf, currentWorkers } from '../model-scaling/scale-each.ts';
import { KindTraffic } from '../planning/kind-traffic.ts';
import type { Hardware } from './planner.ts';
import { Stage } from './stage.ts';
import type { StageOptions } from './stage.ts';

export class Pipelines {
  private readonly context: PolicyContext<StageOptions & { readonly latencyShare: number }>;
  private readonly traffic: KindTraffic;
  /** By query kind; kinds without queries have none. */
  private readonly stages = new Map<number, Stage>();
  private readonly prices: Float64Array;
  private readonly batches: Int32Array;

  constructor(context: PolicyContext<StageOptions & { readonly latencyShare: number }>) {
    const { catalogue, fleet, requests, options } = context;
    boundsOf('inferline', options);
    this.context = context;
    this.traffic = new KindTraffic(requests);
    const hosting = hostingOn(catalogue, fleet);
    this.prices = Float64Array.from(catalogue.variants, (variant) => hosting.cheapestUsd(variant));
    this.batches = Int32Array.from(catalogue.variants, ({ maxBatch }) => maxBatch);
  }

  /** Notes a query. */
  note(slot: Slot, now: Nanos): void {
    const { requests, options } = this.context;
    const kind = requests.kind[slot];
    this.traffic.note(slot);
    let stage = this.stages.get(kind);
    if (stage === undefined) {
      stage = new Stage(options, now);
      this.stages.set(kind, stage);
    }
    stage.push(now, requests.inputs[slot]);
  }

  /** The variant planned for a kind, or -1. */
  variantOf(kind: number): VariantIndex {
    return this.stages.get(kind)?.variant ?? -1;
  }

  /** The planned batch of a variant; what it takes at most where no plan uses it. */
  batchOf(variant: VariantIndex): number {
    return this.batches[variant];
  }

  decide(now: Nanos): readonly ModelScaling[] {
    for (const [kind, stage] of this.stages) {
      stage.planWhenDue(now, this.hardwareOf(kind), this.traffic.objectiveNs(kind));
      stage.tuner?.look(now);
    }
    this.setBatches();
    const { catalogue } = this.context;
    const changes: ModelScaling[] = [];
    for (let variant = 0; variant < catalogue.variants.length; variant += 1) {
      const current = currentWorkers(this.context.fleet, variant);
      const { workers, why } = this.wanted(variant, current, now);
      const delta = workers - current;
      if (delta !== 0) changes.push({ variant, delta, reason: `${why}; ${current} workers` });
    }
    return changes;
  }

  /** The variants that may serve a kind and that some machine type hosts. */
  private hardwareOf(kind: number): Hardware[] {
    const { catalogue, kinds, options } = this.context;
    const objectiveNs = this.traffic.objectiveNs(kind);
    const budgetNs = objectiveNs === NEVER ? NEVER : options.latencyShare * objectiveNs;
    return variantsNamed(catalogue, kinds[kind])
      .filter((variant) => catalogue.variants[variant].accuracyPercent >= this.traffic.accuracyPercent(kind))
      .map((variant) => ({
        variant,
        priceUsd: this.prices[variant],
        maxBatch: catalogue.variants[variant].maxBatch,
        batchNs: (inputs: number) => catalogue.latency[variant].expectedBatchNs(inputs),
      }))
      .filter(({ priceUsd, batchNs }) => priceUsd < Infinity && batchNs(1) <= budgetNs);
  }

  /** Pipelines that share a variant share its batch: the smallest, which keeps the promise of each. */
  private setBatches(): void {
    for (const { index, maxBatch } of this.context.catalogue.variants) {
      const planned = [...this.stages.values()].flatMap(({ plan }) =>
        plan?.hardware.variant === index ? [plan.batch] : [],
      );
      this.batches[index] = Math.min(maxBatch, ...planned);
    }
  }

  private wanted(variant: VariantIndex, current: number, now: Nanos): { workers: number; why: string } {
    const tuners = [...this.stages.values()].flatMap(({ tuner, variant: planned }) =>
      planned === variant && tuner !== undefined ? [tuner] : [],
    );
    if (tuners.length > 0) {
      const workers = tuners.reduce((sum, { replicas }) => sum + replicas, 0);
      return { workers, why: tuners.map(({ reason }) => reason).join(', ') };
    }
    const initial = this.context.initial.workers.get(variant) ?? 0;
    // Requests that wait for the variant are served by it, planned or not.
    const needed = this.context.fleet.waiting[variant] > 0 ? Math.max(1, current) : 0;
    if (this.isTakenOver(now)) return { workers: needed, why: `${needed} without a plan` };
    return { workers: Math.max(initial, current, needed), why: `${initial} initial workers, no plan yet` };
  }

  /** Whether every pipeline is planned, and its workers serve or have had their time to come. */
  private isTakenOver(now: Nanos): boolean {
    const { fleet, options } = this.context;
    const stages = [...this.stages.values()];
    return (
      stages.length > 0 &&
      stages.every(
        ({ variant, plannedNs }) =>
          variant >= 0 && (fleet.ready(variant).length > 0 || now - plannedNs >= options.stabilisation),
      )
    );
  }
}
