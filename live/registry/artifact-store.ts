/**
 * Model files by digest, in `models/<sha256>/` of the state folder. A file is copied beside, flushed and then renamed
 * into place, so what has a digest for its folder is whole; a crash leaves at most something that nobody refers to,
 * and the next start removes that. Knows no records: whoever keeps them says which digests are wanted.
 */
import { createHash, randomUUID } from 'node:crypto';
import { readdirSync, rmSync } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Artifact } from '../../core/index.ts';
import { ServingError } from '../../core/index.ts';

/** Copies on their way in. */
const INCOMING = 'incoming';
const DIGEST = /^[0-9a-f]{64}$/;

/** A copy on its way in. */
export interface Received {
  readonly path: string;
  /** The name it will have in its digest's folder. */
  readonly file: string;
  readonly sha256: string;
  readonly bytes: number;
}

export class ArtifactStore {
  /** Absolute path of the folder. */
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /**
   * Copies a file beside the others, whole and flushed, under no digest yet.
   *
   * @param expectedSha256 what its digest must be, for a file that was looked at before.
   * @throws ServingError REGISTRY_FILE when it cannot be read, REGISTRY_FILE_CHANGED, REGISTRY_NO_ROOM; then no part
   * of it stays.
   */
  async receive(source: string, expectedSha256?: string): Promise<Received> {
    const path = join(this.folder, INCOMING, randomUUID());
    try {
      await mkdir(join(this.folder, INCOMING), { recursive: true, mode: 0o700 });
      const { sha256, bytes } = await copyFlushed(source, path);
      if (expectedSha256 !== undefined && expectedSha256 !== sha256) throw changed(source, sha256, expectedSha256);
      return { path, file: `model${plainExtension(source)}`, sha256, bytes };
    } catch (error) {
      await rm(path, { force: true });
      throw error instanceof ServingError ? error : failed(source, error);
    }
  }

  /** Gives a received file its place. Whoever calls has made sure that nobody removes its digest meanwhile. */
  async place({ path: received, file, sha256, bytes }: Received): Promise<Artifact> {
    const home = join(this.folder, sha256);
    const path = this.pathOf(sha256, file);
    try {
      await mkdir(home, { recursive: true, mode: 0o700 });
      // Over an older copy as well: the bytes are the same, unless the disk has damaged the old ones.
      await rename(received, path);
      await flushFolder(home);
      await flushFolder(this.folder);
      return { path, sha256, bytes };
    } catch (error) {
      await rm(received, { force: true });
      throw failed(path, error);
    }
  }

  /** Absolute path of a file that was added. */
  pathOf(sha256: string, file: string): string {
    return join(this.folder, sha256, file);
  }

  remove(sha256: string): void {
    rmSync(join(this.folder, sha256), { recursive: true, force: true });
  }

  /**
   * Removes every digest that is not wanted.
   * @returns how many there were.
   */
  keepOnly(wanted: ReadonlySet<string>): number {
    const stray = namesIn(this.folder).filter((name) => DIGEST.test(name) && !wanted.has(name));
    for (const sha256 of stray) this.remove(sha256);
    return stray.length;
  }

  /** Removes what a crash left half copied; nothing may be on its way in. */
  removeReceived(): void {
    rmSync(join(this.folder, INCOMING), { recursive: true, force: true });
  }
}

async function copyFlushed(source: string, target: string): Promise<Pick<Artifact, 'sha256' | 'bytes'>> {
  const input = await open(source, 'r');
  try {
    // A pipe or a device would never end.
    if (!(await input.stat()).isFile()) throw unreadable(source, 'something that is no file');
    const output = await open(target, 'wx', 0o600);
    try {
      const hash = createHash('sha256');
      let bytes = 0;
      await pipeline(input.createReadStream({ autoClose: false }), async (chunks: AsyncIterable<Buffer>) => {
        for await (const chunk of chunks) {
          hash.update(chunk);
          bytes += chunk.length;
          await output.writeFile(chunk);
        }
      });
      await output.sync();
      return { sha256: hash.digest('hex'), bytes };
    } finally {
      await output.close();
    }
  } finally {
    await input.close();
  }
}

/** Without this a loss of power may forget the name of a file whose bytes are on disk. */
async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The ending of a file's name where it is plain: some engines tell formats apart by it. */
function plainExtension(path: string): string {
  const extension = extname(path).toLowerCase();
  return /^\.[a-z0-9]{1,8}$/.test(extension) ? extension : '';
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

function changed(source: string, found: string, expected: string): ServingError {
  return new ServingError({
    code: 'REGISTRY_FILE_CHANGED',
    place: source,
    message: 'the model file changed while it was being registered',
    found: `sha256 ${found}`,
    expected: `sha256 ${expected}`,
    next: 'register it again',
  });
}

function failed(source: string, cause: unknown): ServingError {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new ServingError({
      code: 'REGISTRY_NO_ROOM',
      message: 'there is no room on the disk for the model file',
      next: 'make room in the state folder and register it again',
      cause,
    });
  }
  const found = code === 'ENOENT' ? 'no such file' : cause instanceof Error ? cause.message : String(cause);
  return unreadable(source, found, cause);
}

function unreadable(source: string, found: string, cause?: unknown): ServingError {
  return new ServingError({
    code: 'REGISTRY_FILE',
    place: source,
    message: 'the model file cannot be copied into the registry',
    found,
    expected: 'a file that this process may read',
    cause,
  });
}
