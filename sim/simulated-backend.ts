/**
 * Loads and batches that take the time a latency model says. Work is drawn from a stream of the worker's own, so
 * that another worker's batches never shift it; where workers of a machine can compete, the machine's shared
 * resource turns work into time, and everywhere else work is time.
 */
import type { Backend, Catalogue, Fleet, Generation, Nanos, RandomStreams, Stream, WorkerId } from '../core/index.ts';
import { PHASE_BACKEND, lifecycleOf, queueOf } from '../core/index.ts';
import type { Kernel } from './kernel.ts';
import type { Pauses } from './pauses.ts';
import type { SharedResources } from './shared-resources.ts';

/** What the faults of a run may do to loads and batches; absent when no fault is named. */
export interface BackendFaults {
  /** True when this load fails. */
  loadFails(worker: WorkerId): boolean;
}

export interface SimulatedBackendParts {
  readonly kernel: Kernel;
  readonly catalogue: Catalogue;
  readonly fleet: Fleet;
  readonly streams: RandomStreams;
  readonly shared: SharedResources;
  /** Sees every batch as it starts. */
  readonly watch?: BatchWatch | undefined;
  readonly faults?: BackendFaults | undefined;
  /** When the machines stand still; never when left out. */
  readonly pauses?: Pauses | undefined;
}

/** The auditor's view of the backend. */
export interface BatchWatch {
  batchStarted(worker: WorkerId, generation: Generation, inputs: number): void;
  batchEnded(worker: WorkerId): void;
  /** The batch that starts is of files of an offline job. */
  filesStarted(worker: WorkerId, files: Int32Array): void;
}

export class SimulatedBackend implements Backend {
  /** While true, loads take no time: the initial workers are ready when the run begins. */
  preloading = true;
  private readonly parts: SimulatedBackendParts;
  private readonly service: Stream[] = [];
  private readonly loads: Stream[] = [];

  constructor(parts: SimulatedBackendParts) {
    this.parts = parts;
  }

  load(worker: WorkerId, generation: Generation): void {
    const { kernel, catalogue, fleet, faults } = this.parts;
    const to = lifecycleOf(worker);
    const variant = fleet.variant[worker];
    const stream = (this.loads[worker] ??= this.parts.streams.stream(`load/worker-${worker}`));
    if (this.preloading) {
      const timings = { readNs: 0, createNs: 0, warmUpNs: 0 };
      return kernel.send(to, { type: 'load.finished', generation, timings });
    }
    const workNs = catalogue.latency[variant].loadWorkNs(stream);
    const fails = faults?.loadFails(worker) === true;
    return void kernel.schedule(
      kernel.now + workNs,
      PHASE_BACKEND,
      to,
      fails
        ? { type: 'load.failed', generation, detail: 'fault: failed load' }
        : { type: 'load.finished', generation, timings: { readNs: 0, createNs: workNs, warmUpNs: 0 } },
    );
  }

  execute(worker: WorkerId, generation: Generation, slots: Int32Array, count: number, inputs: number): void {
    const { kernel, catalogue, fleet, shared, watch } = this.parts;
    const variant = fleet.variant[worker];
    const stream = (this.service[worker] ??= this.parts.streams.stream(`service/worker-${worker}`));
    const tableNs: Nanos = catalogue.latency[variant].batchWorkNs(
      inputs,
      stream,
      kernel.now - fleet.idleSinceNs[worker],
    );
    const workNs = tableNs + (this.parts.pauses?.duringNs(kernel.now, tableNs) ?? 0);
    kernel.digest.event(workNs, count, worker, inputs, slots[0]);
    watch?.batchStarted(worker, generation, inputs);
    if (fleet.dedicated[worker] === 1) watch?.filesStarted(worker, slots);
    if (shared.enabled) return shared.start(worker, generation, workNs);
    const timings = { preprocessNs: 0, inferNs: workNs, postprocessNs: 0 };
    const answer = { type: 'batch.finished', generation, timings } as const;
    kernel.schedule(kernel.now + workNs, PHASE_BACKEND, queueOf(worker), answer);
  }

  cancel(worker: WorkerId): void {
    // What was scheduled for the worker still comes; its queue and lifecycle await nothing any more and drop it.
    this.parts.shared.stop(worker);
    this.parts.watch?.batchEnded(worker);
  }

  unload(worker: WorkerId, generation: Generation): void {
    const { kernel } = this.parts;
    kernel.schedule(kernel.now, PHASE_BACKEND, lifecycleOf(worker), { type: 'unload.finished', generation });
  }
}
