/**
 * Parses protobuf's text format, as `config.pbtxt` is written, into fields with their lines. Knows the syntax and nothing
 * of what fields mean; the schema is its reader's. Rules: protobuf.dev, "Text Format Language Specification". Left out:
 * extension and Any names in brackets, which no model configuration has.
 */
import { ServingError } from '../../core/index.ts';

/** A scalar keeps its text: whether `8` is a number, a name or a text is for the reader to say. */
export type TextValue =
  | { readonly kind: 'string' | 'word'; readonly text: string; readonly line: number }
  | { readonly kind: 'message'; readonly fields: readonly TextField[]; readonly line: number };

export interface TextField {
  readonly name: string;
  readonly value: TextValue;
  readonly line: number;
}

/** A model's configuration is a few kilobytes; one with hundreds of labels or parameters is not much more. */
const MOST_CHARACTERS = 1_048_576;
const DEEPEST = 32;

const SPACE = /(?:\s|#[^\n]*)+/y;
const TOKEN = /[A-Za-z_][A-Za-z0-9_./]*|[-+]?(?:\.\d|\d)[A-Za-z0-9_.]*(?:(?<=[eE])[-+]\d+)?|[{}<>[\]:,;-]/y;
const QUOTED = /"((?:[^"\\\n]|\\[^\n])*)"|'((?:[^'\\\n]|\\[^\n])*)'/y;
const ESCAPES: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/**
 * The fields of a text, a list's elements one by one, as repeated fields are.
 * @param file the name that places begin with.
 * @throws ServingError TEXT_FORMAT at the first mistake of syntax.
 */
export function parseTextFormat(text: string, file: string): readonly TextField[] {
  if (text.length > MOST_CHARACTERS) {
    const found = `${text.length} characters`;
    const message = 'the text is too long';
    throw new ServingError({
      code: 'TEXT_FORMAT',
      place: file,
      message,
      found,
      expected: `at most ${MOST_CHARACTERS}`,
    });
  }
  return new TextFormatParser(text, file).whole();
}

class TextFormatParser {
  private readonly text: string;
  private readonly file: string;
  private at = 0;
  private line = 1;
  private depth = 0;

  constructor(text: string, file: string) {
    this.text = text.replace(/^\uFEFF/, '');
    this.file = file;
  }

  whole(): readonly TextField[] {
    const fields = this.fields('');
    this.skipSpace();
    if (this.at < this.text.length) this.fail('a field');
    return fields;
  }

  /** @param close what ends the message: `}`, `>` or the text. */
  private fields(close: string): readonly TextField[] {
    const fields: TextField[] = [];
    this.depth += 1;
    if (this.depth > DEEPEST) this.fail(`at most ${DEEPEST} levels`);
    for (let next = this.peek(); next !== close; next = this.peek()) {
      const { line } = this;
      const name = this.take();
      if (!/^[A-Za-z_]\w*$/.test(name)) this.fail(close === '' ? 'a field' : `a field or "${close}"`, name);
      fields.push(...this.values().map((value) => ({ name, value, line })));
      if ([',', ';'].includes(this.peek())) this.take();
    }
    this.depth -= 1;
    return fields;
  }

  private values(): readonly TextValue[] {
    const colon = this.peek() === ':';
    if (colon) this.take();
    if (this.peek() !== '[') return [this.value(colon)];
    this.take();
    const values: TextValue[] = [];
    while (this.peek() !== ']') {
      values.push(this.value(colon));
      if (this.peek() !== ']' && this.take() !== ',') this.fail('"," or "]"');
    }
    this.take();
    return values;
  }

  private value(scalarAllowed: boolean): TextValue {
    const next = this.peek();
    const { line } = this;
    if (next === '{' || next === '<') {
      this.take();
      const close = next === '{' ? '}' : '>';
      const fields = this.fields(close);
      this.take();
      return { kind: 'message', fields, line };
    }
    if (!scalarAllowed) this.fail('":" or "{"');
    const { text } = this;
    if (text[this.at] === '"' || text[this.at] === "'") return { kind: 'string', text: this.quoted(), line };
    const sign = next === '-' ? this.take() : '';
    const word = this.take();
    if (!/^[-+.\w]/.test(word) || word === '-') this.fail('a value', word);
    return { kind: 'word', text: sign + word, line };
  }

  /** Texts side by side are one text. */
  private quoted(): string {
    const parts: string[] = [];
    for (;;) {
      this.skipSpace();
      if (this.text[this.at] !== '"' && this.text[this.at] !== "'") return parts.join('');
      QUOTED.lastIndex = this.at;
      const match = QUOTED.exec(this.text);
      if (match === null) this.fail('a text that ends on its line');
      this.at = QUOTED.lastIndex;
      parts.push(unescaped(match[1] ?? match[2]));
    }
  }

  /** The next token without taking it; '' at the end and before a text. */
  private peek(): string {
    this.skipSpace();
    TOKEN.lastIndex = this.at;
    return TOKEN.exec(this.text)?.[0] ?? (this.at < this.text.length ? this.text[this.at] : '');
  }

  private take(): string {
    const token = this.peek();
    if (token === '') this.fail('more');
    this.at += token.length;
    return token;
  }

  private skipSpace(): void {
    SPACE.lastIndex = this.at;
    const space = SPACE.exec(this.text)?.[0];
    if (space === undefined) return;
    this.at += space.length;
    this.line += space.split('\n').length - 1;
  }

  private fail(expected: string, taken?: string): never {
    const here = taken ?? this.text.slice(this.at, this.at + 20).split('\n')[0];
    throw new ServingError({
      code: 'TEXT_FORMAT',
      place: `${this.file}:${this.line}`,
      message: 'this is not protobuf text format',
      found: here === '' ? 'the end' : JSON.stringify(here),
      expected,
    });
  }
}

function unescaped(text: string): string {
  return text.replaceAll(/\\(?:([0-7]{1,3})|[xX]([0-9a-fA-F]{1,2})|(.))/g, (_all, octal, hex, other: string) => {
    if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8));
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
    return ESCAPES[other] ?? other;
  });
}
