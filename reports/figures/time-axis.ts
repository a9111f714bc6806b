/** The horizontal axis of everything drawn over time: seconds, minutes or hours, whichever reads best. */
import type { CellResult, SeriesResult } from '../../core/index.ts';
import { formatPlain } from '../format.ts';

export interface TimeAxis {
  readonly title: string;
  /** The middle of a bin, in the axis's unit. */
  at(series: SeriesResult, bin: number): number;
  /** An instant as the axis would show it. */
  inWords(atS: number): string;
}

/** A common axis for the first replications of all cells. */
export function timeAxisOf(cells: readonly CellResult[]): TimeAxis {
  let endS = 0;
  for (const cell of cells) {
    const series = cell.replications[0]?.series;
    if (series !== undefined && series.startS.length > 0) {
      endS = Math.max(endS, series.startS[series.startS.length - 1] + series.binS);
    }
  }
  const { unit, seconds } = unitFor(endS);
  return {
    title: `time, ${unit}`,
    at: ({ startS, binS }, bin) => (startS[bin] + binS / 2) / seconds,
    inWords: (atS) => `${formatPlain(atS / seconds)} ${unit}`,
  };
}

/** The unit in which a time line of so many seconds reads best. */
export function unitFor(endS: number): { readonly unit: string; readonly seconds: number } {
  if (endS > 3 * 3600) return { unit: 'h', seconds: 3600 };
  return endS > 600 ? { unit: 'min', seconds: 60 } : { unit: 's', seconds: 1 };
}
