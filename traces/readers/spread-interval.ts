/**
 * The arrivals of one interval in which several sources each have a count: their spreads, merged in order of time.
 * Memory is one number for each source (and one for each arrival of a source with Gamma or Weibull gaps).
 */
import type { Nanos, Stream } from '../../core/index.ts';
import { TimeHeap } from '../time-heap.ts';
import type { Spread } from './spread.ts';
import { spreadShares } from './spread.ts';

export interface IntervalSource {
  /** Whose arrivals they are: an index of the reader. */
  readonly owner: number;
  readonly count: number;
  readonly spread: Spread;
}

export interface Interval {
  readonly startNs: Nanos;
  readonly lengthNs: Nanos;
  readonly sources: readonly IntervalSource[];
}

export interface IntervalArrival {
  readonly atNs: Nanos;
  readonly owner: number;
}

export function* spreadInterval(interval: Interval, stream: Stream): Generator<IntervalArrival> {
  const sources = interval.sources.filter((source) => source.count > 0);
  const shares = sources.map((source) => spreadShares(source.spread, source.count, stream));
  const left = sources.map((source) => source.count);
  const heap = new TimeHeap();
  const timeOf = (index: number): Nanos =>
    interval.startNs + Math.min(Math.floor(shares[index]() * interval.lengthNs), interval.lengthNs - 1);
  for (const index of sources.keys()) heap.push(timeOf(index), index);
  while (heap.size > 0) {
    const index = heap.id;
    yield { atNs: heap.atNs, owner: sources[index].owner };
    left[index] -= 1;
    if (left[index] > 0) heap.replace(timeOf(index));
    else heap.pop();
  }
}
