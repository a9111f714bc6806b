/**
 * Puts what is wrong with a definition into words: the place, the entry by its name, the value found, what was
 * expected and, for a misspelt key, the key that was probably meant. It judges nothing itself.
 */
import type { z } from 'zod';
import { ServingError } from '../../core/index.ts';
import { meantName, nearestName } from './nearest-name.ts';
import { KNOWN_KEYS } from './schema.ts';
import type { BrokenRule } from './variant-rules.ts';
import type { ValuePath } from './yaml-text.ts';

/** Where a value comes from. */
export interface DefinitionSource {
  /** `file:line` of a path into the value. */
  readonly locate: (path: ValuePath) => string;
  /** Absolute folder that relative artifact paths start from. */
  readonly folder: string;
}

/** A value that is being read, and its source. */
export interface ReadValue {
  readonly value: unknown;
  readonly source: DefinitionSource;
}

/** Rules that an entry breaks, as errors. @param entry path of the entry, such as `['variants', 3]`. */
export function ruleErrors(rules: readonly BrokenRule[], entry: ValuePath, read: ReadValue): ServingError[] {
  return rules.map(
    ({ path, message, found, expected }) =>
      new ServingError({
        code: 'CATALOGUE_VALUE',
        place: read.source.locate([...entry, ...path]),
        message: `${label(entry, read)}${message}`,
        found,
        expected,
      }),
  );
}

/**
 * What the schema found, as errors: one for each unknown key, missing key and wrong value. A misspelt key is told
 * once, not a second time as the one that is missing.
 */
export function shapeErrors(issues: readonly z.core.$ZodIssue[], entry: ValuePath, read: ReadValue): ServingError[] {
  // Paths into YAML have no symbols.
  const pathOf = (issue: z.core.$ZodIssue): ValuePath => [
    ...entry,
    ...issue.path.filter((step) => typeof step !== 'symbol'),
  ];
  const meant = new Set<string>();
  const unknown = issues.flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys') return [];
    const path = pathOf(issue);
    return issue.keys.map((key) => {
      const known = KNOWN_KEYS.get(path.filter((step) => typeof step === 'string').join('.')) ?? [];
      meant.add([...path, nearestName(key, known)].join('.'));
      return unknownKey([...path, key], known, read);
    });
  });
  const wrong = issues.flatMap((issue) => {
    const path = pathOf(issue);
    const toldAlready = valueAt(read.value, path) === undefined && meant.has(path.join('.'));
    return issue.code === 'unrecognized_keys' || toldAlready ? [] : [wrongValue(path, issue, read)];
  });
  return [...unknown, ...wrong];
}

/** The value at a path, or undefined where the path leads nowhere. */
export function valueAt(value: unknown, path: ValuePath): unknown {
  let here = value;
  for (const step of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, step)) return undefined;
    here = Reflect.get(here, step);
  }
  return here;
}

function unknownKey(path: ValuePath, known: readonly string[], read: ReadValue): ServingError {
  const key = String(path.at(-1));
  return new ServingError({
    code: 'CATALOGUE_UNKNOWN_KEY',
    place: read.source.locate(path),
    message: `${label(path, read)}unknown key ${JSON.stringify(key)}`,
    expected: known.join(', '),
    ...meantName(key, known),
  });
}

function wrongValue(path: ValuePath, issue: z.core.$ZodIssue, read: ReadValue): ServingError {
  const place = read.source.locate(path);
  const subject = `${label(path, read)}${path.slice(2).join('.') || path.join('.') || 'the file'}`;
  if (issue.code === 'invalid_key') {
    const expected = issue.issues[0]?.message ?? issue.message;
    return new ServingError({ code: 'CATALOGUE_VALUE', place, message: `${subject} has no known name`, expected });
  }
  const expected = issue.message;
  const value = valueAt(read.value, path);
  if (value === undefined && path.length > 0) {
    return new ServingError({ code: 'CATALOGUE_KEY_MISSING', place, message: `${subject} is missing`, expected });
  }
  const message = `${subject} cannot be used`;
  return new ServingError({ code: 'CATALOGUE_VALUE', place, message, found: brief(value), expected });
}

/** The entry a path leads into, by its name where it has one. */
function label(path: ValuePath, read: ReadValue): string {
  const [section, index] = path;
  if (index === undefined) return '';
  const name = valueAt(read.value, [section, index, 'name']);
  const kind = section === 'variants' ? 'variant' : 'machine type';
  return `${kind} ${typeof name === 'string' ? name : Number(index) + 1}: `;
}

function brief(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
