/**
 * Reads typed values out of text-format fields and collects what is wrong with them. It knows values, not models.
 * Invariant: every accessor answers, with a stand-in where the value is wrong; the caller throws what was collected
 * before it uses any of them.
 */
import { meantName, nearestNames } from '../../backends/index.ts';
import type { TextField, TextValue } from './text-format.ts';
import type { TextProblems } from './text-problem.ts';

/** One message of a text, by the names that its schema has. */
export class TritonFields {
  private readonly byName = new Map<string, TextField[]>();
  private readonly problems: TextProblems;
  /** Line of the message, 0 for the whole text. */
  readonly line: number;
  private readonly what: string;

  /**
   * @param what the message in words, for messages: `input`, `the model`.
   * @param known every field that Triton's message has; others are mistakes.
   */
  constructor(
    fields: readonly TextField[],
    {
      what,
      known,
      line = 0,
      problems,
    }: {
      readonly what: string;
      readonly known: readonly string[];
      readonly line?: number;
      readonly problems: TextProblems;
    },
  ) {
    this.problems = problems;
    this.line = line;
    this.what = what;
    for (const field of fields) {
      if (known.includes(field.name)) {
        this.byName.set(field.name, [...(this.byName.get(field.name) ?? []), field]);
        continue;
      }
      problems.add(field.line, {
        message: `${what} has no field ${JSON.stringify(field.name)}`,
        ...meantName(field.name, known),
        expected: nearestNames(field.name, known),
      });
    }
  }

  has(name: string): boolean {
    return this.byName.has(name);
  }

  /** Line of a field's first occurrence, or of the message. */
  lineOf(name: string): number {
    return this.byName.get(name)?.[0].line ?? this.line;
  }

  text(name: string): string {
    const value = this.single(name);
    if (value === undefined) return '';
    if (value.kind === 'string') return value.text;
    this.wrong(name, value, 'a text in quotes');
    return '';
  }

  /** A name without quotes, one of those given. */
  choice<Choice extends string>(name: string, choices: readonly Choice[], otherwise: Choice): Choice {
    const value = this.single(name);
    if (value === undefined) return otherwise;
    const chosen = value.kind === 'word' ? choices.find((choice) => choice === value.text) : undefined;
    if (chosen === undefined) this.wrong(name, value, `one of ${choices.join(', ')}`);
    return chosen ?? otherwise;
  }

  flag(name: string): boolean {
    const value = this.single(name);
    if (value === undefined) return false;
    if (value.kind === 'word' && /^(?:true|t|1)$/i.test(value.text)) return true;
    if (value.kind !== 'word' || !/^(?:false|f|0)$/i.test(value.text)) this.wrong(name, value, 'true or false');
    return false;
  }

  /** A whole number from `least`; 0 when the field is absent. */
  whole(name: string, least: number, most: number = Number.MAX_SAFE_INTEGER): number {
    const value = this.single(name);
    return value === undefined ? 0 : this.number(name, value, { least, most });
  }

  wholes(name: string, least: number, most: number = Number.MAX_SAFE_INTEGER): readonly number[] {
    return (this.byName.get(name) ?? []).map(({ value }) => this.number(name, value, { least, most }));
  }

  texts(name: string): readonly string[] {
    return (this.byName.get(name) ?? []).map(({ value }) => {
      if (value.kind === 'string') return value.text;
      this.wrong(name, value, 'a text in quotes');
      return '';
    });
  }

  /** The messages of a field, each by its own schema. */
  messages(name: string, known: readonly string[]): readonly TritonFields[] {
    return (this.byName.get(name) ?? []).flatMap(({ value, line }) => {
      if (value.kind === 'message') {
        return [new TritonFields(value.fields, { what: name, known, line, problems: this.problems })];
      }
      this.wrong(name, value, 'a message in braces');
      return [];
    });
  }

  message(name: string, known: readonly string[]): TritonFields | undefined {
    this.single(name);
    return this.messages(name, known)[0];
  }

  /** A mistake that only the reader can see. @param field whose line it has. */
  refuse(field: string, message: string, more: { readonly found?: string; readonly expected?: string } = {}): void {
    this.problems.add(this.lineOf(field), { message, ...more });
  }

  private single(name: string): TextValue | undefined {
    const fields = this.byName.get(name);
    if (fields === undefined) return undefined;
    if (fields.length > 1) {
      this.problems.add(fields[1].line, { message: `${this.what} has ${name} twice`, expected: 'it once' });
    }
    return fields[0].value;
  }

  private number(
    name: string,
    value: TextValue,
    { least, most }: { readonly least: number; readonly most: number },
  ): number {
    const number = value.kind === 'word' && /^[-+]?\d+$/.test(value.text) ? Number(value.text) : Number.NaN;
    if (number >= least && number <= most) return number;
    const upTo = most === Number.MAX_SAFE_INTEGER ? '' : ` to ${most}`;
    this.wrong(name, value, `a whole number from ${least}${upTo}`);
    return least;
  }

  private wrong(name: string, value: TextValue, expected: string): void {
    const found = value.kind === 'message' ? 'a message' : JSON.stringify(value.text.slice(0, 60));
    this.problems.add(value.line, { message: `${name} of ${this.what} cannot be used`, found, expected });
  }
}
