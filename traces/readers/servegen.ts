/**
 * ServeGen (alibaba/ServeGen): for each client and window of time a rate and the law of the gaps between requests.
 * Each window of a client gets rate x length arrivals (a fraction counts as a chance of one more), whose gaps have the
 * given shape and are scaled to fill the window (`spread.ts`): so the published rates are met exactly and the bursts
 * within a window are kept; the scale (param2) is not needed. In memory: five numbers for each row of the file, and
 * the arrivals of one window.
 */
import { NANOS_PER_SECOND, Stream } from '../../core/index.ts';
import { csvRows } from './csv-rows.ts';
import { columnIndex, parsedRows } from './event-columns.ts';
import type { ReadContext, TraceReader } from './reader.ts';
import { RowCells } from './row-cells.ts';
import type { IntervalSource } from './spread-interval.ts';
import { spreadInterval } from './spread-interval.ts';
import type { TraceRow } from './trace-row.ts';
import { bareRow } from './trace-row.ts';

const COLUMNS = ['client', 'window_start_s', 'rate_rps', 'distribution', 'param1'] as const;
/** The windows of the published files; used when a file has a single one. */
const WINDOW_S_DEFAULT = 600;
/** A hundred times the busiest published client. It bounds the memory of a window. */
const RATE_RPS_MAX = 100_000;
// Rates are counts divided by the window's length: this close to a whole number they are one.
const COUNT_TOLERANCE = 1e-6;

export const servegenReader: TraceReader = {
  format: 'servegen',
  doc: 'CSV with client,window_start_s,rate_rps,cv,distribution,param1,param2',
  origin: 'own',
  sorted: true,
  recognises: ({ cells }) => COLUMNS.every((name) => cells.includes(name)),
  rows: servegenRows,
};

interface ClientWindow {
  /** Index into the clients. */
  readonly client: number;
  readonly startS: number;
  readonly rateRps: number;
  readonly law: 'gamma' | 'weibull';
  readonly shape: number;
}

async function* servegenRows(context: ReadContext): AsyncGenerator<TraceRow> {
  const { clients, windows, starts } = await readWindows(context);
  const windowS = windowLength(starts);
  const originS = starts.length === 0 ? 0 : starts[0];
  const { fromNs = 0, toNs = Number.POSITIVE_INFINITY } = context.window;
  for (const startS of starts) {
    const startNs = (startS - originS) * NANOS_PER_SECOND;
    const lengthNs = windowS * NANOS_PER_SECOND;
    if (startNs + lengthNs <= fromNs || startNs >= toNs) continue;
    // A stream for each window: a part of the trace draws what the whole would.
    const stream = new Stream(`${context.seed}/servegen/${startS}`);
    const sources = (windows.get(startS) ?? []).map((window) => sourceOf(window, windowS, stream));
    for (const { atNs, owner } of spreadInterval({ startNs, lengthNs, sources }, stream)) {
      yield { ...clients[owner], atNs };
    }
  }
}

function sourceOf(window: ClientWindow, windowS: number, stream: Stream): IntervalSource {
  const expected = window.rateRps * windowS;
  const nearest = Math.round(expected);
  const whole = Math.floor(expected);
  const exact = Math.abs(expected - nearest) < COUNT_TOLERANCE;
  const count = exact ? nearest : whole + (stream.chance(expected - whole) ? 1 : 0);
  return { owner: window.client, count, spread: { law: window.law, shape: window.shape } };
}

interface Windows {
  /** A bare row for each client, in order of appearance. */
  readonly clients: TraceRow[];
  /** The busy windows by their start. */
  readonly windows: Map<number, ClientWindow[]>;
  /** Every start in the file, idle windows included, ascending. */
  readonly starts: readonly number[];
}

async function readWindows(context: ReadContext): Promise<Windows> {
  const cell = new RowCells(context.path);
  const clients: TraceRow[] = [];
  const clientOf = new Map<string, number>();
  const windows = new Map<number, ClientWindow[]>();
  let [name, start, rate, law, shape] = [0, 0, 0, 0, 0];
  const rows = csvRows(context, (header) => {
    [name, start, rate, law, shape] = COLUMNS.map((column) => columnIndex(context, header, column));
  });
  const parsed = parsedRows(context, rows, ({ line, cells }) => {
    cell.line = line;
    const startS = cell.number('window_start_s', cells[start], { kind: 'time', minimum: 0, whole: true });
    const rateRps = cell.number('rate_rps', cells[rate], { kind: 'value', minimum: 0, maximum: RATE_RPS_MAX });
    const busy = rateRps > 0;
    const param1 = busy ? cell.number('param1', cells[shape], { kind: 'value', minimum: 1e-6, maximum: 1e6 }) : 1;
    return { line, client: cells[name], startS, rateRps, law: busy ? lawOf(cell, cells[law]) : 'gamma', shape: param1 };
  });
  for await (const { line, client, ...window } of parsed) {
    let index = clientOf.get(client);
    if (index === undefined) {
      index = clients.length;
      clientOf.set(client, index);
      clients.push({ ...bareRow(line, 0), application: `client-${client}` });
    }
    const group = windows.get(window.startS) ?? [];
    windows.set(window.startS, group);
    if (window.rateRps > 0) group.push({ ...window, client: index });
  }
  return { clients, windows, starts: [...windows.keys()].sort((left, right) => left - right) };
}

function lawOf(cell: RowCells, text: string): 'gamma' | 'weibull' {
  if (text === 'Gamma') return 'gamma';
  if (text === 'Weibull') return 'weibull';
  return cell.fail({
    kind: 'value',
    message: 'column distribution cannot be used',
    found: `"${text}"`,
    expected: 'Gamma or Weibull in a window with a rate',
  });
}

/** The smallest step between two starts: windows are as long as they are apart. */
function windowLength(starts: readonly number[]): number {
  let length = Number.POSITIVE_INFINITY;
  for (let index = 1; index < starts.length; index += 1) length = Math.min(length, starts[index] - starts[index - 1]);
  return length === Number.POSITIVE_INFINITY ? WINDOW_S_DEFAULT : length;
}
