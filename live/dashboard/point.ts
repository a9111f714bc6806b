/**
 * What the charts know of one second, of all models or of one. The order of `COLUMNS` is the order of the numbers on
 * the wire; the page names them by the same list.
 */

export const COLUMNS = [
  /** Seconds since 1970 at the second's end. */
  'atS',
  /** Requests that ended in it: answered, of these late, and not answered (rejected, expired, failed). */
  'answered',
  'late',
  'refused',
  /** Requests with an objective that was met, or missed. */
  'met',
  'missed',
  /** Latency of answered requests over the last ten seconds, in milliseconds; NaN when there were none. */
  'p50Ms',
  'p99Ms',
  /** Batches that ended in it, and their inputs. */
  'batches',
  'batchInputs',
  /** At the second's end: requests that wait, ready workers, machines that are up. */
  'waiting',
  'workers',
  'machines',
] as const;

export type ColumnName = (typeof COLUMNS)[number];
export type Point = Readonly<Record<ColumnName, number>>;

/** As on the wire: four significant digits, null for what is not known. */
export function wireNumbers(point: Point): (number | null)[] {
  return COLUMNS.map((column) => wireNumber(column, point[column]));
}

export function wireNumber(column: ColumnName, value: number): number | null {
  if (Number.isNaN(value)) return null;
  return column === 'atS' ? Math.round(value * 10) / 10 : Number(value.toPrecision(4));
}
