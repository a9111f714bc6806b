/** What a reader of one trace format is. Readers stream; what they may keep in memory is said at the top of each. */
import type { TraceFormat, TraceOptions, TraceWindow } from '../trace-options.ts';
import type { BadRows } from './bad-rows.ts';
import type { TraceRow } from './trace-row.ts';

export interface ReadContext {
  readonly path: string;
  readonly options: TraceOptions;
  readonly bad: BadRows;
  /** Seed of what a reader draws: the arrivals behind a count or a rate. */
  readonly seed: string;
  /** Rows outside need not be produced: a reader that draws its rows may save the work. */
  readonly window: TraceWindow;
}

/** The first line of a file that is not blank. */
export interface TraceHead {
  /** The cells of the line, trimmed. */
  readonly cells: readonly string[];
  /** The object, if the line is JSON. */
  readonly json: Readonly<Record<string, unknown>> | null;
  readonly options: TraceOptions;
}

export interface TraceReader {
  readonly format: TraceFormat;
  /** How to tell the format, for help and for the error that lists the formats. */
  readonly doc: string;
  /** Whether the first row becomes time 0, or times count from an origin of the format itself. */
  readonly origin: 'first-row' | 'own';
  /** Whether rows come in order of arrival in a correct file. If not they are always sorted. */
  readonly sorted: boolean;
  recognises(head: TraceHead): boolean;
  rows(context: ReadContext): AsyncIterable<TraceRow>;
}
