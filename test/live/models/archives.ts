/**
 * Zip archives for tests: honest ones by yazl, and such as yazl refuses to write, put together by hand. Fields of the
 * records: PKWARE's APPNOTE, sections 4.3.7, 4.3.12 and 4.3.16.
 */
import { Buffer } from 'node:buffer';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { crc32, deflateRawSync } from 'node:zlib';
import { ZipFile } from 'yazl';
import { writeFileSync } from 'node:fs';
import { folderOf } from './folders.ts';

/** Path of a new archive with these entries. */
export async function archiveOf(entries: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const zip = new ZipFile();
  for (const [name, content] of Object.entries(entries)) zip.addBuffer(Buffer.from(content), name);
  zip.end();
  const path = join(folderOf(), 'model.mar');
  await pipeline(zip.outputStream, createWriteStream(path));
  return path;
}

export interface RawEntry {
  readonly name: string | Uint8Array;
  readonly content?: Uint8Array | undefined;
  /** Unix mode, with the kind of file. */
  readonly mode?: number;
  /** Whatever the directory is to say instead of the truth. */
  readonly says?: {
    readonly uncompressedSize?: number;
    readonly crc?: number;
    readonly method?: number;
    readonly flags?: number;
  };
  /** Shares the bytes of the entry with that index. */
  readonly sharesWith?: number;
}

/** Path of an archive that says whatever it is told to. @param count entries that its end says it has. */
export function rawArchive(entries: readonly RawEntry[], count = entries.length): string {
  const bodies: Buffer[] = [];
  const offsets: number[] = [];
  const packed = entries.map(({ content = new Uint8Array() }) => deflateRawSync(content));
  let at = 0;
  for (const [index, entry] of entries.entries()) {
    if (entry.sharesWith !== undefined) {
      offsets.push(offsets[entry.sharesWith]);
      continue;
    }
    const local = header(entry, packed[index], 'local');
    offsets.push(at);
    bodies.push(local, packed[index]);
    at += local.length + packed[index].length;
  }
  const directory = entries.map((entry, index) => {
    const data = entry.sharesWith === undefined ? packed[index] : packed[entry.sharesWith];
    const shared = entry.sharesWith === undefined ? entry : { ...entry, content: entries[entry.sharesWith].content };
    const central = header(shared, data, 'central');
    central.writeUInt32LE(offsets[index], 42);
    return central;
  });
  const size = directory.reduce((sum, { length }) => sum + length, 0);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06_05_4b_50, 0);
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(at, 16);
  const path = join(folderOf(), 'raw.mar');
  writeFileSync(path, Buffer.concat([...bodies, ...directory, end]));
  return path;
}

function header(
  { name, content = new Uint8Array(), mode = 0o100_644, says = {} }: RawEntry,
  data: Buffer,
  kind: string,
): Buffer {
  const raw = Buffer.from(name);
  const central = kind === 'central';
  const fixed = Buffer.alloc(central ? 46 : 30);
  fixed.writeUInt32LE(central ? 0x02_01_4b_50 : 0x04_03_4b_50, 0);
  // Made by Unix, so that the upper half of the attributes is a mode.
  if (central) fixed.writeUInt16LE(0x03_14, 4);
  const at = central ? 6 : 4;
  fixed.writeUInt16LE(20, at);
  // Names are UTF-8.
  fixed.writeUInt16LE(0x800 | (says.flags ?? 0), at + 2);
  fixed.writeUInt16LE(says.method ?? 8, at + 4);
  fixed.writeUInt32LE(says.crc ?? crc32(content), at + 10);
  fixed.writeUInt32LE(data.length, at + 14);
  fixed.writeUInt32LE(says.uncompressedSize ?? content.length, at + 18);
  fixed.writeUInt16LE(raw.length, at + 22);
  if (central) fixed.writeUInt32LE((mode << 16) >>> 0, 38);
  return Buffer.concat([fixed, raw]);
}
