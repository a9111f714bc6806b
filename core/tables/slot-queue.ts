/**
 * A first-in-first-out queue of slots in a ring that doubles when full. The hot path of every worker's queue
 * and of the scheduler's waiting lists.
 */
import type { Slot } from './request-table.ts';

export class SlotQueue {
  private ring: Int32Array;
  private mask: number;
  private head = 0;
  private count = 0;

  /** @param capacity initial capacity, a power of two. */
  constructor(capacity = 16) {
    this.ring = new Int32Array(capacity);
    this.mask = capacity - 1;
  }

  get length(): number {
    return this.count;
  }

  push(slot: Slot): void {
    if (this.count > this.mask) this.grow();
    this.ring[(this.head + this.count) & this.mask] = slot;
    this.count += 1;
  }

  /** The oldest slot. The queue must not be empty. */
  peek(): Slot {
    return this.ring[this.head];
  }

  /** Removes and returns the oldest slot. The queue must not be empty. */
  shift(): Slot {
    const slot = this.ring[this.head];
    this.head = (this.head + 1) & this.mask;
    this.count -= 1;
    return slot;
  }

  /** The slot at a position, 0 the oldest. */
  at(position: number): Slot {
    return this.ring[(this.head + position) & this.mask];
  }

  /** Removes the slot at a position, keeping the order of the rest. Linear in the queue's length. */
  removeAt(position: number): Slot {
    const slot = this.at(position);
    for (let i = position; i < this.count - 1; i += 1) {
      this.ring[(this.head + i) & this.mask] = this.ring[(this.head + i + 1) & this.mask];
    }
    this.count -= 1;
    return slot;
  }

  private grow(): void {
    const wider = new Int32Array((this.mask + 1) * 2);
    for (let i = 0; i < this.count; i += 1) wider[i] = this.at(i);
    this.ring = wider;
    this.mask = wider.length - 1;
    this.head = 0;
  }
}
