/**
 * A JSON parser that keeps integers beyond 2^53 exact, as bigints, and can take NaN and Infinity. Used only for texts
 * that need it. It recurses per level: who calls it has bounded the depth.
 */
import type { JsonValue } from './json-value.ts';

/** Integers of more digits than this become doubles: no tensor holds them, and reading them exactly takes quadratic time. */
const EXACT_DIGITS_MAX = 40;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORDS: readonly (readonly [string, JsonValue])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
];
const NON_FINITE: readonly (readonly [string, JsonValue])[] = [
  ['NaN', Number.NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
];

/** @throws SyntaxError */
export function parseExactJson(text: string, takeNonFinite: boolean): JsonValue {
  const parser = new Parser(text, takeNonFinite ? [...WORDS, ...NON_FINITE] : WORDS);
  return parser.document();
}

class Parser {
  private at = 0;
  private readonly text: string;
  private readonly words: typeof WORDS;

  constructor(text: string, words: typeof WORDS) {
    this.text = text;
    this.words = words;
  }

  document(): JsonValue {
    const value = this.value();
    this.skipBlanks();
    if (this.at < this.text.length) throw this.unexpected();
    return value;
  }

  private value(): JsonValue {
    this.skipBlanks();
    const first = this.text[this.at];
    if (first === '[') return this.array();
    if (first === '{') return this.object();
    if (first === '"') return this.string();
    // Most values are numbers, and only these begin with a digit.
    if (first >= '0' && first <= '9') return this.number();
    const word = this.words.find(([name]) => this.text.startsWith(name, this.at));
    if (word === undefined) return this.number();
    this.at += word[0].length;
    return word[1];
  }

  private array(): JsonValue {
    const values: JsonValue[] = [];
    this.at += 1;
    if (this.takes(']')) return values;
    do values.push(this.value());
    while (this.takes(','));
    if (!this.takes(']')) throw this.unexpected();
    return values;
  }

  private object(): JsonValue {
    // Without a prototype, `__proto__` is a name like others.
    const members = Object.create(null) as Record<string, JsonValue>;
    this.at += 1;
    if (this.takes('}')) return members;
    do {
      this.skipBlanks();
      const name = this.string();
      if (!this.takes(':')) throw this.unexpected();
      members[name] = this.value();
    } while (this.takes(','));
    if (!this.takes('}')) throw this.unexpected();
    return members;
  }

  private string(): string {
    const start = this.at;
    if (this.text[start] !== '"') throw this.unexpected();
    let end = start + 1;
    while (end < this.text.length && this.text[end] !== '"') end += this.text[end] === '\\' ? 2 : 1;
    this.at = end + 1;
    // What is inside the quotes is JSON.parse's to judge.
    return JSON.parse(this.text.slice(start, this.at)) as string;
  }

  private number(): number | bigint {
    NUMBER.lastIndex = this.at;
    if (!NUMBER.test(this.text)) throw this.unexpected();
    const token = this.text.slice(this.at, NUMBER.lastIndex);
    const value = Number(token);
    if (!Number.isFinite(value)) throw new SyntaxError(`the number at position ${this.at} is too large`);
    this.at = NUMBER.lastIndex;
    if (Number.isSafeInteger(value) || token.length > EXACT_DIGITS_MAX || /[.eE]/.test(token)) return value;
    return BigInt(token);
  }

  private takes(mark: string): boolean {
    this.skipBlanks();
    if (this.text[this.at] !== mark) return false;
    this.at += 1;
    return true;
  }

  private skipBlanks(): void {
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.at += 1;
    }
  }

  private unexpected(): SyntaxError {
    const found = this.at < this.text.length ? JSON.stringify(this.text[this.at]) : 'the end';
    return new SyntaxError(`unexpected ${found} at position ${this.at}`);
  }
}
