/**
 * From the samples of a phase to its table: mean, least, most and percentiles of every part, each with an interval.
 * Invariant: a percentile is given only when the sample is large enough by LoadGen's rule, counted in what the part has
 * one independent sample of (a batch for parts that the requests of a batch share).
 */
import { mean, quantileSorted } from 'simple-statistics';
import type { TimingsEstimate, TimingsPart, TimingsPhaseName, TimingsSamples } from '../../../core/index.ts';
import { Stream, TIMINGS_PARTS, timingsUnits } from '../../../core/index.ts';
import { samplesForPercentile } from '../../statistics/index.ts';
import { bootstrapRanges } from './bootstrap.ts';
import type { Range } from './bootstrap.ts';

/** Samples that a percentile from 0 to 100 needs, from above or from below. */
export function samplesNeeded(percent: number): number {
  return samplesForPercentile({ quantile: Math.max(percent, 100 - percent) / 100 });
}

/** The parts of a phase; none without samples. @param seed of the bootstrap; a part's draws depend on its name alone. */
export function summarisePhase(
  phase: TimingsPhaseName,
  samples: TimingsSamples,
  { percentiles, seed }: { readonly percentiles: readonly number[]; readonly seed: string },
): TimingsPart[] {
  if (samples.unit.length === 0) return [];
  return TIMINGS_PARTS[phase].map((info) => {
    const stream = new Stream(`${seed}/bootstrap/${phase}/${info.name}`);
    return summarisePart(info.name, timingsUnits(info, samples), { percentiles, stream });
  });
}

function summarisePart(
  part: string,
  units: readonly (readonly number[])[],
  { percentiles, stream }: { readonly percentiles: readonly number[]; readonly stream: Stream },
): TimingsPart {
  const sorted = Float64Array.from(units.flat()).sort();
  const enough = percentiles.filter((percent) => sorted.length >= samplesNeeded(percent));
  const statistics = (times: Float64Array): number[] => {
    // The types of simple-statistics ask for a plain array; it only indexes.
    const values = times as unknown as number[];
    return [mean(values), ...enough.map((percent) => quantileSorted(values, percent / 100))];
  };
  const ranges = bootstrapRanges(units, statistics, stream);
  const values = statistics(sorted);
  return {
    part,
    samples: sorted.length,
    mean: estimate(values[0], ranges?.[0]),
    minMs: sorted[0],
    maxMs: sorted[sorted.length - 1],
    percentiles: percentiles.map((percent) => {
      const at = enough.indexOf(percent);
      const found = at < 0 ? null : estimate(values[at + 1], ranges?.[at + 1]);
      return { percent, estimate: found, needed: samplesNeeded(percent) };
    }),
  };
}

function estimate(valueMs: number, range: Range | undefined): TimingsEstimate {
  return { valueMs, lowMs: range?.low ?? null, highMs: range?.high ?? null };
}
