/**
 * CSV with the number of arrivals in each interval, for one series or for several (a column of applications, say).
 * Rows of one interval stand together. In memory: the rows of one interval.
 */
import type { Nanos } from '../../core/index.ts';
import { ServingError, Stream } from '../../core/index.ts';
import type { CountColumns } from '../trace-options.ts';
import type { TextRow } from './csv-rows.ts';
import { csvRows } from './csv-rows.ts';
import { columnIndex, parsedRows } from './event-columns.ts';
import type { ReadContext, TraceReader } from './reader.ts';
import { RowCells } from './row-cells.ts';
import type { Spread } from './spread.ts';
import { spreadInterval } from './spread-interval.ts';
import { TimeColumn } from './time-column.ts';
import type { TraceRow } from './trace-row.ts';
import { bareRow } from './trace-row.ts';

/** Arrivals in one cell, at most: it bounds the work that a slip of the pen can ask for. */
const COUNT_MAX = 1_000_000_000;

export const countsReader: TraceReader = {
  format: 'counts',
  doc: 'CSV of arrivals in each interval and a column mapping: at least count and interval',
  origin: 'own',
  sorted: true,
  recognises: ({ json, options }) => json === null && options.columns !== undefined && 'count' in options.columns,
  rows: countRows,
};

interface CountRow {
  readonly count: number;
  /** `atNs` is the start of the interval. */
  readonly row: TraceRow;
}

async function* countRows(context: ReadContext): AsyncGenerator<TraceRow> {
  const columns = countColumns(context);
  const stream = new Stream(`${context.seed}/spread`);
  const spread: Spread = { law: context.options.spread ?? 'uniform' };
  let group: CountRow[] = [];
  for await (const counted of countedRows(context, columns)) {
    if (group.length > 0 && group[0].row.atNs !== counted.row.atNs) {
      yield* arrivalsOf(group, { columns, spread, stream });
      group = [];
    }
    group.push(counted);
  }
  yield* arrivalsOf(group, { columns, spread, stream });
}

function* arrivalsOf(
  group: readonly CountRow[],
  how: { readonly columns: CountColumns; readonly spread: Spread; readonly stream: Stream },
): Generator<TraceRow> {
  if (group.length === 0) return;
  const interval = {
    startNs: group[0].row.atNs,
    lengthNs: how.columns.intervalNs,
    sources: group.map(({ count }, owner) => ({ owner, count, spread: how.spread })),
  };
  for (const { atNs, owner } of spreadInterval(interval, how.stream)) yield { ...group[owner].row, atNs };
}

async function* countedRows(context: ReadContext, columns: CountColumns): AsyncGenerator<CountRow> {
  const cell = new RowCells(context.path);
  const times = columns.time === undefined ? null : new TimeColumn(columns.timeUnit ?? 's', 'first-row');
  let header: readonly string[] = [];
  let firstNs = Number.NaN;
  let lastNs = 0;
  const rows = csvRows(context, (names) => {
    header = names;
    for (const name of namesOf(columns)) columnIndex(context, names, name);
  });
  const startOf = (row: TextRow): Nanos => {
    if (times === null || columns.time === undefined) return row.index * columns.intervalNs;
    const atNs = cell.time(columns.time, row.cells[header.indexOf(columns.time)], times);
    if (Number.isNaN(firstNs)) firstNs = atNs;
    return atNs - firstNs;
  };
  yield* parsedRows(context, rows, (textRow) => {
    const { line, cells } = textRow;
    cell.line = line;
    const atNs = startOf(textRow);
    if (atNs > lastNs && atNs < lastNs + columns.intervalNs) {
      cell.fail({
        kind: 'order',
        message: 'the intervals overlap',
        found: `${(atNs - lastNs) / 1e9} s after the one before`,
        expected: `0 s, or at least the ${columns.intervalNs / 1e9} s of an interval`,
      });
    }
    const text = (name: string | undefined): string => (name === undefined ? '' : cells[header.indexOf(name)]);
    const count = cell.number(columns.count, text(columns.count), {
      kind: 'count',
      minimum: 0,
      maximum: COUNT_MAX,
      whole: true,
    });
    lastNs = atNs;
    const row = {
      ...bareRow(line, atNs),
      application: text(columns.application),
      useCase: text(columns.useCase),
      architecture: text(columns.architecture),
      variant: text(columns.variant),
    };
    return { count, row };
  });
}

function namesOf(columns: CountColumns): readonly string[] {
  const { count, time, application, useCase, architecture, variant } = columns;
  return [count, time, application, useCase, architecture, variant].filter((name) => name !== undefined);
}

function countColumns(context: ReadContext): CountColumns {
  const { columns } = context.options;
  if (columns !== undefined && 'count' in columns) return columns;
  throw new ServingError({
    code: 'TRACE_COLUMNS_NEEDED',
    place: context.path,
    message: 'the format counts does not say which column is the count',
    found: columns === undefined ? 'no column mapping' : 'a mapping without count',
    expected: 'columns with at least count and interval',
    next: 'add a column mapping, such as count: requests and an interval of 1 s',
  });
}
