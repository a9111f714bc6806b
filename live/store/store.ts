/**
 * The service's durable state: one SQLite database (libsql) in the state folder. A write is on disk when its call
 * returns (WAL, synchronous FULL), so what was answered survives a kill of the process or a loss of power. Knows
 * tables only through `migrations`; what they mean is their owners' business.
 *
 * Calls are synchronous and on the caller's thread: keep rows small and off the path of each request.
 */
import Database from 'libsql';
import { join } from 'node:path';
import { ServingError, invariant } from '../../core/index.ts';
import { migrate, versionOf } from './migrate.ts';
import { migrations } from './migrations.ts';
import { createPrivateFile } from './private-file.ts';
import { plainRow } from './row.ts';
import type { Row, SqlValue } from './row.ts';
import { lockFolder, serverProcess } from './server-lock.ts';
import { makePrivateFolder } from './state-folder.ts';
import { damagedError, tellingErrors } from './store-error.ts';
import { requireNoLoss } from './require-no-loss.ts';

/** How long a write waits for another process's; it blocks this thread, and theirs take milliseconds. */
const BUSY_TIMEOUT_MS = 5000;
const DATABASE = 'rehearse.db';

/** `?` in SQL stands for the values in turn. Integers beyond 2^53 do not come back exactly. */
export interface Store {
  /** The state folder, absolute. */
  readonly folder: string;
  /** @returns the number of rows changed. */
  run(sql: string, values?: readonly SqlValue[]): number;
  get(sql: string, values?: readonly SqlValue[]): Row | undefined;
  all(sql: string, values?: readonly SqlValue[]): readonly Row[];
  /** All of it or nothing; alone among writers. A transaction within one is part of it. `work` is synchronous. */
  transaction<T>(work: () => T): T;
  /** Another text whenever something was written, by this or another process: cheap to ask before reading anew. */
  changeMark(): string;
  close(): void;
}

export interface StoreOptions {
  /**
   * A server takes the folder for itself, looks whether the file is whole and brings it to this program's version. A
   * command works beside a server, if there is one.
   */
  readonly role: 'server' | 'command';
}

/**
 * Opens the database of a state folder; both are made when absent.
 *
 * @throws ServingError STORE_IN_USE, STORE_DAMAGED, STORE_LOST, STORE_NEWER, STORE_OLDER_SERVER, STORE_FOLDER, STORE_UNUSABLE.
 */
export function openStore(folder: string, { role }: StoreOptions = { role: 'command' }): Store {
  makePrivateFolder(folder);
  const unlock = role === 'server' ? lockFolder(folder) : () => undefined;
  try {
    requireNoLoss(folder, join(folder, DATABASE));
    return new SqlStore(folder, role, unlock);
  } catch (error) {
    unlock();
    throw error;
  }
}

class SqlStore implements Store {
  readonly folder: string;
  private readonly path: string;
  private readonly database: Database.Database;
  private readonly unlock: () => void;
  private readonly statements = new Map<string, Database.Statement>();

  constructor(folder: string, role: StoreOptions['role'], unlock: () => void) {
    this.folder = folder;
    this.path = join(folder, DATABASE);
    this.unlock = unlock;
    this.database = tellingErrors(this.path, () => {
      createPrivateFile(this.path);
      return new Database(this.path, { timeout: BUSY_TIMEOUT_MS });
    });
    try {
      tellingErrors(this.path, () => this.prepareDatabase(role));
    } catch (error) {
      this.database.close();
      throw error;
    }
  }

  run(sql: string, values: readonly SqlValue[] = []): number {
    return tellingErrors(this.path, () => this.statement(sql).run([...values]).changes);
  }

  get(sql: string, values: readonly SqlValue[] = []): Row | undefined {
    const row = tellingErrors(this.path, () => this.statement(sql).get([...values]));
    return row === undefined ? undefined : plainRow(row);
  }

  all(sql: string, values: readonly SqlValue[] = []): readonly Row[] {
    return tellingErrors(this.path, () => this.statement(sql).all([...values])).map(plainRow);
  }

  transaction<T>(work: () => T): T {
    if (this.database.inTransaction) return work();
    return tellingErrors(this.path, () => {
      this.database.exec('BEGIN IMMEDIATE');
      try {
        const result = work();
        invariant(!(result instanceof Promise), 'the work of a transaction must not wait');
        this.database.exec('COMMIT');
        return result;
      } catch (error) {
        // A full disk makes SQLite roll back by itself.
        if (this.database.inTransaction) this.database.exec('ROLLBACK');
        throw error;
      }
    });
  }

  changeMark(): string {
    // The first counts what other connections committed, the second the rows that this one changed.
    const foreign = this.get('PRAGMA data_version')?.['data_version'];
    const own = this.get('SELECT total_changes() AS own')?.['own'];
    return `${String(foreign)}/${String(own)}`;
  }

  close(): void {
    this.statements.clear();
    this.database.close();
    this.unlock();
  }

  private prepareDatabase(role: StoreOptions['role']): void {
    const [mode] = this.database.pragma('journal_mode = WAL') as readonly { readonly journal_mode: string }[];
    if (mode.journal_mode !== 'wal') throw notLocal(this.path);
    this.database.exec('PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON');
    if (role === 'server') this.requireWhole();
    else this.requireNoOlderServer();
    migrate(this.database, this.path, migrations);
  }

  private requireWhole(): void {
    const [row] = this.database.pragma('quick_check(1)') as readonly { readonly quick_check: string }[];
    if (row.quick_check !== 'ok') throw damagedError(this.path, row.quick_check.replaceAll('\n', ' '));
  }

  /** A command of a newer program must not change the tables under a running server. */
  private requireNoOlderServer(): void {
    const version = versionOf(this.database);
    if (version === 0 || version >= migrations.length || serverProcess(this.folder) === undefined) return;
    throw new ServingError({
      code: 'STORE_OLDER_SERVER',
      place: this.path,
      message: 'an older rehearse is serving from this state folder',
      found: `version ${version} of the database`,
      expected: `version ${migrations.length}`,
      next: 'stop the server and start it anew',
    });
  }

  private statement(sql: string): Database.Statement {
    const known = this.statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.database.prepare(sql);
    this.statements.set(sql, statement);
    return statement;
  }
}

function notLocal(path: string): ServingError {
  return new ServingError({
    code: 'STORE_UNUSABLE',
    place: path,
    message: 'the file system cannot hold a database that several processes use',
    expected: 'a folder on a local disk',
    next: 'name another folder with --state',
  });
}
