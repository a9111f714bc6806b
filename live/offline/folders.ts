/**
 * Which folders a job may read from and write to: below the roots of the config, links resolved. A command of the state
 * folder's owner may name any folder. All that is wrong with a folder is told in one sentence, so that nobody learns
 * from it what there is on this host.
 */
import { access, constants, realpath, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { ServingError } from '../../core/index.ts';
import { makeFolders } from '../store/index.ts';
import { codeOf } from './file-failure.ts';

export interface FolderRules {
  /** Absolute. */
  readonly roots: readonly string[];
  /** Whether folders outside the roots are allowed as well. */
  readonly anywhere: boolean;
}

/**
 * A folder to read from, without links.
 * @throws ServingError OFFLINE_FOLDER.
 */
export async function inputFolder(path: string, rules: FolderRules): Promise<string> {
  try {
    requireName(path);
    const real = await realpath(path);
    await requireAllowed(real, rules);
    if (!(await stat(real)).isDirectory()) throw new Error('no folder');
    await access(real, constants.R_OK | constants.X_OK);
    return real;
  } catch (cause) {
    throw invalidFolder(path, 'a folder that the service may read', cause);
  }
}

/**
 * A folder to write to, without links; made when it is not there.
 * @throws ServingError OFFLINE_FOLDER.
 */
export async function outputFolder(path: string, rules: FolderRules): Promise<string> {
  try {
    requireName(path);
    const { above, rest } = await deepestThere(resolve(path));
    const real = join(above, rest);
    // Before anything is made.
    await requireAllowed(real, rules);
    makeFolders(real);
    if ((await realpath(real)) !== real) throw new Error('moved meanwhile');
    await access(real, constants.W_OK | constants.X_OK);
    return real;
  } catch (cause) {
    throw invalidFolder(path, 'a folder that the service may write to', cause);
  }
}

/** Whether a folder that was checked is still what it was: no link, no file in its place. */
export async function isStill(folder: string): Promise<boolean> {
  try {
    return (await realpath(folder)) === folder && (await stat(folder)).isDirectory();
  } catch {
    return false;
  }
}

function requireName(path: string): void {
  if (!isAbsolute(path) || path.includes('\0')) throw new Error('no absolute path');
}

async function requireAllowed(real: string, { roots, anywhere }: FolderRules): Promise<void> {
  if (anywhere) return;
  for (const root of roots) {
    const realRoot = await realpath(root).catch(() => undefined);
    if (realRoot !== undefined && isBelow(real, realRoot)) return;
  }
  throw new Error('outside the roots');
}

/** Whether a path is another or lies in it; both without links. */
export function isBelow(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/** The part of a path that is there, without links, and the rest. */
async function deepestThere(path: string): Promise<{ readonly above: string; readonly rest: string }> {
  try {
    return { above: await realpath(path), rest: '' };
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' || dirname(path) === path) throw error;
    const { above, rest } = await deepestThere(dirname(path));
    return { above, rest: join(rest, basename(path)) };
  }
}

function invalidFolder(path: string, expected: string, cause: unknown): ServingError {
  return new ServingError({
    code: 'OFFLINE_FOLDER',
    message: `${JSON.stringify(path)} is not a valid folder or cannot be accessed by the service`,
    expected,
    next: 'clients may use those below service.offline.folders of its config; a command on its host that has its state folder, any',
    cause,
  });
}
