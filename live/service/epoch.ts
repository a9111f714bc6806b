/**
 * One life of the actors: from a catalogue that does not change to the day it does. It takes queries, gives each to a
 * LiveWorld, and settles it when the ledger has ended it; a query whose worker died is tried once more, for a model
 * keeps nothing between queries. Invariant: each query that was taken is settled exactly once, also when the actors
 * fail.
 */
import type {
  ControlDecision,
  JobTable,
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
import { LiveWorld } from '../world/index.ts';
import type { LiveBackendFactory } from '../world/index.ts';
import type { EpochPlan } from './epoch-plan.ts';
import { Labels } from './labels.ts';
import { ModelDirectory, kindOf } from './model-directory.ts';
import type { OpenQuery } from './open-queries.ts';
import { OpenQueries } from './open-queries.ts';
import type { OfflineFiles, OfflinePort, RunningJob } from './offline-work.ts';
import { answerOf, queryEnd, refusalDetail } from './query-end.ts';
import { notServed } from './refusals.ts';
import type { WorkerBounds } from './served-variant.ts';
import type { ServiceBlueprint } from './service-blueprint.ts';
import type { ServiceObserver } from './service-observer.ts';
import { decisionSnapshot } from './take-snapshot.ts';
import { serviceBackend } from './service-backend.ts';
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
  private jobs = 0;
  private jobFiles = 0;
  private readonly kindIndexes = new Map<string, number>();
  private readonly homeless: readonly VariantIndex[];
  private retiring = false;
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
    this.files = blueprint.offline?.begin({ directory, add: (job) => this.addJob(job) });
    const backend = serviceBackend({
      files: this.files,
      limits: blueprint.engines,
      payloads: this.queries,
      ended: (worker, message, batch) => this.workEnded(worker, message, batch),
      note: (worker, text) => this.failures.set(this.variantOf(worker), text),
    });
    this.world = this.makeWorld(backend);
    const { fleet } = this.world.serving;
    const nameOf = (worker: WorkerId): string => plan.variants[fleet.variant[worker]].name;
    this.labels = new Labels(fleet, nameOf, parts.nextWorker);
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
    if (!this.world.isRunning) return open.settle(notServed('failed', 'service-failed'));
    const kind = this.kindIndex(open);
    const { latencyNs, accuracyPercent } = query;
    const left = latencyNs === NEVER ? NEVER : Math.max(0, latencyNs - open.spentNs);
    let slot: Slot = -1;
    this.world.submit({ kind, inputs, latencyNs: left, accuracyPercent, client: -1 }, (given) => {
      slot = given;
      this.queries.put(given, open);
    });
    if (slot < 0) return open.settle(notServed('failed', 'service-failed'));
    // Refused at once, or already served under another number.
    if (this.queries.at(slot) !== open) return undefined;
    return this.watch(open, slot);
  }

  /** Keeps a variant's workers between bounds. */
  bound(variant: VariantIndex, { least, most }: WorkerBounds): void {
    const message = { type: 'workers.bounded', variant, least, most: Math.min(most, UNBOUNDED) } as const;
    this.world.external(MODEL_AUTOSCALER, message);
  }

  /** Takes no more queries; ends when those it has are answered, or when the time is over. */
  async retire(timeoutMs: number): Promise<void> {
    this.retiring = true;
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

  /** Jobs may be added before the world runs: they are given to the actors when it does. */
  private addJob(job: Parameters<OfflinePort['add']>[0]): RunningJob {
    const index = this.jobs;
    const firstFile = this.jobFiles;
    this.jobs += 1;
    this.jobFiles += job.files;
    const tell = (message: Message): void => {
      // Before it runs, the messages of a world are those of its start-up.
      void this.begun.then(() => this.world.external(OFFLINE, message));
    };
    tell({ type: 'job.added', job: { ...job, atNs: 0, cancelNs: NEVER } });
    const none = { total: job.files, waiting: job.files, running: 0, done: 0, failed: 0, cancelled: 0 };
    const table = (): JobTable | undefined => this.world.serving.offline;
    const isKnown = (): boolean => (table()?.jobs.length ?? 0) > index;
    return {
      firstFile,
      counts: () => (isKnown() ? (table()?.counts(index) ?? none) : none),
      reason: () => (isKnown() ? (table()?.reason(index) ?? '') : ''),
      failedLoads: () => {
        const variant = isKnown() ? table()?.variant(index) : undefined;
        if (variant === undefined || variant === null) return undefined;
        return { count: this.failedLoads.get(variant) ?? 0, detail: this.failures.get(variant) ?? '' };
      },
      cancel: () => tell({ type: 'job.cancelled', job: index }),
    };
  }

  private finish(error: Error | undefined): Error | undefined {
    // An epoch that failed, or never began, was not retired.
    void this.files?.end();
    for (const open of this.queries.takeAll()) open.settle(notServed('failed', 'service-failed'));
    return error;
  }

  /** A client that leaves, or gives up after a time, takes its query back. */
  private watch(open: OpenQuery, slot: Slot): void {
    const { signal, timeoutNs } = open.query;
    if (signal === undefined && timeoutNs === undefined) return;
    const ordinal = this.world.lastOrdinal();
    const cancel = (ending: 'expired' | 'cancelled'): void => {
      if (this.queries.at(slot) !== open) return;
      open.ending ??= ending;
      this.world.external(SCHEDULER, { type: 'request.cancelled', slot, ordinal });
    };
    if (signal !== undefined) {
      const left = (): void => cancel('cancelled');
      if (signal.aborted) return left();
      signal.addEventListener('abort', left, { once: true });
      open.release.push(() => signal.removeEventListener('abort', left));
    }
    if (timeoutNs === undefined) return;
    const timer = setTimeout(() => cancel('expired'), Math.max(0, (timeoutNs - open.spentNs) / 1e6));
    open.release.push(() => clearTimeout(timer));
  }

  private requestEnded(slot: Slot, outcome: Outcome, _endNs: Nanos, row: RequestRow): void {
    const open = this.queries.take(slot);
    if (open === undefined) return;
    for (const release of open.release.splice(0)) release();
    const reason = reasonName(row.reason);
    const died = reason === 'worker-crashed' || reason === 'machine-lost';
    if (died && open.attempt === 0 && open.ending === undefined && !this.retiring) {
      // The world is in the middle of the request's end: the next attempt begins after it.
      queueMicrotask(() => this.parts.tryAgain({ ...open, attempt: 1, spentNs: open.spentNs + row.latencyNs }));
      return;
    }
    this.settle(open, outcome, row);
    if (this.hasQueriesOnly && this.queries.count === 0) setImmediate(() => this.world.end('drained'));
  }

  private settle(open: OpenQuery, outcome: Outcome, row: RequestRow): void {
    const { plan, labels, homeless } = this;
    const end = queryEnd({ plan, labels }, open, outcome, row);
    const detail = (): string =>
      refusalDetail(
        { catalogue: plan.live.serving.catalogue, homeless, failure: this.failures.get(row.variant) },
        open,
        end,
      );
    open.settle(answerOf(open, end, detail));
    this.parts.observer.queryEnded(end);
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
    const { name, definition } = this.plan.variants[variant];
    if (message.type === 'load.failed') {
      // Operators get the reason; where the file lies is nobody's business.
      const detail = message.detail.replace(definition.artifact?.path ?? '\n', definition.name);
      this.failures.set(variant, detail);
      this.failedLoads.set(variant, (this.failedLoads.get(variant) ?? 0) + 1);
    }
    if (message.type === 'load.finished') {
      const { readNs, createNs, warmUpNs } = message.timings;
      this.failures.delete(variant);
      observer.loaded(name, definition.version, readNs + createNs + warmUpNs);
    }
    if (batch === undefined || (message.type !== 'batch.finished' && message.type !== 'batch.failed')) return;
    const ok = message.type === 'batch.finished';
    const timings = ok ? message.timings : { preprocessNs: 0, inferNs: 0, postprocessNs: 0 };
    const label = this.labels.worker(worker);
    observer.batchEnded({ variant: name, version: definition.version, worker: label, ...batch, ok, ...timings });
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
