/**
 * Simulated and live runs of the same requests side by side, judged against a bar. It runs nothing: the matrix runner
 * and `rehearse fidelity` bring the runs.
 */
import type {
  EnvironmentResult,
  Exclusion,
  FidelityBar,
  FidelityCellResult,
  FidelityResult,
} from '../../../core/index.ts';
import { FIDELITY_VERSION, invariant } from '../../../core/index.ts';
import type { FidelityCellInput } from './compare-cell.ts';
import { comparedCell } from './compare-cell.ts';
import { EXCLUSIONS } from './exclusions.ts';
import { fidelitySummary } from './summarise.ts';

/** What the project holds itself to: attainment at every load, latencies up to 80 % of capacity. */
export const DEFAULT_BAR: FidelityBar = {
  attainmentPointsMax: 2,
  attainmentPointsMeanMax: 1,
  latencyShareMax: 0.09,
  latencyUpToLoadPercent: 80,
};

export interface FidelityOptions {
  readonly bar: FidelityBar;
  /** Of all intervals, above 0 and below 1. */
  readonly confidence: number;
  /** Pairs of valid runs below which a cell is not judged; 1 by default. */
  readonly pairsMin?: number | undefined;
  readonly name: string;
  readonly question?: string | undefined;
  /** Where the live runs were made. */
  readonly environment: EnvironmentResult;
  /** The command that repeats the comparison. */
  readonly command: string;
  /** EXCLUSIONS by default. */
  readonly excluded?: readonly Exclusion[] | undefined;
  readonly notes: readonly string[];
}

/** The comparison of all cells. Runs that are invalid on either side are left out with their partner, and named. */
export function fidelityOf(cells: readonly FidelityCellInput[], options: FidelityOptions): FidelityResult {
  const { bar, confidence, pairsMin = 1, name, question = '', environment, command, excluded = EXCLUSIONS } = options;
  const names = new Set(cells.map(({ group, label }) => JSON.stringify([group, label])));
  invariant(names.size === cells.length, 'two cells of a comparison have the same group and label');
  const compared = cells.map((cell) => comparedCell(cell, { bar, confidence, pairsMin }));
  const results = compared.map(({ cell }) => cell);
  return {
    version: FIDELITY_VERSION,
    name,
    question,
    bar,
    confidence,
    summary: fidelitySummary(results, bar),
    cells: results,
    leftOut: compared.flatMap(({ leftOut }) => leftOut),
    excluded,
    notes: [...options.notes, ...pairsNotes(pairsMin), ...loadNotes(results, bar)],
    environment,
    command,
  };
}

function pairsNotes(pairsMin: number): string[] {
  return pairsMin > 1 ? [`a cell with fewer than ${pairsMin} pairs of valid runs is not judged`] : [];
}

function loadNotes(cells: readonly FidelityCellResult[], { latencyUpToLoadPercent }: FidelityBar): string[] {
  if (cells.every(({ loadPercent }) => loadPercent !== null)) return [];
  return [
    `where the load is not known, latencies are judged as if it were at most ${latencyUpToLoadPercent} % of capacity`,
  ];
}
