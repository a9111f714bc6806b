/** Who served whom, for a terminal: a row for each variant that answered an application; '' for a single variant. */
import type { ExperimentResult } from '../core/index.ts';
import { NAME_MAX } from './cell-table.ts';
import { printable, shortened } from './format.ts';
import { servedPercent, servedPoints } from './served-by.ts';
import type { ServedPoint, ServedRow } from './served-by.ts';
import { percentText } from './shares.ts';
import { WIDTH_MAX, aligned, ruleUnder, widthOf } from './text-table.ts';

/** Rows to tell; nobody reads more in a terminal. */
const ROWS_MAX = 60;

/** The table as lines of text, without a line break at the end. */
export function servedByTable(result: ExperimentResult): string {
  const points = servedPoints(result);
  if (points.length === 0) return '';
  const lines: string[] = [];
  let left = ROWS_MAX;
  for (const { point, rows } of points) {
    if (left === 0) break;
    const told = rows.slice(0, left);
    left -= told.length;
    if (point.label !== '') lines.push('', point.label);
    for (const table of tablesOf({ point, rows: told })) lines.push('', ...table);
  }
  const rest = points.reduce((sum, { rows }) => sum + rows.length, 0) - ROWS_MAX;
  const more = rest > 0 ? ['', `${rest} more rows are in report.html.`] : [];
  return ['Who served whom: share of the answered requests', ...lines, ...more].join('\n');
}

/** Tables of as many policy sets as fit side by side. */
function tablesOf({ point, rows }: ServedPoint): string[][] {
  const tables: string[][] = [];
  const all = point.cells.map((_, column) => column);
  for (let first = 0; first < all.length;) {
    let count = all.length - first;
    let table = tableOf({ point, rows }, all.slice(first, first + count));
    while (count > 1 && table.some((line) => widthOf(line) > WIDTH_MAX)) {
      count -= 1;
      table = tableOf({ point, rows }, all.slice(first, first + count));
    }
    tables.push(table);
    first += count;
  }
  return tables;
}

/** @param columns cells of the grid point, by their place. */
function tableOf({ point, rows }: ServedPoint, columns: readonly number[]): string[] {
  const [head, ...lines] = aligned([
    ['', ...columns.map((column) => shortened(printable(point.cells[column].policy), NAME_MAX))],
    ...rows.map((row) => [labelOf(row), ...columns.map((column) => percentText(servedPercent(row.answers[column])))]),
  ]);
  return [head, ruleUnder([head, ...lines]), ...lines];
}

function labelOf({ application, variant }: ServedRow): string {
  const asking = application === null ? 'all requests' : shortened(printable(application), NAME_MAX);
  return `${asking}: ${shortened(printable(variant), NAME_MAX)}`;
}
