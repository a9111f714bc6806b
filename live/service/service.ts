/**
 * The live inference service: queries in, answers out, and the catalogue changed while it runs. A change begins a new
 * epoch, with policies and workers of its own, beside the one that serves; when the new one is ready it gets the
 * queries, and the old one ends when it has answered what it took. So a change that fails changes nothing.
 */
import { ServingError } from '../../core/index.ts';
import type { ServiceAnswer, ServiceQuery } from './answer.ts';
import { Epoch } from './epoch.ts';
import type { EpochHeritage } from './epoch-plan.ts';
import { epochPlan } from './epoch-plan.ts';
import { ModelDirectory } from './model-directory.ts';
import type { OpenQuery } from './open-queries.ts';
import { Observers } from './observers.ts';
import { notServed } from './refusals.ts';
import type { ServedVariant, WorkerBounds } from './served-variant.ts';
import type { ServiceBlueprint } from './service-blueprint.ts';
import type { ServiceObserver } from './service-observer.ts';
import type { ServicePort } from './service-port.ts';
import type { ServiceSnapshot } from './service-snapshot.ts';
import { machineSnapshots, readyWorkers, variantSnapshots, workerSnapshots } from './take-snapshot.ts';

/** How long an epoch that was replaced may take to answer what it has. */
const RETIRE_MS = 60_000;
/** The actors are started anew after a failure, but not more often than this in a minute. */
const FAILURES_PER_MINUTE = 3;
const SETTLE_POLL_MS = 20;

export class Service implements ServicePort {
  private readonly blueprint: ServiceBlueprint;
  private readonly observers = new Observers();
  private readonly startedMs = Date.now();
  private readonly bounds = new Map<string, WorkerBounds>();
  /** Loads of a variant that had failed when it was scaled last, by the definition's name. */
  private readonly failedBefore = new Map<string, number>();
  private readonly workerCounts = new Map<string, number>();
  private readonly failuresMs: number[] = [];
  private readonly retiring = new Set<Promise<void>>();
  private variants: readonly ServedVariant[] = [];
  private current: Epoch | undefined;
  private names = new ModelDirectory([]);
  private state: ServiceSnapshot['state'] = 'starting';
  private epochs = 0;
  private queries = 0;
  /** Queries taken and not answered, over all epochs. */
  private open = 0;
  private change: Promise<unknown> = Promise.resolve();

  private constructor(blueprint: ServiceBlueprint) {
    this.blueprint = blueprint;
  }

  /**
   * A service with the blueprint's variants and those that were registered before, its first workers loaded.
   *
   * @throws ServingError or ServingErrors when it cannot begin; then nothing of it is left.
   */
  static async start(blueprint: ServiceBlueprint, registered: readonly ServedVariant[] = []): Promise<Service> {
    const service = new Service(blueprint);
    const variants = merged(blueprint.variants, registered);
    for (const { definition, workers } of variants)
      if (workers !== undefined) service.bounds.set(definition.name, workers);
    await service.replace(variants);
    service.state = 'ready';
    return service;
  }

  get directory(): ModelDirectory {
    return this.names;
  }

  get isReady(): boolean {
    return this.state === 'ready' && this.current?.world.isRunning === true;
  }

  infer(query: ServiceQuery): Promise<ServiceAnswer> {
    const { openMax } = this.blueprint;
    const ordinal = this.queries;
    this.queries += 1;
    if (this.state !== 'ready') return Promise.resolve(this.refused(query, ordinal, 'stopping'));
    if (this.open >= openMax) return Promise.resolve(this.refused(query, ordinal, 'too-many-open'));
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
    return this.changed(async () => {
      const before = new Map(this.bounds);
      for (const { definition, workers } of variants) {
        if (workers !== undefined) this.bounds.set(definition.name, workers);
      }
      await this.replace(merged(this.variants, variants)).catch((error: unknown) => {
        this.bounds.clear();
        for (const [name, bounds] of before) this.bounds.set(name, bounds);
        throw error;
      });
    });
  }

  remove(names: readonly { readonly name: string; readonly version?: string }[]): Promise<void> {
    return this.changed(async () => {
      const isNamed = ({ name, definition }: ServedVariant): boolean =>
        names.some((each) => each.name === name && (each.version ?? definition.version) === definition.version);
      const gone = this.variants.filter(isNamed);
      await this.replace(this.variants.filter((variant) => !isNamed(variant)));
      for (const { definition } of gone) this.bounds.delete(definition.name);
    });
  }

  scale(name: string, version: string, bounds: WorkerBounds | 'auto'): void {
    const index = this.indexOf(name, version);
    const { definition } = this.variants[index];
    this.failedBefore.set(definition.name, this.current?.failedLoads.get(index) ?? 0);
    if (bounds === 'auto') this.bounds.delete(definition.name);
    else this.bounds.set(definition.name, bounds);
    this.current?.bound(index, bounds === 'auto' ? { least: 0, most: Infinity } : bounds);
  }

  async settled(name: string, version: string, timeoutMs: number): Promise<'settled' | 'failed' | 'timeout'> {
    const index = this.indexOf(name, version);
    const failedBefore = this.failedBefore.get(this.variants[index].definition.name) ?? 0;
    const untilMs = Date.now() + timeoutMs;
    for (;;) {
      const { least = 0, most = Infinity } = this.bounds.get(this.variants[index].definition.name) ?? {};
      const workers = this.workersOf(name, version);
      if (workers >= least && workers <= most) return 'settled';
      if ((this.current?.failedLoads.get(index) ?? 0) > failedBefore) return 'failed';
      if (Date.now() >= untilMs) return 'timeout';
      await new Promise((resolve) => setTimeout(resolve, SETTLE_POLL_MS));
    }
  }

  workersOf(name: string, version: string): number {
    const index = this.find(name, version);
    return this.current === undefined || index < 0 ? 0 : readyWorkers(this.current, index);
  }

  snapshot(): ServiceSnapshot {
    const { current, blueprint } = this;
    const policies = Object.entries(blueprint.policies).map(([family, { definition }]) => [family, definition.name]);
    return {
      state: this.isReady || this.state !== 'ready' ? this.state : 'failed',
      startedMs: this.startedMs,
      epoch: this.epochs,
      policies: Object.fromEntries(policies),
      openRequests: this.open,
      variants: current === undefined ? [] : variantSnapshots(current, this.bounds),
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
    this.state = 'draining';
    const untilMs = Date.now() + timeoutMs;
    while (this.open > 0 && Date.now() < untilMs) await new Promise((resolve) => setTimeout(resolve, SETTLE_POLL_MS));
    return this.open;
  }

  /** Ends the service; what is open is answered as failed. Leaves no process behind. */
  async stop(): Promise<void> {
    this.state = 'stopped';
    await this.change.catch(() => undefined);
    await this.current?.retire(0);
    await Promise.all(this.retiring);
  }

  /** One change of the catalogue at a time. */
  private changed(work: () => Promise<void>): Promise<void> {
    const done = this.change.then(work);
    this.change = done.catch(() => undefined);
    return done;
  }

  /** Puts a new epoch in the place of the present one. */
  private async replace(variants: readonly ServedVariant[]): Promise<void> {
    const before = this.current;
    const plan = epochPlan(this.blueprint, variants, this.heritage());
    const epoch = new Epoch({
      blueprint: this.blueprint,
      plan,
      observer: this.observers,
      nextWorker: (variant) => this.nextWorker(variant),
      tryAgain: (query) => this.take(query),
    });
    await epoch.begin();
    for (const [index, { definition }] of variants.entries()) {
      const bounds = this.bounds.get(definition.name);
      if (bounds !== undefined) epoch.bound(index, bounds);
    }
    this.current = epoch;
    this.failedBefore.clear();
    this.variants = variants;
    this.names = new ModelDirectory(variants);
    this.epochs += 1;
    void epoch.over.then((error) => this.ended(epoch, error));
    if (before === undefined) return;
    const retired = before.retire(RETIRE_MS).finally(() => this.retiring.delete(retired));
    this.retiring.add(retired);
  }

  /** Actors that failed are started anew; the queries they had were answered as failed. */
  private ended(epoch: Epoch, error: Error | undefined): void {
    if (epoch !== this.current || this.state === 'stopped') return;
    this.observers.failed(error);
    const now = Date.now();
    this.failuresMs.push(now);
    const lately = this.failuresMs.filter((atMs) => atMs > now - 60_000).length;
    if (lately > FAILURES_PER_MINUTE) {
      this.state = 'failed';
      return;
    }
    this.changed(() => this.replace(this.variants)).catch(() => {
      this.state = 'failed';
    });
  }

  private heritage(): EpochHeritage {
    const workers = new Map<string, number>();
    const machines = new Map<string, number>();
    const { current, bounds } = this;
    if (current === undefined || !current.world.isRunning) return { workers, machines, bounds };
    for (const [index, { definition }] of current.plan.variants.entries()) {
      workers.set(definition.name, readyWorkers(current, index));
    }
    for (const { type, state } of machineSnapshots(current)) {
      if (state === 'up') machines.set(type, (machines.get(type) ?? 0) + 1);
    }
    return { workers, machines, bounds };
  }

  private take(open: OpenQuery): void {
    if (this.current === undefined) open.settle(notServed('failed', 'service-failed'));
    else this.current.take(open);
  }

  private refused(
    { application, model }: ServiceQuery,
    ordinal: number,
    reason: 'stopping' | 'too-many-open',
  ): ServiceAnswer {
    this.observers.refused({ application, model: model.name, ordinal, reason });
    return notServed('rejected', reason);
  }

  private nextWorker(variant: string): number {
    const next = (this.workerCounts.get(variant) ?? 0) + 1;
    this.workerCounts.set(variant, next);
    return next;
  }

  private find(name: string, version: string): number {
    return this.variants.findIndex((variant) => variant.name === name && variant.definition.version === version);
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

/** Later ones take the place of earlier ones of the same name and version. */
function merged(before: readonly ServedVariant[], more: readonly ServedVariant[]): readonly ServedVariant[] {
  const keyOf = ({ name, definition }: ServedVariant): string => `${name}\n${definition.version}`;
  const replaced = new Set(more.map(keyOf));
  const defaults = new Set(more.filter(({ isDefault }) => isDefault).map(({ name }) => name));
  const kept = before.filter((variant) => !replaced.has(keyOf(variant)));
  // A new default takes the place of the old one.
  const demoted = kept.map((variant) => (defaults.has(variant.name) ? { ...variant, isDefault: false } : variant));
  return [...demoted, ...more];
}
