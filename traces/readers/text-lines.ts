/** The lines of a text file, numbered from 1, without their ends. A line has a bound, so that memory has one. */
import { ServingError } from '../../core/index.ts';
import { byteChunks } from './byte-chunks.ts';

export interface TextLine {
  readonly line: number;
  readonly text: string;
}

/** Characters of a line; a row of the widest format, Azure Functions 2019, has about 10,000. */
export const LINE_LENGTH_MAX = 1024 * 1024;

export async function* textLines(path: string): AsyncGenerator<TextLine> {
  const decoder = new TextDecoder();
  let rest = '';
  let line = 0;
  for await (const chunk of byteChunks(path)) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const text of lines) {
      line += 1;
      yield { line, text: text.endsWith('\r') ? text.slice(0, -1) : text };
    }
    if (rest.length > LINE_LENGTH_MAX) throw lineTooLong(path, line + 1);
  }
  rest += decoder.decode();
  if (rest !== '') yield { line: line + 1, text: rest };
}

export function lineTooLong(path: string, line: number): ServingError {
  return new ServingError({
    code: 'TRACE_LINE_TOO_LONG',
    place: `${path}:${line}`,
    message: 'the row does not end',
    found: `more than ${LINE_LENGTH_MAX} characters`,
    expected: 'a text file with one row a line',
    next: 'check that the file is a trace, and for a quote that is not closed',
  });
}
