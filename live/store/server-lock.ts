/**
 * One server per state folder. The lock is an open write transaction on a small database of its own: the system ends
 * it with the process, however that dies, so nothing stale is ever left. The file beside it only tells who holds it.
 * Invariant: the lock's file is opened by the database library alone, since closing any descriptor of a file drops a
 * process's POSIX locks on it.
 */
import Database from 'libsql';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ServingError } from '../../core/index.ts';
import { createPrivateFile } from './private-file.ts';
import { tellingErrors } from './store-error.ts';

/** Who only looks whether a server is there has the lock for an instant: whoever wants to be one waits that long. */
const LOOK_MS = 500;

/**
 * Takes a folder for this process.
 *
 * @returns gives it back.
 * @throws ServingError STORE_IN_USE when a server has it.
 */
export function lockFolder(folder: string): () => void {
  const lock = tryLock(folder, LOOK_MS);
  const holderPath = join(folder, 'server.pid');
  if (lock === undefined) throw inUse(folder, holderOf(folder));
  writeFileSync(holderPath, `${process.pid}\n`, { mode: 0o600 });
  return () => {
    rmSync(holderPath, { force: true });
    lock.close();
  };
}

/** The process of the server that uses a folder; undefined when none does. */
export function serverProcess(folder: string): number | undefined {
  const lock = tryLock(folder, 0);
  if (lock === undefined) return holderOf(folder);
  lock.close();
  return undefined;
}

function tryLock(folder: string, waitMs: number): Database.Database | undefined {
  const path = join(folder, 'server.lock');
  return tellingErrors(path, () => {
    createPrivateFile(path);
    const database = new Database(path, { timeout: waitMs });
    try {
      database.exec('BEGIN IMMEDIATE');
      return database;
    } catch (error) {
      database.close();
      if (error instanceof Error && 'code' in error && error.code === 'SQLITE_BUSY') return undefined;
      throw error;
    }
  });
}

/** 0 in the instant between the taking of the lock and the writing of the file. */
function holderOf(folder: string): number {
  try {
    return Number.parseInt(readFileSync(join(folder, 'server.pid'), 'utf8'), 10) || 0;
  } catch {
    return 0;
  }
}

function inUse(folder: string, pid: number): ServingError {
  return new ServingError({
    code: 'STORE_IN_USE',
    place: folder,
    message: 'a server already uses this state folder',
    found: pid === 0 ? 'a process that just started' : `process ${pid}`,
    next: 'stop it with "rehearse stop", or name another folder with --state',
  });
}
