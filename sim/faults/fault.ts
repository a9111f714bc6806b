/**
 * Named faults, off unless the experiment names them. A fault happens at stated instants or at random with a
 * mean time between, drawn from a stream of its own, so that naming one fault never shifts another.
 */
import type { Nanos } from '../../core/index.ts';

/** When a fault strikes. */
export type FaultTimes =
  | { readonly kind: 'at'; readonly atNs: readonly Nanos[] }
  /** Exponential gaps with this mean. */
  | { readonly kind: 'random'; readonly meanBetweenNs: Nanos };

export const FAULT_NAMES = ['worker-crash', 'machine-loss', 'slow-machine', 'failed-load', 'lost-message'] as const;

/** A fault that strikes at instants. */
export type StrikingFault =
  /** A random live worker dies; its running batch fails. */
  | { readonly fault: 'worker-crash'; readonly times: FaultTimes }
  /** A random machine that is up disappears with its workers. */
  | { readonly fault: 'machine-loss'; readonly times: FaultTimes }
  /** A random machine that is up runs at `speed` (0 to 1) for a while. */
  | { readonly fault: 'slow-machine'; readonly times: FaultTimes; readonly speed: number; readonly lastsNs: Nanos };

/** A fault that accompanies every load or message. */
export type AccompanyingFault =
  /** Each load fails with this probability. */
  | { readonly fault: 'failed-load'; readonly probability: number }
  /** Each request on its way to a worker is lost with this probability. */
  | { readonly fault: 'lost-message'; readonly probability: number };

export type FaultPlan = StrikingFault | AccompanyingFault;
