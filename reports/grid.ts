/**
 * The experiment seen as a grid: its policies, the points each of them was run at, who the baseline is and what a
 * comparison says. Figures, tables and sentences share this view. It reads results and changes nothing.
 */
import { parameterLabel } from '../core/index.ts';
import type { CellResult, ComparisonResult, ExperimentResult, MetricName } from '../core/index.ts';
import { printable } from './format.ts';

/** All cells that differ in their policy only. */
export interface GridPoint {
  readonly key: string;
  /** "rate = 500/s, max_batch = 8"; empty when the grid has no parameters. */
  readonly label: string;
  /** The values alone, "500/s, 8". */
  readonly values: string;
  readonly cells: readonly CellResult[];
}

/** Points of the grid in plan order. */
export function gridPoints(cells: readonly CellResult[]): GridPoint[] {
  const groups = new Map<string, CellResult[]>();
  for (const cell of cells) {
    const key = JSON.stringify(cell.parameters);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [cell]);
    else group.push(cell);
  }
  return [...groups].map(([key, group]) => ({
    key,
    label: parametersInWords(group[0].parameters),
    values: Object.values(group[0].parameters).map(parameterText).join(', '),
    cells: group,
  }));
}

/** "rate = 500/s, max_batch = 8" */
export function parametersInWords(parameters: CellResult['parameters']): string {
  const names = Object.keys(parameters);
  return Object.entries(parameters)
    .map(([name, value]) => `${parameterName(name, names)} = ${parameterText(value)}`)
    .join(', ');
}

/** A parameter's name for people, or all of its path where two have the same. */
export function parameterName(name: string, names: readonly string[]): string {
  const unique = names.every((other) => other === name || parameterLabel(other) !== parameterLabel(name));
  return printable(unique ? parameterLabel(name) : name);
}

/** Names of all parameters, in the order in which the cells first mention them. */
export function parameterNames(cells: readonly CellResult[]): string[] {
  return [...new Set(cells.flatMap((cell) => Object.keys(cell.parameters)))];
}

/** Policies in plan order. */
export function policyNames(cells: readonly CellResult[]): string[] {
  return [...new Set(cells.map((cell) => cell.policy))];
}

/** The comparisons of all requests together, without those of single applications. */
export function totalsOf({ comparisons }: ExperimentResult): ComparisonResult[] {
  return comparisons.filter(({ application }) => application === null);
}

/** The comparison of a cell (as the candidate) with its baseline. @param application null for all requests. */
export function comparisonOf(
  result: ExperimentResult,
  candidate: CellResult,
  metric: MetricName,
  application: string | null = null,
): ComparisonResult | undefined {
  return result.comparisons.find(
    (each) => each.candidate === candidate.cell && each.metric === metric && each.application === application,
  );
}

/** The cell a cell is compared with. */
export function baselineOf(result: ExperimentResult, candidate: CellResult): CellResult | undefined {
  const comparison = result.comparisons.find((each) => each.candidate === candidate.cell);
  return comparison && result.cells.find((each) => each.cell === comparison.baseline);
}

/** Whether other cells are compared with this one. */
export function isBaseline(result: ExperimentResult, { cell }: CellResult): boolean {
  return result.comparisons.some((each) => each.baseline === cell);
}

/**
 * Whether paired comparisons place a cell ahead of every other cell of its grid point: directly, or because it is
 * better than the baseline and the other one worse. Two candidates that are both better stay unranked.
 *
 * @param among the cells it may have to be ahead of; all by default
 */
export function isProvenBest(
  result: ExperimentResult,
  cell: CellResult,
  metric: MetricName,
  among: readonly CellResult[] = result.cells,
): boolean {
  const key = JSON.stringify(cell.parameters);
  const rivals = among.filter((each) => each !== cell && JSON.stringify(each.parameters) === key);
  if (rivals.length === 0 || !cell.verdict.valid) return false;
  const ahead = (a: number, b: number): boolean =>
    result.comparisons.some(
      (each) =>
        each.metric === metric &&
        each.application === null &&
        ((each.candidate === a && each.baseline === b && each.verdict === 'better') ||
          (each.candidate === b && each.baseline === a && each.verdict === 'worse')),
    );
  return rivals.every(
    (rival) =>
      ahead(cell.cell, rival.cell) ||
      result.cells.some((middle) => ahead(cell.cell, middle.cell) && ahead(middle.cell, rival.cell)),
  );
}

function parameterText(value: string | number): string {
  return printable(String(value));
}
