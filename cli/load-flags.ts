/** The flags of `rehearse load` as they are written, and a reader that collects everything that is wrong with them. */
import type { Nanos, Percent } from '../core/index.ts';
import { NANOS_PER_SECOND, ServingError, parseDuration, parsePercent } from '../core/index.ts';
import { meantName } from '../backends/index.ts';

export interface LoadFlags {
  readonly scenario?: string;
  readonly variant?: string;
  readonly config?: string;
  readonly url?: string;
  readonly policy?: string;
  readonly simulate?: boolean;
  readonly workers?: string;
  readonly maxBatch?: string;
  readonly threads?: string;
  readonly catalogue?: readonly string[];
  readonly model?: string;
  readonly modelVersion?: string;
  readonly dataset?: string;
  readonly shape?: readonly string[];
  readonly tensors?: string;
  readonly connections?: string;
  readonly timeout?: string;
  readonly header?: readonly string[];
  readonly targetQps?: string;
  readonly targetLatency?: string;
  readonly percentile?: string;
  readonly minDuration?: string;
  readonly maxDuration?: string;
  readonly minQueries?: string;
  readonly maxQueries?: string;
  readonly samplesPerQuery?: string;
  readonly scheduleSeed?: string;
  readonly sampleIndexSeed?: string;
  readonly allowErrors?: string;
  readonly minAccuracy?: string;
  readonly seed?: string;
  readonly out?: string;
  readonly json?: boolean;
}

export type FlagName = keyof LoadFlags;

/** A value, or what would have been one. */
type Read<Value> = { readonly value: Value } | { readonly expected: string; readonly meant?: string };

/** One query a nanosecond: the clock cannot tell more apart. */
const RATE_MAX = 1e9;
/** A hundred days: what the clock can count. */
const DURATION_MAX_NS = 8_640_000 * NANOS_PER_SECOND;
/** A timer of Node counts milliseconds in 31 bits; one that is set for longer fires at once. */
export const TIMER_MAX_NS = 24 * 86_400 * NANOS_PER_SECOND;

/** Each method gives the fallback where the flag is absent or wrong, and notes what is wrong. */
export class FlagReader {
  readonly errors: ServingError[] = [];
  private readonly flags: LoadFlags;

  constructor(flags: LoadFlags) {
    this.flags = flags;
  }

  has(name: FlagName): boolean {
    return this.flags[name] !== undefined;
  }

  /** @param least in nanoseconds, as is `most`. */
  duration(name: FlagName, fallback: Nanos, least = 1, most = DURATION_MAX_NS): Nanos {
    return this.read(name, fallback, (text) => {
      const parsed = parseDuration(text);
      if (!parsed.ok) return { expected: parsed.expected };
      const isPossible = parsed.value >= least && parsed.value <= most;
      const days = Math.floor(most / NANOS_PER_SECOND / 86_400);
      return isPossible ? parsed : { expected: `a duration ${least === 0 ? 'of 0' : 'above 0'} to ${days} days` };
    });
  }

  count(name: FlagName, fallback: number, least: number, most = Number.MAX_SAFE_INTEGER): number {
    const range = most === Number.MAX_SAFE_INTEGER ? `from ${least}` : `from ${least} to ${most}`;
    return this.read(name, fallback, (text) => {
      const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
      return value >= least && value <= most ? { value } : { expected: `a whole number ${range}` };
    });
  }

  /** A rate as a number or with its unit. */
  rate(name: FlagName, fallback: number): number {
    return this.read(name, fallback, (text) => {
      const value = /^[\d.]+(?:e\d+)?(?:\s*\/s)?$/i.test(text) ? Number.parseFloat(text) : Number.NaN;
      return value > 0 && value <= RATE_MAX
        ? { value }
        : { expected: 'queries a second, such as 100 or 0.5, at most 1e9' };
    });
  }

  /** A percentage with its sign, in percent. */
  percent(name: FlagName, fallback: Percent): Percent {
    return this.read(name, fallback, (text) => parsePercent(text));
  }

  /** A percentile as a fraction, however it is written. */
  percentile(name: FlagName, fallback: number): number {
    return this.read(name, fallback, (text) => {
      const parsed = parsePercent(text);
      const value = parsed.ok ? parsed.value / 100 : Number(text);
      return value > 0 && value < 1 ? { value } : { expected: 'a percentile inside 0 and 100, such as 99% or 0.99' };
    });
  }

  /** @param isSeed whether it is one. */
  seed(name: FlagName, fallback: string, isSeed: (text: string) => boolean): string {
    return this.read(name, fallback, (text) =>
      isSeed(text) ? { value: text } : { expected: 'a whole number from 0 to 2^64 - 1' },
    );
  }

  choice<const Word extends string>(name: FlagName, fallback: Word, words: readonly Word[]): Word {
    const isWord = (text: string): text is Word => words.some((word) => word === text);
    return this.read(name, fallback, (text) =>
      isWord(text) ? { value: text } : { expected: `one of ${words.join(', ')}`, ...meantName(text, words) },
    );
  }

  url(name: FlagName): URL | undefined {
    return this.read<URL | undefined>(name, undefined, (text) => {
      const url = URL.canParse(text) ? new URL(text) : undefined;
      const isHttp = url !== undefined && /^https?:$/.test(url.protocol);
      return isHttp ? { value: url } : { expected: 'the address of a server, such as http://127.0.0.1:8000' };
    });
  }

  /** Each text of a flag that is repeated. @param parse throws a ServingError for what it cannot use. */
  each<Value>(name: 'shape', parse: (text: string) => Value): Value[] {
    return (this.flags[name] ?? []).flatMap((text) => {
      try {
        return [parse(text.trim())];
      } catch (error) {
        if (!(error instanceof ServingError)) throw error;
        this.refuse(name, { found: text, expected: error.parts.expected ?? error.message });
        return [];
      }
    });
  }

  /** Pairs such as `Authorization: Bearer KEY`, by what stands before the sign. */
  pairs(name: 'header', sign: string, expected: string, isValue: RegExp): ReadonlyMap<string, string> {
    const pairs = new Map<string, string>();
    for (const text of this.flags[name] ?? []) {
      const at = text.indexOf(sign);
      const value = text.slice(at + 1).trim();
      if (at > 0 && isValue.test(value)) pairs.set(text.slice(0, at).trim(), value);
      else this.refuse(name, { found: text, expected });
    }
    return pairs;
  }

  /** Notes what is wrong with a flag, or with its absence. */
  refuse(name: FlagName, parts: { readonly found: string; readonly expected: string; readonly meant?: string }): void {
    this.errors.push(
      new ServingError({ code: 'CLI_OPTION', place: flagText(name), message: 'cannot be used so', ...parts }),
    );
  }

  private read<Value>(name: FlagName, fallback: Value, parse: (text: string) => Read<Value>): Value {
    const text = this.flags[name];
    if (typeof text !== 'string') return fallback;
    const parsed = parse(text.trim());
    if ('value' in parsed) return parsed.value;
    const { expected, meant } = parsed;
    this.refuse(name, { found: text, expected, ...(meant === undefined ? {} : { meant }) });
    return fallback;
  }
}

/** `--min-duration` of `minDuration`. */
export function flagText(name: FlagName): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
