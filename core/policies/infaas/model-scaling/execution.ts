/**
 * Carries out scale requests as the daemons of a worker do in the release: one per kind of hardware, a FIFO each,
 * looked at every 500 ms, one request at a time; a daemon is busy until its load or unload is over. Keeps the rules
 * that slow scaling down; knows nothing of why a request was made.
 *
 * Invariant: a variant has at most one request on a machine, queued or carried out.
 */
import type { VariantIndex } from '../../../catalogue/variant.ts';
import { NONE } from '../../../policy.ts';
import type { ModelScaling } from '../../../policy.ts';
import type { FleetView, MachineId } from '../../../tables/fleet.ts';
import { DRAINING } from '../../../tables/fleet.ts';
import type { ReadonlyIds } from '../../../tables/sorted-ids.ts';
import { HARDWARE_KINDS } from '../machine-types.ts';
import { ON_GPU } from '../variant-facts.ts';
import type { HardwareKind } from '../variant-facts.ts';
import { replicasMax, scaleDownDelay } from './limits.ts';
import type { ScaleRequest } from './scale-request.ts';
import type { ScalingView } from './scaling-view.ts';

/** What a daemon waits for. */
type Work =
  | {
      readonly doing: 'loading';
      readonly request: ScaleRequest;
      /** What loads: the request's variant, or the one that takes over from it. */
      readonly variant: VariantIndex;
      /** Replicas to load after this one. */
      readonly left: number;
    }
  | { readonly doing: 'unloading'; readonly request: ScaleRequest; readonly isLast: boolean };

interface Daemon {
  readonly queue: ScaleRequest[];
  work: Work | undefined;
}

export class MachineExecution {
  private readonly view: ScalingView;
  private readonly fleet: FleetView;
  private readonly machine: MachineId;
  /** By kind of hardware. */
  private readonly daemons: readonly Daemon[] = HARDWARE_KINDS.map(() => ({ queue: [], work: undefined }));
  /** Variants with a request that is not over. */
  private readonly locked = new Set<VariantIndex>();
  /** Replicas that requests asked to remove since the last change, by variant. */
  private readonly piledUp = new Map<VariantIndex, number>();
  private changes: ModelScaling[] = [];

  constructor(view: ScalingView, machine: MachineId) {
    this.view = view;
    this.fleet = view.state.context.fleet;
    this.machine = machine;
  }

  /** Queues a request; false, and nothing queued, while the variant has one already. */
  ask(request: ScaleRequest): boolean {
    if (this.locked.has(request.variant)) return false;
    this.locked.add(request.variant);
    this.daemons[this.view.kind(request.variant)].queue.push(request);
    return true;
  }

  /** Lets every daemon work off its queue as far as it gets without waiting. Called every 500 ms. */
  drain(): readonly ModelScaling[] {
    this.changes = [];
    for (const kind of HARDWARE_KINDS) {
      const daemon = this.daemons[kind];
      if (daemon.work !== undefined) daemon.work = this.proceed(daemon.work);
      while (daemon.work === undefined) {
        const request = daemon.queue.shift();
        if (request === undefined) break;
        daemon.work = this.begin(request, kind);
      }
    }
    return this.changes;
  }

  /** The machine is gone: nothing it unloads hides a variant any more. */
  abandon(): void {
    for (const { work } of this.daemons) {
      if (work?.doing === 'unloading' && work.isLast) this.hide(work.request.variant, false);
    }
  }

  private begin(request: ScaleRequest, kind: HardwareKind): Work | undefined {
    const { variant, count } = request;
    const { context } = this.view.state;
    if (count < 0) {
      const piledUp = (this.piledUp.get(variant) ?? 0) - count;
      this.piledUp.set(variant, piledUp);
      if (piledUp <= scaleDownDelay(kind, context.catalogue.variants[variant].name)) return this.end(request);
    }
    this.piledUp.set(variant, 0);
    const ready = this.ready(variant);
    if (count < 0) return this.beginDown(request, ready);
    // Triton loads one instance of a model that is not there, however many were asked for.
    const more = kind === ON_GPU && ready === 0 ? 1 : count;
    if (ready + more > replicasMax(kind, this.view.autoscaler)) return this.end(request);
    return this.load(request, variant, more);
  }

  private beginDown(request: ScaleRequest, ready: number): Work | undefined {
    // Traffic goes back to CPU variants by way of the dispatcher, and only the daemon of a GPU loads what takes over.
    const takesOver = request.down !== NONE && this.view.kind(request.down) === ON_GPU;
    if (!takesOver || ready + request.count > 0) return this.unload(request, ready);
    if (this.ready(request.down) > 0) return this.unload(request, ready);
    return this.load(request, request.down, 1);
  }

  /** Starts one replica after the other; a load that is under way for another reason counts as the first of them. */
  private load(request: ScaleRequest, variant: VariantIndex, replicas: number): Work {
    if (this.loading(variant) === 0) this.emit(variant, 1, request.reason);
    return { doing: 'loading', request, variant, left: replicas - 1 };
  }

  private unload(request: ScaleRequest, ready: number): Work | undefined {
    const replicas = Math.min(-request.count, ready);
    if (replicas === 0) return this.end(request);
    this.emit(request.variant, -replicas, request.reason);
    const isLast = replicas === ready;
    if (isLast) this.hide(request.variant, true);
    return { doing: 'unloading', request, isLast };
  }

  private proceed(work: Work): Work | undefined {
    const { request } = work;
    if (work.doing === 'unloading') {
      if (this.draining(request.variant) > 0) return work;
      if (work.isLast) this.hide(request.variant, false);
      return this.end(request);
    }
    if (this.loading(work.variant) > 0) return work;
    if (work.left > 0) return this.load(request, work.variant, work.left);
    // The old variant goes even when the load of its successor failed, as in the release.
    return request.count < 0 ? this.unload(request, this.ready(request.variant)) : this.end(request);
  }

  private end({ variant }: ScaleRequest): undefined {
    this.locked.delete(variant);
  }

  private emit(variant: VariantIndex, delta: number, reason: string): void {
    const stated = `${reason} (${this.ready(variant)} ready on the machine)`;
    this.changes.push({ variant, delta, machine: this.machine, reason: stated });
  }

  private hide(variant: VariantIndex, isUnloading: boolean): void {
    this.view.state.setUnloading(variant, isUnloading);
  }

  private ready(variant: VariantIndex): number {
    return this.here(this.fleet.ready(variant));
  }

  private loading(variant: VariantIndex): number {
    return this.here(this.fleet.loading(variant));
  }

  private here(workers: ReadonlyIds): number {
    let count = 0;
    for (let i = 0; i < workers.length; i += 1) {
      const worker = workers.at(i);
      if (this.fleet.machine[worker] === this.machine && !this.fleet.isCondemned(worker)) count += 1;
    }
    return count;
  }

  private draining(variant: VariantIndex): number {
    const { state, workersMax, dedicated } = this.fleet;
    let count = 0;
    for (let worker = 0; worker < workersMax; worker += 1) {
      const isIts = this.fleet.variant[worker] === variant && this.fleet.machine[worker] === this.machine;
      if (isIts && state[worker] === DRAINING && dedicated[worker] === 0) count += 1;
    }
    return count;
  }
}
