/**
 * The demand by query kind: an exponentially weighted mean of the rate seen at each look, and whether it has left what
 * was planned for.
 */
import { NANOS_PER_SECOND } from '../../time.ts';
import type { Nanos } from '../../time.ts';
import type { KindTraffic } from '../planning/kind-traffic.ts';

export class DemandEstimate {
  private readonly traffic: KindTraffic;
  private readonly smoothing: number;
  private readonly seen: number[] = [];
  private readonly rates: number[] = [];
  private lastNs: Nanos = 0;

  /** @param smoothing weight of the newest rate, above 0 and at most 1. */
  constructor(traffic: KindTraffic, smoothing: number) {
    this.traffic = traffic;
    this.smoothing = smoothing;
  }

  /** Takes in what arrived since the last look. The first rate of a kind counts in full. */
  look(now: Nanos): void {
    const elapsedNs = now - this.lastNs;
    if (elapsedNs <= 0) return;
    for (let kind = 0; kind < this.traffic.kinds; kind += 1) {
      const inputs = this.traffic.inputs(kind);
      const rate = ((inputs - (this.seen[kind] ?? 0)) * NANOS_PER_SECOND) / elapsedNs;
      const before = this.rates[kind] ?? rate;
      this.rates[kind] = before + this.smoothing * (rate - before);
      this.seen[kind] = inputs;
    }
    this.lastNs = now;
  }

  /** Inputs per second, by kind; a copy. */
  current(): readonly number[] {
    return [...this.rates];
  }
}

/** Whether some rate differs from the planned one by more than a share of it. */
export function hasLeft(current: readonly number[], planned: readonly number[], threshold: number): boolean {
  return current.some((rate, kind) => Math.abs(rate - (planned[kind] ?? 0)) > threshold * (planned[kind] ?? 0));
}
