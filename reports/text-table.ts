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

/** A text in lines of at most so many characters, broken between words; a longer word is broken itself. One line at least. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line: string | null = null;
  for (const word of text.split(/ (?! )/)) {
    const longer: string = line === null ? word : `${line} ${word}`;
    if (widthOf(longer) <= width) {
      line = longer;
      continue;
    }
    if (line !== null) lines.push(line);
    const letters = Array.from(word);
    while (letters.length > width) lines.push(letters.splice(0, width).join(''));
    line = letters.join('');
  }
  return [...lines, line ?? ''];
}
