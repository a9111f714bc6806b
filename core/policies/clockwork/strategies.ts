/**
 * What each model could execute next. Requests wait in one line per variant, by deadline. A strategy is a batch size: it
 * needs so many inputs of requests that would be in time in such a batch. A model's next batch is of the largest size
 * it has a strategy for; whom that batch passes over is given up. Its urgency is the earliest of the latest starts of
 * its strategies up to that size (the released controller, infer5: try_dequeue and new_strategies).
 *
 * Batch sizes are powers of two, as the models of the paper are compiled for 1 to 16. Queries of several inputs may
 * leave a batch short of its size; one that is larger than all sizes is executed alone. A request without an objective
 * is placed by a default one and is in time in every batch.
 */
import type { VariantIndex } from '../../catalogue/variant.ts';
import type { PolicyContext } from '../../policy.ts';
import type { FleetView } from '../../tables/fleet.ts';
import type { RequestView, Slot } from '../../tables/request-table.ts';
import { NEVER } from '../../time.ts';
import type { Nanos } from '../../time.ts';
import { DeadlineLine } from './deadline-line.ts';
import type { ExecutionTimes } from './execution-times.ts';
import { HeldMarks } from './held-marks.ts';

export interface StrategyOptions {
  readonly defaultObjective: Nanos;
  readonly maxBatch: number;
}

export class Strategies {
  /** The latest start of the strategy found last. */
  latestStartNs: Nanos = NEVER;
  readonly marks: HeldMarks;
  private readonly fleet: FleetView;
  private readonly requests: RequestView;
  private readonly times: ExecutionTimes;
  private readonly defaultObjectiveNs: Nanos;
  private readonly lines: readonly DeadlineLine[];
  /** Batch sizes, ascending, by variant. */
  private readonly sizes: readonly Int32Array[];

  constructor(
    { catalogue, fleet, requests }: Pick<PolicyContext<unknown>, 'catalogue' | 'fleet' | 'requests'>,
    times: ExecutionTimes,
    { defaultObjective, maxBatch }: StrategyOptions,
  ) {
    this.fleet = fleet;
    this.requests = requests;
    this.times = times;
    this.defaultObjectiveNs = defaultObjective;
    this.marks = new HeldMarks(requests);
    this.lines = catalogue.variants.map(() => new DeadlineLine());
    this.sizes = catalogue.variants.map((variant) => powersOfTwo(Math.min(maxBatch, variant.maxBatch)));
  }

  /** Puts a held request into its line. */
  hold(slot: Slot, variant: VariantIndex): void {
    const { requests } = this;
    const stated = requests.deadlineNs[slot];
    const deadlineNs = stated === NEVER ? requests.scheduledNs[slot] + this.defaultObjectiveNs : stated;
    this.marks.hold(slot);
    this.lines[variant].add(slot, requests.ordinal[slot], deadlineNs);
  }

  /** Inputs of the variant's next batch, 0 for none; `latestStartNs` says how urgent it is. */
  find(variant: VariantIndex, now: Nanos): number {
    const { times } = this;
    const line = this.lines[variant];
    this.dropLost(line, variant, now);
    if (line.length === 0) return 0;
    const sizes = this.sizes[variant];
    const alone = this.requests.inputs[line.slotAt(0)];
    this.latestStartNs = line.deadlineAt(0) - times.of(variant, alone);
    let found = 0;
    for (let i = sizes.length - 1; i >= 0; i -= 1) {
      const endNs = now + times.of(variant, sizes[i]);
      if (found === 0) found = this.filled(line, sizes[i], endNs);
      if (found === 0) continue;
      const first = line.deadlineAt(this.nextInTime(line, 0, endNs));
      this.latestStartNs = Math.min(this.latestStartNs, first - times.of(variant, sizes[i]));
    }
    return found === 0 ? alone : found;
  }

  /** Gives up whom a batch of that many inputs passes over, so that `take` yields its requests. */
  commit(variant: VariantIndex, inputs: number, now: Nanos): void {
    const line = this.lines[variant];
    const endNs = now + this.times.of(variant, inputs);
    let left = inputs;
    for (let position = 0; position < line.length && left > 0; position += 1) {
      const slot = line.slotAt(position);
      if (!this.marks.isWaiting(slot, line.ordinalAt(position))) continue;
      if (this.isInTime(line, position, endNs)) left -= this.requests.inputs[slot];
      else this.marks.doom(slot);
    }
  }

  /** Takes the first request of the line if it has no more inputs than that; -1 for none. */
  take(variant: VariantIndex, inputsMax: number): Slot {
    const line = this.lines[variant];
    while (line.length > 0) {
      const slot = line.slotAt(0);
      const waits = this.marks.isWaiting(slot, line.ordinalAt(0));
      if (waits && this.requests.inputs[slot] > inputsMax) return -1;
      line.shift();
      if (!waits) continue;
      this.marks.release(slot);
      return slot;
    }
    return -1;
  }

  /** Removes from the front what is gone, and gives up what would be late even alone. */
  private dropLost(line: DeadlineLine, variant: VariantIndex, now: Nanos): void {
    // The tables know best: nothing is held, so whatever is in line has ended.
    if (this.fleet.waiting[variant] === 0) line.clear();
    while (line.length > 0) {
      const slot = line.slotAt(0);
      if (this.marks.isWaiting(slot, line.ordinalAt(0))) {
        if (this.isInTime(line, 0, now + this.times.of(variant, this.requests.inputs[slot]))) return;
        this.marks.doom(slot);
      }
      line.shift();
    }
  }

  /** Inputs that a batch of the size would have, 0 when too few requests would be in time in it. */
  private filled(line: DeadlineLine, size: number, endNs: Nanos): number {
    let inputs = 0;
    for (let at = this.nextInTime(line, 0, endNs); at < line.length; at = this.nextInTime(line, at + 1, endNs)) {
      const weight = this.requests.inputs[line.slotAt(at)];
      if (inputs + weight > size) return inputs;
      inputs += weight;
      if (inputs === size) return inputs;
    }
    return 0;
  }

  /** The first position from one on whose request would be in time; the length of the line for none. */
  private nextInTime(line: DeadlineLine, from: number, endNs: Nanos): number {
    let at = from;
    while (at < line.length) {
      if (this.marks.isWaiting(line.slotAt(at), line.ordinalAt(at)) && this.isInTime(line, at, endNs)) return at;
      at += 1;
    }
    return at;
  }

  private isInTime(line: DeadlineLine, position: number, endNs: Nanos): boolean {
    return line.deadlineAt(position) >= endNs || this.requests.deadlineNs[line.slotAt(position)] === NEVER;
  }
}

function powersOfTwo(most: number): Int32Array {
  const sizes: number[] = [];
  for (let size = 1; size <= most; size *= 2) sizes.push(size);
  return Int32Array.from(sizes);
}
