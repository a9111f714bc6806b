/**
 * What INFaaS knows of an instance: a variant on a machine, with all its replicas. (INFaaS calls the machine a worker,
 * and a replica what is a worker here.) The monitor of the policy is the only writer, once a second, as in
 * query_executor.cc, but for the objectives and waits that dispatch adds up; selection, dispatch and both autoscalers
 * read it.
 */
import type { VariantIndex } from '../../catalogue/variant.ts';
import type { MachineId } from '../../tables/fleet.ts';
import type { Nanos } from '../../time.ts';

export class Instances {
  /** Replicas of a variant on a machine that are ready. */
  readonly replicas: Int32Array;
  /** Requests per second over all replicas, of the last interval. */
  readonly qps: Float64Array;
  /** Mean inputs a request of the last interval that had any; 0 before. The release rounds it down. */
  readonly averageBatch: Float64Array;
  /**
   * Mean time from the machine to the answer, in milliseconds, of the requests that ended in the interval: in the
   * replica's queue, in execution, and before that, of those that came before the replica, the wait for its load.
   */
  readonly averageLatencyMs: Float64Array;
  /** Requests received and not answered. */
  readonly inFlight: Float64Array;
  /** 1 while the instance is overloaded or interfered with ("blacklisted"). */
  readonly flagged: Uint8Array;
  /** Mean latency objective, in milliseconds, of the requests of the last interval that had any; 0 before. */
  readonly averageSloMs: Float64Array;
  /** Latency objectives of the requests dispatched in this interval, added up by dispatch, and their number. */
  readonly sloSumMs: Float64Array;
  readonly sloCount: Float64Array;
  /** Waits for loads of requests that did not end yet, added up by dispatch, and their number. */
  private readonly loadWaitNs: Float64Array;
  private readonly loadWaits: Float64Array;
  private readonly machinesMax: number;

  constructor(variants: number, machinesMax: number) {
    const cells = variants * machinesMax;
    this.machinesMax = machinesMax;
    this.replicas = new Int32Array(cells);
    this.qps = new Float64Array(cells);
    this.averageBatch = new Float64Array(cells);
    this.averageLatencyMs = new Float64Array(cells);
    this.inFlight = new Float64Array(cells);
    this.flagged = new Uint8Array(cells);
    this.averageSloMs = new Float64Array(cells);
    this.sloSumMs = new Float64Array(cells);
    this.sloCount = new Float64Array(cells);
    this.loadWaitNs = new Float64Array(cells);
    this.loadWaits = new Float64Array(cells);
  }

  /** Notes that a request waited so long for a load before it went to the instance. */
  waitedForLoad(variant: VariantIndex, machine: MachineId, waitNs: Nanos): void {
    const cell = this.at(variant, machine);
    this.loadWaitNs[cell] += waitNs;
    this.loadWaits[cell] += 1;
  }

  /** Takes the waits for loads of requests that ended: those that waited are served first. */
  takeLoadWaitNs(cell: number, ended: number): Nanos {
    const left = this.loadWaits[cell];
    if (left === 0) return 0;
    const taken = Math.min(ended, left);
    const waitNs = (this.loadWaitNs[cell] * taken) / left;
    this.loadWaitNs[cell] -= waitNs;
    this.loadWaits[cell] -= taken;
    return waitNs;
  }

  /** Where an instance stands in the columns. */
  at(variant: VariantIndex, machine: MachineId): number {
    return variant * this.machinesMax + machine;
  }

  /** Forgets an instance that has no replica any more. */
  forget(cell: number): void {
    this.replicas[cell] = 0;
    this.qps[cell] = 0;
    this.averageBatch[cell] = 0;
    this.averageLatencyMs[cell] = 0;
    this.inFlight[cell] = 0;
    this.flagged[cell] = 0;
    this.averageSloMs[cell] = 0;
    this.sloSumMs[cell] = 0;
    this.sloCount[cell] = 0;
    this.loadWaitNs[cell] = 0;
    this.loadWaits[cell] = 0;
  }
}
