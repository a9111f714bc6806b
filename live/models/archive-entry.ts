/**
 * Judges the entries of an archive before a byte of them is unpacked: names, kinds, sizes, ratios, and all of them
 * together. Pure; a refused entry refuses the archive. Invariant: names that pass are relative paths of plain segments,
 * different from each other on every file system, none below a file.
 *
 * Judged by segments and never by the beginnings of paths: `startsWith` lets `/a/bc` pass for `/a/b`.
 */

/** What of a zip entry matters here; yauzl's entries have it. */
export interface EntryFacts {
  readonly name: string;
  readonly compressedSize: number;
  readonly uncompressedSize: number;
  readonly compressionMethod: number;
  readonly generalPurposeBitFlag: number;
  readonly externalFileAttributes: number;
}

export interface ArchiveLimits {
  /** Of the archive itself, in bytes. */
  readonly maxArchiveBytes: number;
  readonly maxEntries: number;
  /** Of all entries unpacked, in bytes. */
  readonly maxTotalBytes: number;
  /** Of one entry unpacked, in bytes. */
  readonly maxEntryBytes: number;
  /** Unpacked over packed bytes, of each entry that unpacks to more than a mebibyte. */
  readonly maxRatio: number;
}

/** Small files of zeros compress a thousandfold and harm nobody. */
const RATIO_FREE_BYTES = 1_048_576;
const LONGEST_NAME = 512;
const DEEPEST_NAME = 16;
const STORED = 0;
const DEFLATED = 8;
const ENCRYPTED_FLAG = 0x1;
/** Unix's kinds of files in the upper half of the external attributes. */
const KIND_MASK = 0o170_000;
const KIND_FILE = 0o100_000;
const KIND_FOLDER = 0o040_000;
const KINDS: Readonly<Record<number, string>> = {
  0o120_000: 'a symbolic link',
  0o020_000: 'a character device',
  0o060_000: 'a block device',
  0o010_000: 'a pipe',
  0o140_000: 'a socket',
};
/** Names that Windows gives to devices, whatever their ending. */
const WINDOWS_DEVICE = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;

/** Why an entry by itself refuses its archive; undefined when it may be there. */
export function entryProblem(entry: EntryFacts, limits: ArchiveLimits): string | undefined {
  const { name, compressedSize, uncompressedSize, compressionMethod, generalPurposeBitFlag } = entry;
  const problem = pathProblem(name);
  if (problem !== undefined) return problem;
  const shown = shownName(name);
  const kind = (entry.externalFileAttributes >>> 16) & KIND_MASK;
  if (kind !== 0 && kind !== KIND_FILE && kind !== KIND_FOLDER) return `${shown} is ${KINDS[kind] ?? 'no file'}`;
  if ((kind === KIND_FOLDER) !== name.endsWith('/') && kind !== 0)
    return `${shown} is a folder by one mark and a file by another`;
  if (name.endsWith('/') && uncompressedSize > 0) return `${shown} is a folder with content`;
  if ((generalPurposeBitFlag & ENCRYPTED_FLAG) !== 0) return `${shown} is encrypted`;
  if (compressionMethod !== STORED && compressionMethod !== DEFLATED) {
    return `${shown} has compression method ${compressionMethod}; stored and deflated are read`;
  }
  if (uncompressedSize > limits.maxEntryBytes) {
    return `${shown} unpacks to ${uncompressedSize} bytes; at most ${limits.maxEntryBytes} are allowed`;
  }
  if (uncompressedSize > RATIO_FREE_BYTES && uncompressedSize > limits.maxRatio * compressedSize) {
    return `${shown} unpacks to more than ${limits.maxRatio} times its size`;
  }
  return undefined;
}

/** Why a path cannot be an entry's; undefined when it can. */
export function pathProblem(path: string): string | undefined {
  const shown = shownName(path);
  if (path === '') return 'an entry has no name';
  if (path.length > LONGEST_NAME) return `${shown} is longer than ${LONGEST_NAME} characters`;
  if (/[\p{Cc}\uFFFD]/u.test(path)) return `${shown} has control characters in its name`;
  if (path.includes('\\')) return `${shown} has a backslash in its name`;
  if (path.startsWith('/') || /^[A-Za-z]:/.test(path)) return `${shown} is an absolute path`;
  const segments = path.replace(/\/$/, '').split('/');
  if (segments.includes('..')) return `${shown} leads out of the archive`;
  if (segments.length > DEEPEST_NAME) return `${shown} is more than ${DEEPEST_NAME} folders deep`;
  if (segments.some((segment) => segment === '' || segment === '.' || /[. ]$/.test(segment))) {
    return `${shown} has a segment that systems read differently`;
  }
  if (segments.some((segment) => segment.includes(':') || WINDOWS_DEVICE.test(segment))) {
    return `${shown} is the name of a device on some systems`;
  }
  return undefined;
}

/** Judges entries as they come, all of them together. */
export class EntryCensus {
  private readonly limits: ArchiveLimits;
  private readonly files = new Set<string>();
  private readonly folders = new Set<string>();
  private totalBytes = 0;
  private packedBytes = 0;

  constructor(limits: ArchiveLimits) {
    this.limits = limits;
  }

  /** Why an entry refuses the archive; undefined when it may join the others. */
  problemOf(entry: EntryFacts): string | undefined {
    return entryProblem(entry, this.limits) ?? this.together(entry);
  }

  private together({ name, uncompressedSize, compressedSize }: EntryFacts): string | undefined {
    this.totalBytes += uncompressedSize;
    this.packedBytes += compressedSize;
    const { maxTotalBytes, maxArchiveBytes } = this.limits;
    if (this.totalBytes > maxTotalBytes) return `the entries unpack to more than ${maxTotalBytes} bytes`;
    // Entries that share bytes are packed more than once: a bomb without nesting.
    if (this.packedBytes > maxArchiveBytes) return 'the entries overlap';
    const key = name.normalize('NFKC').toLowerCase();
    const isFolder = key.endsWith('/');
    const segments = key.replace(/\/$/, '').split('/');
    const path = segments.join('/');
    const above = segments.slice(0, -1).map((_, depth) => segments.slice(0, depth + 1).join('/'));
    const shown = shownName(name);
    if (this.files.has(path)) return `${shown} is in the archive twice, in one case of letters or another`;
    if (!isFolder && this.folders.has(path)) return `${shown} is a file and a folder`;
    if (above.some((folder) => this.files.has(folder))) return `${shown} lies below a file`;
    for (const folder of above) this.folders.add(folder);
    (isFolder ? this.folders : this.files).add(path);
    return undefined;
  }
}

/** A name as a message may show it: short, on one line, without anything a terminal acts on. */
export function shownName(name: string): string {
  const text = name.length > 60 ? `${name.slice(0, 57)}...` : name;
  // JSON escapes the lower control characters and quotes only; what turns text around is escaped here.
  return JSON.stringify(text).replaceAll(
    /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\uFEFF]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
