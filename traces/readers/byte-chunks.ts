/**
 * The bytes of a trace file, decompressed if they begin with gzip's two magic bytes, whatever the file is called.
 * Every failure to read is the user's and names the file. Leaving the iteration early closes the file.
 */
import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { ServingError } from '../../core/index.ts';

const CHUNK_BYTES = 256 * 1024;

export async function* byteChunks(path: string): AsyncGenerator<Buffer> {
  try {
    const file = await open(path, 'r');
    try {
      yield* chunksOf(file);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw unreadable(path, error);
  }
}

async function* chunksOf(file: FileHandle): AsyncGenerator<Buffer> {
  const magic = new Uint8Array(2);
  await file.read(magic, 0, 2, 0);
  const bytes = file.createReadStream({ start: 0, highWaterMark: CHUNK_BYTES, autoClose: false });
  if (magic[0] !== 0x1f || magic[1] !== 0x8b) {
    yield* bytes;
    return;
  }
  const plain = createGunzip({ chunkSize: CHUNK_BYTES });
  // Errors reach the loop below, because a pipeline destroys its last stream with them.
  pipeline(bytes, plain, () => {});
  yield* plain;
}

function unreadable(path: string, error: unknown): unknown {
  if (error instanceof ServingError || !(error instanceof Error)) return error;
  const code = 'code' in error ? String(error.code) : '';
  // Errors of the system name their call, those of zlib begin with Z_; anything else is a fault of ours.
  if (!('syscall' in error) && !code.startsWith('Z_')) return error;
  const reason = REASONS[code] ?? { message: `the file cannot be read (${error.message})`, next: 'try another copy' };
  return new ServingError({ code: 'TRACE_UNREADABLE', place: path, ...reason, cause: error });
}

const REASONS: Readonly<Record<string, { readonly message: string; readonly next: string }>> = {
  ENOENT: { message: 'there is no such file', next: 'check the path; it is taken from the current folder' },
  EISDIR: { message: 'this is a folder, not a trace', next: 'name a file in it' },
  EACCES: { message: 'the file may not be read', next: 'check its permissions' },
  ESPIPE: { message: 'a pipe cannot be read as a trace', next: 'save it to a file first' },
  Z_DATA_ERROR: { message: 'the gzip data is damaged', next: 'fetch or compress the file again' },
  Z_BUF_ERROR: { message: 'the gzip data ends too early', next: 'fetch or compress the file again' },
};
