/**
 * The specification of a workload, as a configuration fills it in: when queries arrive, what they ask for, how often
 * each is asked, and with which objectives. Plain data; `check-workload.ts` judges it, `generated-workload.ts` and
 * `compile-trace.ts` turn it into arrivals.
 */
import type { Nanos, QueryKind } from '../core/index.ts';
import type { ArrivalSpec } from './arrival-spec.ts';

/** How many inputs a query carries. */
export type InputsSpec =
  | { readonly draw: 'fixed'; readonly value: number }
  /** Whole numbers from `minimum` to `maximum`, both included, equally likely. */
  | { readonly draw: 'uniform'; readonly minimum: number; readonly maximum: number }
  | { readonly draw: 'choice'; readonly values: readonly number[]; readonly weights?: readonly number[] | undefined };

/** A query's latency objective. */
export type LatencySpec =
  | { readonly draw: 'none' }
  | { readonly draw: 'fixed'; readonly valueNs: Nanos }
  | { readonly draw: 'uniform'; readonly minimumNs: Nanos; readonly maximumNs: Nanos }
  /** Draws below `minimumNs` (1 by default) are raised to it. */
  | { readonly draw: 'exponential'; readonly meanNs: Nanos; readonly minimumNs?: Nanos | undefined }
  /** By mean and coefficient of variation; draws below `minimumNs` (1 by default) are raised to it. */
  | {
      readonly draw: 'lognormal';
      readonly meanNs: Nanos;
      readonly cv: number;
      readonly minimumNs?: Nanos | undefined;
    }
  | { readonly draw: 'choice'; readonly valuesNs: readonly Nanos[]; readonly weights?: readonly number[] | undefined };

/** A query's accuracy objective in percent; 0 is none. */
export type AccuracySpec =
  | { readonly draw: 'fixed'; readonly value: number }
  | { readonly draw: 'choice'; readonly values: readonly number[]; readonly weights?: readonly number[] | undefined };

/** One sort of query. */
export interface QuerySpec {
  readonly kind: QueryKind;
  readonly inputs: InputsSpec;
  readonly latency: LatencySpec;
  readonly accuracyPercent: AccuracySpec;
}

/** How often each entry of `queries` is asked. */
export type PopularitySpec =
  | { readonly law: 'uniform' }
  /** One weight for each query, in their order; they need not add up to anything. */
  | { readonly law: 'weights'; readonly weights: readonly number[] }
  /** The query of rank r (the first is 1) with weight `1 / r^exponent`. */
  | { readonly law: 'zipf'; readonly exponent: number };

/** A workload. */
export interface WorkloadSpec<Arrivals extends ArrivalSpec = ArrivalSpec> {
  readonly arrivals: Arrivals;
  /** What is asked for. With a trace these complete what its rows leave out, and may be empty. */
  readonly queries: readonly QuerySpec[];
  readonly popularity: PopularitySpec;
  /** Nothing arrives at or after this time. */
  readonly durationNs: Nanos;
  /** At most this many arrivals. */
  readonly limit?: number | undefined;
  /** Put before the names of the random streams, so that two workloads of one run draw apart. */
  readonly seedName?: string | undefined;
}
