/**
 * How a trace file is read and reshaped: plain data, shared by workloads and by the commands that inspect or convert
 * a trace. Times are nanoseconds since the start of the trace.
 */
import type { Nanos } from '../core/index.ts';

/** The formats that can be read. `csv`, `jsonl` and `counts` need a column mapping. */
export const TRACE_FORMATS = [
  'rehearse',
  'csv',
  'jsonl',
  'counts',
  'azure-llm-2023',
  'azure-functions-2019',
  'azure-functions-2021',
  'servegen',
  'mooncake',
] as const;

export type TraceFormat = (typeof TRACE_FORMATS)[number];

/** The unit of a column that holds a point in time. Numbers may be counted from any origin. */
export type TimeUnit = 's' | 'ms' | 'us' | 'ns' | 'iso8601';

/** Names of the columns (CSV) or properties (JSONL) that hold one arrival a row. What is left out is not read. */
export interface EventColumns {
  readonly time: string;
  readonly timeUnit: TimeUnit;
  readonly application?: string | undefined;
  readonly useCase?: string | undefined;
  readonly architecture?: string | undefined;
  readonly variant?: string | undefined;
  /** Inputs of the query: a whole number of at least 1. */
  readonly inputs?: string | undefined;
  /** Latency objective, in `latencyUnit`. */
  readonly latency?: string | undefined;
  /** `ms` by default. */
  readonly latencyUnit?: 's' | 'ms' | 'us' | 'ns' | undefined;
  readonly accuracyPercent?: string | undefined;
  readonly inputTokens?: string | undefined;
  readonly outputTokens?: string | undefined;
}

/** Names of the columns of a CSV that counts the arrivals of each interval. */
export interface CountColumns {
  readonly count: string;
  /** The length of one interval: a second, a minute. */
  readonly intervalNs: Nanos;
  /** Start of the interval. Without it the rows are consecutive intervals. */
  readonly time?: string | undefined;
  /** Needed with `time`. */
  readonly timeUnit?: TimeUnit | undefined;
  readonly application?: string | undefined;
  readonly useCase?: string | undefined;
  readonly architecture?: string | undefined;
  readonly variant?: string | undefined;
}

export interface TraceFilter {
  /** Keep only rows of these applications. */
  readonly applications?: readonly string[] | undefined;
  /** Keep only rows that ask for these architectures. */
  readonly architectures?: readonly string[] | undefined;
}

/** The part `[fromNs, toNs)` of the trace; `fromNs` becomes time 0. */
export interface TraceWindow {
  readonly fromNs?: Nanos | undefined;
  readonly toNs?: Nanos | undefined;
}

/** How the bytes become rows. */
export interface ReadOptions {
  /** `auto` (the default) goes by the first line of the file. */
  readonly format?: TraceFormat | 'auto' | undefined;
  readonly columns?: EventColumns | CountColumns | undefined;
  /** `fail` (the default) stops at the first bad row; `skip` leaves bad rows out and counts them. */
  readonly badRows?: 'fail' | 'skip' | undefined;
  /** Sort the rows by time first. Without it a row out of order is a bad row. */
  readonly sort?: boolean | undefined;
  /** Azure Functions: what the name of a function stands for. `application` by default. */
  readonly functionsAs?: 'application' | 'architecture' | undefined;
  /** Counted arrivals within their interval: at random (`uniform`, the default) or evenly spaced. */
  readonly spread?: 'uniform' | 'even' | undefined;
}

/** Reading, then these steps in this order: filter, window, time scale, rate scale, limit. */
export interface TraceOptions extends ReadOptions {
  readonly filter?: TraceFilter | undefined;
  readonly window?: TraceWindow | undefined;
  /** Times are multiplied by this: 0.5 plays the trace twice as fast. */
  readonly timeScale?: number | undefined;
  /** Arrivals are thinned (below 1) or multiplied (above 1) at random; times are kept. */
  readonly rateScale?: number | undefined;
  /** At most this many rows. */
  readonly limit?: number | undefined;
}
