/**
 * The output folder: `result.json` and `requests.csv`, each written under another name and renamed when whole, so
 * that nobody ever reads half a file.
 */
import { randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { ExperimentResult, ServingErrorParts } from '../../core/index.ts';
import { REQUEST_COLUMNS, ServingError } from '../../core/index.ts';

/** Makes the folder, and says at once when it cannot be written to, before anything is run. */
export async function prepareOutput(directory: string): Promise<void> {
  try {
    await prepareFolder(directory);
  } catch (cause) {
    const message = 'cannot write into the output folder';
    throw unwritable(cause, { place: directory, message, next: 'name another folder with --out' });
  }
}

/** Makes the folder of a file, and says at once when the file cannot be written. */
export async function prepareFile(path: string): Promise<void> {
  try {
    await prepareFolder(dirname(resolve(path)));
    const there = await stat(path).catch(() => undefined);
    if (there?.isDirectory() === true) throw Object.assign(new Error('a folder of that name'), { code: 'EISDIR' });
  } catch (cause) {
    throw unwritable(cause, { place: path, message: 'cannot write the file', next: 'name another file' });
  }
}

const OTHER_SCRATCH = 'make room there, or name another folder for temporary files in TMPDIR';

/** Makes a folder for the files of a run under way; whoever asked for it removes it. */
export async function prepareScratch(): Promise<string> {
  try {
    return await mkdtemp(join(tmpdir(), 'rehearse-'));
  } catch (cause) {
    throw unwritable(cause, { place: tmpdir(), message: 'cannot make a scratch folder', next: OTHER_SCRATCH });
  }
}

/** The error of a scratch file that could not be written. */
export function unwritableScratch(place: string, cause: unknown): ServingError {
  return unwritable(cause, { place, message: 'cannot write a scratch file', next: OTHER_SCRATCH });
}

async function prepareFolder(directory: string): Promise<void> {
  await makeFolder(directory);
  const probe = join(directory, '.write-probe');
  await writeFile(probe, '');
  await rm(probe);
}

/** `mkdir -p`, one folder at a time: Node's own never ends where a folder exists and cannot hold another (/proc). */
async function makeFolder(directory: string): Promise<void> {
  try {
    if ((await stat(directory)).isDirectory()) return;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT') || dirname(directory) === directory)
      throw error;
    await makeFolder(dirname(directory));
  }
  await mkdir(directory);
}

/** Joins the parts of `requests.csv` in plan order. */
export async function writeRequests(directory: string, parts: readonly string[]): Promise<void> {
  await writeThrough(join(directory, 'requests.csv'), async (partial) => {
    await writeFile(partial, `${REQUEST_COLUMNS.join(',')}\n`);
    for (const part of parts) await pipeline(createReadStream(part), createWriteStream(partial, { flags: 'a' }));
  });
}

export async function writeResult(directory: string, result: ExperimentResult): Promise<void> {
  await writeWhole(join(directory, 'result.json'), `${JSON.stringify(result, null, 1)}\n`);
}

/** Writes a file under another name and renames it. @throws ServingError OUTPUT_UNWRITABLE, leaving nothing behind. */
export async function writeWhole(path: string, text: string): Promise<void> {
  await writeThrough(path, (partial) => writeFile(partial, text));
}

async function writeThrough(path: string, write: (partial: string) => Promise<void>): Promise<void> {
  // Two processes may write into one folder.
  const partial = `${path}.${randomBytes(4).toString('hex')}.partial`;
  try {
    await write(partial);
    await rename(partial, path);
  } catch (cause) {
    await rm(partial, { force: true }).catch(() => undefined);
    throw unwritable(cause, {
      place: path,
      message: 'cannot write the file',
      next: 'make room, or name another place',
    });
  }
}

const IN_WORDS: Readonly<Record<string, string>> = {
  EEXIST: 'a file in the way',
  ENOTDIR: 'a file in the way',
  EISDIR: 'a folder in the way',
  ENOENT: 'a place where nothing can be made',
  EACCES: 'a folder that may not be written',
  EPERM: 'a folder that may not be written',
  EROFS: 'a read-only file system',
  ENOSPC: 'a full disk',
};

function unwritable(cause: unknown, parts: Pick<ServingErrorParts, 'place' | 'message' | 'next'>): ServingError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
  const found = code in IN_WORDS ? `${IN_WORDS[code]} (${code})` : code;
  return new ServingError({ code: 'OUTPUT_UNWRITABLE', ...parts, found, cause });
}
