/** Batches that were planned for workers and are being pulled: they count at the instant they were planned. */
import type { WorkerId } from '../../tables/fleet.ts';
import type { Nanos } from '../../time.ts';

export class Grants {
  private readonly inputs: Int32Array;
  private readonly atNs: Float64Array;

  constructor(workersMax: number) {
    this.inputs = new Int32Array(workersMax);
    this.atNs = new Float64Array(workersMax);
  }

  give(worker: WorkerId, inputs: number, now: Nanos): void {
    this.inputs[worker] = inputs;
    this.atNs[worker] = now;
  }

  /** Inputs granted at this instant, or 0. */
  of(worker: WorkerId, now: Nanos): number {
    return this.atNs[worker] === now ? this.inputs[worker] : 0;
  }
}
