/**
 * The pending events, in a binary heap ordered by (time, phase, sequence): a total order, so that no tie is
 * broken by accident of the heap. Cancelling leaves a tombstone that is dropped when it comes to the top; the heap is
 * never searched. Columns instead of objects: nothing is allocated for an event.
 */
import type { Address } from '../addresses.ts';
import { invariant } from '../errors.ts';
import type { Message } from '../messages.ts';
import { NEVER } from '../time.ts';
import type { Nanos } from '../time.ts';
import type { Phase, TimerId } from '../world.ts';

/** Sequence numbers below 2^48 leave the phase above them in one exact double. */
const PHASE_STEP = 281_474_976_710_656;
/** Entries below 2^22 leave room for the entry's generation in a timer's number. */
const ENTRY_LIMIT = 4_194_304;

export class Calendar {
  /** Cancelled events dropped so far. */
  dropped = 0;
  private sequence = 0;
  private count = 0;
  private timeNs = new Float64Array(256);
  private order = new Float64Array(256);
  private entry = new Int32Array(256);
  private readonly to: Address[] = [];
  private readonly message: (Message | undefined)[] = [];
  private readonly generation: number[] = [];
  private readonly free: number[] = [];

  get length(): number {
    return this.count;
  }

  /** Time of the next event that was not cancelled, or `NEVER`. */
  nextNs(): Nanos {
    while (this.count > 0 && this.message[this.entry[0]] === undefined) {
      this.dropped += 1;
      this.remove();
    }
    return this.count === 0 ? NEVER : this.timeNs[0];
  }

  /** Phase of the next event. Call after `nextNs` has found one. */
  get nextPhase(): number {
    return Math.floor(this.order[0] / PHASE_STEP);
  }

  /** Sequence number of the next event, within its phase. */
  get nextSequence(): number {
    const order = this.order[0];
    return order - Math.floor(order / PHASE_STEP) * PHASE_STEP;
  }

  get nextTo(): Address {
    return this.to[this.entry[0]];
  }

  /** Removes the next event and returns its message. Call after `nextNs` has found one. */
  take(): Message {
    const message = this.message[this.entry[0]];
    this.remove();
    return message as Message; // `nextNs` has dropped the cancelled ones from the top.
  }

  /** Adds an event and returns the number to cancel it by. */
  add(timeNs: Nanos, phase: Phase, to: Address, message: Message): TimerId {
    const entry = this.newEntry();
    this.to[entry] = to;
    this.message[entry] = message;
    const order = phase * PHASE_STEP + this.sequence;
    this.sequence += 1;
    if (this.count === this.entry.length) this.grow();
    this.siftUp(this.count, timeNs, order, entry);
    this.count += 1;
    return this.generation[entry] * ENTRY_LIMIT + entry;
  }

  /** Cancels an event; one that has happened already stays happened. */
  cancel(timer: TimerId): void {
    // The remainder by hand: on numbers beyond 32 bits the engine's own takes as long as a whole event.
    const generation = Math.floor(timer / ENTRY_LIMIT);
    const entry = timer - generation * ENTRY_LIMIT;
    if (timer >= 0 && this.generation[entry] === generation) this.message[entry] = undefined;
  }

  private newEntry(): number {
    const reused = this.free.pop();
    if (reused !== undefined) return reused;
    invariant(this.generation.length < ENTRY_LIMIT, 'more than four million events are pending');
    this.generation.push(0);
    return this.generation.length - 1;
  }

  private siftUp(from: number, timeNs: Nanos, order: number, entry: number): void {
    let hole = from;
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      const parentNs = this.timeNs[parent];
      if (parentNs < timeNs || (parentNs === timeNs && this.order[parent] < order)) break;
      this.timeNs[hole] = parentNs;
      this.order[hole] = this.order[parent];
      this.entry[hole] = this.entry[parent];
      hole = parent;
    }
    this.timeNs[hole] = timeNs;
    this.order[hole] = order;
    this.entry[hole] = entry;
  }

  /** Removes the top of the heap and frees its entry. */
  private remove(): void {
    const freed = this.entry[0];
    this.message[freed] = undefined;
    this.generation[freed] += 1;
    this.free.push(freed);
    this.count -= 1;
    const last = this.count;
    const timeNs = this.timeNs[last];
    const order = this.order[last];
    const entry = this.entry[last];
    let hole = 0;
    for (;;) {
      let child = 2 * hole + 1;
      if (child >= last) break;
      if (child + 1 < last && this.isBefore(child + 1, child)) child += 1;
      const childNs = this.timeNs[child];
      if (timeNs < childNs || (timeNs === childNs && order < this.order[child])) break;
      this.timeNs[hole] = childNs;
      this.order[hole] = this.order[child];
      this.entry[hole] = this.entry[child];
      hole = child;
    }
    this.timeNs[hole] = timeNs;
    this.order[hole] = order;
    this.entry[hole] = entry;
  }

  private isBefore(a: number, b: number): boolean {
    return this.timeNs[a] < this.timeNs[b] || (this.timeNs[a] === this.timeNs[b] && this.order[a] < this.order[b]);
  }

  private grow(): void {
    const size = this.entry.length * 2;
    const timeNs = new Float64Array(size);
    const order = new Float64Array(size);
    const entry = new Int32Array(size);
    timeNs.set(this.timeNs);
    order.set(this.order);
    entry.set(this.entry);
    this.timeNs = timeNs;
    this.order = order;
    this.entry = entry;
  }
}
