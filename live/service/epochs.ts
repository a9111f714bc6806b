/**
 * The epochs of a service, one after another: which one serves, and how another takes its place. A change is made as a
 * whole or not at all: the new epoch begins beside the one that serves and takes over when it is ready; the old one
 * ends when it has answered what it took. While both are there, so are the workers of both: a change takes up to twice
 * the memory. Invariants: one change at a time; after `stop` no epoch is left and none begins.
 */
import { ServingError } from '../../core/index.ts';
import { Epoch } from './epoch.ts';
import type { EpochParts } from './epoch.ts';
import { epochPlan } from './epoch-plan.ts';
import type { EpochHeritage } from './epoch-plan.ts';
import { ModelDirectory } from './model-directory.ts';
import { RENEWAL_MS, Renewal } from './renewal.ts';
import type { ServedVariant, WorkerBounds } from './served-variant.ts';
import type { ServiceSnapshot } from './service-snapshot.ts';
import { machineSnapshots, readyWorkers } from './take-snapshot.ts';

/** How long an epoch that was replaced may take to answer what it has. */
const RETIRE_MS = 60_000;
/** The actors are started anew after a failure, but not more often than this in a minute. */
const FAILURES_PER_MINUTE = 3;
const MINUTE_MS = 60_000;

export type EpochsParts = Pick<EpochParts, 'blueprint' | 'observer' | 'tryAgain' | 'lost'>;

/** What a change brings. */
export interface Change {
  /** All that there are after it. */
  readonly variants: readonly ServedVariant[];
  /** Those of them that come with it: their bounds with them, and their workers must load. Default: none. */
  readonly added?: readonly ServedVariant[];
  /** The definitions' names of further ones whose workers must load, or the change is not made. Default: none. */
  readonly needed?: readonly string[];
}

export class Epochs {
  state: ServiceSnapshot['state'] = 'starting';
  /** The epoch that serves. */
  current: Epoch | undefined;
  variants: readonly ServedVariant[] = [];
  directory = new ModelDirectory([]);
  /** How many there were. */
  count = 0;
  /** Set by hand, by the definition's name. */
  readonly bounds = new Map<string, WorkerBounds>();
  private readonly parts: EpochsParts;
  private readonly renewal: Renewal;
  private readonly workerCounts = new Map<string, number>();
  /** Made once: a function of one change's would keep the epoch before it in memory, and that the one before. */
  private readonly nextWorker = (variant: string): number => {
    const next = (this.workerCounts.get(variant) ?? 0) + 1;
    this.workerCounts.set(variant, next);
    return next;
  };
  /** Those that were replaced and answer what they have. */
  private readonly retiring = new Set<Epoch>();
  /** The one that is about to begin. */
  private coming: Epoch | undefined;
  private latest: Promise<unknown> = Promise.resolve();
  /** When the actors failed, within the last minute. */
  private failuresMs: readonly number[] = [];

  constructor(parts: EpochsParts) {
    this.parts = parts;
    this.renewal = new Renewal(parts.blueprint.renewalMs ?? RENEWAL_MS, () => this.renew());
  }

  /** Makes a change after those that are under way. @param changeOf asked when its turn has come. */
  change(changeOf: () => Change): Promise<void> {
    const known = new Map(this.bounds);
    return this.inTurn(() => this.replace(changeOf(), known));
  }

  /** Makes no more changes; what was begun goes on. */
  close(): void {
    if (this.state !== 'stopped') this.state = 'draining';
    this.renewal.stop();
  }

  /** Ends all epochs, also one that is about to begin; what is open is lost. */
  async stop(): Promise<void> {
    this.close();
    this.state = 'stopped';
    void this.coming?.retire(0);
    await this.latest;
    const all = [...this.retiring, ...(this.current === undefined ? [] : [this.current])];
    await Promise.all(all.map((epoch) => epoch.retire(0)));
  }

  private inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.latest.then(() => {
      if (this.isEnding) throw stopping();
      return work();
    });
    this.latest = done.catch(() => undefined);
    return done;
  }

  /** Puts a new epoch in the place of the present one. @param known the bounds when the change was asked for. */
  private async replace({ variants, added = [], needed = [] }: Change, known = this.bounds): Promise<void> {
    const before = this.current;
    const plan = epochPlan(this.parts.blueprint, variants, this.heritage(added, needed));
    const epoch = new Epoch({ ...this.parts, plan, nextWorker: this.nextWorker });
    await this.begin(epoch);
    for (const [name, bounds] of boundsOf(added)) {
      // What was set by hand meanwhile is later.
      if (this.bounds.get(name) === known.get(name)) this.bounds.set(name, bounds);
    }
    const names = variants.map(({ definition }) => definition.name);
    for (const [name, bounds] of this.bounds) {
      if (names.includes(name)) epoch.bound(names.indexOf(name), bounds);
      else this.bounds.delete(name);
    }
    this.current = epoch;
    this.variants = variants;
    this.directory = new ModelDirectory(variants);
    this.count += 1;
    if (!this.isEnding) {
      this.state = 'ready';
      this.renewal.begin();
    }
    void epoch.over.then((error) => this.ended(epoch, error));
    if (before === undefined) return;
    this.retiring.add(before);
    void before.retire(RETIRE_MS).finally(() => this.retiring.delete(before));
  }

  private async begin(epoch: Epoch): Promise<void> {
    this.coming = epoch;
    try {
      await epoch.begin();
    } catch (error) {
      throw this.state === 'stopped' ? stopping() : error;
    } finally {
      this.coming = undefined;
    }
    if (this.state !== 'stopped') return;
    await epoch.retire(0);
    throw stopping();
  }

  /** Actors that failed are started anew; the queries they had were answered as failed. */
  private ended(epoch: Epoch, error: Error | undefined): void {
    const hasFailed = epoch === this.current && this.state !== 'stopped';
    if (hasFailed || error !== undefined) this.parts.observer.failed(error);
    if (!hasFailed || this.isEnding) return;
    const now = Date.now();
    this.failuresMs = [...this.failuresMs.filter((atMs) => atMs > now - MINUTE_MS), now];
    if (this.failuresMs.length > FAILURES_PER_MINUTE) {
      this.state = 'failed';
      return;
    }
    this.renew().catch((cause: unknown) => {
      if (this.isEnding) return;
      this.parts.observer.failed(cause instanceof Error ? cause : new Error(String(cause)));
      this.state = 'failed';
    });
  }

  /** Fresh actors for the same catalogue, unless a change that was under way has brought them. */
  private renew(): Promise<void> {
    const { current } = this;
    return this.inTurn(async () => {
      if (this.current === current) await this.replace({ variants: this.variants });
    });
  }

  private get isEnding(): boolean {
    return this.state === 'draining' || this.state === 'stopped';
  }

  private heritage(added: readonly ServedVariant[], others: readonly string[]): EpochHeritage {
    const workers = new Map<string, number>();
    const machines = new Map<string, number>();
    const { current } = this;
    const bounds = new Map([...this.bounds, ...boundsOf(added)]);
    const needed = new Map(others.map((name) => [name, 0]));
    for (const { definition, workers: own } of added) needed.set(definition.name, own?.least ?? 0);
    if (current === undefined) return { workers, machines, bounds, needed };
    // The tables of an epoch that failed still say what it had.
    for (const [index, { definition }] of current.plan.variants.entries()) {
      // Those that load now would be ready when the change is made.
      workers.set(definition.name, readyWorkers(current, index) + current.world.serving.fleet.started(index));
    }
    for (const { type, state } of machineSnapshots(current)) {
      if (state === 'up') machines.set(type, (machines.get(type) ?? 0) + 1);
    }
    return { workers, machines, bounds, needed };
  }
}

/** Of the variants that come with some, by the definition's name. */
function boundsOf(variants: readonly ServedVariant[]): ReadonlyMap<string, WorkerBounds> {
  const own = variants.map(({ definition, workers }) => [definition.name, workers] as const);
  return new Map(own.flatMap(([name, workers]) => (workers === undefined ? [] : [[name, workers]])));
}

function stopping(): ServingError {
  return new ServingError({ code: 'SERVICE_STOPPING', message: 'the service is stopping and changes no more' });
}
