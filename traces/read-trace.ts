/**
 * Reads a trace of any known format: finds the reader, sorts where asked to, makes the first row time 0 where the
 * format has no origin of its own, refuses rows out of order and traces without rows, then applies the transforms.
 * Rows that come out are in order of time.
 */
import { ServingError, ServingErrors, toSeconds } from '../core/index.ts';
import { checkTraceOptions } from './check-workload.ts';
import { Checks } from './checks.ts';
import { readerOf } from './detect.ts';
import { BadRows, rowError } from './readers/bad-rows.ts';
import type { TraceReader } from './readers/reader.ts';
import type { TraceRow } from './readers/trace-row.ts';
import { sortRows } from './sort-rows.ts';
import type { TraceFormat, TraceOptions } from './trace-options.ts';
import { transformRows } from './transforms.ts';

/** Seed of what reading draws when nobody gives one. */
const SEED_DEFAULT = 'trace';

export interface OpenTrace {
  readonly format: TraceFormat;
  /** To be read once. Leaving it early closes the file. */
  readonly rows: AsyncIterable<TraceRow>;
  /** The rows that were skipped; complete when `rows` has been read. */
  readonly badRows: BadRows;
}

/**
 * Opens a trace.
 * @param seed for the arrivals behind counts and rates, and for `rateScale`.
 * @throws ServingError if the file cannot be read or its format is not known; reading `rows` throws at bad rows.
 */
export async function openTrace(
  path: string,
  options: TraceOptions = {},
  seed: string = SEED_DEFAULT,
): Promise<OpenTrace> {
  const checks = new Checks();
  checkTraceOptions(options, checks);
  if (checks.errors.length > 0) throw new ServingErrors(checks.errors);
  const reader = await readerOf(path, options);
  const badRows = new BadRows(options.badRows);
  const raw = reader.rows({ path, options, bad: badRows, seed, window: options.window ?? {} });
  const rows = options.sort === true || !reader.sorted ? sortRows(raw) : raw;
  const ordered = orderedRows({ rows, path, badRows, origin: reader.origin, whole: options.window === undefined });
  return { format: reader.format, badRows, rows: someLeft(transformRows(ordered, options, seed), path) };
}

/** The rows of a trace, for those who need nothing else. */
export async function* readTrace(path: string, options: TraceOptions = {}, seed?: string): AsyncGenerator<TraceRow> {
  yield* (await openTrace(path, options, seed)).rows;
}

interface Ordering {
  readonly rows: AsyncIterable<TraceRow>;
  readonly path: string;
  readonly badRows: BadRows;
  readonly origin: TraceReader['origin'];
  /** Whether the reader was asked for all rows; if not, it may rightly have none. */
  readonly whole: boolean;
}

async function* orderedRows({ rows, path, badRows, origin, whole }: Ordering): AsyncGenerator<TraceRow> {
  let originNs = origin === 'own' ? 0 : Number.NaN;
  let lastNs = 0;
  let read = 0;
  for await (const row of rows) {
    if (Number.isNaN(originNs)) originNs = row.atNs;
    const atNs = row.atNs - originNs;
    if (atNs < lastNs) {
      badRows.take(
        rowError(`${path}:${row.line}`, {
          kind: 'order',
          message: 'the row is out of order',
          found: `${toSeconds(lastNs - atNs)} s before the row above it`,
          expected: 'rows in order of time',
          next: 'sort the trace once with `rehearse trace convert --sort`, or read it with sort: true',
        }),
      );
      continue;
    }
    lastNs = atNs;
    read += 1;
    yield originNs === 0 ? row : { ...row, atNs };
  }
  if (read === 0 && (whole || badRows.summary.total > 0)) throw noRows(path, badRows);
}

function noRows(path: string, badRows: BadRows): ServingError {
  const { total, first } = badRows.summary;
  return new ServingError({
    code: 'TRACE_EMPTY',
    place: path,
    message: 'the trace has no rows',
    found: total === 0 ? 'no arrival below the header' : `${total} bad rows and no good one (${first})`,
    expected: 'at least one row',
    next: total === 0 ? 'check how the file was made' : 'mend the rows or check the format',
  });
}

async function* someLeft(rows: AsyncIterable<TraceRow>, path: string): AsyncGenerator<TraceRow> {
  let left = 0;
  for await (const row of rows) {
    left += 1;
    yield row;
  }
  if (left > 0) return;
  throw new ServingError({
    code: 'TRACE_NOTHING_LEFT',
    place: path,
    message: 'no row of the trace is left',
    found: '0 rows after filter, window and rate scale',
    expected: 'at least one row',
    next: 'widen the window or the filter; `rehearse trace info` shows the span and the names',
  });
}
