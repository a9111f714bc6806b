/**
 * Brings a database to the version this program writes. Each step is one transaction that carries its own number, so
 * a kill leaves the database at a version, never between two.
 */
import type Database from 'libsql';
import { ServingError } from '../../core/index.ts';
import type { Migration } from './migrations.ts';

/** @throws ServingError STORE_NEWER when a newer program wrote the database. */
export function migrate(database: Database.Database, path: string, steps: readonly Migration[]): void {
  requireKnown(versionOf(database), path, steps);
  while (versionOf(database) < steps.length) applyNext(database, path, steps);
}

export function versionOf(database: Database.Database): number {
  // A pragma's row has one column, of its name.
  const [row] = database.pragma('user_version') as readonly { readonly user_version: number }[];
  return row.user_version;
}

function applyNext(database: Database.Database, path: string, steps: readonly Migration[]): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    // Another process may have been faster while this one waited for the lock.
    const version = versionOf(database);
    requireKnown(version, path, steps);
    if (version < steps.length) {
      database.exec(steps[version].sql);
      database.exec(`PRAGMA user_version = ${version + 1}`);
    }
    database.exec('COMMIT');
  } catch (error) {
    if (database.inTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

function requireKnown(version: number, path: string, steps: readonly Migration[]): void {
  if (version <= steps.length) return;
  throw new ServingError({
    code: 'STORE_NEWER',
    place: path,
    message: 'a newer rehearse wrote the database of the service',
    found: `version ${version}`,
    expected: `version ${steps.length} or older`,
    next: 'use that newer rehearse, or name another folder with --state',
  });
}
