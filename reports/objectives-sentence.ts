/**
 * The objectives in one sentence: who meets them all, and who does so at least cost where cost is compared. Nobody is
 * called cheapest whom the paired comparisons do not place there.
 */
import type { CellResult, ExperimentResult, MetricName } from '../core/index.ts';
import { listInWords, printable } from './format.ts';
import { gridPoints, isProvenBest, policyNames } from './grid.ts';
import { objectivesWith } from './objectives.ts';

const COSTS: readonly MetricName[] = ['cost_usd', 'cost_reserved_usd', 'instance_cost_usd'];
/** More policies than this are counted, not named. */
const NAMES_MAX = 6;

/** The sentence, ending in a full stop; '' without objectives. @param result its valid cells only. */
export function objectivesSentence(result: ExperimentResult): string {
  const cells = result.cells.filter(({ objectives }) => objectives.length > 0);
  if (cells.length === 0) return '';
  if (cells.length === 1) return `${onlyCell(cells[0])}.`;
  const points = gridPoints(cells);
  return `${points.length === 1 ? atPoint(result, cells) : overGrid(cells, points.length)}.`;
}

function onlyCell(cell: CellResult): string {
  const name = printable(cell.policy);
  const [missed, undecided] = [objectivesWith(cell, 'missed'), objectivesWith(cell, 'undecided')];
  if (missed.length > 0) return `${name} misses ${listInWords(missed)}`;
  if (undecided.length > 0) return `Whether ${name} meets ${listInWords(undecided)} is undecided`;
  return `${name} meets ${cell.objectives.length === 1 ? 'its objective' : 'all objectives'}`;
}

function atPoint(result: ExperimentResult, cells: readonly CellResult[]): string {
  const good = cells.filter(({ acceptable }) => acceptable === true);
  const open = cells.filter(({ acceptable }) => acceptable === null);
  const rest = open.length === 0 ? '' : `; ${named(open)} ${open.length === 1 ? 'is' : 'are'} undecided`;
  if (good.length === 0)
    return `${open.length === 0 ? 'None meets all objectives' : 'None is shown to meet all objectives'}${rest}`;
  if (good.length === 1)
    return `${named(good)} alone ${open.length === 0 ? 'meets' : 'is shown to meet'} all objectives${rest}`;
  const cost = result.compared.find((metric) => COSTS.includes(metric));
  if (cost === undefined) return `${named(good)} meet all objectives${rest}`;
  const cheapest = good.find((cell) => isProvenBest(result, cell, cost, good));
  if (cheapest !== undefined) return `${named([cheapest])} is the cheapest that meets all objectives${rest}`;
  return `${named(good)} meet all objectives, none of them shown to be the cheapest${rest}`;
}

/** "All objectives are met by a at 3 of 4 grid points and by b at none" */
function overGrid(cells: readonly CellResult[], points: number): string {
  const counts = policyNames(cells).map((policy) => {
    const met = cells.filter((cell) => cell.policy === policy && cell.acceptable === true).length;
    return `by ${printable(policy)} at ${met === 0 ? 'none' : met === points ? `all ${points}` : `${met} of ${points}`}`;
  });
  if (counts.length <= NAMES_MAX) return `All objectives are shown to be met ${listInWords(counts)} of the grid points`;
  const met = cells.filter(({ acceptable }) => acceptable === true).length;
  return `All objectives are shown to be met in ${met} of ${cells.length} cells`;
}

function named(cells: readonly CellResult[]): string {
  if (cells.length > NAMES_MAX) return `${cells.length} policies`;
  return listInWords(cells.map(({ policy }) => printable(policy)));
}
