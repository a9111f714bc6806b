/**
 * Cells side by side for a terminal: a column for each cell, rows as the caller says, the verdict against the baseline
 * below the value. What does not fit into the width is told grid point by grid point, each in as many tables as it
 * takes.
 */
import { metricNamed } from '../core/index.ts';
import type { CellResult, ExperimentResult, IntervalResult, MetricName } from '../core/index.ts';
import { differenceUnit, formatMeasured, formatSigned, printable, shortened } from './format.ts';
import { baselineOf, comparisonOf, gridPoints, isBaseline, parameterName, parameterNames } from './grid.ts';
import { WIDTH_MAX, aligned, ruleUnder, widthOf } from './text-table.ts';

export const NAME_MAX = 32;
/** Grid points to tell one by one; nobody reads more in a terminal. */
const POINTS_MAX = 12;

/** A row of values and, below them, of verdicts. */
export interface CellRow {
  readonly label: string;
  readonly metric: MetricName;
  /** Null for all requests together. */
  readonly application: string | null;
}

/** A row of texts, of as many lines as the tallest of them. */
export interface TextRow {
  readonly label: string;
  readonly lines: (cell: CellResult) => readonly string[];
}

/** The table as lines. @param elsewhere where the grid points are that are not told. */
export function cellTable(result: ExperimentResult, rows: readonly (CellRow | TextRow)[], elsewhere: string): string[] {
  const whole = tableOf(result, result.cells, rows);
  if (fits(whole)) return whole;
  const points = gridPoints(result.cells);
  const tables = points.slice(0, POINTS_MAX).flatMap((point) => tablesOf(result, point.cells, rows));
  const lines = tables.flatMap((table, index) => (index === 0 ? table : ['', ...table]));
  const rest = points.length - POINTS_MAX;
  return rest > 0 ? [...lines, '', `${rest} more grid points are in ${elsewhere}.`] : lines;
}

/** The interval of a row in a cell; undefined where an application has none. */
export function intervalIn(
  cell: CellResult,
  { metric, application }: Omit<CellRow, 'label'>,
): IntervalResult | undefined {
  if (application === null) return cell.metrics[metric];
  const known = cell.metricsByApplication;
  return Object.hasOwn(known, application) ? known[application][metric] : undefined;
}

/** Tables of as many cells as fit side by side. */
function tablesOf(
  result: ExperimentResult,
  cells: readonly CellResult[],
  rows: readonly (CellRow | TextRow)[],
): string[][] {
  const tables: string[][] = [];
  for (let first = 0; first < cells.length;) {
    let count = cells.length - first;
    let table = tableOf(result, cells.slice(first, first + count), rows);
    while (!fits(table) && count > 1) {
      count -= 1;
      table = tableOf(result, cells.slice(first, first + count), rows);
    }
    tables.push(table);
    first += count;
  }
  return tables;
}

function fits(lines: readonly string[]): boolean {
  return lines.every((line) => widthOf(line) <= WIDTH_MAX);
}

/** One line for each row, and one below it where there are verdicts. */
function tableOf(
  result: ExperimentResult,
  cells: readonly CellResult[],
  rows: readonly (CellRow | TextRow)[],
): string[] {
  const names = parameterNames(cells);
  const texts = [
    ['', ...cells.map((cell) => policyText(result, cell))],
    ...names.map((name) => [
      shortened(parameterName(name, names), NAME_MAX),
      ...cells.map(({ parameters }) => shortened(printable(String(parameters[name] ?? '')), NAME_MAX)),
    ]),
    ...rows.flatMap((row) => {
      if ('lines' in row) return textLines(row, cells);
      const verdicts = cells.map((cell) => verdictText(result, cell, row));
      const values = [row.label, ...cells.map((cell) => valueText(cell, row))];
      return verdicts.every((text) => text === '') ? [values] : [values, ['', ...verdicts]];
    }),
  ];
  const lines = aligned(texts);
  const heads = 1 + names.length;
  return [...lines.slice(0, heads), ruleUnder(lines), ...lines.slice(heads)];
}

function textLines({ label, lines }: TextRow, cells: readonly CellResult[]): string[][] {
  const columns = cells.map(lines);
  const height = Math.max(...columns.map((column) => column.length));
  return Array.from({ length: height }, (_, line) => [
    line === 0 ? label : '',
    ...columns.map((column) => column.at(line) ?? ''),
  ]);
}

function valueText(cell: CellResult, row: CellRow): string {
  const interval = intervalIn(cell, row);
  return interval === undefined ? '' : formatMeasured(interval, metricNamed(row.metric).unit);
}

/** "better +3.2"; empty for a baseline and where one of the two cannot be trusted. */
function verdictText(result: ExperimentResult, cell: CellResult, row: CellRow): string {
  const found = comparisonOf(result, cell, row.metric, row.application);
  if (found === undefined || !cell.verdict.valid || baselineOf(result, cell)?.verdict.valid !== true) return '';
  const unit = differenceUnit(row.metric) === 'points' ? ' points' : '';
  return `${found.verdict} ${formatSigned(found.difference, intervalIn(cell, row))}${unit}`;
}

function policyText(result: ExperimentResult, cell: CellResult): string {
  const name = shortened(printable(cell.policy), NAME_MAX);
  if (!cell.verdict.valid) return `${name} (INVALID)`;
  return isBaseline(result, cell) ? `${name} (baseline)` : name;
}
