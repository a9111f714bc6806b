/**
 * What workers and machines did when: batches and changes of state, for a timeline viewer. Kept only when asked
 * for, up to a maximum; the rest is counted, never dropped silently.
 */
import type { VariantIndex } from '../catalogue/variant.ts';
import type { WorkerId } from '../tables/fleet.ts';
import type { Nanos } from '../time.ts';

export interface BatchEntry {
  readonly worker: WorkerId;
  readonly variant: VariantIndex;
  readonly inputs: number;
  readonly startNs: Nanos;
  readonly endNs: Nanos;
}

export interface StateEntry {
  readonly subject: 'worker' | 'machine';
  /** Number of the worker or machine. */
  readonly id: number;
  readonly state: string;
  /** The worker's variant, or the machine's type. */
  readonly kind: number;
  readonly atNs: Nanos;
}

export class Timeline {
  readonly batches: BatchEntry[] = [];
  readonly states: StateEntry[] = [];
  /** Entries beyond the maximum. */
  omitted = 0;
  private readonly maximum: number;

  constructor(maximum: number) {
    this.maximum = maximum;
  }

  batch(worker: WorkerId, variant: VariantIndex, inputs: number, startNs: Nanos, endNs: Nanos): void {
    if (this.hasRoom()) this.batches.push({ worker, variant, inputs, startNs, endNs });
  }

  stateChanged(entry: StateEntry): void {
    if (this.hasRoom()) this.states.push(entry);
  }

  private hasRoom(): boolean {
    const room = this.batches.length + this.states.length < this.maximum;
    if (!room) this.omitted += 1;
    return room;
  }
}
