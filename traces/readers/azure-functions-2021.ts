/**
 * Azure Functions 2021 (Azure/AzurePublicDataset): one row an invocation, with the time it ended and how long it took,
 * both in seconds. It arrived at the end less the duration, so rows in order of their ends are not in order of
 * arrival; `read-trace.ts` sorts them, in runs on disk if there are many.
 */
import { seconds } from '../../core/index.ts';
import { csvRows } from './csv-rows.ts';
import { columnIndex, parsedRows } from './event-columns.ts';
import { functionNames } from './function-names.ts';
import type { ReadContext, TraceReader } from './reader.ts';
import { RowCells } from './row-cells.ts';
import { TimeColumn } from './time-column.ts';
import type { TraceRow } from './trace-row.ts';
import { bareRow } from './trace-row.ts';

const COLUMNS = ['app', 'func', 'end_timestamp', 'duration'] as const;

export const azureFunctions2021Reader: TraceReader = {
  format: 'azure-functions-2021',
  doc: 'CSV with app,func,end_timestamp,duration',
  origin: 'first-row',
  sorted: false,
  recognises: ({ cells }) => COLUMNS.every((name) => cells.includes(name)),
  rows: invocationRows,
};

function invocationRows(context: ReadContext): AsyncIterable<TraceRow> {
  const cell = new RowCells(context.path);
  const times = new TimeColumn('s', 'first-row');
  let [app, func, end, duration] = [0, 0, 0, 0];
  const rows = csvRows(context, (header) => {
    [app, func, end, duration] = COLUMNS.map((name) => columnIndex(context, header, name));
  });
  return parsedRows(context, rows, ({ line, cells }) => {
    cell.line = line;
    const endNs = cell.time('end_timestamp', cells[end], times);
    const tookS = cell.number('duration', cells[duration], { kind: 'value', minimum: 0, maximum: 1e7 });
    const names = functionNames(context.options, { app: cells[app], func: cells[func] });
    return { ...bareRow(line, endNs - seconds(tookS)), ...names };
  });
}
