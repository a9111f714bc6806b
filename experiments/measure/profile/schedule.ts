/**
 * The order in which cells are measured. A cell is a batch size of a variant under one condition: back to back, after an
 * idle time, or beside other workers. Cells take turns in rounds, a block of samples each, so that a slow minute of the
 * machine meets all of them and none alone; every second round goes the other way. Pure.
 */
import type { Nanos } from '../../../core/index.ts';
import type { FilledOptions, ProfiledVariant } from './options.ts';

export interface Cell {
  readonly kind: 'busy' | 'idle' | 'colocated';
  readonly batch: number;
  /** Before each batch; 0 back to back. */
  readonly idleNs: Nanos;
  /** Workers that execute, this one among them. */
  readonly workers: number;
}

/** The fresh process of one variant in one round, and what it measures. */
export interface Unit {
  readonly round: number;
  /** Index of the variant. */
  readonly target: number;
  readonly cells: readonly Cell[];
}

/** Idle times are measured at the smallest batch and at the largest that is no more than this. */
const IDLE_BATCH_MAX = 8;

/** The cells of a variant, batches back to back first. */
export function cellsOf(
  variant: Pick<ProfiledVariant, 'maxBatch' | 'batches'>,
  { batches, gapsNs, workersMax }: Pick<FilledOptions, 'batches' | 'gapsNs' | 'workersMax'>,
): Cell[] {
  const own = batchesOf(variant.batches ?? batches, variant.maxBatch);
  const small = own.filter((batch) => batch <= IDLE_BATCH_MAX);
  const idleBatches = [...new Set([own[0], small.at(-1) ?? own[0]])];
  return [
    ...own.map((batch): Cell => ({ kind: 'busy', batch, idleNs: 0, workers: 1 })),
    ...gapsNs.flatMap((idleNs) => idleBatches.map((batch): Cell => ({ kind: 'idle', batch, idleNs, workers: 1 }))),
    ...crowdsUpTo(workersMax).flatMap((workers) =>
      own.map((batch): Cell => ({ kind: 'colocated', batch, idleNs: 0, workers })),
    ),
  ];
}

/** Doubling from 2 on, so that many cores cost little; always the last, and one fewer: all cores busy, and one too many. */
function crowdsUpTo(workersMax: number): readonly number[] {
  const crowds = new Set<number>();
  for (let workers = 2; workers < workersMax - 1; workers *= 2) crowds.add(workers);
  for (const workers of [workersMax - 1, workersMax]) if (workers >= 2) crowds.add(workers);
  return [...crowds];
}

/** The batches up to a maximum; the maximum alone where all are above it. */
function batchesOf(batches: readonly number[], maxBatch: number): readonly number[] {
  const own = batches.filter((batch) => batch <= maxBatch);
  return own.length > 0 ? own : [maxBatch];
}

export function unitsOf(
  variants: readonly Pick<ProfiledVariant, 'maxBatch' | 'batches'>[],
  options: FilledOptions,
): Unit[] {
  return Array.from({ length: options.rounds }, (_, round) => {
    const units = variants.map((variant, target) => {
      const cells = cellsOf(variant, options);
      return { round, target, cells: round % 2 === 0 ? cells : turned(cells) };
    });
    return round % 2 === 0 ? units : units.toReversed();
  }).flat();
}

/** Batches of each kind the other way round; the kinds keep their order, since beside other workers memory grows. */
function turned(cells: readonly Cell[]): Cell[] {
  return (['busy', 'idle', 'colocated'] as const).flatMap((kind) =>
    cells.filter((cell) => cell.kind === kind).toReversed(),
  );
}

/** Tells a block from all others of a measurement. */
export function blockKey(unit: Pick<Unit, 'round' | 'target'>, { kind, batch, idleNs, workers }: Cell): string {
  return `${unit.round}/${unit.target}/${kind}/${batch}/${idleNs}/${workers}`;
}

/** The cell in words, for people. */
export function cellText({ kind, batch, idleNs, workers }: Cell): string {
  if (kind === 'idle') return `batch ${batch} after ${idleNs / 1e6} ms idle`;
  return kind === 'busy' ? `batch ${batch}` : `batch ${batch} beside ${workers - 1}`;
}
