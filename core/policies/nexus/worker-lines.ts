/**
 * The requests that wait for each worker, oldest first, while the scheduler holds them, with Nexus' early drop: a window
 * of the planned batch size slides over the line, and what stands before the first request that can wait for a whole
 * window to execute is given up, so that batches stay large under overload. Requests without an objective stay.
 */
import type { VariantIndex } from '../../catalogue/variant.ts';
import type { WorkerId } from '../../tables/fleet.ts';
import type { RequestView, Slot } from '../../tables/request-table.ts';
import { SlotQueue } from '../../tables/slot-queue.ts';
import { SortedIds } from '../../tables/sorted-ids.ts';
import type { ReadonlyIds } from '../../tables/sorted-ids.ts';
import { NEVER } from '../../time.ts';
import type { Nanos } from '../../time.ts';
import type { ExecutionTimes } from '../clockwork/execution-times.ts';
import { HeldMarks } from '../clockwork/held-marks.ts';

/** The target of a request that waits for no worker in particular. */
const NOBODY = -1;

export class WorkerLines {
  readonly marks: HeldMarks;
  private readonly requests: RequestView;
  private readonly times: ExecutionTimes;
  private readonly lines: readonly SlotQueue[];
  private readonly occupiedIds = new SortedIds();
  private targets = new Int32Array(1024);

  constructor(requests: RequestView, times: ExecutionTimes, workersMax: number) {
    this.requests = requests;
    this.times = times;
    this.marks = new HeldMarks(requests);
    this.lines = Array.from({ length: workersMax }, () => new SlotQueue());
  }

  /** The workers whose lines are not empty, ascending. */
  get occupied(): ReadonlyIds {
    return this.occupiedIds;
  }

  /** Puts a held request into a worker's line. */
  join(slot: Slot, worker: WorkerId): void {
    this.marks.hold(slot);
    this.aim(slot, worker);
    if (this.isEmpty(worker)) this.occupiedIds.add(worker);
    this.lines[worker].push(slot);
  }

  /** Notes a held request that waits for any worker. */
  joinNobody(slot: Slot): void {
    this.marks.hold(slot);
    this.aim(slot, NOBODY);
  }

  /** The worker that a held request waits for, or -1. */
  targetOf(slot: Slot): WorkerId {
    return this.targets[slot];
  }

  /**
   * Inputs of the worker's next batch, 0 for none. Gives up what the window passes over.
   * @param batch the planned batch size, in inputs.
   */
  window(worker: WorkerId, variant: VariantIndex, batch: number, now: Nanos): number {
    const { requests, marks } = this;
    const line = this.lines[worker];
    // Inputs of what waits before `next`: counted as far as the window reaches, not to the end of a long line.
    let counted = 0;
    let next = 0;
    while (line.length > 0) {
      const slot = line.peek();
      if (!this.isIn(slot, worker)) {
        this.shift(worker);
        next = Math.max(0, next - 1);
        continue;
      }
      for (; counted < batch && next < line.length; next += 1) {
        if (this.isIn(line.at(next), worker)) counted += requests.inputs[line.at(next)];
      }
      const inputs = requests.inputs[slot];
      const window = Math.max(inputs, Math.min(batch, counted));
      const deadlineNs = requests.deadlineNs[slot];
      if (deadlineNs === NEVER || now + this.times.of(variant, window) <= deadlineNs) return window;
      marks.doom(slot);
      counted -= inputs;
      this.shift(worker);
      next -= 1;
    }
    return 0;
  }

  /** Whether anybody may wait for the worker; entries of requests that ended count until they are looked at. */
  isEmpty(worker: WorkerId): boolean {
    return this.lines[worker].length === 0;
  }

  /** Takes the first request of the line if it has no more inputs than that; -1 for none. */
  take(worker: WorkerId, inputsMax: number): Slot {
    const line = this.lines[worker];
    while (line.length > 0) {
      const slot = line.peek();
      const isIn = this.isIn(slot, worker);
      if (isIn && this.requests.inputs[slot] > inputsMax) return -1;
      this.shift(worker);
      if (!isIn) continue;
      this.marks.release(slot);
      return slot;
    }
    return -1;
  }

  private shift(worker: WorkerId): void {
    const line = this.lines[worker];
    line.shift();
    if (line.length === 0) this.occupiedIds.remove(worker);
  }

  private isIn(slot: Slot, worker: WorkerId): boolean {
    return this.targets[slot] === worker && this.marks.isWaiting(slot, this.requests.ordinal[slot]);
  }

  private aim(slot: Slot, worker: WorkerId): void {
    while (slot >= this.targets.length) {
      const wider = new Int32Array(this.targets.length * 2);
      wider.set(this.targets);
      this.targets = wider;
    }
    this.targets[slot] = worker;
  }
}
