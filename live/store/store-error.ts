/** What the database says when it fails, in the words of whoever has to mend it. */
import { ServingError } from '../../core/index.ts';
import type { ServingErrorParts } from '../../core/index.ts';

type Told = Pick<ServingErrorParts, 'code' | 'message' | 'next'>;

const damaged: Told = {
  code: 'STORE_DAMAGED',
  message: 'the database of the service is damaged',
  next: 'restore the file from a copy, or move it away to start with an empty one',
};

const full: Told = {
  code: 'STORE_FULL',
  message: 'the disk with the database of the service is full',
  next: 'make room and try again',
};

/** By the primary part of SQLite's error code, or the system's code. */
const told: Readonly<Record<string, Told>> = {
  SQLITE_CORRUPT: damaged,
  SQLITE_NOTADB: damaged,
  SQLITE_BUSY: {
    code: 'STORE_BUSY',
    message: 'another process keeps the database of the service locked',
    next: 'try again; if it stays so, look for a rehearse command that hangs',
  },
  SQLITE_FULL: full,
  SQLITE_READONLY: unusable('may not be written'),
  SQLITE_CANTOPEN: unusable('cannot be opened'),
  SQLITE_PERM: unusable('may not be opened'),
  SQLITE_IOERR: unusable('cannot be read or written'),
  // Of the system, where files are made before the database opens them.
  EACCES: unusable('may not be opened'),
  EPERM: unusable('may not be opened'),
  EROFS: unusable('may not be written'),
  ENOENT: unusable('cannot be made'),
  ENOTDIR: unusable('cannot be made'),
  ENOSPC: full,
  EDQUOT: full,
};

/**
 * Runs work on the database at `path`. Failures of the file, the disk or another process become ServingErrors; what
 * remains (a broken constraint, wrong SQL) passes as it is, for it is the caller's to foresee.
 */
export function tellingErrors<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw storeError(path, cause) ?? cause;
  }
}

/** Whether the database refused because a value must be unique and is not, or a reference points nowhere. */
export function isConstraintError(error: unknown): boolean {
  return codeOf(error).startsWith('SQLITE_CONSTRAINT');
}

/** The database is gone, and what lies beside it says that there was one: an empty one would forget keys and models. */
export function lostError(path: string, found: string, beside: string): ServingError {
  return new ServingError({
    code: 'STORE_LOST',
    place: path,
    message: 'the database of the service is lost, and with it what it knew of keys and models',
    found: `${found}, beside ${beside}`,
    expected: 'the database that belongs to them',
    next: `restore the file from a copy; to start anew instead, move ${beside} away`,
  });
}

export function damagedError(path: string, found: string): ServingError {
  return new ServingError({ ...damaged, place: path, found });
}

function storeError(path: string, cause: unknown): ServingError | undefined {
  const code = codeOf(cause);
  const parts = told[code.split('_').slice(0, 2).join('_')] ?? openingFailure(cause);
  return parts && new ServingError({ ...parts, place: path, found: messageOf(cause), cause });
}

/** libsql tells of a file that it cannot open without a code. */
function openingFailure(cause: unknown): Told | undefined {
  return messageOf(cause).startsWith('ConnectionFailed') ? unusable('cannot be opened') : undefined;
}

function unusable(problem: string): Told {
  return {
    code: 'STORE_UNUSABLE',
    message: `the database of the service ${problem}`,
    next: 'look at the mode and the owner of the file and its folder',
  };
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
