/**
 * The workers and machines as columns, and the indexes policies need. Each column has one writer: a worker's
 * state its lifecycle, its queue columns its queue, machine resources the placement of workers, sampled columns
 * the monitor. Policies read it as `FleetView`. Indexes change with the state they index, never by a search.
 */
import { invariant } from '../errors.ts';
import type { Nanos } from '../time.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { demandOf } from '../catalogue/variant.ts';
import type { BatchDemand, Variant, VariantIndex } from '../catalogue/variant.ts';
import type { FleetView, SampledColumns, VariantTotals } from './fleet-view.ts';
import { SortedIds } from './sorted-ids.ts';
import type { ReadonlyIds } from './sorted-ids.ts';
import type { Generation, MachineId, WorkerId } from './ids.ts';
import { MachineColumns } from './machine-columns.ts';
import { WorkerDemand } from './worker-demand.ts';

export type { FleetView, Generation, MachineId, SampledColumns, VariantTotals, WorkerId };

export const COLD = 0;
export const LOADING = 1;
export const READY = 2;
export const DRAINING = 3;
export const DEAD = 4;
export const WORKER_STATES = ['cold', 'loading', 'ready', 'draining', 'dead'] as const;
export type WorkerState = 0 | 1 | 2 | 3 | 4;

export interface FleetLimits {
  readonly workersMax: number;
  readonly machinesMax: number;
  /** Reservable cores per real core, at least 1 (the default); above it workers may compete for cores. */
  readonly coreOvercommit?: number;
}

export class Fleet implements FleetView {
  readonly workersMax: number;
  readonly state: Uint8Array;
  readonly generation: Int32Array;
  readonly variant: Int32Array;
  readonly machine: Int32Array;
  /** The life of the machine that the worker was placed in. */
  private readonly machineGeneration: Int32Array;
  readonly queued: Int32Array;
  readonly running: Int32Array;
  readonly outstanding: Int32Array;
  /** When the executing batch started; read with `running`. */
  readonly batchStartNs: Float64Array;
  /** When the worker's last batch ended, or when it got ready: it has been idle since, unless it executes. */
  readonly idleSinceNs: Float64Array;
  /** Accumulated time spent executing, without the batch that executes now. */
  readonly busyNs: Float64Array;
  readonly received: Float64Array;
  readonly receivedInputs: Float64Array;
  readonly completed: Float64Array;
  readonly serviceSumNs: Float64Array;
  readonly batches: Float64Array;
  readonly batchedInputs: Float64Array;
  readonly dedicated: Uint8Array;
  readonly servedBy: Int32Array;
  readonly rolling: Uint8Array;
  /** When the worker was claimed: its memory is reserved from here. */
  readonly claimedNs: Float64Array;
  /** Time that workers of a variant held their memory, by variant, of workers that are dead. */
  readonly lifeNs: Float64Array;
  /** Most memory that was reserved at once, on hosts and devices together. */
  memoryPeakBytes = 0;
  workersCold = 0;
  /** Workers that requests want and nobody has started yet. */
  readonly demand: WorkerDemand;
  /** Workers that were claimed and do not load yet, by variant, without those that do offline work. */
  private readonly cold: Int32Array;
  private memoryBytes = 0;
  readonly waiting: Int32Array;
  /** Running totals by variant since the start of the run, from which the monitor samples. */
  readonly totals: VariantTotals;
  /** Worker-time in the state ready, and executing, over all workers that take requests and have left it. */
  readyTotalNs = 0;
  busyTotalNs = 0;
  /** Time workers went on executing after they began to drain. */
  drainBusyNs = 0;
  /** False where the world meters the work of machines itself, because workers compete for cores or devices. */
  metersWork = true;
  readonly readySinceNs: Float64Array;
  private readonly drainSinceNs: Float64Array;
  private readonly resources: readonly Variant['resources'][];
  private readonly demands: readonly BatchDemand[];
  /** Messages of an old generation that were dropped. */
  staleMessages = 0;
  /** 1 for workers that are told to drain but have not taken the message yet. */
  private readonly condemned: Uint8Array;
  readonly sampled: SampledColumns;
  readonly machines: MachineColumns;
  private readonly readyIds: readonly SortedIds[];
  private readonly loadingIds: readonly SortedIds[];
  private readonly freeIds: SortedIds;

  constructor(catalogue: Catalogue, limits: FleetLimits) {
    const workers = limits.workersMax;
    const variants = catalogue.variants.length;
    this.workersMax = workers;
    this.state = new Uint8Array(workers).fill(DEAD);
    this.generation = new Int32Array(workers);
    this.variant = new Int32Array(workers).fill(-1);
    this.machine = new Int32Array(workers).fill(-1);
    this.machineGeneration = new Int32Array(workers);
    this.queued = new Int32Array(workers);
    this.running = new Int32Array(workers);
    this.outstanding = new Int32Array(workers);
    this.batchStartNs = new Float64Array(workers);
    this.idleSinceNs = new Float64Array(workers);
    this.busyNs = new Float64Array(workers);
    this.received = new Float64Array(workers);
    this.receivedInputs = new Float64Array(workers);
    this.completed = new Float64Array(workers);
    this.serviceSumNs = new Float64Array(workers);
    this.batches = new Float64Array(workers);
    this.batchedInputs = new Float64Array(workers);
    this.dedicated = new Uint8Array(workers);
    this.claimedNs = new Float64Array(workers);
    this.servedBy = Int32Array.from({ length: variants }, (_, variant) => variant);
    this.rolling = new Uint8Array(variants);
    this.lifeNs = new Float64Array(variants);
    this.condemned = new Uint8Array(workers);
    this.readySinceNs = new Float64Array(workers);
    this.drainSinceNs = new Float64Array(workers);
    this.resources = catalogue.variants.map(({ resources }) => resources);
    this.demands = catalogue.variants.map(demandOf);
    this.waiting = new Int32Array(variants);
    this.demand = new WorkerDemand(variants);
    this.cold = new Int32Array(variants);
    this.totals = {
      arrivedInputs: new Float64Array(variants),
      endedInputs: new Float64Array(variants),
      endedRequests: new Float64Array(variants),
      latencySumNs: new Float64Array(variants),
      momentNs: new Float64Array(variants),
    };
    this.sampled = {
      arrivalRate: new Float64Array(variants),
      endedRate: new Float64Array(variants),
      concurrency: new Float64Array(variants),
      utilisation: new Float64Array(variants),
      meanLatencyNs: new Float64Array(variants),
      machineCores: new Float64Array(limits.machinesMax),
      machineDevices: new Float64Array(limits.machinesMax),
      refreshes: 0,
    };
    this.machines = new MachineColumns(catalogue, limits.machinesMax, limits.coreOvercommit ?? 1);
    this.readyIds = Array.from({ length: variants }, () => new SortedIds());
    this.loadingIds = Array.from({ length: variants }, () => new SortedIds());
    this.freeIds = new SortedIds();
    for (let worker = 0; worker < workers; worker += 1) this.freeIds.add(worker);
  }

  get workersFree(): number {
    return this.freeIds.length;
  }

  ready(variant: VariantIndex): ReadonlyIds {
    return this.readyIds[variant];
  }

  loading(variant: VariantIndex): ReadonlyIds {
    return this.loadingIds[variant];
  }

  coming(variant: VariantIndex): number {
    return this.demand.asked[variant] + this.started(variant);
  }

  /** Workers of a variant that were started and are not ready yet: cold or loading, and not told to drain. */
  started(variant: VariantIndex): number {
    const { column, length } = this.loadingIds[variant];
    let count = this.cold[variant];
    for (let i = 0; i < length; i += 1) if (this.condemned[column[i]] === 0) count += 1;
    return count;
  }

  /** Takes the lowest free worker number for a new cold worker, or -1 when all are in use. */
  claim(variant: VariantIndex, machine: MachineId, now: Nanos, dedicated = false): WorkerId {
    if (this.freeIds.length === 0) return -1;
    const worker = this.freeIds.at(0);
    this.freeIds.remove(worker);
    this.generation[worker] += 1;
    this.variant[worker] = variant;
    this.machine[worker] = machine;
    this.machineGeneration[worker] = this.machines.generation[machine];
    this.state[worker] = COLD;
    this.workersCold += 1;
    this.queued[worker] = 0;
    this.running[worker] = 0;
    this.outstanding[worker] = 0;
    this.busyNs[worker] = 0;
    this.received[worker] = 0;
    this.receivedInputs[worker] = 0;
    this.completed[worker] = 0;
    this.serviceSumNs[worker] = 0;
    this.batches[worker] = 0;
    this.batchedInputs[worker] = 0;
    this.dedicated[worker] = dedicated ? 1 : 0;
    if (!dedicated) this.cold[variant] += 1;
    this.claimedNs[worker] = now;
    this.condemned[worker] = 0;
    this.memoryBytes += this.resources[variant].memoryBytes;
    this.memoryPeakBytes = Math.max(this.memoryPeakBytes, this.memoryBytes);
    this.machines.reserve(machine, variant);
    return worker;
  }

  /** Moves a worker to a state and keeps the indexes true. Only the worker's lifecycle calls it. */
  setState(worker: WorkerId, state: WorkerState, now: Nanos): void {
    const before = this.state[worker];
    const variant = this.variant[worker];
    invariant(before !== DEAD, `worker ${worker} is dead and cannot change state`);
    const listed = this.dedicated[worker] === 0;
    if (before === COLD) {
      this.workersCold -= 1;
      if (listed) this.cold[variant] -= 1;
    }
    if (before === READY) {
      if (listed) this.readyIds[variant].remove(worker);
      if (listed) this.readyTotalNs += now - this.readySinceNs[worker];
    }
    if (before === LOADING && listed) this.loadingIds[variant].remove(worker);
    if (state === READY) {
      if (listed) {
        this.readyIds[variant].add(worker);
        this.demand.loaded(variant);
      }
      this.readySinceNs[worker] = now;
      this.idleSinceNs[worker] = now;
    }
    if (state === LOADING && listed) this.loadingIds[variant].add(worker);
    if (state === DRAINING) this.drainSinceNs[worker] = now;
    this.state[worker] = state;
    if (state === DEAD) {
      this.lifeNs[variant] += now - this.claimedNs[worker];
      this.memoryBytes -= this.resources[variant].memoryBytes;
      this.machines.giveBack(this.machine[worker], variant);
      this.freeIds.add(worker);
    }
  }

  /** Notes that a worker is about to drain, so that nobody picks it as a victim twice. */
  condemn(worker: WorkerId): void {
    this.condemned[worker] = 1;
  }

  /** Lets requests for a variant be served by its successor. Only a rollout calls it. */
  succeed(variant: VariantIndex, successor: VariantIndex): void {
    // Those that the variant itself had succeeded, and the successor where it was replaced before, as well.
    for (const [index, server] of this.servedBy.entries()) {
      if (server === variant || index === successor) this.servedBy[index] = successor;
    }
    this.rolling[variant] = 1;
    this.rolling[successor] = 0;
  }

  isCondemned(worker: WorkerId): boolean {
    return this.condemned[worker] === 1;
  }

  /** Marks the start of a batch. Only the worker's queue calls it. */
  batchStarted(worker: WorkerId, inputs: number, now: Nanos): void {
    this.running[worker] = inputs;
    this.batchStartNs[worker] = now;
  }

  /** Marks the end of a batch, however it ended. Only the worker's queue calls it. */
  batchEnded(worker: WorkerId, now: Nanos): void {
    const busyNs = now - this.batchStartNs[worker];
    this.idleSinceNs[worker] = now;
    this.busyNs[worker] += busyNs;
    this.batches[worker] += 1;
    this.batchedInputs[worker] += this.running[worker];
    this.running[worker] = 0;
    if (this.dedicated[worker] === 0) {
      this.busyTotalNs += busyNs;
      if (this.state[worker] === DRAINING) {
        this.drainBusyNs += now - Math.max(this.batchStartNs[worker], this.drainSinceNs[worker]);
      }
    }
    if (!this.metersWork) return;
    const { kind, amount } = this.demands[this.variant[worker]];
    this.machines.worked(this.machine[worker], this.machineGeneration[worker], kind, busyNs * amount);
  }
}
