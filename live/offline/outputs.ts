/**
 * The answers of a job in its output folder: `FILE.json`, each written beside, flushed and renamed into place, so that
 * whatever has the name is whole. Each begins with its job and the number of its file: so a server that was killed
 * before it noted the end of a file finds that it is done. What is no job's answer is never replaced.
 */
import { constants, open, opendir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from './file-failure.ts';

export interface OutputOf {
  /** Absolute. */
  readonly folder: string;
  readonly job: string;
  readonly item: number;
  /** Name of the input file. */
  readonly file: string;
}

export interface OutputFacts {
  /** What the job asked for. */
  readonly model: string;
  /** What ran it. */
  readonly variant: string;
  readonly version: string;
  readonly answer: unknown;
}

const HEAD_BYTES = 64;
const ANY_JOB = /^\{"job":"[0-9a-f]+","item":\d+,/;

export function outputName(file: string): string {
  return `${file}.json`;
}

/**
 * What lies at an output's place: nothing, this very answer, that of another job or another time, or something else.
 * @throws system errors, such as those of a folder that is gone.
 */
export async function outputState(output: OutputOf): Promise<'absent' | 'done' | 'other' | 'foreign'> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const handle = await open(join(output.folder, outputName(output.file)), flags).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined;
    if (codeOf(error) === 'ELOOP' || codeOf(error) === 'EACCES') return 'foreign' as const;
    throw error;
  });
  if (handle === undefined) return 'absent';
  if (handle === 'foreign') return handle;
  try {
    if (!(await handle.stat()).isFile()) return 'foreign';
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    const head = buffer.toString('latin1', 0, bytesRead);
    if (head.startsWith(beginOf(output))) return 'done';
    return ANY_JOB.test(head) ? 'other' : 'foreign';
  } finally {
    await handle.close();
  }
}

/** Writes an answer, whole or not at all; `flushFolder` makes its name last. @throws system errors. */
export async function writeOutput(output: OutputOf, facts: OutputFacts): Promise<void> {
  const { folder, job, item, file } = output;
  const text = `${JSON.stringify({ job, item, file, ...facts })}\n`;
  const temporary = join(folder, `${temporaryBegin(job)}${item}.tmp`);
  try {
    await writeFlushed(temporary, text);
    await rename(temporary, join(folder, outputName(file)));
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}

/** Makes the names in a folder last. */
export async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Removes what a killed server left half written of a job. */
export async function removeTemporaries(folder: string, job: string): Promise<void> {
  const begin = temporaryBegin(job);
  try {
    for await (const { name } of await opendir(folder)) {
      if (name.startsWith(begin)) await rm(join(folder, name), { force: true });
    }
  } catch {
    // The folder is gone, and with it what was in it.
  }
}

async function writeFlushed(path: string, text: string): Promise<void> {
  // Never through a link that somebody put there.
  const handle = await open(path, 'wx').catch(async (error: unknown) => {
    if (codeOf(error) !== 'EEXIST') throw error;
    await rm(path, { force: true });
    return open(path, 'wx');
  });
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** As JSON.stringify begins the answer. */
function beginOf({ job, item }: OutputOf): string {
  return `{"job":"${job}","item":${item},`;
}

function temporaryBegin(job: string): string {
  return `.rehearse-${job}-`;
}
