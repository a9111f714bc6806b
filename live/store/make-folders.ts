/**
 * Makes a folder with the parents that it lacks, step by step. Node's own recursive making tries for ever where a parent
 * is there and the system says that it is not, as it does below /proc. Invariant: it tries each folder of a path twice
 * at most.
 */
import { lstatSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * @param folder absolute, or relative to the working folder. @param mode of the folders that are made; those that are there keep theirs.
 * @throws Error of the system, with its code.
 */
export function makeFolders(folder: string, mode = 0o777): void {
  const problem = attempt(folder, mode);
  if (problem === undefined) return;
  const parent = dirname(folder);
  const lacksParent = codeOf(problem) === 'ENOENT' && parent !== folder && !isThere(parent);
  if (!lacksParent) throw problem;
  makeFolders(parent, mode);
  const second = attempt(folder, mode);
  if (second !== undefined) throw second;
}

/** @returns why there is no such folder now; undefined when there is. */
function attempt(folder: string, mode: number): unknown {
  try {
    mkdirSync(folder, { mode });
    return undefined;
  } catch (error) {
    // One that is there is not everywhere said to exist: `/` may be a directory, or not be writable.
    return isFolder(folder) ? undefined : error;
  }
}

/** Whether there is a folder, be it by a link; false where nobody can say. */
export function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/** Also a link that leads nowhere: what it stands for is not made. */
function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return true;
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
