/** Files that only their owner may read. */
import { closeSync, openSync } from 'node:fs';

/**
 * Makes an empty file of mode 0600 where there is none; the database takes over its mode for the files beside it. A
 * file that exists is not even opened: closing it would drop this process's locks on it.
 */
export function createPrivateFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}
