/**
 * Hands a folder's files to the server through its state folder, where only its owner can write: so a model may come
 * from anywhere on this host, while the service itself reads from nowhere but there and the folders its config allows.
 */
import { copyFileSync, linkSync, readdirSync, rmSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { join, resolve } from 'node:path';
import { ServingError } from '../../core/index.ts';
import { incomingFolder, makeFolders } from '../../live/store/index.ts';

/** A model's folder holds a model, a config and some notes. */
const FILES_MAX = 256;

export interface HandedOver {
  /** Absolute, below the state folder. */
  readonly folder: string;
  /** Removes it. */
  dispose(): void;
}

/** @throws ServingError CLI_FILE when the folder cannot be read. */
export function handOver(folder: string, state: string): HandedOver {
  const target = join(incomingFolder(state), randomUUID());
  const names = namesIn(folder);
  makeFolders(target, 0o700);
  const dispose = (): void => rmSync(target, { recursive: true, force: true });
  try {
    for (const name of names) linkOrCopy(join(resolve(folder), name), join(target, name));
    return { folder: target, dispose };
  } catch (cause) {
    dispose();
    throw unreadable(folder, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

/** Regular files directly in the folder; links are left out, since they may lead anywhere. */
function namesIn(folder: string): readonly string[] {
  try {
    const files = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile());
    if (files.length <= FILES_MAX) return files.map(({ name }) => name);
  } catch (cause) {
    const isGone = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    throw unreadable(folder, isGone ? 'no such folder' : 'no folder that can be read', cause);
  }
  throw unreadable(folder, `more than ${FILES_MAX} files`, undefined);
}

/** A link takes no room; another file system takes copies only. */
function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to);
  }
}

function unreadable(place: string, found: string, cause: unknown): ServingError {
  const expected = `a folder with a model, and at most ${FILES_MAX} files`;
  return new ServingError({
    code: 'CLI_FILE',
    place,
    message: "the model's folder cannot be used",
    found,
    expected,
    cause,
  });
}
