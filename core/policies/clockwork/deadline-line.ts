/**
 * Requests in the order of their deadlines, then of arrival, as sorted columns. Where all objectives are equal every
 * request joins at the end; an earlier deadline moves the later ones up.
 */
import type { Slot } from '../../tables/request-table.ts';
import type { Nanos } from '../../time.ts';

export class DeadlineLine {
  private slots = new Int32Array(16);
  private ordinals = new Float64Array(16);
  private deadlines = new Float64Array(16);
  private head = 0;
  private end = 0;

  get length(): number {
    return this.end - this.head;
  }

  /** Slot, ordinal and deadline at a position, 0 the earliest. */
  slotAt(position: number): Slot {
    return this.slots[this.head + position];
  }

  ordinalAt(position: number): number {
    return this.ordinals[this.head + position];
  }

  deadlineAt(position: number): Nanos {
    return this.deadlines[this.head + position];
  }

  /** Adds a request; among equal deadlines it comes last. */
  add(slot: Slot, ordinal: number, deadlineNs: Nanos): void {
    if (this.end === this.slots.length) this.makeRoom();
    let at = this.end;
    while (at > this.head && this.deadlines[at - 1] > deadlineNs) at -= 1;
    this.slots.copyWithin(at + 1, at, this.end);
    this.ordinals.copyWithin(at + 1, at, this.end);
    this.deadlines.copyWithin(at + 1, at, this.end);
    this.slots[at] = slot;
    this.ordinals[at] = ordinal;
    this.deadlines[at] = deadlineNs;
    this.end += 1;
  }

  /** Removes the first request. The line must not be empty. */
  shift(): void {
    this.head += 1;
    if (this.head === this.end) this.clear();
  }

  clear(): void {
    this.head = 0;
    this.end = 0;
  }

  /** Moves the columns to the front, or doubles them when more than half is in use. */
  private makeRoom(): void {
    const size = this.length * 2 > this.slots.length ? this.slots.length * 2 : this.slots.length;
    this.slots = from(this.slots, this.head, this.end, new Int32Array(size));
    this.ordinals = from(this.ordinals, this.head, this.end, new Float64Array(size));
    this.deadlines = from(this.deadlines, this.head, this.end, new Float64Array(size));
    this.end -= this.head;
    this.head = 0;
  }
}

function from<Column extends Int32Array | Float64Array>(
  column: Column,
  start: number,
  end: number,
  to: Column,
): Column {
  to.set(column.subarray(start, end));
  return to;
}
