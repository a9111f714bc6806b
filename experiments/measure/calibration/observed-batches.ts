/**
 * The batches of a live run, put together from its request rows: what ran when, how idle its worker had been, and how
 * much of the time others ran beside it. Requests that never ran are no part of it.
 */
import type { Nanos, RequestRow } from '../../../core/index.ts';

export interface ObservedBatch {
  readonly variant: number;
  readonly worker: number;
  readonly inputs: number;
  readonly startNs: Nanos;
  readonly endNs: Nanos;
  /** In the engine. */
  readonly inferNs: Nanos;
  /** Since the worker's batch before ended; 0 for batches back to back. */
  readonly idleNs: Nanos;
  /** Mean number of batches that other workers of the machine ran meanwhile. */
  readonly beside: number;
  /**
   * How late its first request was noticed: from its scheduled time to the start, where the worker had been idle;
   * undefined where the request waited for the worker.
   */
  readonly noticedNs: Nanos | undefined;
}

type Row = Pick<
  RequestRow,
  'variant' | 'worker' | 'machine' | 'batchInputs' | 'scheduledNs' | 'queueNs' | 'loadWaitNs' | 'inferNs' | 'latencyNs'
>;

interface Run {
  readonly row: Row;
  readonly startNs: Nanos;
  readonly endNs: Nanos;
}

/**
 * The batches in order of their starts, without each worker's first: nobody knows how idle it had been.
 *
 * @param rows all requests of a run that were answered; a sample of them would make workers look idle.
 */
export function observedBatches(rows: readonly Row[]): readonly ObservedBatch[] {
  const runs = firstRowsOfBatches(rows);
  const lastEndNs = new Map<number, Nanos>();
  return runs.flatMap((run, index) => {
    const { row, startNs, endNs } = run;
    const beforeNs = lastEndNs.get(row.worker);
    lastEndNs.set(row.worker, endNs);
    if (beforeNs === undefined) return [];
    const idleNs = Math.max(0, startNs - beforeNs);
    return [
      {
        variant: row.variant,
        worker: row.worker,
        inputs: row.batchInputs,
        startNs,
        endNs,
        inferNs: row.inferNs,
        idleNs,
        beside: besideOf(run, runs, index),
        // A request that waited for a load says nothing of wake-ups.
        noticedNs: row.scheduledNs >= beforeNs && row.loadWaitNs === 0 ? startNs - row.scheduledNs : undefined,
      },
    ];
  });
}

/** Of each batch its request that was scheduled first, in order of start. */
function firstRowsOfBatches(rows: readonly Row[]): readonly Run[] {
  const first = new Map<string, Run>();
  for (const row of rows) {
    if (row.batchInputs === 0) continue;
    const startNs = row.scheduledNs + row.queueNs + row.loadWaitNs;
    const key = `${row.worker} ${startNs}`;
    const known = first.get(key);
    if (known !== undefined && known.row.scheduledNs <= row.scheduledNs) continue;
    first.set(key, { row, startNs, endNs: row.scheduledNs + row.latencyNs });
  }
  return [...first.values()].toSorted((a, b) => a.startNs - b.startNs || a.row.worker - b.row.worker);
}

/** Looks at the neighbours in order of start only: a worker runs one batch at a time, so they are few. */
function besideOf({ row, startNs, endNs }: Run, runs: readonly Run[], index: number): number {
  let besideNs = 0;
  const shared = (other: Run): void => {
    if (other.row.worker === row.worker || other.row.machine !== row.machine) return;
    besideNs += Math.max(0, Math.min(endNs, other.endNs) - Math.max(startNs, other.startNs));
  };
  for (let at = index + 1; at < runs.length && runs[at].startNs < endNs; at += 1) shared(runs[at]);
  const seen = new Set<number>();
  for (let at = index - 1; at >= 0 && index - at <= LOOK_BACK; at -= 1) {
    const { worker } = runs[at].row;
    // The last batch of each worker that began earlier is the only one that can reach into this one.
    if (!seen.has(worker)) shared(runs[at]);
    seen.add(worker);
  }
  return besideNs / Math.max(1, endNs - startNs);
}

/** Batches looked back at: a worker that began none among so many has been idle for long, or runs a very long one. */
const LOOK_BACK = 256;
