/**
 * Azure Functions 2019 invocations (Azure/AzurePublicDataset): one row a function, one column a minute, each cell the
 * number of invocations. The file is ordered by function and arrivals by minute, so all cells above 0 are held in
 * memory: two numbers each, however many arrivals they stand for.
 */
import { ServingError, Stream } from '../../core/index.ts';
import { csvRows } from './csv-rows.ts';
import { columnIndex, parsedRows } from './event-columns.ts';
import { functionNames } from './function-names.ts';
import type { ReadContext, TraceReader } from './reader.ts';
import { RowCells } from './row-cells.ts';
import type { Spread } from './spread.ts';
import { spreadInterval } from './spread-interval.ts';
import type { TraceRow } from './trace-row.ts';
import { bareRow } from './trace-row.ts';

const NANOS_PER_MINUTE = 60_000_000_000;
/** Invocations of one function in one minute; the busiest of the published days are below a hundredth of it. */
const COUNT_MAX = 100_000_000;

export const azureFunctions2019Reader: TraceReader = {
  format: 'azure-functions-2019',
  doc: 'CSV with HashOwner,HashApp,HashFunction,Trigger,1,2,... (the invocations file)',
  origin: 'own',
  sorted: true,
  recognises: ({ cells }) => cells.includes('HashFunction') && cells.includes('1'),
  rows: functionRows,
};

interface Minute {
  /** Index into the functions, and their counts, side by side. */
  readonly owners: number[];
  readonly counts: number[];
}

async function* functionRows(context: ReadContext): AsyncGenerator<TraceRow> {
  const { functions, minutes } = await readCounts(context);
  const spread: Spread = { law: context.options.spread ?? 'uniform' };
  const { fromNs = 0, toNs = Number.POSITIVE_INFINITY } = context.window;
  for (const [index, minute] of minutes.entries()) {
    const startNs = index * NANOS_PER_MINUTE;
    if (startNs + NANOS_PER_MINUTE <= fromNs || startNs >= toNs || minute.owners.length === 0) continue;
    const sources = minute.owners.map((owner, at) => ({ owner, count: minute.counts[at], spread }));
    // A stream for each minute: a window draws what the whole trace would.
    const stream = new Stream(`${context.seed}/spread/${index}`);
    for (const { atNs, owner } of spreadInterval({ startNs, lengthNs: NANOS_PER_MINUTE, sources }, stream)) {
      yield { ...functions[owner], atNs };
    }
  }
}

async function readCounts(context: ReadContext): Promise<{ functions: TraceRow[]; minutes: Minute[] }> {
  const cell = new RowCells(context.path);
  const functions: TraceRow[] = [];
  let minutes: Minute[] = [];
  let app = 0;
  let func = 0;
  let first = 0;
  const rows = csvRows(context, (header) => {
    app = columnIndex(context, header, 'HashApp');
    func = columnIndex(context, header, 'HashFunction');
    first = columnIndex(context, header, '1');
    checkMinutes(context, header.slice(first));
    minutes = header.slice(first).map(() => ({ owners: [], counts: [] }));
  });
  const counts = parsedRows(context, rows, ({ line, cells }) => {
    cell.line = line;
    const rule = { kind: 'count', minimum: 0, maximum: COUNT_MAX, whole: true } as const;
    // All cells are read before any is kept, so a bad row leaves nothing behind.
    const values = cells.slice(first).map((text, minute) => cell.number(String(minute + 1), text, rule));
    const names = functionNames(context.options, { app: cells[app], func: cells[func] });
    return { row: { ...bareRow(line, 0), ...names }, values };
  });
  for await (const { row, values } of counts) {
    for (const [minute, count] of values.entries()) {
      if (count === 0) continue;
      minutes[minute].owners.push(functions.length);
      minutes[minute].counts.push(count);
    }
    functions.push(row);
  }
  return { functions, minutes };
}

function checkMinutes(context: ReadContext, names: readonly string[]): void {
  const wrong = names.findIndex((name, index) => name !== String(index + 1));
  if (wrong < 0) return;
  throw new ServingError({
    code: 'TRACE_HEADER',
    place: `${context.path}:1`,
    message: 'the columns of minutes are not numbered in order',
    found: `"${names[wrong]}"`,
    expected: `"${wrong + 1}"`,
    next: 'use the invocations file as it was published',
  });
}
