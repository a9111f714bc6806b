/** What all cells together come to: tallies by quantity, the worst comparisons, and the verdict of the whole. */
import type {
  FidelityBar,
  FidelityCellResult,
  FidelityComparison,
  FidelityExtreme,
  FidelityQuantityName,
  FidelitySummary,
  FidelityTally,
} from '../../../core/index.ts';
import { FIDELITY_QUANTITIES } from '../../../core/index.ts';

/** Of those that miss nothing; what misses is always named. */
const OTHERS_MAX = 12;

/** A comparison that was judged. */
interface JudgedComparison extends FidelityComparison {
  readonly group: string;
  readonly cell: string;
  readonly difference: FidelityComparison['difference'] & { readonly mean: number };
  readonly limit: number;
}

export function fidelitySummary(cells: readonly FidelityCellResult[], bar: FidelityBar): FidelitySummary {
  const names = FIDELITY_QUANTITIES.filter(({ judged }) => judged !== 'no').map(({ name }) => name);
  const tallies = names.map((name) => tallyOf(name, cells));
  const attainment = tallies.find(({ quantity }) => quantity === 'attainment_percent');
  const mean = attainment?.mean ?? null;
  const attainmentMeanWithin = mean === null ? null : mean <= bar.attainmentPointsMeanMax;
  const isMissed = attainmentMeanWithin === false || tallies.some(({ missed }) => missed > 0);
  const isOpen = attainmentMeanWithin === null || tallies.some(({ unknown }) => unknown > 0);
  return {
    verdict: isMissed ? 'missed' : isOpen ? 'undecided' : 'met',
    tallies,
    attainmentMeanWithin,
    worst: worstOf(names.flatMap((name) => judgedOf(name, cells))),
  };
}

function tallyOf(quantity: FidelityQuantityName, cells: readonly FidelityCellResult[]): FidelityTally {
  const found = judgedOf(quantity, cells);
  const distances = found.map(({ difference }) => Math.abs(difference.mean));
  const count = (keep: (each: JudgedComparison) => boolean): number => found.filter(keep).length;
  return {
    quantity,
    judged: found.length,
    within: count(({ verdict }) => verdict === 'within'),
    withinHalf: count(({ difference, limit }) => Math.abs(difference.mean) <= limit / 2),
    withinNoise: count(({ verdict }) => verdict === 'within live noise'),
    missed: count(({ verdict }) => verdict === 'misses'),
    unknown: cells
      .flatMap(({ comparisons }) => comparisons)
      .filter((each) => each.quantity === quantity && isUnknown(each)).length,
    largest: distances.length === 0 ? null : Math.max(...distances),
    mean: distances.length === 0 ? null : distances.reduce((sum, each) => sum + each, 0) / distances.length,
  };
}

/** The bar speaks of it, but nothing can be said. */
function isUnknown({ limit, verdict }: FidelityComparison): boolean {
  return limit !== null && verdict === 'not judged';
}

function judgedOf(quantity: FidelityQuantityName, cells: readonly FidelityCellResult[]): JudgedComparison[] {
  return cells.flatMap(({ group, label, comparisons }) =>
    comparisons.flatMap((each): JudgedComparison[] => {
      const { difference, limit, verdict } = each;
      if (each.quantity !== quantity || verdict === 'not judged' || difference.mean === null || limit === null)
        return [];
      return [{ ...each, group, cell: label, limit, difference: { ...difference, mean: difference.mean } }];
    }),
  );
}

function worstOf(judged: readonly JudgedComparison[]): FidelityExtreme[] {
  const distance = ({ difference, limit }: JudgedComparison): number =>
    limit === 0 ? Number.POSITIVE_INFINITY : Math.abs(difference.mean) / limit;
  return judged
    .filter(({ difference }) => difference.mean !== 0)
    .sort((a, b) => distance(b) - distance(a) || (a.cell < b.cell ? -1 : 1))
    .filter(({ verdict }, rank) => verdict === 'misses' || rank < OTHERS_MAX)
    .map(({ group, cell, quantity, difference, limit, verdict }) => ({
      group,
      cell,
      quantity,
      difference: difference.mean,
      limit,
      verdict,
    }));
}
