/** The pipelines of a run: feeds them, plans and tunes them, and sums the replicas they want by variant. */
import type { VariantIndex } from '../../catalogue/variant.ts';
import type { ModelScaling, PolicyContext } from '../../policy.ts';
import { variantsNamed } from '../../queries/query-form.ts';
import type { Slot } from '../../tables/request-table.ts';
import { NEVER } from '../../time.ts';
import type { Nanos } from '../../time.ts';
import { boundsOf, currentWorkers } from '../model-scaling/scale-each.ts';
import { KindTraffic } from '../planning/kind-traffic.ts';
import { changesTowards } from '../planning/target.ts';
import type { MachineTarget } from '../planning/target.ts';
import type { Hardware } from './planner.ts';
import { ReplicaRoom, replicaPrices } from './replica-room.ts';
import type { ReplicaWish } from './replica-room.ts';
import { Stage } from './stage.ts';
import type { StageOptions } from './stage.ts';
import type { Tuner } from './tuner.ts';

export class Pipelines {
  /** The planned replicas by machine; empty before the first decision. */
  targets: readonly MachineTarget[] = [];
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
    this.traffic = new KindTraffic(requests, options.planPeriod);
    this.prices = replicaPrices({ catalogue, fleet });
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
    this.traffic.upTo(now);
    const { catalogue, fleet } = this.context;
    const room = new ReplicaRoom(this.context);
    for (const [kind, stage] of this.stages) {
      if (stage.isDue(now)) stage.makePlan(now, this.hardwareOf(kind, room), this.traffic.objectiveNs(kind));
      this.tune(stage, room, now);
    }
    this.setBatches();
    this.setTargets(room);
    const reasons = new Map<VariantIndex, string>();
    const changes: ModelScaling[] = [];
    for (let variant = 0; variant < catalogue.variants.length; variant += 1) {
      const current = currentWorkers(fleet, variant);
      const tuners = this.tunersOf(variant);
      if (tuners.length > 0) {
        reasons.set(variant, `${tuners.map(({ reason }) => reason).join(', ')}; ${current} workers`);
        continue;
      }
      const { workers, why } = this.unplanned(variant, current, now);
      const delta = workers - current;
      if (delta !== 0) changes.push({ variant, delta, reason: `${why}; ${current} workers` });
    }
    const reasonOf = (variant: VariantIndex): string => reasons.get(variant) ?? '';
    return [...changesTowards(this.context, this.targets, reasonOf, () => false), ...changes];
  }

  /** Lets the tuner decide within the room beside the others, and says that machines are short where that binds. */
  private tune(stage: Stage, room: ReplicaRoom, now: Nanos): void {
    const { tuner, variant } = stage;
    if (tuner === undefined) return;
    const { catalogue, signals, options } = this.context;
    tuner.look(now, room.roomFor(variant, this.wishesBeside(stage, room), options.max));
    if (!tuner.isShort) return;
    const { hardware } = catalogue.variants[variant];
    signals.capacityShort({ hardware, variant, atNs: now, cause: 'no device or cores for another replica' });
  }

  /** What the other pipelines want; one replica of its fastest variant where one has no plan yet. */
  private wishesBeside(stage: Stage | undefined, room: ReplicaRoom): ReplicaWish[] {
    return [...this.stages].flatMap(([kind, other]): ReplicaWish[] => {
      if (other === stage) return [];
      if (other.tuner !== undefined) return [{ variant: other.variant, replicas: other.tuner.replicas }];
      const fastest = this.optionsOf(kind)
        .filter((variant) => room.roomFor(variant, [], 1) > 0)
        .sort((a, b) => this.batchNs(a, 1) - this.batchNs(b, 1))
        .slice(0, 1);
      return fastest.map((variant) => ({ variant, replicas: 1 }));
    });
  }

  /** The planned replicas on the machines; of the other variants, what is there. */
  private setTargets(room: ReplicaRoom): void {
    const wishes = [...this.stages.values()].flatMap(({ tuner, variant }) =>
      tuner === undefined ? [] : [{ variant, replicas: tuner.replicas }],
    );
    const planned = new Set(wishes.map(({ variant }) => variant));
    const dealt = room.deal(wishes);
    this.targets = room.offers.map(({ machine, generation }, at) => ({
      machine,
      generation,
      workers: dealt[at].map((replicas, variant) => (planned.has(variant) ? replicas : room.columns[at][variant])),
    }));
  }

  private tunersOf(variant: VariantIndex): Tuner[] {
    return [...this.stages.values()].flatMap(({ tuner, variant: planned }) =>
      planned === variant && tuner !== undefined ? [tuner] : [],
    );
  }

  private batchNs(variant: VariantIndex, inputs: number): Nanos {
    return this.context.catalogue.latency[variant].expectedBatchNs(inputs);
  }

  /** The variants that may serve a kind and that some machine type hosts. */
  private optionsOf(kind: number): VariantIndex[] {
    const { catalogue, kinds, options } = this.context;
    const objectiveNs = this.traffic.objectiveNs(kind);
    const budgetNs = objectiveNs === NEVER ? NEVER : options.latencyShare * objectiveNs;
    return variantsNamed(catalogue, kinds[kind])
      .filter((variant) => catalogue.variants[variant].accuracyPercent >= this.traffic.accuracyPercent(kind))
      .filter((variant) => this.prices[variant] < Infinity && this.batchNs(variant, 1) <= budgetNs);
  }

  private hardwareOf(kind: number, room: ReplicaRoom): Hardware[] {
    const { catalogue, options } = this.context;
    const others = this.wishesBeside(this.stages.get(kind), room);
    return this.optionsOf(kind).map((variant) => ({
      variant,
      priceUsd: this.prices[variant],
      maxBatch: catalogue.variants[variant].maxBatch,
      replicasMax: room.roomFor(variant, others, options.max),
      batchNs: (inputs: number) => this.batchNs(variant, inputs),
    }));
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

  private unplanned(variant: VariantIndex, current: number, now: Nanos): { workers: number; why: string } {
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
