/**
 * What a policy is. A policy module may serve several families over one private state; a simple policy is one
 * file that serves one. Policies are plain functions over read-only views: they never send messages, never touch
 * tables, and draw only from the stream they are given.
 */
import type { Catalogue } from './catalogue/catalogue.ts';
import type { VariantIndex } from './catalogue/variant.ts';
import type { Stream } from './random/stream.ts';
import type { Reason } from './outcome.ts';
import type { FleetView, MachineId, WorkerId } from './tables/fleet.ts';
import type { RequestView, Slot } from './tables/request-table.ts';
import type { SlotQueue } from './tables/slot-queue.ts';
import type { Nanos } from './time.ts';
import type { QueryKind } from './workload.ts';
import type { Options, OptionValues } from './options.ts';
import type { Signals } from './signals.ts';
import type { Solver } from './solver.ts';

export const FAMILIES = [
  'selection',
  'admission',
  'dispatch',
  'batching',
  'placement',
  'model-scaling',
  'machine-scaling',
] as const;
export type Family = (typeof FAMILIES)[number];

/** No variant, no worker, no machine: the answer of a policy that finds none. */
export const NONE = -1;
/** Dispatch: keep the request with the scheduler until a worker becomes ready or asks for work. */
export const HOLD = -2;
/**
 * Dispatch: hold the request and start a worker of its variant; placement says on which machine. From `assign` it is one
 * more; from `cold` none is started while one is on its way. Where it cannot be started, for want of room or soon after
 * a failed load, the policy is asked again about what is held: at once, whenever a worker goes idle, and at each retry.
 */
export const START = -3;

/** Which variant serves a request. */
export interface SelectionPolicy {
  /** The variant, or `NONE` when nothing fits what the query asks. */
  select(slot: Slot, now: Nanos): VariantIndex;
}

/** Whether a request may enter, and whether it is still worth executing. */
export interface AdmissionPolicy {
  /** 0 admits; a reason code refuses. */
  admit(slot: Slot, variant: VariantIndex, now: Nanos): Reason;
  /** Asked when a batch is formed: true drops the request as expired. */
  expires?(slot: Slot, worker: WorkerId, now: Nanos): boolean;
}

/** Which worker of the variant gets a request. */
export interface DispatchPolicy {
  /**
   * A ready worker of the variant, `HOLD`, `START`, or `NONE` to reject. Called only while some worker of the variant
   * is ready.
   */
  assign(slot: Slot, variant: VariantIndex, now: Nanos): WorkerId;
  /**
   * Present when the policy itself decides what happens while no worker of the variant is ready: `HOLD`, `START`, or
   * `NONE` to reject. Without it the scheduler holds the request, and a first worker is started where the experiment
   * says `start_on_request`.
   */
  cold?(slot: Slot, variant: VariantIndex, now: Nanos): number;
  /** START from `cold` is one more as well: the policy keeps its own count of what is on its way. */
  readonly countsStarts?: boolean;
  /**
   * Present when workers pull: asked when a worker has room, with the requests held for its variant, oldest
   * first. Returns the position to take, or `NONE`.
   */
  pull?(worker: WorkerId, waiting: SlotQueue, now: Nanos): number;
  /**
   * With `pull`: the other workers to ask when this one has gone idle, for policies under which workers wait for each
   * other, such as one batch at a time per device. Read at once; the policy may reuse the list.
   */
  wake?(worker: WorkerId, now: Nanos): readonly WorkerId[];
  /**
   * How often the scheduler reviews what it holds, while it holds something: what has `lapsed` expires, and the ready
   * workers are asked to pull again, which covers a worker that died while others waited for it. Never when left out.
   */
  readonly reviewNs?: Nanos;
  /** With `reviewNs`: true drops a held request as expired. */
  lapsed?(slot: Slot, now: Nanos): boolean;
  /**
   * True where a request that a worker gave back, because it drains or died, is selected anew before it is dispatched;
   * else it stays with its variant. Admission is not asked again.
   */
  readonly reselects?: boolean;
}

/** When a worker starts a batch, and how large it may be. */
export interface BatchingPolicy {
  /** The largest batch to form now, in inputs, at least 1. The worker caps it at the variant's maximum. */
  limit(worker: WorkerId): number;
  /**
   * When an idle worker starts a batch if nothing else arrives: `now` or earlier means at once, `NEVER` means
   * wait for the next arrival.
   * @param queuedInputs inputs in the worker's queue, at least 1.
   * @param oldestNs when the oldest of them joined the queue.
   */
  startAt(worker: WorkerId, queuedInputs: number, oldestNs: Nanos, now: Nanos): Nanos;
  /** Tells an adaptive policy how a batch went. */
  finished?(worker: WorkerId, inputs: number, durationNs: Nanos): void;
  /** A worker number begins a new life with a variant: forget what was learnt. */
  started?(worker: WorkerId, variant: VariantIndex): void;
}

/** On which machine a new worker goes. */
export interface PlacementPolicy {
  /** A machine that is up and has room, or `NONE`. */
  place(variant: VariantIndex, now: Nanos): MachineId;
}

/** More or fewer workers of a variant. */
export interface ModelScaling {
  readonly variant: VariantIndex;
  /** Workers to start (positive) or drain (negative); never 0. */
  readonly delta: number;
  /** The machine that starts or drains them; placement, or the workers with least to do, when left out. */
  readonly machine?: MachineId;
  readonly reason: string;
}

export interface ModelScalingPolicy {
  /** How often it decides. */
  readonly periodNs: Nanos;
  /** Called every period, after the monitor has refreshed the sampled columns. */
  decide(now: Nanos): readonly ModelScaling[];
}

/** More or fewer machines of a type. */
export interface MachineScaling {
  readonly type: number;
  readonly delta: number;
  /** The machine to drain, with a delta of -1; the emptiest ones when left out. */
  readonly machine?: MachineId;
  readonly reason: string;
}

export interface MachineScalingPolicy {
  readonly periodNs: Nanos;
  decide(now: Nanos): readonly MachineScaling[];
}

/** The families a policy module serves. */
export interface PolicyModule {
  readonly selection?: SelectionPolicy;
  readonly admission?: AdmissionPolicy;
  readonly dispatch?: DispatchPolicy;
  readonly batching?: BatchingPolicy;
  readonly placement?: PlacementPolicy;
  readonly 'model-scaling'?: ModelScalingPolicy;
  readonly 'machine-scaling'?: MachineScalingPolicy;
}

/** What a policy is given when it is created, once a run. */
export interface PolicyContext<Values> {
  /** The validated options, defaults filled in. */
  readonly options: Values;
  readonly catalogue: Catalogue;
  readonly fleet: FleetView;
  readonly requests: RequestView;
  /** What each query kind asks for; the request table's `kind` column indexes it. */
  readonly kinds: readonly QueryKind[];
  /** The workers and machines the experiment starts with: the floor that scalers know. */
  readonly initial: InitialFleet;
  /** The policy's own random stream. */
  readonly random: Stream;
  readonly signals: Signals;
  /** Solves linear and integer programs; only for policies that say `usesSolver`. */
  readonly solver: Solver;
}

export interface InitialFleet {
  /** Workers at the start, by variant index; absent means 0. */
  readonly workers: ReadonlyMap<VariantIndex, number>;
  /** Machines at the start and at most, by machine type index. */
  readonly machines: ReadonlyMap<number, { readonly initial: number; readonly max: number }>;
}

/** What a run takes over from one that it succeeds, beside its initial fleet: no policy takes it for a floor. */
export interface InheritedFleet {
  /** Workers beside the initial ones, by variant index: started as far as there is room. */
  readonly workers: ReadonlyMap<VariantIndex, number>;
  /** Machines beside the initial ones, by machine type index. */
  readonly machines: ReadonlyMap<number, number>;
  /** Variants without which the run may begin: a worker of theirs that has no room, or does not load, is left out. */
  readonly dispensable: ReadonlySet<VariantIndex>;
}

/** A policy as its registry lists it. */
export interface PolicyDefinition<Declared extends Options = Options> {
  readonly name: string;
  /** One sentence: what it does. */
  readonly summary: string;
  /** Where the rule comes from: a paper, a system's documentation. */
  readonly source: string;
  readonly families: readonly Family[];
  readonly options: Declared;
  /** The run loads the solver before it starts. */
  readonly usesSolver?: boolean;
  /**
   * What the rule presumes of families that it does not serve, by the names of built-in policies. A set that chooses
   * the policy under `modules` and says nothing of such a family gets them instead of the built-in default.
   */
  readonly companions?: Readonly<Partial<Record<Family, string>>>;
  /** Its selection knows only variants that have workers at the start: without any it serves nothing. */
  readonly needsInitialWorkers?: boolean;
  /**
   * Present when it keeps what is there until its first plan: when that is made, counted from the first query, and by
   * which option. A run that ends before shows nothing of the policy, and says so.
   */
  firstPlan?(options: OptionValues<Declared>): FirstPlan;
  create(context: PolicyContext<OptionValues<Declared>>): PolicyModule;
}

export interface FirstPlan {
  readonly afterNs: Nanos;
  /** Name of the option that decides it, as it is declared. */
  readonly option: string;
}

/** Gives a policy definition its types; the identity at run time. */
export function definePolicy<const Declared extends Options>(
  definition: PolicyDefinition<Declared>,
): PolicyDefinition<Declared> {
  return definition;
}
