/**
 * The open requests in the order of their timeouts. The timeout is one constant after the scheduled time, so the
 * order is that of arrival and a ring is enough: no timer per request.
 */
import { OPEN } from '../outcome.ts';
import type { RequestTable, Slot } from '../tables/request-table.ts';
import { NEVER } from '../time.ts';
import type { Nanos } from '../time.ts';

export class TimeoutLine {
  readonly enabled: boolean;
  length = 0;
  private slots = new Int32Array(64);
  private ordinals = new Float64Array(64);
  private dues = new Float64Array(64);
  private head = 0;

  constructor(timeoutNs: Nanos) {
    this.enabled = timeoutNs !== NEVER;
  }

  /** When the oldest entry is due, or `NEVER`. */
  get nextDueNs(): Nanos {
    return this.length === 0 ? NEVER : this.dues[this.head];
  }

  /** Appends an entry; returns whether the line was empty, so that the caller sets a timer. */
  push(slot: Slot, ordinal: number, dueNs: Nanos): boolean {
    if (this.length === this.slots.length) this.grow();
    const at = (this.head + this.length) & (this.slots.length - 1);
    this.slots[at] = slot;
    this.ordinals[at] = ordinal;
    this.dues[at] = dueNs;
    this.length += 1;
    return this.length === 1;
  }

  /** Removes the oldest entry. */
  shift(): { readonly slot: Slot; readonly ordinal: number } {
    const entry = { slot: this.slots[this.head], ordinal: this.ordinals[this.head] };
    this.head = (this.head + 1) & (this.slots.length - 1);
    this.length -= 1;
    return entry;
  }

  /** Drops entries from the front whose requests have ended, so that the next timer is set for one that has not. */
  dropEnded(requests: RequestTable): void {
    while (this.length > 0) {
      const slot = this.slots[this.head];
      if (requests.ordinal[slot] === this.ordinals[this.head] && requests.outcome[slot] === OPEN) return;
      this.shift();
    }
  }

  private grow(): void {
    const size = this.slots.length;
    const slots = new Int32Array(size * 2);
    const ordinals = new Float64Array(size * 2);
    const dues = new Float64Array(size * 2);
    for (let i = 0; i < this.length; i += 1) {
      const at = (this.head + i) & (size - 1);
      slots[i] = this.slots[at];
      ordinals[i] = this.ordinals[at];
      dues[i] = this.dues[at];
    }
    this.slots = slots;
    this.ordinals = ordinals;
    this.dues = dues;
    this.head = 0;
  }
}
