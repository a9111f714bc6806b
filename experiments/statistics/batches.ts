/**
 * Cuts a series into consecutive batches of equal size and averages each. Incomplete batches are left out;
 * which end they are left out at is the caller's choice, through `from`.
 */
import { invariant } from '../../core/index.ts';

export interface BatchOptions {
  /** Observations in a batch, at least 1. */
  readonly batchSize: number;
  /** Index of the first observation used. */
  readonly from?: number;
}

/** The means of the complete batches, in order. Observations must be finite. */
export function meansOfBatches(values: ArrayLike<number>, { batchSize, from = 0 }: BatchOptions): number[] {
  invariant(Number.isInteger(batchSize) && batchSize >= 1, `a batch has at least 1 observation, found ${batchSize}`);
  const means: number[] = [];
  for (let start = from; start + batchSize <= values.length; start += batchSize) {
    let sum = 0;
    for (let index = start; index < start + batchSize; index += 1) sum += values[index];
    invariant(Number.isFinite(sum), `a batch holds a value that is not finite, at or after index ${start}`);
    means.push(sum / batchSize);
  }
  return means;
}
