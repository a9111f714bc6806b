/**
 * What can be done to the rows of a trace on their way, in a fixed order: filter, window, time scale, rate scale,
 * limit. Each step streams, keeps the order of time and holds at most one row. Draws come from a named stream, so the
 * same seed gives the same rows.
 */
import { Stream } from '../core/index.ts';
import type { TraceRow } from './readers/trace-row.ts';
import type { TraceFilter, TraceOptions, TraceWindow } from './trace-options.ts';

type Rows = AsyncIterable<TraceRow>;

/** Applies the steps that the options ask for. */
export function transformRows(rows: Rows, options: TraceOptions, seed: string): Rows {
  let result = rows;
  if (options.filter !== undefined) result = filterRows(result, options.filter);
  if (options.window !== undefined) result = windowRows(result, options.window);
  if (options.timeScale !== undefined) result = scaleTime(result, options.timeScale);
  if (options.rateScale !== undefined) {
    result = scaleRate(result, options.rateScale, new Stream(`${seed}/rate-scale`));
  }
  if (options.limit !== undefined) result = limitRows(result, options.limit);
  return result;
}

/** Keeps rows of the given applications and architectures. */
export async function* filterRows(rows: Rows, filter: TraceFilter): AsyncGenerator<TraceRow> {
  const applications = filter.applications === undefined ? null : new Set(filter.applications);
  const architectures = filter.architectures === undefined ? null : new Set(filter.architectures);
  for await (const row of rows) {
    if (applications !== null && !applications.has(row.application)) continue;
    if (architectures !== null && !architectures.has(row.architecture)) continue;
    yield row;
  }
}

/** Keeps `[fromNs, toNs)` and makes `fromNs` time 0. Reading stops at the first row beyond. */
export async function* windowRows(rows: Rows, window: TraceWindow): AsyncGenerator<TraceRow> {
  const fromNs = window.fromNs ?? 0;
  const toNs = window.toNs ?? Number.POSITIVE_INFINITY;
  for await (const row of rows) {
    if (row.atNs >= toNs) return;
    if (row.atNs >= fromNs) yield fromNs === 0 ? row : { ...row, atNs: row.atNs - fromNs };
  }
}

/** Multiplies the times: 2 stretches the trace to twice its length. */
export async function* scaleTime(rows: Rows, factor: number): AsyncGenerator<TraceRow> {
  for await (const row of rows) yield { ...row, atNs: Math.round(row.atNs * factor) };
}

/**
 * Multiplies the number of rows. Below 1 each row is kept with that chance. Above 1 each row is copied that many times
 * (a fraction is the chance of one more); the copies fall at random before the next row, so that quiet and busy
 * times stay where they are and rows that came together still do.
 */
export async function* scaleRate(rows: Rows, factor: number, stream: Stream): AsyncGenerator<TraceRow> {
  const whole = Math.floor(factor);
  const fraction = factor - whole;
  let held: TraceRow | null = null;
  for await (const row of rows) {
    if (held !== null) yield* copies(held, row.atNs - held.atNs);
    held = row;
  }
  if (held !== null) yield* copies(held, 0);

  function* copies(row: TraceRow, gapNs: number): Generator<TraceRow> {
    const count = whole + (fraction > 0 && stream.chance(fraction) ? 1 : 0);
    if (count > 0) yield row;
    const delays = Array.from({ length: Math.max(0, count - 1) }, () => Math.floor(stream.unit() * gapNs));
    for (const delayNs of delays.sort((left, right) => left - right)) yield { ...row, atNs: row.atNs + delayNs };
  }
}

/** The first `limit` rows. */
export async function* limitRows(rows: Rows, limit: number): AsyncGenerator<TraceRow> {
  let left = limit;
  for await (const row of rows) {
    yield row;
    left -= 1;
    if (left === 0) return;
  }
}
