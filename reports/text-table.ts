/** Columns of text for a terminal, aligned by padding. */

/** Columns of a terminal that a table may use. */
export const WIDTH_MAX = 120;
const GAP = '  ';

/** The first column to the left, the others to the right, as wide as their widest text. */
export function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, text] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, widthOf(text));
  }
  return rows.map((row) =>
    row
      .map((text, column) => {
        const padding = ' '.repeat(widths[column] - widthOf(text));
        return column === 0 ? text + padding : padding + text;
      })
      .join(GAP)
      .trimEnd(),
  );
}

/** A line under the head of a table, as long as its longest line. */
export function ruleUnder(lines: readonly string[]): string {
  return '─'.repeat(Math.max(...lines.map(widthOf)));
}

/** Characters of a text; combining marks and wide letters are rare in names and not accounted for. */
export function widthOf(text: string): number {
  return Array.from(text).length;
}
