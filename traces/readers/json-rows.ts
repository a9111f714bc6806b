/** The rows of a JSONL file, one object a line, as cells of text in the order of the given property names. */
import { rowError } from './bad-rows.ts';
import type { TextRow } from './csv-rows.ts';
import type { ReadContext } from './reader.ts';
import { textLines } from './text-lines.ts';

/** A missing or null property gives an empty cell. Numbers beyond a double's digits should be written as text. */
export async function* jsonRows(context: ReadContext, names: readonly string[]): AsyncGenerator<TextRow> {
  let index = -1;
  for await (const { line, text } of textLines(context.path)) {
    if (text.trim() === '') continue;
    index += 1;
    const value = parseObject(text);
    if (value === null) {
      context.bad.take(
        rowError(`${context.path}:${line}`, {
          kind: 'syntax',
          message: 'the line is no JSON object',
          found: text,
          expected: 'one object a line, such as {"timestamp": 0.5}',
        }),
      );
      continue;
    }
    yield { line, index, cells: names.map((name) => cellOf(value[name])) };
  }
}

/** The object a text holds, or null. */
export function parseObject(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    // Checked: an object that is no array has only named properties.
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Not JSON: the caller tells it in its own words.
  }
  return null;
}

function cellOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value.trim() : JSON.stringify(value);
}
