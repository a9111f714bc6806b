/**
 * Which cells a figure draws when there are more than it can show: all policies at grid points spread evenly from the
 * first to the last, because a sweep is most interesting where it ends.
 */
import type { CellResult } from '../../core/index.ts';
import { gridPoints } from '../grid.ts';

/** Panels that one figure may have. */
export const PANELS_MAX = 12;

export interface DrawnCells {
  readonly cells: readonly CellResult[];
  /** A sentence on what is not drawn; empty when everything is. */
  readonly note: string;
}

/** @param maximum - cells that the figure can show, at least 1 */
export function drawnCells(all: readonly CellResult[], maximum: number): DrawnCells {
  if (all.length <= maximum) return { cells: all, note: '' };
  const points = gridPoints(all);
  const pointsMax = Math.floor(maximum / Math.max(...points.map(({ cells }) => cells.length)));
  if (pointsMax < 1) {
    return { cells: all.slice(0, maximum), note: `Drawn are the first ${maximum} of ${all.length} cells.` };
  }
  const last = points.length - 1;
  const spread =
    pointsMax === 1
      ? [last]
      : Array.from({ length: Math.min(pointsMax, points.length) }, (_, index) =>
          Math.round((index * last) / (Math.min(pointsMax, points.length) - 1)),
        );
  const cells = spread.flatMap((index) => points[index].cells);
  return { cells, note: `Drawn are ${cells.length} of ${all.length} cells, spread over the grid.` };
}
