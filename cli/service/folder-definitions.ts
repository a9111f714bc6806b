/** The definitions in a folder, such as `rehearse profile` writes one, each with the folder that its model lies in. */
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parse } from 'yaml';
import { ServingError } from '../../core/index.ts';

export interface FolderDefinition {
  readonly file: string;
  /** Folder of the model; undefined for a variant of its table only. */
  readonly modelFolder: string | undefined;
}

/** Whether a path names a folder; false where there is nothing. */
export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** Those of its YAML files, in the order of their names. @throws ServingError CLI_FILE when it has none. */
export function folderDefinitions(folder: string): readonly FolderDefinition[] {
  const names = readdirSync(folder).filter((name) => /\.ya?ml$/.test(name));
  if (names.length === 0) {
    throw new ServingError({
      code: 'CLI_FILE',
      place: folder,
      message: 'the folder holds no definitions',
      expected: 'YAML files, such as rehearse profile writes',
    });
  }
  return names.toSorted().map((name) => {
    const file = join(folder, name);
    const path = artifactPath(readFileSync(file, 'utf8'));
    return { file, modelFolder: path === undefined ? undefined : dirname(resolve(folder, path)) };
  });
}

/** Undefined where none is stated, and for a text that is no YAML: the service says what is wrong with it. */
function artifactPath(text: string): string | undefined {
  let value: unknown;
  try {
    value = parse(text);
  } catch {
    return undefined;
  }
  const variants = own(value, 'variants');
  const path = own(own(Array.isArray(variants) ? variants[0] : undefined, 'artifact'), 'path');
  return typeof path === 'string' ? path : undefined;
}

function own(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  // An own key of an object that was parsed just now.
  return (value as Readonly<Record<string, unknown>>)[key];
}
