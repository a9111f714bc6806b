/** Named signals between policies and scalers: raised by one, read and cleared by the machine scaler. */
import type { CapacityShort } from './policy.ts';

export class Signals {
  private shortages: CapacityShort[] = [];

  /** A worker found no machine. */
  capacityShort(shortage: CapacityShort): void {
    this.shortages.push(shortage);
  }

  /** The shortages raised since the last call, oldest first. */
  takeShortages(): readonly CapacityShort[] {
    const taken = this.shortages;
    this.shortages = [];
    return taken;
  }
}
