/**
 * How a policy declares its options: data, not a parser. The config layer turns a declaration into validation,
 * a JSON Schema and help text, so that `core` parses nothing and a user's own policy gets the same errors.
 */
import type { Nanos } from './time.ts';

interface Described {
  /** One sentence for help and schema: what it does, in which unit, why one would change it. */
  readonly doc: string;
}

/** `"5 ms"` in a config, nanoseconds inside. */
export interface DurationOption extends Described {
  readonly kind: 'duration';
  readonly default: Nanos;
  readonly minimum?: Nanos;
}

/** A whole number. */
export interface CountOption extends Described {
  readonly kind: 'count';
  readonly default: number;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** A plain number without a unit: a factor, a share of one. */
export interface NumberOption extends Described {
  readonly kind: 'number';
  readonly default: number;
  readonly minimum?: number;
  readonly maximum?: number;
}

export interface FlagOption extends Described {
  readonly kind: 'flag';
  readonly default: boolean;
}

/** Free text, such as the name of a variant. `''` stands for "not given". */
export interface TextOption extends Described {
  readonly kind: 'text';
  readonly default: string;
  /** What the text must name, checked against the catalogue. */
  readonly names?: 'variant' | 'machine-type' | 'architecture';
}

export interface ChoiceOption extends Described {
  readonly kind: 'choice';
  readonly choices: readonly string[];
  readonly default: string;
}

export type Option = DurationOption | CountOption | NumberOption | FlagOption | TextOption | ChoiceOption;
export type Options = Readonly<Record<string, Option>>;

/** The values a policy receives: every option present, defaults filled in. */
export type OptionValues<Declared extends Options> = {
  readonly [Name in keyof Declared]: Declared[Name]['default'] extends boolean
    ? boolean
    : Declared[Name]['default'] extends string
      ? string
      : number;
};

/** The defaults of a declaration. */
export function defaultsOf(options: Options): Record<string, number | boolean | string> {
  return Object.fromEntries(Object.entries(options).map(([name, option]) => [name, option.default]));
}
