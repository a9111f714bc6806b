/** The time lines of a pair of runs, up to the end of each, in as many bins as a figure can show. */
import type { FidelitySeries, ReplicationResult, SeriesResult } from '../../../core/index.ts';

const BINS_MAX = 128;
const DIGITS = 5;

/** The lines of both runs of a pair, in bins of one width, so that neither looks smoother than the other. */
export function pairedSeries(
  simulated: ReplicationResult,
  live: ReplicationResult,
): { readonly simulated: FidelitySeries; readonly live: FidelitySeries } {
  const widthS = Math.max(...[simulated, live].map(shownWidthS));
  return { simulated: fidelitySeries(simulated, widthS), live: fidelitySeries(live, widthS) };
}

/** Widths double from one first width, so that of two runs of one length one is a multiple of the other. */
function shownWidthS({ series, durationS }: ReplicationResult): number {
  let widthS = series.binS;
  while ((wholeBins(series, durationS) * series.binS) / widthS > BINS_MAX) widthS *= 2;
  return widthS;
}

function fidelitySeries({ series, durationS }: ReplicationResult, widthS: number): FidelitySeries {
  const bins = wholeBins(series, durationS);
  const merged = Math.max(1, Math.round(widthS / series.binS));
  const starts = Array.from({ length: Math.floor(bins / merged) }, (_, index) => index * merged);
  const column = (values: readonly (number | null)[], reduce: Reduce): (number | null)[] =>
    starts.map((start) => rounded(reduce(values.slice(start, start + merged), start)));
  // The share of all requests of a merged bin: each bin counts by how many were scheduled in it.
  const byOffered: Reduce = (values, start) =>
    meanOf(
      values,
      values.map((_, index) => series.offeredRps[start + index] ?? 0),
    );
  return {
    binS: series.binS * merged,
    attainmentPercent: column(series.attainmentPercent, byOffered),
    latencyP99Ms: column(series.latencyP99Ms, largestOf),
    answeredRps: column(series.answeredRps, (values) => meanOf(values)),
    queuedInputs: column(series.queuedInputs, (values) => meanOf(values)),
    workersReady: column(series.workersReady, (values) => meanOf(values)),
  };
}

/** @param start the first of the bins, in those of the run. */
type Reduce = (values: readonly (number | null)[], start: number) => number | null;

/** Bins up to the end of the run; one that the end cuts short would show a rate that falls for no reason. */
function wholeBins({ startS, binS }: SeriesResult, durationS: number): number {
  const last = startS.length - 1;
  return last > 0 && startS[last] + binS > durationS ? last : startS.length;
}

/** The weighted mean of what is known; null where nothing is. */
function meanOf(values: readonly (number | null)[], weights?: readonly number[]): number | null {
  let sum = 0;
  let weight = 0;
  for (const [index, value] of values.entries()) {
    if (value === null) continue;
    const own = weights?.[index] ?? 1;
    sum += own * value;
    weight += own;
  }
  return weight === 0 ? null : sum / weight;
}

function largestOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(...known);
}

function rounded(value: number | null): number | null {
  return value === null ? null : Number(value.toPrecision(DIGITS));
}
