/**
 * The demand by query kind: an exponentially weighted mean of the rate seen at each look, and whether it has left what
 * was planned for. A mean never reaches 0 by itself; one that is next to nothing counts as none.
 */
import { NANOS_PER_SECOND } from '../../time.ts';
import type { Nanos } from '../../time.ts';
import type { KindTraffic } from '../planning/kind-traffic.ts';

/**
 * Inputs per second below which there is no demand: one input in a quarter of an hour. A program in units of a smaller
 * total would have figures no solver takes.
 */
const LEAST_RPS = 1e-3;

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
      const smoothed = before + this.smoothing * (rate - before);
      this.rates[kind] = smoothed < LEAST_RPS ? 0 : smoothed;
      this.seen[kind] = inputs;
    }
    this.lastNs = now;
  }

  /** Inputs per second, by kind; a copy. */
  current(): readonly number[] {
    return [...this.rates];
  }
}

/** Standard deviations of a mean rate that are noise. */
const DEVIATIONS = 3;

/**
 * What the mean of a Poisson stream of 1 input/s strays by that has not changed: `DEVIATIONS` of its standard deviation,
 * which is the root of `s / (2 - s)` over the time between looks. Of `rate` inputs/s it strays by the root of that more.
 * @param smoothing weight of the newest rate.
 */
export function noiseOf(smoothing: number, intervalNs: Nanos): number {
  return DEVIATIONS * Math.sqrt((smoothing / (2 - smoothing)) * (NANOS_PER_SECOND / intervalNs));
}

/** How far a rate may be from the planned one. */
export interface Tolerance {
  /** A share of the planned rate. */
  readonly threshold: number;
  /** As `noiseOf` says: rates of a few inputs/s differ by more than the share at most looks and mean nothing by it. */
  readonly noise: number;
}

/** Whether some rate differs from the planned one by more than a share of it, and by more than noise. */
export function hasLeft(
  current: readonly number[],
  planned: readonly number[],
  { threshold, noise }: Tolerance,
): boolean {
  return current.some((rate, kind) => {
    const expected = planned[kind] ?? 0;
    return Math.abs(rate - expected) > Math.max(threshold * expected, noise * Math.sqrt(expected));
  });
}
