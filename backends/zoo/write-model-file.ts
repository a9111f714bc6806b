/**
 * Writes a model so that its name never stands for half of it, and beside it a note of how it was made and what its
 * digest is, in the form that `sha256sum --check` reads. Finds again what was written so.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { ServingError } from '../../core/index.ts';

export interface WrittenModel {
  readonly sha256: string;
  readonly bytes: number;
}

const SYSTEM_REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'files may not be as large',
  EACCES: 'the folder may not be written',
  EPERM: 'the folder may not be written',
  ENOENT: 'the folder does not exist and cannot be made',
  EROFS: 'the file system is read-only',
  EISDIR: 'there is a folder of that name',
  ENOTDIR: 'a part of the path is a file, not a folder',
  EEXIST: 'a part of the path is a file, not a folder',
};

/**
 * Writes the file whole or not at all. Missing folders are made.
 * @param recipe what the bytes follow from, in one line.
 * @throws ServingError ZOO_UNWRITABLE.
 */
export async function writeModelFile(path: string, bytes: Uint8Array, recipe: string): Promise<WrittenModel> {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  await writeWhole(path, bytes);
  // After the model: until then the note is of another file, or of none.
  await writeWhole(notePath(path), `# ${recipe}\n${sha256}  ${basename(path)}\n`);
  return { sha256, bytes: bytes.length };
}

/** The model that is there already, when it was made by the same recipe and is still as it was; else undefined. */
export async function writtenModel(path: string, recipe: string): Promise<WrittenModel | undefined> {
  const [note, bytes] = await Promise.all([contentOf(notePath(path)), contentOf(path)]);
  if (note === undefined || bytes === undefined) return undefined;
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const isSame = note.toString('utf8') === `# ${recipe}\n${sha256}  ${basename(path)}\n`;
  return isSame ? { sha256, bytes: bytes.length } : undefined;
}

/** Writes a file under a name of its own, which takes the final name when all is written. @throws ZOO_UNWRITABLE. */
export async function writeWhole(path: string, content: Uint8Array | string): Promise<void> {
  const partial = `${path}.${randomBytes(4).toString('hex')}.partial`;
  try {
    await makeFolder(dirname(path));
    await writeFile(partial, content);
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true }).catch(() => {});
    throw unwritable(path, error);
  }
}

function notePath(path: string): string {
  return `${path}.sha256`;
}

/** Whatever hinders reading it, a new file is the answer. */
function contentOf(path: string): Promise<Buffer | undefined> {
  return readFile(path).catch(() => undefined);
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
  const next = 'make room or name another folder';
  return new ServingError({ code: 'ZOO_UNWRITABLE', place: path, message, next, cause: error });
}
