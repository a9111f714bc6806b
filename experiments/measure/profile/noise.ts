/**
 * Whether the machine was quiet enough for a profile to be trusted, with the figures. Pure.
 *
 * Bounds: two profiles of one model are to agree within 5 % at the median, and the median of five blocks moves about half
 * as much as they lie apart, so blocks may lie 10 % apart. Other processes may take 5 % of a core: on two cores with one
 * busy worker that is when they begin to meet it. Steal of 1 % is a hundredth of all time, which is where p99 begins.
 */
import { max, median, min } from 'simple-statistics';
import type { CpuShares } from '../cpu-watch.ts';
import type { CellSummary } from './summarise.ts';
import { cellText } from './schedule.ts';

export interface NoiseReport {
  /**
   * How far a cell's block medians lie apart: (max - min) / median after normalising, in percent; middle of all cells. Null after
   * one round, which has nothing to be compared with.
   */
  readonly spreadPercent: number | null;
  /** Of the cell where they lie farthest apart, and which that is. */
  readonly worst: { readonly spreadPercent: number; readonly cell: string } | null;
  readonly shares: CpuShares | undefined;
  /** Why the figures are not to be trusted, one line each; empty when they are. */
  readonly warnings: readonly string[];
}

export const SPREAD_MAX_PERCENT = 10;
export const OTHERS_MAX_PERCENT = 5;
export const STEAL_MAX_PERCENT = 1;

/** @param cells of one or more variants with their names. @param shares while they were measured. */
export function noiseOf(
  cells: readonly { readonly name: string; readonly cell: CellSummary }[],
  shares: CpuShares | undefined,
): NoiseReport {
  // Beside other workers batches differ because of them.
  const judged = cells.filter(({ cell }) => cell.kind !== 'colocated' && cell.blockMediansNs.length > 1);
  const spreads = judged.map(({ name, cell }) => ({
    kind: cell.kind,
    spreadPercent: spreadPercent(cell.blockMediansNs),
    cell: `${name} ${cellText(cell)}`,
  }));
  const busy = spreads.filter(({ kind }) => kind === 'busy');
  const overall = busy.length === 0 ? null : median(busy.map((spread) => spread.spreadPercent));
  const [worst] = busy.toSorted((a, b) => b.spreadPercent - a.spreadPercent);
  const { othersPercent = 0, stealPercent = 0 } = shares ?? {};
  const advice = 'stop what else runs here, or profile at a quieter hour and compare the tables';
  return {
    spreadPercent: overall,
    worst: busy.length === 0 ? null : { spreadPercent: worst.spreadPercent, cell: worst.cell },
    shares,
    warnings: [
      ...(overall !== null && overall > SPREAD_MAX_PERCENT
        ? [`medians of the rounds lie ${overall.toFixed(1)} % apart (bound ${SPREAD_MAX_PERCENT} %): ${advice}`]
        : []),
      ...(othersPercent > OTHERS_MAX_PERCENT
        ? [`other processes took ${othersPercent.toFixed(1)} % of a core (bound ${OTHERS_MAX_PERCENT} %): ${advice}`]
        : []),
      ...(stealPercent > STEAL_MAX_PERCENT
        ? [
            `the host gave ${stealPercent.toFixed(1)} % of a core to other guests (bound ${STEAL_MAX_PERCENT} %): take a machine of your own, or profile at another hour`,
          ]
        : []),
    ],
  };
}

/** In words, for people. */
export function spreadText({ spreadPercent: percent, worst }: Pick<NoiseReport, 'spreadPercent' | 'worst'>): string {
  if (percent === null || worst === null) return 'how far rounds lie apart is unknown: one round';
  return `rounds lie ${percent.toFixed(1)} % apart, at most ${worst.spreadPercent.toFixed(1)} % (${worst.cell})`;
}

/** @param mediansNs at least one. */
function spreadPercent(mediansNs: readonly number[]): number {
  return (100 * (max([...mediansNs]) - min([...mediansNs]))) / median([...mediansNs]);
}
