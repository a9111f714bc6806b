import { existsSync, readFileSync, readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Archive } from '../../../live/models/archive.ts';
import type { ArchiveLimits } from '../../../live/models/archive-entry.ts';
import { pathProblem, shownName } from '../../../live/models/archive-entry.ts';
import type { RawEntry } from './archives.ts';
import { archiveOf, rawArchive } from './archives.ts';
import { folderOf } from './folders.ts';

const LIMITS: ArchiveLimits = {
  maxArchiveBytes: 10_000_000,
  maxEntries: 1000,
  maxTotalBytes: 20_000_000,
  maxEntryBytes: 10_000_000,
  maxRatio: 200,
};
const bytes = (text: string): Uint8Array => Buffer.from(text);
const good = { name: 'model.onnx', content: bytes('weights') };

async function refusalOf(path: string, limits: Partial<ArchiveLimits> = {}): Promise<string> {
  const opened = await Archive.open(path, { ...LIMITS, ...limits }).catch((error: unknown) => error);
  if (!(opened instanceof Archive)) return opened instanceof Error ? opened.message : String(opened);
  opened.close();
  return 'opened';
}

describe('an honest archive', () => {
  test('is read and unpacked to the path that the caller chose', async () => {
    const archive = await Archive.open(await archiveOf({ 'a/b.txt': 'text', 'model.onnx': 'weights' }), LIMITS);
    const target = join(folderOf(), 'anything.bin');
    await archive.extract('model.onnx', target);
    expect(archive.names).toEqual(['a/b.txt', 'model.onnx']);
    expect(await archive.text('a/b.txt', 100)).toBe('text');
    expect(readFileSync(target, 'utf8')).toBe('weights');
    archive.close();
  });

  test('never overwrites a file', async () => {
    const archive = await Archive.open(await archiveOf({ a: 'new' }), LIMITS);
    const target = join(folderOf({ kept: 'old' }), 'kept');
    await expect(archive.extract('a', target)).rejects.toThrow('EEXIST');
    expect(readFileSync(target, 'utf8')).toBe('old');
    archive.close();
  });

  test('says when it has no such entry, a text that is too long, or none at all', async () => {
    const archive = await Archive.open(
      await archiveOf({ long: 'x'.repeat(100), binary: Uint8Array.of(0xff, 0xfe) }),
      LIMITS,
    );
    await expect(archive.text('none', 10)).rejects.toThrow('the archive has no "none"');
    await expect(archive.text('__proto__', 10)).rejects.toThrow('the archive has no "__proto__"');
    await expect(archive.text('long', 10)).rejects.toThrow('"long" is longer than 10 bytes');
    await expect(archive.text('binary', 10)).rejects.toThrow('"binary" is no UTF-8 text');
    archive.close();
  });
});

describe('names that refuse the whole archive', () => {
  test.each([
    ['../../x', '"../../x" leads out of the archive'],
    ['a/../../x', 'leads out of the archive'],
    ['..', 'leads out of the archive'],
    ['/etc/passwd', '"/etc/passwd" is an absolute path'],
    ['C:/windows/x', 'is an absolute path'],
    ['c:x', 'is an absolute path'],
    [String.raw`..\x`, 'has a backslash in its name'],
    ['a\u0000.onnx', 'has control characters in its name'],
    ['a\nb', 'has control characters in its name'],
    ['a//b', 'has a segment that systems read differently'],
    ['./a', 'has a segment that systems read differently'],
    ['a/.', 'has a segment that systems read differently'],
    ['a. /b', 'has a segment that systems read differently'],
    ['model.onnx.', 'has a segment that systems read differently'],
    ['NUL', 'is the name of a device on some systems'],
    ['x/com1.txt', 'is the name of a device on some systems'],
    ['model.onnx:stream', 'is the name of a device on some systems'],
    ['', 'an entry has no name'],
    ['x'.repeat(600), 'is longer than 512 characters'],
    ['d/'.repeat(20) + 'x', 'is more than 16 folders deep'],
  ])('%j', async (name, message) => {
    const path = rawArchive([good, { name, content: bytes('x') }]);
    expect(await refusalOf(path)).toContain(message);
    // Nothing lies beside the archive.
    expect(readdirSync(join(path, '..'))).toEqual(['raw.mar']);
  });

  test('a name in bytes that are no UTF-8', async () => {
    expect(await refusalOf(rawArchive([{ name: Uint8Array.of(0x61, 0xff, 0xfe) }]))).toContain('control characters');
  });

  test('the same name twice', async () => {
    expect(await refusalOf(rawArchive([good, good]))).toContain('"model.onnx" is in the archive twice');
  });

  test.each([
    ['model.onnx', 'MODEL.ONNX'],
    ['Dir/x', 'dir/X'],
    // One letter with an accent, and a letter and its accent.
    ['\u00e9', 'e\u0301'],
    // A ligature that some systems take for two letters.
    ['\uFB01le', 'file'],
  ])('%j and %j, which some systems take for one', async (first, second) => {
    expect(await refusalOf(rawArchive([{ name: first }, { name: second }]))).toContain('twice, in one case of letters');
  });

  test('a file that is a folder to others', async () => {
    expect(await refusalOf(rawArchive([{ name: 'a' }, { name: 'a/b' }]))).toContain('"a/b" lies below a file');
    expect(await refusalOf(rawArchive([{ name: 'a/b' }, { name: 'A' }]))).toContain('"A" is a file and a folder');
  });

  test('but not dots within names', async () => {
    expect(await refusalOf(rawArchive([{ name: 'a..b/..c' }, { name: 'v1.0/model.onnx' }]))).toBe('opened');
  });
});

describe('kinds of entries that refuse the whole archive', () => {
  const kinds: readonly (readonly [string, Partial<RawEntry>, string])[] = [
    ['a symbolic link', { mode: 0o120_777, content: bytes('/etc/passwd') }, 'is a symbolic link'],
    ['a character device', { mode: 0o020_666 }, 'is a character device'],
    ['a block device', { mode: 0o060_666 }, 'is a block device'],
    ['a pipe', { mode: 0o010_666 }, 'is a pipe'],
    ['a socket', { mode: 0o140_666 }, 'is a socket'],
    ['a folder under the name of a file', { mode: 0o040_755 }, 'is a folder by one mark and a file by another'],
    ['an encrypted file', { says: { flags: 1 } }, 'is encrypted'],
    ['an unknown compression', { says: { method: 12 } }, 'has compression method 12; stored and deflated are read'],
  ];
  test.each(kinds)('%s', async (_what, entry, message) => {
    expect(await refusalOf(rawArchive([good, { name: 'odd', ...entry }]))).toContain(`"odd" ${message}`);
  });
});

describe('sizes that refuse the whole archive', () => {
  const zeros = new Uint8Array(4_000_000);

  test('too many entries are refused before they are read', async () => {
    expect(await refusalOf(rawArchive([good], 60_000))).toBe('the archive has 60000 entries; at most 1000 are allowed');
    const many = Array.from({ length: 1001 }, (_, index) => ({ name: `f${index}` }));
    expect(await refusalOf(rawArchive(many))).toBe('the archive has 1001 entries; at most 1000 are allowed');
  });

  test('a ratio beyond the limit', async () => {
    expect(await refusalOf(rawArchive([{ name: 'bomb', content: zeros }]))).toBe(
      '"bomb" unpacks to more than 200 times its size',
    );
  });

  test('an entry beyond the limit, before it is unpacked', async () => {
    const path = rawArchive([{ name: 'huge', content: bytes('x'), says: { uncompressedSize: 4_000_000_000 } }]);
    expect(await refusalOf(path)).toBe('"huge" unpacks to 4000000000 bytes; at most 10000000 are allowed');
  });

  test('all entries together beyond the limit', async () => {
    const entries = ['a', 'b', 'c'].map((name) => ({ name, content: bytes(name.repeat(500)) }));
    expect(await refusalOf(rawArchive(entries), { maxTotalBytes: 1200 })).toBe(
      'the entries unpack to more than 1200 bytes',
    );
  });

  test('entries that share their bytes, a bomb without nesting', async () => {
    const kernel = {
      name: 'f0',
      content: Buffer.from(Array.from({ length: 60_000 }, (_, index) => (index * index) % 251)),
    };
    const others = Array.from({ length: 40 }, (_, index) => ({ name: `f${index + 1}`, sharesWith: 0 }));
    expect(await refusalOf(rawArchive([kernel, ...others]), { maxRatio: 1e9 })).toBe('the entries overlap');
  });

  test('an archive beyond the limit', async () => {
    const path = await archiveOf({ a: 'x'.repeat(1000) });
    expect(await refusalOf(path, { maxArchiveBytes: 100 })).toMatch(
      /^the archive has \d+ bytes; at most 100 are allowed$/,
    );
  });

  test('an entry that unpacks to more than it says is cut there', async () => {
    const path = rawArchive([{ name: 'liar', content: zeros, says: { uncompressedSize: 100 } }]);
    const archive = await Archive.open(path, LIMITS);
    await expect(archive.text('liar', 1000)).rejects.toThrow('"liar" cannot be unpacked');
    archive.close();
  });
});

describe('what is no archive', () => {
  test.each([
    ['an empty file', ''],
    ['a text', 'hello'],
    ['the beginning of an archive', 'PK\u0003\u0004'],
  ])('%s', async (_what, content) => {
    const path = join(folderOf({ file: content }), 'file');
    expect(await refusalOf(path)).toBe('the file is no zip archive, or a damaged one');
  });

  test('an archive that was cut off', async () => {
    const path = await archiveOf({ a: 'x'.repeat(1000), b: 'y' });
    truncateSync(path, 120);
    expect(await refusalOf(path)).toContain('no zip archive, or a damaged one');
  });

  test('a damaged directory', async () => {
    const path = rawArchive([good]);
    const content = readFileSync(path);
    content.writeUInt32LE(0xdead_beef, content.length - 22 - 46 - 'model.onnx'.length);
    writeFileSync(path, content);
    expect(await refusalOf(path)).toBe('the archive is damaged');
  });

  test('an entry whose checksum is another', async () => {
    const archive = await Archive.open(rawArchive([{ ...good, says: { crc: 1 } }]), LIMITS);
    const target = join(folderOf(), 'model.onnx');
    await expect(archive.extract('model.onnx', target)).rejects.toThrow(
      '"model.onnx" is damaged: its checksum is another',
    );
    archive.close();
    expect(existsSync(target)).toBe(true); // The caller's private folder goes as a whole.
  });
});

test('a path is judged by itself as well', () => {
  expect(pathProblem('a/b.onnx')).toBeUndefined();
  expect(pathProblem('a/b/')).toBeUndefined();
});

test('a name in a message cannot act on a terminal or turn text around', () => {
  expect(shownName('a\u202Etxt.exe\u001b[2J')).toBe(String.raw`"a\u202etxt.exe\u001b[2J"`);
  expect(shownName('x'.repeat(100)).length).toBe(62);
});
