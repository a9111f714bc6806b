/**
 * Exact averages of the concurrency of each variant over sliding windows. At every tick it notes the time-integral of
 * the inputs in the system, which the fleet's totals give without error; an average is a difference of two integrals.
 */
import type { VariantIndex } from '../../catalogue/variant.ts';
import type { FleetView } from '../../tables/fleet.ts';
import type { Nanos } from '../../time.ts';

export class ConcurrencyHistory {
  private readonly totals: FleetView['totals'];
  private readonly variants: number;
  private readonly slots: number;
  private readonly timesNs: Float64Array;
  /** Integrals in input-nanoseconds, a row of variants per tick. */
  private readonly areasNs: Float64Array;
  /** Ticks noted so far, the start of the run included: nothing was in the system then. */
  private count = 1;

  /** @param ticks how many ticks the longest window spans. */
  constructor(fleet: FleetView, ticks: number) {
    this.totals = fleet.totals;
    this.variants = fleet.waiting.length;
    this.slots = ticks + 2;
    this.timesNs = new Float64Array(this.slots);
    this.areasNs = new Float64Array(this.slots * this.variants);
  }

  /** Notes the integrals of this tick. */
  record(now: Nanos): void {
    const row = this.count % this.slots;
    const { arrivedInputs, endedInputs, momentNs } = this.totals;
    this.timesNs[row] = now;
    for (let variant = 0; variant < this.variants; variant += 1) {
      const open = arrivedInputs[variant] - endedInputs[variant];
      this.areasNs[row * this.variants + variant] = now * open + momentNs[variant];
    }
    this.count += 1;
  }

  /**
   * Mean inputs in the system over the window that ends at the last tick; over what is known while the run is younger.
   * A window that no tick begins is extended to the tick before.
   */
  average(variant: VariantIndex, windowNs: Nanos): number {
    const last = this.count - 1;
    const oldest = Math.max(0, this.count - this.slots);
    const nowNs = this.timesNs[last % this.slots];
    let first = last;
    while (first > oldest && this.timesNs[first % this.slots] > nowNs - windowNs) first -= 1;
    const elapsedNs = nowNs - this.timesNs[first % this.slots];
    if (elapsedNs === 0) return 0;
    const areaNs = this.areaNs(last, variant) - this.areaNs(first, variant);
    return Math.max(0, areaNs / elapsedNs);
  }

  private areaNs(tick: number, variant: VariantIndex): number {
    return this.areasNs[(tick % this.slots) * this.variants + variant];
  }
}
