/**
 * The building blocks of the config's schema: maps that know their keys, quantities with units, numbers with ranges,
 * names. Each carries what is printed after "expected ..." and the words that editors show. A block parses: what comes
 * out is in the units used inside.
 */
import { z } from 'zod';
import type { Nanos, Parsed, Percent } from '../../../core/index.ts';
import { formatDuration, NEVER, parseDuration, parsePercent, parseRate } from '../../../core/index.ts';
import { oneOf } from '../shape-errors.ts';

/** One arrival a nanosecond; the clock cannot tell more apart. */
const RATE_RPS_MAX = 1e9;
/** How a time without an end is written. */
const NEVER_TEXT = 'never';

interface Range {
  readonly minimum?: number;
  /** The number must be larger than this. */
  readonly above?: number;
  readonly maximum?: number;
  /** The number must be smaller than this. */
  readonly below?: number;
}

/** A map that refuses keys it does not know. @param what completes "expected ..." when the value is no map. */
export function section<Shape extends z.ZodRawShape>(
  shape: Shape,
  words: { readonly what: string; readonly doc: string },
): z.ZodObject<Shape, z.core.$strict> {
  const error = ({ code }: { readonly code: string }): string =>
    code === 'unrecognized_keys' ? oneOf(Object.keys(shape)) : words.what;
  return z.strictObject(shape, { error }).meta({ description: words.doc });
}

/**
 * A duration such as "5 ms", at least 0 or above it.
 * @param smallest the least value, for what is done again and again: every nanosecond a run would never end.
 */
export function duration(doc: string, { zero = false, smallest = 1 } = {}): z.ZodType<Nanos, string> {
  return quantity(parseDuration, { doc, examples: ['5 ms'], smallest: zero ? 0 : smallest, kind: 'a duration' });
}

/** A duration, or "never". */
export function durationOrNever(doc: string, smallest = 1): z.ZodType<Nanos, string> {
  const parse = (written: unknown): Parsed<Nanos> => {
    if (written === NEVER_TEXT) return { ok: true, value: NEVER };
    const parsed = parseDuration(written);
    return parsed.ok ? parsed : { ok: false, expected: `${parsed.expected}, or ${NEVER_TEXT}` };
  };
  return quantity(parse, { doc, examples: ['10 s', NEVER_TEXT], smallest, kind: 'a duration' });
}

/** A rate such as "500/s", in events per second. */
export function rate(doc: string, { zero = false } = {}): z.ZodType<number, string> {
  const parse = (written: unknown): Parsed<number> => {
    const parsed = parseRate(written);
    if (!parsed.ok || parsed.value <= RATE_RPS_MAX) return parsed;
    return { ok: false, expected: 'a rate of at most 1e9/s' };
  };
  return quantity(parse, { doc, examples: ['500/s'], smallest: zero ? 0 : Number.MIN_VALUE, kind: 'a rate' });
}

/** A percentage as a number or with its sign: 90 or "90 %". */
export function percent(doc: string): z.ZodType<Percent, number | string> {
  const expected = 'a percentage from 0 to 100, such as 90 or "90 %"';
  const parse = (written: unknown): Parsed<Percent> => {
    const parsed = parsePercent(written);
    return parsed.ok ? parsed : { ok: false, expected };
  };
  const withSign = quantity(parse, { doc, examples: ['90 %'], smallest: 0, kind: 'a percentage' });
  return z
    .union([range(z.number(say(expected)), expected, { minimum: 0, maximum: 100 }), withSign], say(expected))
    .meta({
      description: doc,
    });
}

/** A number without a unit. @param what completes "expected ...". */
export function number(doc: string, what: string, limits: Range): z.ZodNumber {
  return range(z.number(say(what)), what, limits).meta({ description: doc });
}

/** A whole number. */
export function count(doc: string, limits: { readonly minimum: number; readonly maximum?: number }): z.ZodNumber {
  const { minimum, maximum } = limits;
  const what =
    maximum === undefined ? `a whole number from ${minimum}` : `a whole number from ${minimum} to ${maximum}`;
  return number(doc, what, limits).int(say(what)).meta({ description: doc });
}

export function flag(doc: string): z.ZodBoolean {
  return z.boolean(say('true or false')).meta({ description: doc });
}

export function text(doc: string, what = 'a text'): z.ZodString {
  return z.string(say(what)).min(1, say(what)).meta({ description: doc });
}

/** One of a closed list of words. */
export function choice<const Word extends string>(doc: string, words: readonly Word[]): z.ZodType<Word, Word> {
  return z.enum(words, say(oneOf(words))).meta({ description: doc });
}

/** A list with at least one entry. */
export function list<Entry extends z.ZodType>(entry: Entry, words: { what: string; doc: string }): z.ZodArray<Entry> {
  return z.array(entry, say(words.what)).min(1, say(words.what)).meta({ description: words.doc });
}

/** What a wrong value is told. */
export function say(expected: string): { readonly error: string } {
  return { error: expected };
}

function range(schema: z.ZodNumber, what: string, { minimum, above, maximum, below }: Range): z.ZodNumber {
  let bounded = schema;
  if (minimum !== undefined) bounded = bounded.min(minimum, say(what));
  if (above !== undefined) bounded = bounded.gt(above, say(what));
  if (maximum !== undefined) bounded = bounded.max(maximum, say(what));
  if (below !== undefined) bounded = bounded.lt(below, say(what));
  return bounded;
}

export interface Quantity {
  readonly doc: string;
  readonly examples: readonly string[];
  /** In the unit used inside. */
  readonly smallest: number;
  readonly kind: string;
}

/** What a parser reads, at least `smallest`. */
export function quantity<Value extends number>(
  parse: (written: unknown) => Parsed<Value>,
  { doc, examples, smallest, kind }: Quantity,
): z.ZodType<Value, string> {
  const least = smallest > 1 ? `of at least ${formatDuration(smallest)}` : 'above 0';
  const tooSmall = smallest === 0 ? `${kind} of 0 or more` : `${kind} ${least}`;
  // Parsing a number is refused in the words of the parser: the unit is missing.
  const error = ({ input }: { readonly input?: unknown }): string => {
    const parsed = parse(input);
    return parsed.ok ? kind : parsed.expected;
  };
  // The examples are of what is written, so they belong to the text before it is parsed.
  return z
    .string({ error })
    .meta({ description: doc, examples: [...examples] })
    .transform((value, context) => {
      const parsed = parse(value);
      if (parsed.ok && parsed.value >= smallest) return parsed.value;
      const negative = /^\s*-/.test(value);
      context.issues.push({
        code: 'custom',
        message: parsed.ok || negative ? tooSmall : parsed.expected,
        input: value,
      });
      return z.NEVER;
    })
    .meta({ description: doc });
}
