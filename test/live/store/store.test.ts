import Database from 'libsql';
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, readdirSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ServingError } from '../../../core/index.ts';
import { isConstraintError, openStore, serverProcess, stateFolder } from '../../../live/store/index.ts';
import type { Store, StoreOptions } from '../../../live/store/index.ts';
import { migrations } from '../../../live/store/migrations.ts';
import { temporaryFolder } from './temporary-folder.ts';

const INSERT = `INSERT INTO keys (id, application, scopes, secret, created_ms) VALUES (?, 'shop', 'infer', ?, 1)`;
const COUNT = 'SELECT count(*) AS n FROM keys';

describe('a store', () => {
  test('keeps what was written when it is opened again', () => {
    const folder = temporaryFolder();
    const first = openStore(folder);
    expect(first.run(INSERT, ['AK1', Uint8Array.of(0, 255)])).toBe(1);
    first.close();
    const row = open(folder).get('SELECT * FROM keys WHERE id = ?', ['AK1']);
    expect(row).toEqual(expect.objectContaining({ id: 'AK1', created_ms: 1, revoked_ms: null }));
    expect(row?.['secret']).toEqual(Buffer.of(0, 255));
  });

  test('gives the same row from get and from all', () => {
    const store = open(temporaryFolder());
    store.run(INSERT, ['AK1', Uint8Array.of(7)]);
    const [row] = store.all('SELECT * FROM keys');
    expect({ ...row, secret: [7] }).toEqual({ ...store.get('SELECT * FROM keys'), secret: [7] });
    expect(row['secret']).toBeInstanceOf(Uint8Array);
  });

  test('undoes a transaction that throws, whole', () => {
    const store = open(temporaryFolder());
    const failing = (): void =>
      store.transaction(() => {
        store.run(INSERT, ['AK1', Uint8Array.of(1)]);
        store.transaction(() => store.run(INSERT, ['AK2', Uint8Array.of(1)]));
        throw new Error('half way');
      });
    expect(failing).toThrow('half way');
    expect(store.get(COUNT)).toEqual({ n: 0 });
  });

  test('lets a broken constraint through as it is', () => {
    const store = open(temporaryFolder());
    store.run(INSERT, ['AK1', Uint8Array.of(1)]);
    expect(isConstraintError(catchError(() => store.run(INSERT, ['AK1', Uint8Array.of(1)])))).toBe(true);
  });

  test('changes its mark when it or another process writes, and not otherwise', () => {
    const folder = temporaryFolder();
    const [store, other] = [open(folder), open(folder)];
    const marks = [store.changeMark()];
    expect(store.changeMark()).toBe(marks[0]);
    store.run(INSERT, ['AK1', Uint8Array.of(1)]);
    marks.push(store.changeMark());
    other.run(INSERT, ['AK2', Uint8Array.of(1)]);
    marks.push(store.changeMark());
    expect(new Set(marks).size).toBe(3);
    expect(store.changeMark()).toBe(marks[2]);
    expect(store.get(COUNT)).toEqual({ n: 2 });
  });

  test('is readable by its owner alone', () => {
    const folder = join(temporaryFolder(), 'a', 'state');
    const store = open(folder, { role: 'server' });
    store.run(INSERT, ['AK1', Uint8Array.of(1)]);
    expect(modeOf(folder)).toBe(0o700);
    const modes = readdirSync(folder).map((name) => [name, modeOf(join(folder, name))]);
    expect(Object.fromEntries(modes)).toEqual({
      'rehearse.db': 0o600,
      'rehearse.db-shm': 0o600,
      'rehearse.db-wal': 0o600,
      'server.lock': 0o600,
      'server.lock-journal': 0o600,
      'server.pid': 0o600,
    });
  });
});

describe('the lock of a folder', () => {
  test('keeps a second server out and lets a command in', () => {
    const folder = temporaryFolder();
    const server = open(folder, { role: 'server' });
    expect(() => openStore(folder, { role: 'server' })).toThrow(
      `${folder}: a server already uses this state folder; found process ${process.pid}; stop it with "rehearse stop"`,
    );
    open(folder).run(INSERT, ['AK1', Uint8Array.of(1)]);
    expect(server.get(COUNT)).toEqual({ n: 1 });
    expect(serverProcess(folder)).toBe(process.pid);
  });

  test('is given back by close', () => {
    const folder = temporaryFolder();
    openStore(folder, { role: 'server' }).close();
    expect(serverProcess(folder)).toBeUndefined();
    expect(open(folder, { role: 'server' }).get(COUNT)).toEqual({ n: 0 });
  });

  test('ends with a process that is killed, and what it committed stays', async () => {
    const folder = temporaryFolder();
    const child = spawn(process.execPath, ['--import', 'tsx', '-e', serverProgram(folder)], { stdio: 'pipe' });
    const exited = new Promise((resolve) => child.once('exit', resolve));
    await new Promise((resolve) => child.stdout.once('data', resolve));
    expect(serverProcess(folder)).toBe(child.pid);
    expect(() => openStore(folder, { role: 'server' })).toThrow(`process ${child.pid}`);
    child.kill('SIGKILL');
    await exited;
    expect(serverProcess(folder)).toBeUndefined();
    expect(open(folder, { role: 'server' }).all('SELECT id FROM keys')).toEqual([{ id: 'AK1' }]);
  }, 30_000);

  test('a first start by many at once leaves one whole database', async () => {
    const folder = temporaryFolder();
    const program = `import('${storeUrl()}').then(({ openStore }) => openStore(${JSON.stringify(folder)}).close())`;
    const codes = await Promise.all(
      Array.from({ length: 3 }, () => {
        const child = spawn(process.execPath, ['--import', 'tsx', '-e', program], { stdio: 'inherit' });
        return new Promise((resolve) => child.once('exit', resolve));
      }),
    );
    expect(codes).toEqual([0, 0, 0]);
    expect(open(folder).get('PRAGMA user_version')).toEqual({ user_version: migrations.length });
  }, 30_000);
});

describe('a database that cannot be used', () => {
  test('is told as damaged when it is no database', () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'rehearse.db'), 'not a database '.repeat(1000));
    expectCode(() => openStore(folder), 'STORE_DAMAGED', 'restore the file from a copy');
  });

  test.each(['a page overwritten', 'the end missing'])('is told as damaged at the start of a server: %s', (damage) => {
    const folder = temporaryFolder();
    const path = join(folder, 'rehearse.db');
    writeKeysAndFlush(folder);
    if (damage === 'the end missing') truncateSync(path, 9000);
    else writeFileSync(path, readFileSync(path).fill(0xff, 4096, 8192));
    expectCode(() => openStore(folder, { role: 'server' }), 'STORE_DAMAGED', path);
    // The folder is free again for whoever mends it.
    expect(serverProcess(folder)).toBeUndefined();
  });

  test('is told as newer when a later program wrote it', () => {
    const folder = temporaryFolder();
    openStore(folder).close();
    setVersion(folder, 999);
    const told = `found version 999; expected version ${migrations.length} or older`;
    expectCode(() => openStore(folder, { role: 'server' }), 'STORE_NEWER', told);
    expectCode(() => openStore(folder), 'STORE_NEWER', told);
  });

  test('is not changed by a command under an older server', () => {
    const folder = temporaryFolder();
    open(folder, { role: 'server' });
    setVersion(folder, migrations.length - 1);
    expectCode(() => openStore(folder), 'STORE_OLDER_SERVER', 'stop the server and start it anew');
  });

  test('is told when the folder is a file, may be written by everybody, or holds a folder in its place', () => {
    const parent = temporaryFolder();
    writeFileSync(join(parent, 'file'), '');
    expectCode(() => openStore(join(parent, 'file')), 'STORE_FOLDER', 'name another with --state');
    mkdirSync(join(parent, 'open'));
    chmodSync(join(parent, 'open'), 0o777);
    expectCode(() => openStore(join(parent, 'open')), 'STORE_FOLDER', 'may be written by every user');
    mkdirSync(join(parent, 'odd', 'rehearse.db'), { recursive: true });
    expectCode(() => openStore(join(parent, 'odd')), 'STORE_UNUSABLE', 'cannot be opened');
  });
});

describe('the state folder', () => {
  test.each([
    ['the option', 'mine', { REHEARSE_STATE: '/b' }, join(process.cwd(), 'mine')],
    ['the variable', undefined, { REHEARSE_STATE: '/b', XDG_STATE_HOME: '/c' }, '/b'],
    ['the variable, an empty option aside', '', { REHEARSE_STATE: '/b' }, '/b'],
    ['XDG’s', undefined, { REHEARSE_STATE: '', XDG_STATE_HOME: '/c' }, '/c/rehearse'],
    ['the home’s, a relative XDG aside', undefined, { XDG_STATE_HOME: 'c' }, join(homedir(), '.local/state/rehearse')],
  ])('is %s', (_, option, environment, expected) => {
    expect(stateFolder(option, environment)).toBe(expected);
  });
});

function open(folder: string, options?: StoreOptions): Store {
  const store = openStore(folder, options);
  onTestFinished(() => store.close());
  return store;
}

function storeUrl(): string {
  return new URL('../../../live/store/index.ts', import.meta.url).href;
}

/** A server that writes a key, says so and stays. */
function serverProgram(folder: string): string {
  return `import('${storeUrl()}').then(({ openStore }) => {
    const store = openStore(${JSON.stringify(folder)}, { role: 'server' });
    store.run(${JSON.stringify(INSERT)}, ['AK1', Uint8Array.of(1)]);
    console.log('ready');
    setInterval(() => store.get('SELECT 1'), 1000);
  });`;
}

/** Several pages of keys, all in the main file. */
function writeKeysAndFlush(folder: string): void {
  const store = openStore(folder);
  for (let index = 0; index < 200; index += 1) store.run(INSERT, [`AK${index}`, new Uint8Array(100)]);
  store.get('PRAGMA wal_checkpoint(TRUNCATE)');
  store.close();
}

function setVersion(folder: string, version: number): void {
  const database = new Database(join(folder, 'rehearse.db'));
  database.exec(`PRAGMA user_version = ${version}`);
  database.close();
}

function modeOf(path: string): number {
  return statSync(path).mode & 0o777;
}

function expectCode(work: () => unknown, code: string, told: string): void {
  const error = catchError(work);
  expect(error).toBeInstanceOf(ServingError);
  expect(error).toMatchObject({ code });
  expect((error as ServingError).message).toContain(told);
}

function catchError(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}
