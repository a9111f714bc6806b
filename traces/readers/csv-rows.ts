/**
 * The rows of a CSV file with a header, as cells of text with their line numbers. Rows with too few or too many cells
 * are bad rows; quotes that do not close end the reading, since nothing after them can be told apart.
 */
import { pipeline } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { ServingError } from '../../core/index.ts';
import { rowError } from './bad-rows.ts';
import { byteChunks } from './byte-chunks.ts';
import type { ReadContext } from './reader.ts';
import { LINE_LENGTH_MAX, lineTooLong } from './text-lines.ts';

export interface TextRow {
  readonly line: number;
  /** Position among the rows, from 0; bad rows count too. */
  readonly index: number;
  readonly cells: readonly string[];
}

/** @param bind is given the header before the first row; it throws if a column it needs is missing. */
export async function* csvRows(
  context: ReadContext,
  bind: (header: readonly string[]) => void,
): AsyncGenerator<TextRow> {
  let width = -1;
  let index = -1;
  for await (const row of csvRecords(context.path)) {
    index += 1;
    if (width < 0) {
      width = row.cells.length;
      bind(row.cells);
    } else if (row.cells.length === width) {
      yield { ...row, index: index - 1 };
    } else {
      context.bad.take(
        rowError(`${context.path}:${row.line}`, {
          kind: 'columns',
          message: 'the row has the wrong number of columns',
          found: `${row.cells.length} (${row.cells.join(',')})`,
          expected: `${width}, as in the header`,
        }),
      );
    }
  }
}

async function* csvRecords(path: string): AsyncGenerator<Omit<TextRow, 'index'>> {
  const parser = parse({
    bom: true,
    max_record_size: LINE_LENGTH_MAX,
    relax_column_count: true,
    relax_quotes: true,
    trim: true,
  });
  // Errors of the source reach the loop below, because a pipeline destroys its last stream with them.
  pipeline(byteChunks(path), parser, () => {});
  // Counted here: the parser's own position costs a third of the reading. Blank lines come as one empty cell.
  let line = 1;
  try {
    for await (const record of parser) {
      // Without `columns` and `info` a record is its cells.
      const cells = record as string[];
      if (cells.length > 1 || cells[0] !== '') yield { line, cells };
      line += 1;
      for (const cell of cells) if (cell.includes('\n')) line += cell.split('\n').length - 1;
    }
  } catch (error) {
    throw error instanceof CsvError ? syntaxError(path, error) : error;
  }
}

function syntaxError(path: string, error: CsvError): ServingError {
  const line = Number(error['lines']);
  if (error.code === 'CSV_MAX_RECORD_SIZE') return lineTooLong(path, line);
  return new ServingError({
    code: 'TRACE_SYNTAX',
    place: `${path}:${line}`,
    message: 'this is not CSV',
    found: error.message,
    expected: 'cells separated by commas, quotes in pairs',
    next: 'mend the line',
    cause: error,
  });
}
