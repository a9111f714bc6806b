/**
 * Who served whom, at one grid point: of the answered requests of each application, how many each variant answered
 * under each policy set. Replications are added up. The page and the terminal table take their rows from here.
 */
import type { CellResult, ExperimentResult } from '../core/index.ts';
import type { GridPoint } from './grid.ts';
import { gridPoints } from './grid.ts';

/** Answers of a variant, by the cells of the grid point. */
export interface ServedRow {
  /** Null for all requests together. */
  readonly application: string | null;
  readonly variant: string;
  readonly answers: readonly Answers[];
}

export interface Answers {
  readonly requests: number;
  /** Answered requests of the application, whoever answered. */
  readonly of: number;
}

export interface ServedPoint {
  readonly point: GridPoint;
  /** By application, all requests first where there are several; the variants of one by their answers, most first. */
  readonly rows: readonly ServedRow[];
}

/** The grid points where something was answered; none where a single variant answered everything. */
export function servedPoints({ cells }: ExperimentResult): ServedPoint[] {
  const variants = new Set(cells.flatMap(entriesOf).map(({ variant }) => variant));
  if (variants.size < 2) return [];
  return gridPoints(cells)
    .map((point) => ({ point, rows: rowsOf(point.cells) }))
    .filter(({ rows }) => rows.length > 0);
}

/** In percent; null where nothing of the application was answered. */
export function servedPercent({ requests, of }: Answers): number | null {
  return of === 0 ? null : (100 * requests) / of;
}

type Entry = CellResult['replications'][number]['servedBy'][number];

function entriesOf({ replications }: CellResult): Entry[] {
  return replications.flatMap(({ servedBy }) => servedBy);
}

function rowsOf(cells: readonly CellResult[]): ServedRow[] {
  const applications = [...new Set(cells.flatMap(entriesOf).map(({ application }) => application))];
  const groups = applications.length > 1 ? [null, ...applications] : applications;
  return groups.flatMap((application) => {
    const counts = cells.map((cell) => countsOf(entriesOf(cell), application));
    const totals = counts.map((each) => sum([...each.values()]));
    const variants = [...new Set(counts.flatMap((each) => [...each.keys()]))];
    const rows = variants.map((variant) => ({
      application,
      variant,
      answers: counts.map((each, cell) => ({ requests: each.get(variant) ?? 0, of: totals[cell] })),
    }));
    return rows.toSorted((a, b) => answersOf(b) - answersOf(a));
  });
}

/** Answered requests by variant. */
function countsOf(entries: readonly Entry[], wanted: string | null): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { application, variant, requests } of entries) {
    if (wanted === null || application === wanted) counts.set(variant, (counts.get(variant) ?? 0) + requests);
  }
  return counts;
}

function answersOf({ answers }: ServedRow): number {
  return sum(answers.map(({ requests }) => requests));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
