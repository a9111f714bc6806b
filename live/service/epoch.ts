/**
 * One life of the actors: from a catalogue that does not change to the day it does. It takes queries, gives each to a
 * LiveWorld, and settles it when the ledger has ended it; a query whose worker died is tried once more, for a model
 * keeps nothing between queries. Invariant: each query that was taken is settled exactly once, also when the actors
 * fail.
 */
import type {
  ControlDecision,
  MachineId,
  Message,
  Nanos,
  Outcome,
  RequestRow,
  Slot,
  VariantIndex,
  WorkerId,
} from '../../core/index.ts';
import {
  MODEL_AUTOSCALER,
  NEVER,
  OFFLINE,
  SCHEDULER,
  UNBOUNDED,
  emptyArrival,
  homelessVariants,
  reasonName,
} from '../../core/index.ts';
import type { EngineDeath } from '../../backends/index.ts';
import { LiveWorld } from '../world/index.ts';
import type { LiveBackendFactory } from '../world/index.ts';
import { watchClient } from './client-watch.ts';
import { EpochJobs } from './epoch-jobs.ts';
import type { EpochPlan } from './epoch-plan.ts';
import { Labels } from './labels.ts';
import { ModelDirectory, kindOf } from './model-directory.ts';
import type { OpenQuery } from './open-queries.ts';
import { OpenQueries, unwatch } from './open-queries.ts';
import type { OfflineFiles } from './offline-work.ts';
import { answerOf, queryEnd, refusalDetail } from './query-end.ts';
import type { WorkerBounds } from './served-variant.ts';
import type { ServiceBlueprint } from './service-blueprint.ts';
import type { ServiceObserver } from './service-observer.ts';
import { decisionSnapshot } from './take-snapshot.ts';
import { serviceBackend } from './service-backend.ts';
import { workerCrash } from './worker-crash.ts';
import type { RunningBatch } from './service-backend.ts';

/** Decisions kept by the world itself: none, the service keeps the latest. */
const NO_DECISIONS = 0;

export interface EpochParts {
  readonly blueprint: ServiceBlueprint;
  readonly plan: EpochPlan;
  /** Everybody who watches the service, as one. */
  readonly observer: Required<ServiceObserver>;
  /** Counts the workers of a variant over all epochs. */
  readonly nextWorker: (variant: string) => number;
  /** Gives a query whose worker died to the epoch of the moment. */
  readonly tryAgain: (query: OpenQuery) => void;
  /** Settles a query that the actors will not end: they failed, or were ended. */
  readonly lost: (query: OpenQuery) => void;
}

export class Epoch {
  readonly plan: EpochPlan;
  readonly world: LiveWorld;
  readonly labels: Labels;
  readonly queries = new OpenQueries();
  /** Why the last load of a variant failed, by index. */
  readonly failures = new Map<VariantIndex, string>();
  /** Loads of a variant that failed, by index. */
  readonly failedLoads = new Map<VariantIndex, number>();
  /** Fulfilled when the epoch is over and its engines are gone; with the error that ended it, if one did. */
  readonly over: Promise<Error | undefined>;
  private readonly parts: EpochParts;
  private readonly files: OfflineFiles | undefined;
  private readonly kindIndexes = new Map<string, number>();
  private readonly homeless: readonly VariantIndex[];
  /** Retiring, and its offline work has ended: what is left are queries. */
  private hasQueriesOnly = false;
  private markBegun: () => void = () => undefined;
  /** Fulfilled when the epoch serves; never when it does not come to that. */
  private readonly begun = new Promise<void>((resolve) => {
    this.markBegun = resolve;
  });

  constructor(parts: EpochParts) {
    const { blueprint, plan } = parts;
    const { catalogue, initial, limits } = plan.live.serving;
    this.parts = parts;
    this.plan = plan;
    this.homeless = homelessVariants(catalogue, initial.machines.keys(), limits.coreOvercommit ?? 1);
    const directory = new ModelDirectory(plan.variants);
    const jobs = new EpochJobs({
      // Before the world runs, its messages are those of its start-up.
      tell: (message) => void this.begun.then(() => this.world.external(OFFLINE, message)),
      table: () => this.world.serving.offline,
      failedLoads: (variant) => ({
        count: this.failedLoads.get(variant) ?? 0,
        detail: this.failures.get(variant) ?? '',
      }),
    });
    this.files = blueprint.offline?.begin({ directory, add: (job) => jobs.add(job) });
    const backend = serviceBackend({
      files: this.files,
      limits: blueprint.engines,
      payloads: this.queries,
      ended: (worker, message, batch) => this.workEnded(worker, message, batch),
      note: (worker, text) => this.failures.set(this.variantOf(worker), text),
      died: (worker, death) => this.engineDied(worker, death),
    });
    this.world = this.makeWorld(backend);
    const { fleet } = this.world.serving;
    const nameOf = (worker: WorkerId): string => plan.variants[fleet.variant[worker]].name;
    const machineOf = (machine: MachineId): string | undefined => this.world.provisioner.labelOf?.(machine);
    this.labels = new Labels(fleet, nameOf, parts.nextWorker, machineOf);
    const lose = (): void => this.loseAll();
    // Clients do not wait until engines and machines are gone.
    void this.world.ended.then(lose, lose);
    this.over = this.world.run().then(
      () => this.finish(undefined),
      (error: unknown) => this.finish(error instanceof Error ? error : new Error(String(error))),
    );
  }

  /**
   * Fulfilled when all workers of the start are ready.
   * @throws what kept the epoch from beginning; then nothing of it is left.
   */
  async begin(): Promise<void> {
    await Promise.race([this.world.begun, this.over]);
    if (!this.world.isRunning) throw (await this.over) ?? new Error('the epoch was ended before it began');
    this.markBegun();
  }

  /** Gives a query to the actors. */
  take(open: OpenQuery): void {
    const { query, inputs } = open;
    if (!this.world.isRunning) return this.parts.lost(open);
    const kind = this.kindIndex(open);
    const { latencyNs, accuracyPercent } = query;
    const left = latencyNs === NEVER ? NEVER : Math.max(0, latencyNs - open.spentNs);
    let slot: Slot = -1;
    this.world.submit({ kind, inputs, latencyNs: left, accuracyPercent, client: -1 }, (given) => {
      this.queries.put(given, open);
      slot = given;
    });
    if (slot < 0) return this.parts.lost(open);
    // Refused at once, or already served under another number.
    if (this.queries.at(slot) !== open) return undefined;
    const ordinal = this.world.lastOrdinal();
    return watchClient(open, (ending) => {
      if (this.queries.at(slot) !== open) return;
      open.ending ??= ending;
      this.world.external(SCHEDULER, { type: 'request.cancelled', slot, ordinal });
    });
  }

  /** Keeps a variant's workers between bounds. */
  bound(variant: VariantIndex, { least, most }: WorkerBounds): void {
    const message = { type: 'workers.bounded', variant, least, most: Math.min(most, UNBOUNDED) } as const;
    this.world.external(MODEL_AUTOSCALER, message);
  }

  /** Takes no more queries; ends when those it has are answered, or when the time is over. */
  async retire(timeoutMs: number): Promise<void> {
    await this.files?.end();
    this.hasQueriesOnly = true;
    if (this.queries.count === 0) this.world.end('drained');
    const timer = setTimeout(() => this.world.end('interrupted'), timeoutMs);
    await this.over;
    clearTimeout(timer);
  }

  private makeWorld(backend: LiveBackendFactory): LiveWorld {
    const { plan } = this;
    try {
      return new LiveWorld({
        plan: plan.live,
        workload: { kinds: plan.kinds, next: emptyArrival(), advance: () => undefined },
        backend,
        decisionsMax: NO_DECISIONS,
        logMax: 0,
        endsByItself: false,
        listener: { requestEnded: (...end) => this.requestEnded(...end) },
        watcher: {
          decided: (decision) => this.decided(decision),
          stateChanged: (subject, id, state, kind) => this.stateChanged(subject, id, state, kind),
        },
        provisioner: this.parts.blueprint.provisioner,
      });
    } catch (error) {
      void this.files?.end();
      throw error;
    }
  }

  private finish(error: Error | undefined): Error | undefined {
    // An epoch that failed, or never began, was not retired.
    void this.files?.end();
    return error;
  }

  private loseAll(): void {
    for (const open of this.queries.takeAll()) {
      unwatch(open);
      this.parts.lost(open);
    }
  }

  private requestEnded(slot: Slot, outcome: Outcome, _endNs: Nanos, row: RequestRow): void {
    const open = this.queries.at(slot);
    if (open === undefined) return;
    const reason = reasonName(row.reason);
    const died = reason === 'worker-crashed' || reason === 'machine-lost';
    if (died && open.attempt === 0 && open.ending === undefined) {
      this.forget(slot, open);
      const [name, version] = row.variant < 0 ? ['', ''] : this.namesOf(row.variant);
      this.parts.observer.retried(name, version);
      // The world is in the middle of the request's end: the next attempt begins after it.
      queueMicrotask(() => this.parts.tryAgain({ ...open, attempt: 1, spentNs: open.spentNs + row.latencyNs }));
    } else this.settle(slot, open, outcome, row);
    if (this.hasQueriesOnly && this.queries.count === 0) setImmediate(() => this.world.end('drained'));
  }

  /** What goes wrong before the query is forgotten ends the world, which settles it. */
  private settle(slot: Slot, open: OpenQuery, outcome: Outcome, row: RequestRow): void {
    const { plan, labels, homeless } = this;
    const end = queryEnd({ plan, labels }, open, outcome, row);
    const answer = answerOf(open, end, () =>
      refusalDetail(
        { catalogue: plan.live.serving.catalogue, homeless, failure: this.failures.get(row.variant) },
        open,
        end,
      ),
    );
    this.forget(slot, open);
    open.settle(answer);
    this.parts.observer.queryEnded(end);
  }

  private forget(slot: Slot, open: OpenQuery): void {
    this.queries.take(slot);
    unwatch(open);
  }

  private kindIndex({ query: { model, application } }: OpenQuery): number {
    const key = `${application}\n${model.form}\n${model.name}\n${model.version}`;
    const known = this.kindIndexes.get(key);
    if (known !== undefined) return known;
    const index = this.plan.kinds.push(kindOf(model, application)) - 1;
    this.kindIndexes.set(key, index);
    return index;
  }

  private workEnded(worker: WorkerId, message: Message, batch: RunningBatch | undefined): void {
    const { observer } = this.parts;
    const variant = this.variantOf(worker);
    const [name, version] = this.namesOf(variant);
    if (message.type === 'load.failed') {
      this.failures.set(variant, message.detail);
      this.failedLoads.set(variant, (this.failedLoads.get(variant) ?? 0) + 1);
    }
    if (message.type === 'load.finished') {
      const { readNs, createNs, warmUpNs } = message.timings;
      this.failures.delete(variant);
      observer.loaded(name, version, readNs + createNs + warmUpNs);
    }
    if (batch === undefined || (message.type !== 'batch.finished' && message.type !== 'batch.failed')) return;
    const ok = message.type === 'batch.finished';
    const timings = ok ? message.timings : { preprocessNs: 0, inferNs: 0, postprocessNs: 0 };
    observer.batchEnded({ variant: name, version, worker: this.labels.worker(worker), ...batch, ok, ...timings });
  }

  private namesOf(variant: VariantIndex): readonly [name: string, version: string] {
    const { name, definition } = this.plan.variants[variant];
    return [name, definition.version];
  }

  private engineDied(worker: WorkerId, death: EngineDeath): void {
    const [variant, version] = this.namesOf(this.variantOf(worker));
    this.parts.observer.crashed(workerCrash({ variant, version, worker: this.labels.worker(worker) }, death));
  }

  private decided(decision: ControlDecision): void {
    this.parts.observer.decided(decisionSnapshot(decision, this));
  }

  private stateChanged(subject: 'worker' | 'machine', id: number, state: string, kind: number): void {
    const { machineTypes } = this.plan.live.serving.catalogue;
    const isWorker = subject === 'worker';
    const label = isWorker ? this.labels.worker(id) : this.labels.machine(id, machineTypes);
    const of = isWorker ? this.plan.variants[kind].name : machineTypes[kind].name;
    this.parts.observer.stateChanged({ subject, label, of, state });
  }

  private variantOf(worker: WorkerId): VariantIndex {
    return this.world.serving.fleet.variant[worker];
  }
}
