/** What is wrong with a result and what a reader must know, for the terminal: reason, advice, notes. */
import type { ExperimentResult } from '../core/index.ts';
import { notesOf, problemsOf } from '../reports/index.ts';

/** Labels named before the rest are counted. */
const CELLS_MAX = 3;

/** One line each, '' when there is nothing to say. */
export function remarks(result: ExperimentResult): string {
  const problems = problemsOf(result).map(
    ({ message, advice, cells }) => `invalid: ${message}${of(cells)}; ${advice}\n`,
  );
  const notes = notesOf(result).map(({ note, cells }) => `note: ${note}${of(cells, result.cells.length)}\n`);
  return [...problems, ...notes].join('');
}

function of(cells: readonly string[], all = Number.POSITIVE_INFINITY): string {
  if (cells.length === 0 || cells.length === all) return '';
  const rest = cells.length - CELLS_MAX;
  return ` (${cells.slice(0, CELLS_MAX).join('; ')}${rest > 0 ? ` and ${rest} more` : ''})`;
}
