/** Which format a trace file has: what the options say, else what its first line looks like. */
import { ServingError } from '../core/index.ts';
import { readHead } from './readers/read-head.ts';
import type { TraceReader } from './readers/reader.ts';
import { TRACE_READERS } from './readers/registry.ts';
import type { TraceFormat, TraceOptions } from './trace-options.ts';

/** The format of a file. @throws ServingError that lists the formats if it is none of them. */
export async function detectFormat(path: string, options: TraceOptions = {}): Promise<TraceFormat> {
  return (await readerOf(path, options)).format;
}

/** The reader for a file. */
export async function readerOf(path: string, options: TraceOptions): Promise<TraceReader> {
  if (options.format !== undefined && options.format !== 'auto') return TRACE_READERS[options.format];
  const head = await readHead(path, options);
  const { counts, csv, jsonl } = TRACE_READERS;
  // A mapping says that the user knows the columns better than we do.
  const candidates = options.columns === undefined ? Object.values(TRACE_READERS) : [counts, csv, jsonl];
  const reader = candidates.find((candidate) => candidate.recognises(head));
  if (reader !== undefined) return reader;
  const known = Object.values(TRACE_READERS).map(({ format, doc }) => `  ${format}: ${doc}`);
  throw new ServingError({
    code: 'TRACE_FORMAT_UNKNOWN',
    place: `${path}:1`,
    message: 'the format of this trace is not known',
    found: shorten(head.cells.join(',')),
    expected: `one of\n${known.join('\n')}\n`,
    next: 'name the format, or give a column mapping',
  });
}

function shorten(text: string): string {
  return text.length <= 100 ? `"${text}"` : `"${text.slice(0, 100)}..."`;
}
