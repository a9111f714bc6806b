// Tells code, comments and the insides of literals apart, so that a rule about code is not tripped by prose. It is a
// scanner, not a parser: it knows quotes, templates, comments and regular expressions, and nothing of the grammar.
// Invariant: both results are as long as the source and keep its line breaks, so positions stay valid.

/** A source taken apart; whatever does not belong to a part is a space in it. */
export type SplitSource = {
  /** Code with its quotes; the insides of strings, templates and regular expressions are blank. */
  readonly code: string;
  /** Comments with their marks. */
  readonly comments: string;
};

/** Which part the character at a position belongs to. */
type Part = 'code' | 'comment' | 'literal';

/** Splits JavaScript or TypeScript (without JSX) into code and comments. */
export function splitSource(text: string): SplitSource {
  const parts = classify(text);
  const keep = (part: Part): string =>
    text.replaceAll(/[^\n]/g, (character, position: number) => (parts[position] === part ? character : ' '));
  return { code: keep('code'), comments: keep('comment') };
}

function classify(text: string): readonly Part[] {
  const parts: Part[] = Array.from({ length: text.length }, () => 'code');
  const mark = (part: Part, from: number, to: number): number => {
    parts.fill(part, from, to);
    return to;
  };
  // For each template that is open, how many braces are open in its current `${...}`.
  const openBraces: number[] = [];
  let position = text.startsWith('#!') ? mark('comment', 0, endOfLine(text, 0)) : 0;
  while (position < text.length) {
    const character = text[position];
    if (text.startsWith('//', position)) {
      position = mark('comment', position, endOfLine(text, position));
    } else if (text.startsWith('/*', position)) {
      const close = text.indexOf('*/', position + 2);
      position = mark('comment', position, close < 0 ? text.length : close + 2);
    } else if (character === "'" || character === '"') {
      position = mark('literal', position + 1, endOfLiteral(text, position + 1, [character, '\n'])) + 1;
    } else if (character === '/' && regexMayStart(text, parts, position)) {
      position = mark('literal', position + 1, endOfRegex(text, position + 1)) + 1;
    } else if (character === '`' || (character === '}' && openBraces.at(-1) === 0)) {
      if (character === '}') openBraces.pop();
      position = mark('literal', position + 1, endOfLiteral(text, position + 1, ['`', '${']));
      if (text[position] === '$') openBraces.push(0);
      position += text[position] === '$' ? 2 : 1;
    } else {
      if (openBraces.length > 0 && (character === '{' || character === '}')) {
        openBraces[openBraces.length - 1] += character === '{' ? 1 : -1;
      }
      position += 1;
    }
  }
  return parts;
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end < 0 ? text.length : end;
}

/** Where the first unescaped terminator stands. */
function endOfLiteral(text: string, from: number, terminators: readonly string[]): number {
  for (let position = from; position < text.length; position += 1) {
    if (text[position] === '\\') position += 1;
    else if (terminators.some((terminator) => text.startsWith(terminator, position))) return position;
  }
  return text.length;
}

/** Where the closing slash stands; a slash inside a character class does not close. */
function endOfRegex(text: string, from: number): number {
  let inClass = false;
  for (let position = from; position < text.length; position += 1) {
    const character = text[position];
    if (character === '\n') return position;
    if (character === '\\') position += 1;
    else if (character === '[') inClass = true;
    else if (character === ']') inClass = false;
    else if (character === '/' && !inClass) return position;
  }
  return text.length;
}

/** A slash divides after a value and opens a regular expression anywhere else. */
function regexMayStart(text: string, parts: readonly Part[], slash: number): boolean {
  let end = slash - 1;
  while (end >= 0 && (parts[end] === 'comment' || /\s/.test(text.charAt(end)))) end -= 1;
  if (end < 0) return true;
  if (!/[\w$)\]}'"`]/.test(text.charAt(end))) return true;
  const word = /[\w$]+$/.exec(text.slice(Math.max(0, end - 10), end + 1))?.[0] ?? '';
  return /^(?:return|typeof|case|in|of|do|else|void|delete|throw|new|instanceof|yield|await)$/.test(word);
}
