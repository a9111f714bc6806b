/** The first line of a trace that is not blank, as cells and as JSON: what formats are told apart by. */
import { parse } from 'csv-parse/sync';
import { ServingError } from '../../core/index.ts';
import type { TraceOptions } from '../trace-options.ts';
import { parseObject } from './json-rows.ts';
import type { TraceHead } from './reader.ts';
import { textLines } from './text-lines.ts';

/** @throws ServingError if the file cannot be read or has no line with text. */
export async function readHead(path: string, options: TraceOptions): Promise<TraceHead> {
  for await (const { text } of textLines(path)) {
    if (text.trim() !== '') return { cells: cellsOf(text), json: parseObject(text), options };
  }
  throw new ServingError({
    code: 'TRACE_EMPTY',
    place: path,
    message: 'the trace is empty',
    found: 'no line of text',
    expected: 'a header and rows',
    next: 'check how the file was made',
  });
}

function cellsOf(text: string): readonly string[] {
  try {
    const [cells] = parse(text, { relax_quotes: true, trim: true });
    return cells ?? [];
  } catch {
    // A quote that does not close: no header of any known format.
    return [text];
  }
}
