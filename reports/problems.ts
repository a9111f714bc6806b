/**
 * What is wrong with a result and what a reader must know, each said once, with where it applies. The experiment
 * repeats the problems of its cells and a cell those of its replications; here only the most precise place is kept.
 */
import type { CellResult, ExperimentResult, Problem } from '../core/index.ts';
import { printable } from './format.ts';

export interface PlacedProblem extends Problem {
  /** Labels of the cells it applies to; empty when it is the whole experiment. */
  readonly cells: readonly string[];
}

export interface PlacedNote {
  readonly note: string;
  readonly cells: readonly string[];
}

/** Problems by code and text, in the order in which they are first met: cells, then the experiment. */
export function problemsOf(result: ExperimentResult): PlacedProblem[] {
  const found = new Map<string, { problem: Problem; cells: Set<string> }>();
  const place = (problem: Problem, label: string | null): void => {
    const key = JSON.stringify([problem.code, problem.message, problem.advice]);
    const entry = found.get(key) ?? { problem, cells: new Set<string>() };
    if (label !== null) entry.cells.add(label);
    found.set(key, entry);
  };
  const inCells: string[] = [];
  for (const cell of result.cells) {
    for (const problem of cellProblems(cell)) {
      inCells.push(problem.message);
      place(problem, cell.label);
    }
  }
  for (const problem of result.verdict.problems) {
    if (!inCells.some((message) => problem.message.endsWith(message))) place(problem, null);
  }
  return [...found.values()].map(({ problem, cells }) => ({
    code: printable(problem.code),
    message: printable(problem.message),
    advice: printable(problem.advice),
    cells: [...cells].map(printable),
  }));
}

/** Notes by text, likewise. */
export function notesOf(result: ExperimentResult): PlacedNote[] {
  const found = new Map<string, Set<string>>();
  for (const note of result.verdict.notes) found.set(note, new Set());
  for (const { label, verdict } of result.cells) {
    for (const note of verdict.notes) {
      const cells = found.get(note) ?? new Set();
      cells.add(label);
      found.set(note, cells);
    }
  }
  return [...found].map(([note, cells]) => ({ note: printable(note), cells: [...cells].map(printable) }));
}

/** A cell speaks for its replications, unless it is silent. */
function cellProblems(cell: CellResult): readonly Problem[] {
  if (cell.verdict.problems.length > 0) return cell.verdict.problems;
  return cell.replications.flatMap(({ verdict }) => verdict.problems);
}
