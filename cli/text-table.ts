/** Sets cells as a table for a terminal: columns as wide as their widest cell, numbers to the right, words to the left. */

/** A row by column; a column that a row lacks stays empty. */
export type TextRow = Readonly<Record<string, string | number>>;

/** The table with a head line, the columns in the order in which rows first have them. */
export function textTable(rows: readonly TextRow[]): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const widths = columns.map((column) => Math.max(column.length, ...rows.map((row) => cell(row, column).length)));
  const numeric = columns.map((column) => rows.every((row) => typeof (row[column] ?? 0) === 'number'));
  const line = (cells: readonly string[]): string =>
    cells
      .map((text, at) => (numeric[at] ? text.padStart(widths[at]) : text.padEnd(widths[at])))
      .join('  ')
      .trimEnd();
  const lines = rows.map((row) => line(columns.map((column) => cell(row, column))));
  return [line(columns), ...lines].map((text) => `${text}\n`).join('');
}

function cell(row: TextRow, column: string): string {
  return String(row[column] ?? '');
}
