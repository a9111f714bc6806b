/**
 * Where the service keeps its state, and the making of that folder. The state holds secrets (keys, models), so the
 * folder is made for its owner alone, and one in which everybody may write is refused.
 */
import { existsSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { ServingError } from '../../core/index.ts';
import { makeFolders } from './make-folders.ts';

/**
 * The state folder: the option, else `$REHEARSE_STATE`, else `$XDG_STATE_HOME/rehearse`, else
 * `~/.local/state/rehearse`. An empty value counts as absent, and so does a relative `XDG_STATE_HOME`, as the XDG
 * base directory specification demands.
 *
 * @returns an absolute path; the folder need not exist.
 */
export function stateFolder(option?: string, environment: NodeJS.ProcessEnv = process.env): string {
  const named = option || environment['REHEARSE_STATE'];
  if (named) return resolve(named);
  const xdg = environment['XDG_STATE_HOME'];
  return xdg && isAbsolute(xdg) ? join(xdg, 'rehearse') : join(homedir(), '.local', 'state', 'rehearse');
}

/**
 * Makes a folder, with its parents, for its owner alone; one that exists keeps its mode.
 *
 * @throws ServingError STORE_FOLDER when it cannot be made, is no folder, or everybody may write in it.
 */
export function makePrivateFolder(folder: string): void {
  try {
    makeFolders(folder, 0o700);
  } catch (cause) {
    if (existsSync(folder)) throw folderError(folder, 'is a file');
    throw folderError(folder, `cannot be made (${cause instanceof Error ? cause.message : String(cause)})`, cause);
  }
  if ((statSync(folder).mode & 0o002) !== 0) throw folderError(folder, 'may be written by every user of this host');
}

function folderError(folder: string, problem: string, cause?: unknown): ServingError {
  return new ServingError({
    code: 'STORE_FOLDER',
    place: folder,
    message: `the state folder ${problem}`,
    expected: 'a folder of your own',
    next: 'name another with --state or $REHEARSE_STATE',
    cause,
  });
}
