/**
 * Finds the model in a folder of the user's: exactly one `.onnx`, or the one that is named. Reads names only. Invariant:
 * the path it answers with is a regular file directly in that folder.
 */
import { readdirSync, realpathSync, statSync } from 'node:fs';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { ServingError } from '../../core/index.ts';

/** More names than this hide what a message says. */
const SHOWN_NAMES = 8;

export interface FolderOptions {
  /** The file's name in the folder; the only `.onnx` there when left out. */
  readonly filename?: string | undefined;
  /** Folders that models may lie in, with all below them; anywhere when left out. */
  readonly roots?: readonly string[] | undefined;
}

/**
 * Absolute path of the folder's model.
 * @throws ServingError MODEL_FOLDER, with what was found; MODEL_FOLDER_NOT_ALLOWED, whatever is or is not there.
 */
export function modelInFolder(folder: string, { filename, roots }: FolderOptions = {}): string {
  const allows = (path: string): boolean => roots === undefined || roots.some((root) => isWithin(root, path));
  if (!allows(resolve(folder))) {
    throw new ServingError({
      code: 'MODEL_FOLDER_NOT_ALLOWED',
      place: folder,
      message: 'models may not be registered from this folder',
      expected: 'one that the service allows (service.models.allowed_folders)',
    });
  }
  const here = existingFolder(folder);
  const names = readdirSync(here).toSorted();
  const models = names.filter((name) => name.toLowerCase().endsWith('.onnx'));
  const wanted = filename !== undefined && filename.toLowerCase().endsWith('.onnx') ? [filename] : models;
  const [name] = wanted;
  if (wanted.length !== 1) {
    throw refusal(folder, {
      message: wanted.length === 0 ? 'the folder holds no ONNX model' : 'the folder holds several ONNX models',
      found: shown(wanted.length === 0 ? names : wanted),
      expected: 'exactly one file ending in .onnx',
      ...(wanted.length > 1 ? { next: 'name one of them (filename)' } : {}),
    });
  }
  // A name with a path in it would leave the folder.
  if (!names.includes(name)) {
    throw refusal(folder, { message: 'the folder does not hold the model that is named', found: shown(names) });
  }
  const path = join(here, name);
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) {
    throw refusal(folder, { message: `${JSON.stringify(name)} is not a regular file` });
  }
  if (!allows(path)) {
    throw refusal(folder, { message: `${JSON.stringify(name)} leads out of the allowed folders` });
  }
  return path;
}

/**
 * Whether a path lies in a folder, or is it; links are followed as far as there is something. Whole names are compared,
 * not beginnings.
 */
export function isWithin(root: string, path: string): boolean {
  const way = relative(followed(root), followed(path));
  return way === '' || (!isAbsolute(way) && way.split(sep)[0] !== '..');
}

function followed(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}

function existingFolder(folder: string): string {
  const path = resolve(folder);
  let isFolder: boolean;
  try {
    isFolder = statSync(path).isDirectory();
  } catch (cause) {
    throw refusal(folder, { message: 'there is no such folder', cause });
  }
  if (!isFolder) throw refusal(folder, { message: 'this is a file', expected: 'the folder that holds the model' });
  return path;
}

function refusal(
  folder: string,
  parts: { message: string; found?: string; expected?: string; next?: string; cause?: unknown },
): ServingError {
  return new ServingError({ code: 'MODEL_FOLDER', place: folder, ...parts });
}

function shown(names: readonly string[]): string {
  if (names.length === 0) return 'nothing';
  const some = names.slice(0, SHOWN_NAMES).map((name) => JSON.stringify(name));
  return `${some.join(', ')}${names.length > SHOWN_NAMES ? ` and ${names.length - SHOWN_NAMES} more` : ''}`;
}
