/** Rows of the database and the reading of their columns. Tables are STRICT: a value of another type is our mistake. */
import { invariant } from '../../core/index.ts';

export type SqlValue = string | number | Uint8Array | null;

export type Row = Readonly<Record<string, SqlValue>>;

export function textOf(row: Row, column: string): string {
  const value = row[column];
  invariant(typeof value === 'string', `column ${column} holds no text`);
  return value;
}

export function numberOf(row: Row, column: string): number {
  const value = row[column];
  invariant(typeof value === 'number', `column ${column} holds no number`);
  return value;
}

export function bytesOf(row: Row, column: string): Uint8Array {
  const value = row[column];
  invariant(value instanceof Uint8Array, `column ${column} holds no bytes`);
  return value;
}

/** The number of a column that may be NULL. */
export function optionalNumberOf(row: Row, column: string): number | undefined {
  return row[column] === null ? undefined : numberOf(row, column);
}

/** The text of a column that may be NULL. */
export function optionalTextOf(row: Row, column: string): string | undefined {
  return row[column] === null ? undefined : textOf(row, column);
}

/** What the driver hands out, in our types: it adds a column of its own, and gives blobs as ArrayBuffers from `all`. */
export function plainRow(raw: unknown): Row {
  const row: Record<string, SqlValue> = Object.create(null);
  // The driver's rows are plain records by column name.
  for (const [column, value] of Object.entries(raw as Record<string, SqlValue | ArrayBuffer>)) {
    if (column !== '_metadata') row[column] = value instanceof ArrayBuffer ? new Uint8Array(value) : value;
  }
  return row;
}
