/** The files of an input folder: their names as they come, and their bytes as payloads. Links are not followed. */
import { constants, open, opendir } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { Payload } from '../../backends/index.ts';
import type { Bytes } from '../../core/index.ts';
import { FileFailure, codeOf } from './file-failure.ts';

/** Entries that the system hands out at a time. */
const LISTED_AT_ONCE = 512;

const TYPES: Readonly<Record<string, string>> = {
  '.json': 'application/json',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.webp': 'image/webp',
  '.gif': 'image/gif',
  '.txt': 'text/plain',
};

/** Names of what is no folder and not hidden, in the system's order; never all of them in memory. */
export async function* fileNames(folder: string): AsyncGenerator<string> {
  for await (const entry of await opendir(folder, { bufferSize: LISTED_AT_ONCE })) {
    if (!entry.name.startsWith('.') && !entry.isDirectory()) yield entry.name;
  }
}

/** @throws FileFailure when it is no plain file, too large, or cannot be read. */
export async function readPayload(folder: string, file: string, maxBytes: Bytes): Promise<Payload> {
  const contentType = TYPES[extname(file).toLowerCase()] ?? 'application/octet-stream';
  return { name: '', contentType, bytes: await readPlainFile(join(folder, file), maxBytes) };
}

async function readPlainFile(path: string, maxBytes: Bytes): Promise<Uint8Array> {
  // Not blocking: a pipe without a writer would keep a thread for ever.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const file = await open(path, flags).catch((error: unknown) => {
    throw new FileFailure(unreadable(codeOf(error)));
  });
  try {
    const about = await file.stat();
    if (!about.isFile()) throw new FileFailure('it is no file');
    if (about.size > maxBytes) throw new FileFailure(`it has ${about.size} bytes; at most ${maxBytes} are read`);
    // As many as there were: a file that grows meanwhile has no end.
    const bytes = Buffer.allocUnsafe(about.size);
    let length = 0;
    while (length < bytes.length) {
      const { bytesRead } = await file.read(bytes, length, bytes.length - length, length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return bytes.subarray(0, length);
  } finally {
    await file.close();
  }
}

function unreadable(code: string): string {
  if (code === 'ELOOP') return 'it is a link, and links are not followed';
  if (code === 'ENOENT') return 'it is not there any more';
  return `it cannot be read (${code})`;
}
