/** Which batch sizes were executed: the share of batches by size, a panel for each cell. */
import type { CellResult, ExperimentResult } from '../../core/index.ts';
import { paragraph } from '../claims.ts';
import { formatInterval, printable } from '../format.ts';
import { paint } from '../palette.ts';
import { PANELS_MAX, drawnCells } from './drawn-cells.ts';
import type { Figure } from './figure.ts';
import { acrossPanels, panelSpec, seriesName, tickCount } from './panels.ts';

/** Part of the space between two sizes that a bar leaves empty. */
const BAR_GAP = 0.2;
/** The axis reaches at least this far, so that a lonely bar is not a wall. */
const AXIS_MIN = 8;

export function batchSizes(result: ExperimentResult): Figure | null {
  const known = result.cells.filter(({ replications }) => replications.some(({ batches }) => sum(batches.count) > 0));
  if (known.length === 0) return null;
  const { cells, note } = drawnCells(known, PANELS_MAX);
  const shares = cells.map((cell) => ({ cell, shares: sharesOf(cell) }));
  const rows = shares.flatMap(({ cell, shares: bySize }) =>
    [...bySize].map(([size, share]) => ({
      panel: seriesName(cell.label),
      from: size - (1 - BAR_GAP) / 2,
      to: size + (1 - BAR_GAP) / 2,
      share,
    })),
  );
  const largest = Math.max(AXIS_MIN, ...rows.map(({ to }) => Math.floor(to)));
  const replications = Math.max(...known.map((cell) => cell.replications.length));
  const across = acrossPanels('share of batches, %', 'inputs in the batch', shares.length);
  return {
    id: 'batch-sizes',
    title: 'Batch sizes',
    caption: paragraph([
      claimOf(known),
      `Batches of ${replications > 1 ? `all ${replications} replications` : 'the only replication'}, whole run.`,
      note,
    ]),
    spec: panelSpec({
      panels: shares.map(({ cell }) => seriesName(cell.label)),
      rows,
      measure: across.measure,
      height: 220,
      layers: [
        {
          mark: { type: 'rect', fill: paint('series-1') },
          encoding: {
            x: {
              field: 'from',
              type: 'quantitative',
              scale: { domain: [0.5, largest + 0.5], nice: false, zero: false },
              axis: {
                title: across.title,
                format: 'd',
                tickMinStep: 1,
                tickCount: Math.min(largest, tickCount(shares.length)),
              },
            },
            x2: { field: 'to' },
            y: { field: 'share', type: 'quantitative', scale: { zero: true }, axis: { title: null, tickCount: 4 } },
            y2: { datum: 0 },
          },
        },
      ],
    }),
  };
}

/** Percent of a cell's batches by size, over all replications, ascending. */
export function sharesOf(cell: CellResult): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  let total = 0;
  for (const { batches } of cell.replications) {
    for (const [index, inputs] of batches.inputs.entries()) {
      counts.set(inputs, (counts.get(inputs) ?? 0) + batches.count[index]);
      total += batches.count[index];
    }
  }
  const sorted = [...counts].filter(([, count]) => count > 0).sort(([a], [b]) => a - b);
  return new Map(sorted.map(([inputs, count]) => [inputs, (100 * count) / total]));
}

function claimOf(cells: readonly CellResult[]): string {
  if (cells.every((cell) => [...sharesOf(cell).keys()].every((size) => size === 1)))
    return 'Every batch has one input.';
  const mean = (cell: CellResult): number => cell.metrics.batch_mean_inputs.mean ?? 0;
  const largest = cells.reduce((most, cell) => (mean(cell) > mean(most) ? cell : most));
  const { mean: text, range } = formatInterval(largest.metrics.batch_mean_inputs);
  const size = `${text} inputs${range === null ? '' : ` ${range}`}`;
  return cells.length === 1
    ? `A batch has ${size} on average.`
    : `Batches are largest under ${printable(largest.label)}: ${size} on average.`;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
