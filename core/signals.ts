/** Named signals between policies and scalers: raised by one, read and cleared by the machine scaler. */
import type { Hardware, VariantIndex } from './catalogue/variant.ts';
import type { Nanos } from './time.ts';

/** A machine that is wanted: what the model autoscaler could not place. */
export interface CapacityShort {
  readonly hardware: Hardware;
  readonly variant: VariantIndex;
  readonly atNs: Nanos;
  readonly cause: string;
}

/** Shortages kept for a machine scaler that does not read them: beyond these the oldest say nothing new. */
const SHORTAGES_MAX = 1000;

export class Signals {
  private shortages: CapacityShort[] = [];

  /** A worker found no machine. */
  capacityShort(shortage: CapacityShort): void {
    if (this.shortages.length < SHORTAGES_MAX) this.shortages.push(shortage);
  }

  /** The shortages raised since the last call, oldest first. */
  takeShortages(): readonly CapacityShort[] {
    const taken = this.shortages;
    this.shortages = [];
    return taken;
  }
}
