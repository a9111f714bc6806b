/**
 * Puts what a zod schema found wrong into the words of a `ServingError`. Conventions with the schemas of this folder:
 * an issue's message completes "expected ..."; a list of names is written "one of a, b, c", from which the nearest
 * valid name is suggested; a map's message for an unknown key is the list of the keys it knows.
 */
import type { z } from 'zod';
import type { ValuePath } from '../../backends/index.ts';
import { meantName, nearestNames } from '../../backends/index.ts';
import { ServingError } from '../../core/index.ts';
import { pathText, valueAt } from './value-path.ts';

/** What is judged and where it stands. */
export interface JudgedData {
  readonly data: unknown;
  readonly locate: (path: ValuePath) => string;
}

type Issue = z.core.$ZodIssue;

const NAMES_PREFIX = 'one of ';

/** How a list of valid names is written in `expected`. */
export function oneOf(names: readonly string[]): string {
  return `${NAMES_PREFIX}${names.join(', ')}`;
}

/** The issues of the value at `base` as errors, one for each unknown key, missing key and wrong value. */
export function shapeErrors(issues: readonly Issue[], base: ValuePath, judged: JudgedData): ServingError[] {
  return issues.flatMap((issue) => errorsOf(issue, base, judged));
}

/** A key that the map at a path does not have. */
export function unknownKey(path: ValuePath, key: string, judged: JudgedData & { expected: string }): ServingError {
  const home = path.length === 0 ? '' : ` in ${pathText(path)}`;
  return new ServingError({
    code: 'CONFIG_UNKNOWN_KEY',
    place: judged.locate([...path, key]),
    message: `unknown key ${JSON.stringify(key)}${home}`,
    ...namesToward(key, judged.expected),
  });
}

/** A value that is missing or cannot be used. */
export function wrongValue(path: ValuePath, expected: string, judged: JudgedData): ServingError {
  const place = judged.locate(path);
  const subject = path.length === 0 ? 'the file' : pathText(path);
  const found = valueAt(judged.data, path);
  if (found === undefined && path.length > 0) {
    return new ServingError({ code: 'CONFIG_MISSING', place, message: `${subject} is missing`, expected });
  }
  return new ServingError({
    code: 'CONFIG_VALUE',
    place,
    message: `${subject} cannot be used`,
    found: shown(found),
    ...namesToward(found, expected),
  });
}

/** What was expected; for a wrong name out of a list, the nearest one first and of many only those near it. */
export function namesToward(found: unknown, expected: string): { readonly meant?: string; readonly expected: string } {
  if (typeof found !== 'string' || !expected.startsWith(NAMES_PREFIX)) return { expected };
  const names = expected.slice(NAMES_PREFIX.length).split(', ');
  return { ...meantName(found, names), expected: oneOf([nearestNames(found, names)]) };
}

/** A value as the user wrote it, short enough for one line. */
export function shown(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (typeof value === 'number') return String(value);
  const text = isCircular(value) ? 'a value that contains itself' : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** An alias inside its own anchor. */
function isCircular(value: unknown, above: readonly unknown[] = []): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return above.includes(value) || Object.values(value).some((part) => isCircular(part, [...above, value]));
}

function errorsOf(issue: Issue, base: ValuePath, judged: JudgedData): ServingError[] {
  // Paths into YAML have no symbols.
  const path = [...base, ...issue.path.filter((step) => typeof step !== 'symbol')];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => unknownKey(path, key, { ...judged, expected: issue.message }));
  }
  if (issue.code === 'invalid_union') {
    const branch = meantBranch(issue.errors);
    if (branch !== undefined) return shapeErrors(branch, path, judged);
  }
  return [wrongValue(path, issue.message, judged)];
}

/** Of the alternatives for a value, the one that has at least its type right, if there is exactly one. */
function meantBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const fitting = branches.filter((issues) => !issues.some(isOtherType));
  return fitting.length === 1 ? fitting[0] : undefined;
}

/** Whether the value is of another type than the schema speaks of, rather than a wrong value of that type. */
function isOtherType(issue: Issue): boolean {
  if (issue.path.length > 0) return false;
  if (issue.code === 'invalid_union') return issue.errors.every((branch) => branch.some(isOtherType));
  return issue.code === 'invalid_type' || issue.code === 'invalid_value';
}
