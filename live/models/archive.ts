/**
 * Reads zip archives that strangers made. All entries are judged before any is unpacked, and a bad one refuses the whole
 * archive; then single entries are read, or unpacked to a path of the caller's choosing. Invariant: no path on disk is
 * ever made from a name in an archive, and nothing in it is executed.
 */
import { open, stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import type { Entry, ZipFile } from 'yauzl';
import { getFileNameLowLevel, openPromise } from 'yauzl';
import { ServingError } from '../../core/index.ts';
import type { ArchiveLimits } from './archive-entry.ts';
import { EntryCensus, shownName } from './archive-entry.ts';

export class Archive {
  private readonly zip: ZipFile;
  private readonly entries: ReadonlyMap<string, Entry>;

  private constructor(zip: ZipFile, entries: ReadonlyMap<string, Entry>) {
    this.zip = zip;
    this.entries = entries;
  }

  /**
   * Opens and judges an archive; close it.
   * @throws ServingError MODEL_ARCHIVE when it is no zip file or may not be unpacked.
   */
  static async open(path: string, limits: ArchiveLimits): Promise<Archive> {
    const { size } = await stat(path);
    if (size > limits.maxArchiveBytes) {
      throw refused(`the archive has ${size} bytes; at most ${limits.maxArchiveBytes} are allowed`);
    }
    // Names are decoded and judged here, so that one place knows all that may be wrong with them.
    const zip = await openPromise(path, { decodeStrings: false, autoClose: false }).catch((cause: unknown) => {
      throw refused('the file is no zip archive, or a damaged one', cause);
    });
    try {
      return new Archive(zip, await judgedEntries(zip, { ...limits, maxArchiveBytes: size }));
    } catch (error) {
      zip.close();
      throw error instanceof ServingError ? error : refused('the archive is damaged', error);
    }
  }

  /** Names of the files, in the archive's order. */
  get names(): readonly string[] {
    return [...this.entries.keys()];
  }

  has(name: string): boolean {
    return this.entries.has(name);
  }

  /**
   * The text of an entry.
   * @throws ServingError MODEL_ARCHIVE when it is longer than that, damaged, or no UTF-8.
   */
  async text(name: string, maxBytes: number): Promise<string> {
    const entry = this.entry(name);
    if (entry.uncompressedSize > maxBytes) throw refused(`${shownName(name)} is longer than ${maxBytes} bytes`);
    const chunks: Uint8Array[] = [];
    await this.unpack(name, async (chunk) => void chunks.push(chunk));
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
    } catch (cause) {
      throw refused(`${shownName(name)} is no UTF-8 text`, cause);
    }
  }

  /**
   * Unpacks an entry to a new file, flushed.
   * @param path chosen by the caller, never made from the entry's name; nothing may be there.
   */
  async extract(name: string, path: string): Promise<void> {
    const file = await open(path, 'wx', 0o600);
    try {
      await this.unpack(name, (chunk) => file.writeFile(chunk));
      await file.sync();
    } finally {
      await file.close();
    }
  }

  close(): void {
    this.zip.close();
  }

  private entry(name: string): Entry {
    const entry = this.entries.get(name);
    if (entry === undefined) throw refused(`the archive has no ${shownName(name)}`);
    return entry;
  }

  private async unpack(name: string, take: (chunk: Buffer) => Promise<void>): Promise<void> {
    const entry = this.entry(name);
    let sum = 0;
    try {
      const stream: Readable = await this.zip.openReadStreamPromise(entry);
      // yauzl ends the stream with an error as soon as it is longer than the directory says.
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        sum = crc32(chunk, sum);
        await take(chunk);
      }
    } catch (cause) {
      throw cause instanceof ServingError ? cause : refused(`${shownName(name)} cannot be unpacked`, cause);
    }
    if (sum !== entry.crc32) throw refused(`${shownName(name)} is damaged: its checksum is another`);
  }
}

async function judgedEntries(zip: ZipFile, limits: ArchiveLimits): Promise<ReadonlyMap<string, Entry>> {
  if (zip.entryCount > limits.maxEntries) {
    throw refused(`the archive has ${zip.entryCount} entries; at most ${limits.maxEntries} are allowed`);
  }
  const census = new EntryCensus(limits);
  const entries = new Map<string, Entry>();
  for await (const entry of zip.eachEntry()) {
    const { generalPurposeBitFlag, fileNameRaw, extraFields } = entry;
    const name = getFileNameLowLevel(generalPurposeBitFlag, fileNameRaw, extraFields, true);
    const { compressedSize, uncompressedSize, compressionMethod, externalFileAttributes } = entry;
    const facts = { name, compressedSize, uncompressedSize, compressionMethod };
    const problem = census.problemOf({ ...facts, generalPurposeBitFlag, externalFileAttributes });
    if (problem !== undefined) throw refused(problem);
    if (!name.endsWith('/')) entries.set(name, entry);
  }
  return entries;
}

function refused(message: string, cause?: unknown): ServingError {
  return new ServingError({ code: 'MODEL_ARCHIVE', message, ...(cause === undefined ? {} : { cause }) });
}
