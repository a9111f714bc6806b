/**
 * Writes a file so that its name never stands for half of it: the content goes to a name of its own beside it, which
 * takes the final name when all is written, and is removed when anything fails.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ServingError } from '../core/index.ts';

const SYSTEM_REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EACCES: 'the folder may not be written',
  EPERM: 'the folder may not be written',
  ENOENT: 'the folder does not exist and cannot be made',
  EROFS: 'the file system is read-only',
  EISDIR: 'there is a folder of that name',
  ENOTDIR: 'a part of the path is a file, not a folder',
  EEXIST: 'a part of the path is a file, not a folder',
};

/** @param write fills the file at the path it is given. Missing folders are made. */
export async function writeWhole<Result>(path: string, write: (partial: string) => Promise<Result>): Promise<Result> {
  const partial = `${path}.${randomBytes(4).toString('hex')}.partial`;
  try {
    await makeFolder(dirname(path));
    const result = await write(partial);
    await rename(partial, path);
    return result;
  } catch (error) {
    await rm(partial, { force: true }).catch(() => {});
    throw unwritable(path, error);
  }
}

/** `mkdir -p`, one folder at a time: Node's own never ends where a folder exists and cannot hold another (/proc). */
async function makeFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT' || dirname(folder) === folder) throw error;
  });
  if (found?.isDirectory() === true) return;
  if (found === undefined) await makeFolder(dirname(folder));
  await mkdir(folder);
}

function unwritable(path: string, error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error) || !('syscall' in error)) return error;
  const message = SYSTEM_REASONS[String(error.code)] ?? `the file cannot be written (${error.message})`;
  const next = 'make room or name another path';
  return new ServingError({ code: 'TRACE_UNWRITABLE', place: path, message, next, cause: error });
}
