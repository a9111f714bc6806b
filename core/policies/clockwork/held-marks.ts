/**
 * Which slots the scheduler holds for a policy that keeps lines of its own over them, and which of those the policy has
 * given up. A slot is reused, so a line's entry counts only with the ordinal it was held under; entries of requests
 * that ended meanwhile are passed over when their turn comes.
 */
import type { RequestView, Slot } from '../../tables/request-table.ts';

const NOT_HELD = -1;

export class HeldMarks {
  private readonly requests: RequestView;
  private ordinals = new Float64Array(1024).fill(NOT_HELD);
  private doomed = new Uint8Array(1024);

  constructor(requests: RequestView) {
    this.requests = requests;
  }

  hold(slot: Slot): void {
    while (slot >= this.ordinals.length) this.grow();
    this.ordinals[slot] = this.requests.ordinal[slot];
    this.doomed[slot] = 0;
  }

  /** Whether the request of that ordinal still waits in the slot, and is not given up. */
  isWaiting(slot: Slot, ordinal: number): boolean {
    const current = this.ordinals[slot] === ordinal && this.requests.ordinal[slot] === ordinal;
    return current && this.doomed[slot] === 0;
  }

  /** Gives a held request up: it is to be dropped at the next review. */
  doom(slot: Slot): void {
    this.doomed[slot] = 1;
  }

  isDoomed(slot: Slot): boolean {
    return this.ordinals[slot] === this.requests.ordinal[slot] && this.doomed[slot] === 1;
  }

  /** The request is held no more. */
  release(slot: Slot): void {
    this.ordinals[slot] = NOT_HELD;
  }

  private grow(): void {
    const size = this.ordinals.length * 2;
    const ordinals = new Float64Array(size).fill(NOT_HELD);
    const doomed = new Uint8Array(size);
    ordinals.set(this.ordinals);
    doomed.set(this.doomed);
    this.ordinals = ordinals;
    this.doomed = doomed;
  }
}
