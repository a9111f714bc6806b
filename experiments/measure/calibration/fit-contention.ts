/**
 * How much batches slow each other that run at once: c of the least squares fit of "time = (1 + c * batches beside) *
 * time that is expected alone", over batches that had company.
 */
import { quantileSorted } from 'simple-statistics';
import type { CalibratedIdle } from '../../../core/index.ts';
import type { Compared } from './compare-batches.ts';
import { TRIM } from './compare-batches.ts';

/** At least 0. @param compared not empty. */
export function fitContention(compared: readonly Compared[], afterIdle: readonly CalibratedIdle[]): number {
  const hiccupNs = quantileSorted(
    compared.map(({ tookNs }) => tookNs).toSorted((a, b) => a - b),
    TRIM,
  );
  let [product, square] = [0, 0];
  for (const { batch, tookNs, inferMeanNs, hostMeanNs } of compared) {
    if (tookNs > hiccupNs) continue;
    const { inferFactor, extra } = afterIdle.findLast(({ idleNs }) => idleNs <= batch.idleNs) ?? afterIdle[0];
    const aloneNs = inferMeanNs * inferFactor + hostMeanNs + extra.meanNs;
    const slowedNs = batch.beside * aloneNs;
    product += slowedNs * (tookNs - aloneNs);
    square += slowedNs * slowedNs;
  }
  return Math.max(0, product / square);
}
