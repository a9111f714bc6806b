/** One arrival of a trace, as every reader yields it whatever the format. */
import type { Nanos } from '../../core/index.ts';
import { NEVER } from '../../core/index.ts';

export interface TraceRow {
  /** The line of the file it comes from. Arrivals drawn from a count share the line of their count. */
  readonly line: number;
  /** Nanoseconds since the trace's first row; in formats that count from an origin of their own, since that origin. */
  readonly atNs: Nanos;
  /** Who asks and what for; '' where the trace does not say. */
  readonly application: string;
  readonly useCase: string;
  readonly architecture: string;
  readonly variant: string;
  /** At least 1, or 0 where the trace does not say. */
  readonly inputs: number;
  /** Latency objective; `NEVER` where the trace does not say. */
  readonly latencyNs: Nanos;
  /** Accuracy objective in percent; 0 where the trace does not say. */
  readonly accuracyPercent: number;
  /** Length of the prompt and of the answer of a language model; 0 where the trace does not say. */
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** A row that says nothing but when it arrives. */
export function bareRow(line: number, atNs: Nanos): TraceRow {
  return {
    line,
    atNs,
    application: '',
    useCase: '',
    architecture: '',
    variant: '',
    inputs: 0,
    latencyNs: NEVER,
    accuracyPercent: 0,
    inputTokens: 0,
    outputTokens: 0,
  };
}
