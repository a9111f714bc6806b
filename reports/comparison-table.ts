/**
 * The comparison for a terminal: a column for each cell, a row for each metric, the verdict against the baseline
 * below the value. What does not fit into the width is told grid point by grid point, each in as many tables as it
 * takes.
 */
import { metricNamed } from '../core/index.ts';
import type { CellResult, ExperimentResult, MetricName } from '../core/index.ts';
import { basisInWords } from './claims.ts';
import { differenceUnit, formatConfidence, formatPlusMinus, formatSigned, printable, shortened } from './format.ts';
import { baselineOf, comparisonOf, gridPoints, isBaseline, parameterLabel, parameterNames } from './grid.ts';
import { tableMetrics } from './table-metrics.ts';

/** Columns of a terminal that the table may use. */
const WIDTH_MAX = 120;
const NAME_MAX = 32;
/** Grid points to tell one by one; nobody reads more in a terminal. */
const POINTS_MAX = 12;
const GAP = '  ';

/** The table as lines of text, without a line break at the end. */
export function comparisonTable(result: ExperimentResult): string {
  const { cells } = result;
  if (cells.length === 0) return 'No cell was finished.';
  const metrics = tableMetrics(result);
  return [...opening(result), '', ...bodyOf(result, metrics)].join('\n');
}

function opening(result: ExperimentResult): string[] {
  const lines = [`${shortened(printable(result.name), NAME_MAX)}: ${basisInWords(result.cells)}`];
  const first = result.comparisons[0];
  const candidate = first && result.cells.find(({ cell }) => cell === first.candidate);
  const baseline = candidate && baselineOf(result, candidate);
  if (first !== undefined && baseline !== undefined) {
    const confidence = formatConfidence(first.difference.confidence);
    lines.push(
      `Verdicts against ${shortened(printable(baseline.policy), NAME_MAX)}: paired differences, ${confidence} intervals.`,
    );
  }
  return lines;
}

function bodyOf(result: ExperimentResult, metrics: readonly MetricName[]): string[] {
  const whole = tableOf(result, result.cells, metrics);
  if (fits(whole)) return whole;
  const points = gridPoints(result.cells);
  const tables = points.slice(0, POINTS_MAX).flatMap((point) => tablesOf(result, point.cells, metrics));
  const lines = tables.flatMap((table, index) => (index === 0 ? table : ['', ...table]));
  const rest = points.length - POINTS_MAX;
  return rest > 0 ? [...lines, '', `${rest} more grid points are in report.html and summary.csv.`] : lines;
}

/** Tables of as many cells as fit side by side. */
function tablesOf(result: ExperimentResult, cells: readonly CellResult[], metrics: readonly MetricName[]): string[][] {
  const tables: string[][] = [];
  for (let first = 0; first < cells.length;) {
    let count = cells.length - first;
    let table = tableOf(result, cells.slice(first, first + count), metrics);
    while (!fits(table) && count > 1) {
      count -= 1;
      table = tableOf(result, cells.slice(first, first + count), metrics);
    }
    tables.push(table);
    first += count;
  }
  return tables;
}

function fits(lines: readonly string[]): boolean {
  return lines.every((line) => width(line) <= WIDTH_MAX);
}

/** One line for each metric, and one below it where there are verdicts. */
function tableOf(result: ExperimentResult, cells: readonly CellResult[], metrics: readonly MetricName[]): string[] {
  const names = parameterNames(cells);
  const rows = [
    ['', ...cells.map((cell) => policyText(result, cell))],
    ...names.map((name) => [
      shortened(parameterLabel(name, names), NAME_MAX),
      ...cells.map(({ parameters }) => shortened(printable(String(parameters[name] ?? '')), NAME_MAX)),
    ]),
    ...metrics.flatMap((name) => {
      const { label, unit } = metricNamed(name);
      const verdicts = cells.map((cell) => verdictText(result, cell, name));
      const values = [`${label}, ${unit}`, ...cells.map((cell) => formatPlusMinus(cell.metrics[name]))];
      return verdicts.every((text) => text === '') ? [values] : [values, ['', ...verdicts]];
    }),
  ];
  const lines = aligned(rows);
  const heads = 1 + names.length;
  return [...lines.slice(0, heads), '─'.repeat(Math.max(...lines.map(width))), ...lines.slice(heads)];
}

/** "better +3.2"; empty for a baseline and where one of the two cannot be trusted. */
function verdictText(result: ExperimentResult, cell: CellResult, name: MetricName): string {
  const found = comparisonOf(result, cell, name);
  if (found === undefined || !cell.verdict.valid || baselineOf(result, cell)?.verdict.valid !== true) return '';
  return `${found.verdict} ${formatSigned(found.difference, cell.metrics[name])}${differenceUnit(name) === 'points' ? ' points' : ''}`;
}

function policyText(result: ExperimentResult, cell: CellResult): string {
  const name = shortened(printable(cell.policy), NAME_MAX);
  if (!cell.verdict.valid) return `${name} (INVALID)`;
  return isBaseline(result, cell) ? `${name} (baseline)` : name;
}

/** The first column to the left, the others to the right, as wide as their widest text. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, text] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, width(text));
  }
  return rows.map((row) =>
    row
      .map((text, column) => {
        const padding = ' '.repeat(widths[column] - width(text));
        return column === 0 ? text + padding : padding + text;
      })
      .join(GAP)
      .trimEnd(),
  );
}

/** Characters of a text; combining marks and wide letters are rare in names and not accounted for. */
function width(text: string): number {
  return Array.from(text).length;
}
