/**
 * How long each worker was busy since the last sample, the running batch counted up to now. Each sampler has a period of
 * its own. What a worker did that died since the last sample is left out.
 */
import type { Nanos } from '../time.ts';
import { DEAD } from './fleet.ts';
import type { Fleet } from './fleet.ts';

export class BusySampler {
  /** By worker: busy time between the last two samples; 0 for the dead. */
  readonly workedNs: Float64Array;
  private readonly fleet: Fleet;
  /** Busy time at the last sample, and the life it belongs to. */
  private readonly busyNs: Float64Array;
  private readonly generation: Int32Array;

  constructor(fleet: Fleet) {
    this.fleet = fleet;
    this.workedNs = new Float64Array(fleet.workersMax);
    this.busyNs = new Float64Array(fleet.workersMax);
    this.generation = new Int32Array(fleet.workersMax);
  }

  sample(now: Nanos): void {
    const { fleet, workedNs, busyNs, generation } = this;
    for (let worker = 0; worker < fleet.workersMax; worker += 1) {
      workedNs[worker] = 0;
      if (fleet.state[worker] === DEAD) continue;
      const runningNs = fleet.running[worker] > 0 ? now - fleet.batchStartNs[worker] : 0;
      const totalNs = fleet.busyNs[worker] + runningNs;
      workedNs[worker] = totalNs - (generation[worker] === fleet.generation[worker] ? busyNs[worker] : 0);
      busyNs[worker] = totalNs;
      generation[worker] = fleet.generation[worker];
    }
  }
}
