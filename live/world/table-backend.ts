/**
 * Workers that only take the time their latency tables say, on the wall clock: for rehearsing policies live where
 * there are no models, and for telling the cost of the live world itself from that of engines. Draws what the simulated
 * backend draws, from streams of the same names. Workers do not compete for anything.
 */
import type { Generation, Nanos, Slot, Stream, WorkerId } from '../../core/index.ts';
import { PHASE_BACKEND, RandomStreams, lifecycleOf, queueOf } from '../../core/index.ts';
import type { LiveBackend, LiveBackendFactory, LiveBackendParts } from './live-backend.ts';

export const tableBackend: LiveBackendFactory = (parts) => new TableBackend(parts);

class TableBackend implements LiveBackend {
  private readonly parts: LiveBackendParts;
  /** Not the world's streams: a replay opens none of these, and has the same unseed. */
  private readonly streams: RandomStreams;
  private readonly service: Stream[] = [];
  private readonly loads: Stream[] = [];

  constructor(parts: LiveBackendParts) {
    this.parts = parts;
    this.streams = new RandomStreams(parts.seed);
  }

  load(worker: WorkerId, generation: Generation): void {
    const { world, catalogue, fleet, deliver } = this.parts;
    const to = lifecycleOf(worker);
    if (world.now === 0) {
      // The initial workers are ready when the run begins, as in simulation.
      deliver(to, { type: 'load.finished', generation, timings: { readNs: 0, createNs: 0, warmUpNs: 0 } });
      return;
    }
    const stream = (this.loads[worker] ??= this.streams.stream(`load/worker-${worker}`));
    const createNs = catalogue.latency[fleet.variant[worker]].loadWorkNs(stream);
    const timings = { readNs: 0, createNs, warmUpNs: 0 };
    world.setTimer(to, world.now + createNs, { type: 'load.finished', generation, timings }, PHASE_BACKEND);
  }

  execute(worker: WorkerId, generation: Generation, _slots: ArrayLike<Slot>, _count: number, inputs: number): void {
    const { world, catalogue, fleet } = this.parts;
    const stream = (this.service[worker] ??= this.streams.stream(`service/worker-${worker}`));
    const idleNs = world.now - fleet.idleSinceNs[worker];
    const inferNs: Nanos = catalogue.latency[fleet.variant[worker]].batchWorkNs(inputs, stream, idleNs);
    const timings = { preprocessNs: 0, inferNs, postprocessNs: 0 };
    world.setTimer(
      queueOf(worker),
      world.now + inferNs,
      { type: 'batch.finished', generation, timings },
      PHASE_BACKEND,
    );
  }

  cancel(): void {
    // What was set for the worker still comes; its queue and lifecycle await nothing any more and drop it.
  }

  unload(worker: WorkerId, generation: Generation): void {
    this.parts.deliver(lifecycleOf(worker), { type: 'unload.finished', generation });
  }

  async close(): Promise<void> {
    // Its timers are the world's.
  }
}
