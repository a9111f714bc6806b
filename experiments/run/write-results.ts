/**
 * The output folder: `result.json` and `requests.csv`, each written under another name and renamed when whole, so
 * that nobody ever reads half a file.
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { ExperimentResult } from '../../core/index.ts';
import { REQUEST_COLUMNS, ServingError } from '../../core/index.ts';

/** Makes the folder, and says at once when it cannot be written to, before anything is run. */
export async function prepareOutput(directory: string): Promise<void> {
  try {
    await makeFolder(directory);
    const probe = join(directory, '.write-probe');
    await writeFile(probe, '');
    await rm(probe);
  } catch (cause) {
    throw new ServingError({
      code: 'OUTPUT_UNWRITABLE',
      message: 'cannot write into the output folder',
      place: directory,
      found: cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause),
      next: 'name another folder with --out',
      cause,
    });
  }
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

/** Joins the parts of `requests.csv` in plan order and deletes them. Parts that do not exist were not finished. */
export async function writeRequests(directory: string, parts: readonly string[]): Promise<void> {
  const path = join(directory, 'requests.csv');
  const partial = `${path}.partial`;
  await writeFile(partial, `${REQUEST_COLUMNS.join(',')}\n`);
  for (const part of parts) await pipeline(createReadStream(part), createWriteStream(partial, { flags: 'a' }));
  await rename(partial, path);
}

export async function writeResult(directory: string, result: ExperimentResult): Promise<void> {
  await writeWhole(join(directory, 'result.json'), `${JSON.stringify(result, null, 1)}\n`);
}

/** Writes a file under another name and renames it. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const partial = `${path}.partial`;
  await writeFile(partial, text);
  await rename(partial, path);
}
