/** Batches of a run beside what the latency tables say of such: of that size, after that idle time. */
import { mean } from 'simple-statistics';
import type { Nanos, Variant } from '../../../core/index.ts';
import { Stream } from '../../../core/index.ts';
import type { ObservedBatch } from './observed-batches.ts';
import { profileParts } from './profile-parts.ts';

export interface Compared {
  readonly batch: ObservedBatch;
  readonly tookNs: Nanos;
  /** What is left of the time without the engine's. */
  readonly hostNs: Nanos;
  /** One draw of each part, for distributions. */
  readonly inferSaidNs: Nanos;
  readonly hostSaidNs: Nanos;
  /** The expected value of each part, for what is compared batch by batch. */
  readonly inferMeanNs: Nanos;
  readonly hostMeanNs: Nanos;
}

export type ComparedVariant = Pick<Variant, 'name' | 'maxBatch' | 'profile'>;

/** @param variants by index. */
export function comparedBatches(
  batches: readonly ObservedBatch[],
  variants: readonly ComparedVariant[],
): readonly Compared[] {
  const drawn = variants.map((variant) => profileParts(variant, 'empirical'));
  const expected = variants.map((variant) => profileParts(variant, 'mean'));
  // A stream of its own, so that the fit of a run is always the same.
  const stream = new Stream('calibration');
  return batches.map((batch) => {
    const { variant, inputs, idleNs, startNs, endNs, inferNs } = batch;
    return {
      batch,
      tookNs: endNs - startNs,
      hostNs: endNs - startNs - inferNs,
      inferSaidNs: drawn[variant].infer.batchWorkNs(inputs, stream, idleNs),
      hostSaidNs: drawn[variant].host.batchWorkNs(inputs, stream, idleNs),
      inferMeanNs: expected[variant].infer.batchWorkNs(inputs, stream, idleNs),
      hostMeanNs: expected[variant].host.batchWorkNs(inputs, stream, idleNs),
    };
  });
}

/** Mean time in the engine over the mean that the tables say. */
export function inferFactorOf(compared: readonly Compared[]): number {
  return (
    trimmedMean(compared.map(({ batch }) => batch.inferNs)) / trimmedMean(compared.map((each) => each.inferSaidNs))
  );
}

/** What is above this quantile is a hiccup of the machine, not a cost that comes with every batch. */
export const TRIM = 0.99;

/** The mean without what lies above the trimming quantile. */
export function trimmedMean(values: readonly Nanos[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return mean(sorted.slice(0, Math.max(1, Math.ceil(sorted.length * TRIM))));
}
