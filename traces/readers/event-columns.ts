/**
 * Turns rows of cells into arrivals, by a mapping of column names: the part that CSV, JSONL and the published formats
 * with one arrival a row have in common.
 */
import type { Nanos } from '../../core/index.ts';
import {
  NANOS_PER_MICROSECOND,
  NANOS_PER_MILLISECOND,
  NANOS_PER_SECOND,
  NEVER,
  ServingError,
  invariant,
} from '../../core/index.ts';
import { INPUTS_MAX } from '../inputs-max.ts';
import type { EventColumns } from '../trace-options.ts';
import type { TextRow } from './csv-rows.ts';
import { csvRows } from './csv-rows.ts';
import { jsonRows } from './json-rows.ts';
import type { ReadContext, TraceReader } from './reader.ts';
import { RowCells } from './row-cells.ts';
import { TimeColumn } from './time-column.ts';
import type { TraceRow } from './trace-row.ts';

const NANOS_OF_UNIT = { s: NANOS_PER_SECOND, ms: NANOS_PER_MILLISECOND, us: NANOS_PER_MICROSECOND, ns: 1 } as const;

type Origin = TraceReader['origin'];

/** Arrivals from a CSV. @param columnsOf the mapping, given the header. */
export function csvEvents(
  context: ReadContext,
  origin: Origin,
  columnsOf: (header: readonly string[]) => EventColumns,
): AsyncIterable<TraceRow> {
  let parse: ((row: TextRow) => TraceRow) | null = null;
  const rows = csvRows(context, (header) => {
    parse = eventParser({ context, origin, header, columns: columnsOf(header) });
  });
  return parsedRows(context, rows, (row) => {
    invariant(parse !== null, 'csvRows yields no row before it has bound the header');
    return parse(row);
  });
}

/** Arrivals from a JSONL file, whose properties play the part of columns. */
export function jsonEvents(context: ReadContext, origin: Origin, columns: EventColumns): AsyncIterable<TraceRow> {
  const header = MAPPED.map((field) => columns[field]).filter((name) => name !== undefined);
  return parsedRows(context, jsonRows(context, header), eventParser({ context, origin, header, columns }));
}

/** Rows through a parser; what the parser throws is judged as a bad row. */
export async function* parsedRows<Row>(
  context: ReadContext,
  rows: AsyncIterable<TextRow>,
  parse: (row: TextRow) => Row,
): AsyncGenerator<Row> {
  for await (const row of rows) {
    let parsed: Row;
    try {
      parsed = parse(row);
    } catch (error) {
      context.bad.take(error);
      continue;
    }
    yield parsed;
  }
}

/** Where a named column is. @throws ServingError if the header does not have it. */
export function columnIndex(context: ReadContext, header: readonly string[], name: string): number {
  const index = header.indexOf(name);
  if (index >= 0) return index;
  throw new ServingError({
    code: 'TRACE_COLUMN_MISSING',
    place: `${context.path}:1`,
    message: `the header has no column "${name}"`,
    found: header.join(','),
    expected: `a column "${name}"`,
    next: 'check the format and the column mapping',
  });
}

const MAPPED = [
  'time',
  'application',
  'useCase',
  'architecture',
  'variant',
  'inputs',
  'latency',
  'accuracyPercent',
  'inputTokens',
  'outputTokens',
] as const satisfies readonly (keyof EventColumns)[];

interface ParserOptions {
  readonly context: ReadContext;
  readonly origin: Origin;
  readonly header: readonly string[];
  readonly columns: EventColumns;
}

function eventParser(options: ParserOptions): (row: TextRow) => TraceRow {
  const { context, columns, header } = options;
  const cell = new RowCells(context.path);
  const times = new TimeColumn(columns.timeUnit, options.origin);
  const latencyUnitNs = NANOS_OF_UNIT[columns.latencyUnit ?? 'ms'];
  const at = (name: string | undefined): number => (name === undefined ? -1 : columnIndex(context, header, name));
  const [time, application, useCase, architecture, variant, inputs, latency, accuracy, inputTokens, outputTokens] =
    MAPPED.map((field) => at(columns[field]));
  // A mapped column that the file lacks was refused above; one that is not mapped reads as empty.
  const text = (cells: readonly string[], index: number): string => (index < 0 ? '' : cells[index]);
  const number = (cells: readonly string[], index: number, rule: Parameters<RowCells['number']>[2]): number =>
    index < 0 ? (rule.blank ?? 0) : cell.number(header[index], cells[index], rule);

  return ({ line, cells }) => {
    cell.line = line;
    const atNs = cell.time(columns.time, cells[time], times);
    const objective = number(cells, latency, { kind: 'latency', minimum: 0, above: true, blank: Infinity });
    return {
      line,
      atNs,
      application: text(cells, application),
      useCase: text(cells, useCase),
      architecture: text(cells, architecture),
      variant: text(cells, variant),
      inputs: number(cells, inputs, { kind: 'inputs', minimum: 1, maximum: INPUTS_MAX, whole: true, blank: 0 }),
      latencyNs: objectiveNs(objective * latencyUnitNs),
      accuracyPercent: number(cells, accuracy, { kind: 'accuracy', minimum: 0, maximum: 100, blank: 0 }),
      inputTokens: number(cells, inputTokens, { kind: 'value', minimum: 0, whole: true, blank: 0 }),
      outputTokens: number(cells, outputTokens, { kind: 'value', minimum: 0, whole: true, blank: 0 }),
    };
  };
}

/** Whole nanoseconds, at least 1; what is beyond any run is no objective. */
function objectiveNs(value: number): Nanos {
  return value < NEVER ? Math.max(1, Math.round(value)) : NEVER;
}
