/**
 * The live inference service: queries in, answers out, and the catalogue changed while it runs. It gives queries to the
 * epoch of the moment; how one epoch takes over from another is told in `epochs.ts`.
 * Invariant: each query is answered exactly once, and told to observers once, whatever becomes of its epoch.
 */
import { ServingError } from '../../core/index.ts';
import type { ServiceAnswer, ServiceQuery, ServiceReason } from './answer.ts';
import type { Epoch } from './epoch.ts';
import { Epochs } from './epochs.ts';
import { merged } from './merge-variants.ts';
import type { ModelDirectory } from './model-directory.ts';
import { sameTensors } from './model-directory.ts';
import type { OpenQuery } from './open-queries.ts';
import { Observers } from './observers.ts';
import { notServed } from './refusals.ts';
import type { ServedVariant, WorkerBounds } from './served-variant.ts';
import type { ServiceBlueprint } from './service-blueprint.ts';
import type { ServiceObserver } from './service-observer.ts';
import type { ServicePort } from './service-port.ts';
import type { ServiceSnapshot } from './service-snapshot.ts';
import { startable } from './startable.ts';
import type { LeftOut } from './startable.ts';
import { machineSnapshots, readyWorkers, variantSnapshots, workerSnapshots } from './take-snapshot.ts';

const SETTLE_POLL_MS = 20;

/** Loads of a variant that had failed when it was scaled last. */
interface Failed {
  readonly epoch: Epoch | undefined;
  readonly loads: number;
}

export class Service implements ServicePort {
  private readonly blueprint: ServiceBlueprint;
  private readonly observers = new Observers();
  private readonly epochs: Epochs;
  private readonly startedMs = Date.now();
  /** By the definition's name. */
  private readonly failedBefore = new Map<string, Failed>();
  private queries = 0;
  /** Queries taken and not answered, over all epochs. */
  private open = 0;

  private constructor(blueprint: ServiceBlueprint) {
    this.blueprint = blueprint;
    this.epochs = new Epochs({
      blueprint,
      observer: this.observers,
      tryAgain: (query) => this.take(query),
      lost: (query) => this.end(query, 'failed', 'service-failed'),
    });
  }

  /**
   * A service with the blueprint's variants and those that were registered before, its first workers loaded. What the
   * blueprint's `workers` names must load; workers that bounds demand beside those are done without where they do not,
   * and tried again; the snapshot says why.
   *
   * @param leftOut told of registered variants that do not go with the others: the service does not have them.
   * @throws ServingError or ServingErrors when it cannot begin; then nothing of it is left.
   */
  static async start(
    blueprint: ServiceBlueprint,
    registered: readonly ServedVariant[] = [],
    leftOut: (variant: LeftOut) => void = () => undefined,
  ): Promise<Service> {
    const service = new Service(blueprint);
    const { epochs } = service;
    const found = startable(blueprint, registered);
    for (const variant of found.leftOut) leftOut(variant);
    const { variants } = found;
    for (const { definition, workers } of variants)
      if (workers !== undefined) epochs.bounds.set(definition.name, workers);
    await epochs.change(() => ({ variants, needed: blueprint.workers.map(({ variant }) => variant) }));
    return service;
  }

  get directory(): ModelDirectory {
    return this.epochs.directory;
  }

  get isReady(): boolean {
    return this.epochs.state === 'ready' && this.epochs.current?.world.isRunning === true;
  }

  infer(query: ServiceQuery): Promise<ServiceAnswer> {
    const { state } = this.epochs;
    const ordinal = this.queries;
    this.queries += 1;
    if (state === 'failed') return Promise.resolve(this.unserved(query, ordinal, ['failed', 'service-failed']));
    if (state !== 'ready') return Promise.resolve(this.unserved(query, ordinal, ['rejected', 'stopping']));
    if (this.open >= this.blueprint.openMax) {
      return Promise.resolve(this.unserved(query, ordinal, ['rejected', 'too-many-open']));
    }
    return new Promise((resolve) => {
      this.open += 1;
      const settle = (answer: ServiceAnswer): void => {
        this.open -= 1;
        resolve(answer);
      };
      const inputs = query.model.batches ? (query.tensors[0]?.shape[0] ?? 1) : 1;
      const parts = { query, inputs, ordinal, settle, attempt: 0, spentNs: 0, release: [], ending: undefined };
      this.take({ ...parts, outputs: undefined });
    });
  }

  install(variants: readonly ServedVariant[]): Promise<void> {
    const { epochs } = this;
    return epochs.change(() => ({ variants: merged(epochs.variants, variants), added: variants }));
  }

  async remove(names: readonly { readonly name: string; readonly version?: string }[]): Promise<void> {
    const { epochs } = this;
    const isNamed = ({ name, definition }: ServedVariant): boolean =>
      names.some((each) => each.name === name && (each.version ?? definition.version) === definition.version);
    await epochs.change(() => ({ variants: epochs.variants.filter((variant) => !isNamed(variant)) }));
  }

  scale(name: string, version: string, bounds: WorkerBounds | 'auto'): void {
    const { current, variants, bounds: kept } = this.epochs;
    const index = this.indexOf(name, version);
    const { definition } = variants[index];
    this.blueprint.keepBounds?.(name, version, bounds);
    this.failedBefore.set(definition.name, { epoch: current, loads: current?.failedLoads.get(index) ?? 0 });
    if (bounds === 'auto') kept.delete(definition.name);
    else kept.set(definition.name, bounds);
    current?.bound(index, bounds === 'auto' ? { least: 0, most: Infinity } : bounds);
  }

  async settled(name: string, version: string, timeoutMs: number): Promise<'settled' | 'failed' | 'timeout'> {
    const { definition } = this.epochs.variants[this.indexOf(name, version)];
    const untilMs = Date.now() + timeoutMs;
    for (;;) {
      const { current, bounds, state } = this.epochs;
      // Meanwhile the catalogue may change, and with it the variant's place.
      const index = this.find(name, version);
      if (index < 0 || state === 'stopped') return 'failed';
      const { least = 0, most = Infinity } = bounds.get(definition.name) ?? {};
      const workers = this.workersOf(name, version);
      if (workers >= least && workers <= most) return 'settled';
      const before = this.failedBefore.get(definition.name);
      const failedBefore = before?.epoch === current ? (before?.loads ?? 0) : 0;
      if ((current?.failedLoads.get(index) ?? 0) > failedBefore) return 'failed';
      if (Date.now() >= untilMs) return 'timeout';
      await new Promise((resolve) => setTimeout(resolve, SETTLE_POLL_MS));
    }
  }

  workersOf(name: string, version: string): number {
    const { current } = this.epochs;
    const index = this.find(name, version);
    return current === undefined || index < 0 ? 0 : readyWorkers(current, index);
  }

  snapshot(): ServiceSnapshot {
    const { current, state, count, bounds } = this.epochs;
    const policies = Object.entries(this.blueprint.policies);
    return {
      state: this.isReady || state !== 'ready' ? state : 'failed',
      startedMs: this.startedMs,
      epoch: count,
      policies: Object.fromEntries(policies.map(([family, { definition }]) => [family, definition.name])),
      openRequests: this.open,
      variants: current === undefined ? [] : variantSnapshots(current, bounds),
      workers: current === undefined ? [] : workerSnapshots(current),
      machines: current === undefined ? [] : machineSnapshots(current),
      decisions: this.observers.latestDecisions,
    };
  }

  observe(observer: ServiceObserver): () => void {
    return this.observers.add(observer);
  }

  /**
   * Takes no more queries and waits until those there are have been answered.
   * @returns queries that were still open when the time was over.
   */
  async drain(timeoutMs: number): Promise<number> {
    this.epochs.close();
    const untilMs = Date.now() + timeoutMs;
    while (this.open > 0 && Date.now() < untilMs) await new Promise((resolve) => setTimeout(resolve, SETTLE_POLL_MS));
    return this.open;
  }

  /** Ends the service; what is open is answered as failed. Leaves no process behind. */
  stop(): Promise<void> {
    return this.epochs.stop();
  }

  /** Gives a query to the epoch of the moment, whose catalogue may not be the one that the query was made for. */
  private take(open: OpenQuery): void {
    const { current, directory, state } = this.epochs;
    const { model } = open.query;
    const entry = directory.find(model.name, model.version);
    if (current === undefined || state === 'stopped') this.end(open, 'failed', 'service-failed');
    else if (entry === model) current.take(open);
    else if (entry !== undefined && sameTensors(entry.variants[0], model.variants[0])) {
      current.take({ ...open, query: { ...open.query, model: entry } });
    } else if (open.attempt > 0) this.end(open, 'failed', 'worker-crashed');
    else this.end(open, 'rejected', 'no-variant');
  }

  /** Answers a query that no actor will end. */
  private end({ query, ordinal, settle }: OpenQuery, outcome: 'failed' | 'rejected', reason: ServiceReason): void {
    settle(this.unserved(query, ordinal, [outcome, reason]));
  }

  private unserved(
    { application, model }: ServiceQuery,
    ordinal: number,
    [outcome, reason]: readonly ['failed' | 'rejected', ServiceReason],
  ): ServiceAnswer {
    this.observers.unserved({ application, model: model.name, ordinal, outcome, reason });
    return notServed(outcome, reason);
  }

  private find(name: string, version: string): number {
    return this.epochs.variants.findIndex((variant) => variant.name === name && variant.definition.version === version);
  }

  private indexOf(name: string, version: string): number {
    const index = this.find(name, version);
    if (index >= 0) return index;
    throw new ServingError({
      code: 'SERVICE_UNKNOWN_VARIANT',
      message: 'there is no such variant',
      found: `"${name}", version "${version}"`,
      next: 'see `rehearse status` for those there are',
    });
  }
}
