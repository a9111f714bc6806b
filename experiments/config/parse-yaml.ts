/**
 * Reads a config's file and parses its YAML, keeping the place of every value. Anchors and aliases work; duplicate
 * keys and several documents in a file are errors. What the text means is not its business.
 */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { YAMLParseError } from 'yaml';
import type { ValuePath } from '../../backends/index.ts';
import { parseYamlText } from '../../backends/index.ts';
import { ServingError, ServingErrors } from '../../core/index.ts';

export interface ParsedYaml {
  readonly data: unknown;
  /** `file:line` of the value at a path, or of the nearest thing above it. */
  readonly locate: (path: ValuePath) => string;
}

/** @throws {ServingErrors} `CONFIG_FILE` when it cannot be read, `CONFIG_SYNTAX` for every mistake in the YAML. */
export function parseYamlFile(path: string): ParsedYaml {
  const text = readText(path);
  const { value, errors, locate } = parseYamlText(text, shownPath(path));
  if (errors.length > 0) throw new ServingErrors(errors.map((error) => syntaxError(error, text)));
  return { data: value, locate };
}

/** A path as the user would type it from where they are, or the whole of it when they are elsewhere. */
export function shownPath(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith('..') ? path : short;
}

/** An error of the YAML in our words; of a key that is there twice, its name. */
function syntaxError({ parts }: ServingError, text: string): ServingError {
  const { cause } = parts;
  const twice =
    cause instanceof YAMLParseError && cause.code === 'DUPLICATE_KEY' ? text.slice(cause.pos[0]) : undefined;
  const key = twice === undefined ? undefined : /^[^:\n]*/.exec(twice)?.[0].trim();
  const message = key === undefined ? parts.message : `the key ${key} is there twice`;
  return new ServingError({ ...parts, code: 'CONFIG_SYNTAX', message });
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const found = fileProblem(cause);
    const message = 'the config cannot be read';
    throw new ServingErrors([
      new ServingError({ code: 'CONFIG_FILE', place: shownPath(path), message, found, expected: 'a YAML file', cause }),
    ]);
  }
}

/** Why a file cannot be opened, in words. */
export function fileProblem(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'no such file';
  if (code === 'EISDIR') return 'a folder';
  if (code === 'EACCES' || code === 'EPERM') return 'a file that may not be read';
  return cause instanceof Error ? cause.message : String(cause);
}
