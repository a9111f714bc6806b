/**
 * Loads catalogue files: reads, parses, validates and compares them. All mistakes of all files are told at once, each
 * with its line. Selecting from what was loaded is `select-catalogue`; artifacts are not opened here.
 */
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { ServingError, ServingErrors } from '../../core/index.ts';
import type { CatalogueDefinitions } from './definitions.ts';
import { duplicateErrors } from './duplicates.ts';
import type { ReadDefinitions } from './read-definitions.ts';
import { readDefinitions } from './read-definitions.ts';
import { parseYamlText } from './yaml-text.ts';

/**
 * The definitions in a folder's `.yaml` and `.yml` files, in the order of their names, or in the files given, in the
 * order given.
 *
 * @throws {ServingErrors} with one error for each mistake; codes begin with `CATALOGUE_`.
 */
export function loadCatalogueFiles(folderOrFiles: string | readonly string[]): CatalogueDefinitions {
  const read =
    typeof folderOrFiles === 'string'
      ? filesIn(folderOrFiles)
      : { files: folderOrFiles, errors: [] as readonly ServingError[] };
  const parts = read.files.map(readFile);
  const variants = parts.flatMap((part) => part.variants);
  const machineTypes = parts.flatMap((part) => part.machineTypes);
  const errors = [
    ...read.errors,
    ...parts.flatMap((part) => part.errors),
    ...duplicateErrors('variant', variants),
    ...duplicateErrors('machine type', machineTypes),
  ];
  if (errors.length > 0) throw new ServingErrors(errors);
  return { variants, machineTypes, warnings: parts.flatMap((part) => part.warnings) };
}

function filesIn(path: string): { readonly files: readonly string[]; readonly errors: readonly ServingError[] } {
  try {
    if (statSync(path).isFile()) return { files: [path], errors: [] };
    const files = readdirSync(path)
      .filter((file) => /\.ya?ml$/.test(file))
      .sort()
      .map((file) => join(path, file));
    return files.length > 0
      ? { files, errors: [] }
      : { files, errors: [unreadable(path, 'a folder without YAML files')] };
  } catch (cause) {
    return { files: [], errors: [unreadable(path, reason(cause), cause)] };
  }
}

function readFile(path: string): ReadDefinitions {
  const nothing = { variants: [], machineTypes: [], warnings: [] };
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    return { ...nothing, errors: [unreadable(path, reason(cause), cause)] };
  }
  const yaml = parseYamlText(text, shownPath(path));
  if (yaml.errors.length > 0) return { ...nothing, errors: yaml.errors };
  return readDefinitions(yaml.value, { locate: yaml.locate, folder: dirname(resolve(path)) });
}

/** A path as the user would type it from where they are, or the whole of it when they are elsewhere. */
function shownPath(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith('..') ? path : short;
}

function unreadable(path: string, found: string, cause?: unknown): ServingError {
  return new ServingError({
    code: 'CATALOGUE_FILE',
    place: shownPath(path),
    message: 'the catalogue cannot be read',
    found,
    expected: 'a YAML file, or a folder of them',
    ...(cause === undefined ? {} : { cause }),
  });
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
