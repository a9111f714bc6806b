/** Files of any make, read by a column mapping that the user gives: one arrival a row, in CSV or JSONL. */
import { ServingError } from '../../core/index.ts';
import type { EventColumns } from '../trace-options.ts';
import { csvEvents, jsonEvents } from './event-columns.ts';
import type { ReadContext, TraceReader } from './reader.ts';

export const csvReader: TraceReader = {
  format: 'csv',
  doc: 'CSV with any header and a column mapping: at least time and timeUnit',
  origin: 'first-row',
  sorted: true,
  recognises: ({ json, options }) => json === null && options.columns !== undefined && 'time' in options.columns,
  rows: (context) => csvEvents(context, 'first-row', () => eventColumns(context)),
};

export const jsonlReader: TraceReader = {
  format: 'jsonl',
  doc: 'one JSON object a line, and a column mapping: at least time and timeUnit',
  origin: 'first-row',
  sorted: true,
  recognises: ({ json, options }) => json !== null && options.columns !== undefined && 'time' in options.columns,
  rows: (context) => jsonEvents(context, 'first-row', eventColumns(context)),
};

function eventColumns(context: ReadContext): EventColumns {
  const { columns, format } = context.options;
  if (columns !== undefined && !('count' in columns)) return columns;
  throw new ServingError({
    code: 'TRACE_COLUMNS_NEEDED',
    place: context.path,
    message: `the format ${format ?? 'csv'} does not say which column is the time`,
    found: columns === undefined ? 'no column mapping' : 'a mapping of counts',
    expected: 'columns with at least time and timeUnit',
    next: 'add a column mapping, such as time: timestamp and timeUnit: ms',
  });
}
