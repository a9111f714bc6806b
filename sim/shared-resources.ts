/**
 * Contention of co-located workers, as processor sharing: when the running batches of a machine want more cores
 * (or devices) than it has, all of them slow down by the same factor; and where a calibration says so, batches on the
 * cores of one machine slow each other even while there are cores for all (they share caches and memory). Work is measured in nanoseconds at full
 * speed. Because all batches of a resource run at one rate, a virtual clock that advances at that rate orders
 * their ends, and only the earliest needs an event.
 */
import type { BatchDemand, Catalogue, Fleet, Generation, MachineId, Nanos, TimerId, WorkerId } from '../core/index.ts';
import { NO_TIMER, PHASE_BACKEND, demandOf, queueOf } from '../core/index.ts';
import type { Kernel } from './kernel.ts';

interface Job {
  readonly worker: WorkerId;
  readonly generation: Generation;
  readonly startedNs: Nanos;
  readonly demand: number;
  /** Reading of the virtual clock at which the job's work is done. */
  readonly endVirtualNs: number;
}

interface Resource {
  readonly machine: MachineId;
  /** The life of the machine that it belongs to. */
  readonly generation: Generation;
  readonly kind: 'cores' | 'devices';
  capacity: number;
  /** Sum of the demands of the running batches. */
  demand: number;
  /** 1 at full speed; a slow machine runs below it. */
  speed: number;
  virtualNs: number;
  updatedNs: Nanos;
  readonly jobs: Job[];
  timer: TimerId;
}

export class SharedResources {
  private readonly kernel: Kernel;
  private readonly catalogue: Catalogue;
  private readonly fleet: Fleet;
  /** True when machines may be slowed, or hold more workers than they have cores or devices. Constant for a run. */
  readonly enabled: boolean;
  private readonly demands: readonly BatchDemand[];
  /** Share by which each other batch on a machine's cores slows a batch. */
  private readonly contention: number;
  /** By machine: its cores, and its devices. */
  private readonly cores: (Resource | undefined)[] = [];
  private readonly devices: (Resource | undefined)[] = [];
  private readonly resourceOf: (Resource | undefined)[] = [];

  constructor(parts: {
    readonly kernel: Kernel;
    readonly catalogue: Catalogue;
    readonly fleet: Fleet;
    readonly enabled: boolean;
    readonly contention?: number | undefined;
  }) {
    this.kernel = parts.kernel;
    this.catalogue = parts.catalogue;
    this.fleet = parts.fleet;
    this.enabled = parts.enabled;
    this.contention = parts.contention ?? 0;
    this.demands = parts.catalogue.variants.map(demandOf);
    if (parts.enabled) parts.fleet.metersWork = false;
  }

  /** Starts a batch; its answer is delivered when the work is done at whatever rate it gets. */
  start(worker: WorkerId, generation: Generation, workNs: Nanos): void {
    const resource = this.resourceFor(worker);
    this.advance(resource);
    const endVirtualNs = resource.virtualNs + workNs;
    const demand = this.demands[this.fleet.variant[worker]].amount;
    resource.demand += demand;
    resource.jobs.push({ worker, generation, startedNs: this.kernel.now, demand, endVirtualNs });
    this.resourceOf[worker] = resource;
    this.reschedule(resource);
  }

  /** Takes a killed worker's batch away. */
  stop(worker: WorkerId): void {
    const resource = this.resourceOf[worker];
    if (resource === undefined) return;
    this.advance(resource);
    this.remove(resource, worker);
    this.reschedule(resource);
  }

  /** Sets the speed of a machine, 1 being full speed. */
  setSpeed(machine: MachineId, speed: number): void {
    for (const kind of ['cores', 'devices'] as const) {
      const resource = this.resource(machine, kind);
      this.advance(resource);
      resource.speed = speed;
      this.reschedule(resource);
    }
  }

  private resourceFor(worker: WorkerId): Resource {
    return this.resource(this.fleet.machine[worker], this.demands[this.fleet.variant[worker]].kind);
  }

  private resource(machine: MachineId, kind: 'cores' | 'devices'): Resource {
    const column = kind === 'cores' ? this.cores : this.devices;
    const existing = column[machine];
    const generation = this.fleet.machines.generation[machine];
    if (existing?.generation === generation) return existing;
    const type = this.catalogue.machineTypes[this.fleet.machines.type[machine]];
    const capacity = kind === 'cores' ? type.cores : (type.accelerator?.count ?? 0);
    const resource = {
      machine,
      generation,
      kind,
      capacity,
      demand: 0,
      speed: 1,
      virtualNs: 0,
      updatedNs: this.kernel.now,
      jobs: [],
      timer: NO_TIMER,
    };
    column[machine] = resource;
    return resource;
  }

  private rateOf(resource: Resource): number {
    const { demand, jobs, kind } = resource;
    const share = demand > resource.capacity ? resource.capacity / demand : 1;
    const others = kind === 'cores' ? Math.max(0, jobs.length - 1) : 0;
    return (resource.speed * share) / (1 + this.contention * others);
  }

  /** Moves the virtual clock to now, and meters what the resource worked: no more than it has, however much is wanted. */
  private advance(resource: Resource): void {
    const elapsedNs = this.kernel.now - resource.updatedNs;
    const used = Math.min(resource.demand, resource.capacity);
    const { machine, generation, kind } = resource;
    this.fleet.machines.worked(machine, generation, kind, elapsedNs * used);
    resource.virtualNs += elapsedNs * this.rateOf(resource);
    resource.updatedNs = this.kernel.now;
  }

  private reschedule(resource: Resource): void {
    const { kernel } = this;
    if (resource.timer !== NO_TIMER) kernel.cancel(resource.timer);
    resource.timer = NO_TIMER;
    let next: Job | undefined;
    for (const job of resource.jobs) if (next === undefined || job.endVirtualNs < next.endVirtualNs) next = job;
    if (next === undefined) return;
    const remainingNs = Math.max(0, next.endVirtualNs - resource.virtualNs);
    const atNs = kernel.now + Math.ceil(remainingNs / this.rateOf(resource));
    const { worker, generation, startedNs } = next;
    const timings = { preprocessNs: 0, inferNs: atNs - startedNs, postprocessNs: 0 };
    const answer = { type: 'batch.finished', generation, timings } as const;
    resource.timer = kernel.schedule(atNs, PHASE_BACKEND, queueOf(worker), answer);
  }

  /** Takes a finished or killed job out. */
  private remove(resource: Resource, worker: WorkerId): void {
    const at = resource.jobs.findIndex((job) => job.worker === worker);
    if (at >= 0) resource.jobs.splice(at, 1);
    // Summed anew, not subtracted: shares of devices would leave rounding errors behind.
    resource.demand = 0;
    for (const { demand } of resource.jobs) resource.demand += demand;
    this.resourceOf[worker] = undefined;
  }

  /** Called when a worker's `batch.finished` is about to be delivered: the others speed up. */
  finished(worker: WorkerId): void {
    const resource = this.resourceOf[worker];
    if (resource === undefined) return;
    this.advance(resource);
    this.remove(resource, worker);
    resource.timer = NO_TIMER;
    this.reschedule(resource);
  }
}
