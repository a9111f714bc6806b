// Who has a state folder, also while others look whether somebody has it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { repositoryRoot } from '../../../backends/index.ts';
import { lockFolder, serverProcess } from '../../../live/store/server-lock.ts';
import { temporaryFolder } from './temporary-folder.ts';

describe('the lock of a state folder', () => {
  test('is held by one server, and seen by those who look', () => {
    const folder = temporaryFolder();
    const unlock = lockFolder(folder);
    expect(serverProcess(folder)).toBe(process.pid);
    expect(() => lockFolder(folder)).toThrow(/a server already uses this state folder; found process \d+/);
    unlock();
    expect(serverProcess(folder)).toBeUndefined();
  });

  test('is had by a server that starts while somebody looks', async () => {
    const folder = temporaryFolder();
    const looker = spawn(process.execPath, ['-e', LOOKS, join(folder, 'server.lock')], { cwd: repositoryRoot() });
    await once(looker.stdout, 'data');
    const unlock = lockFolder(folder);
    expect(serverProcess(folder)).toBe(process.pid);
    unlock();
  });
});

/** A look that takes 200 ms. */
const LOOKS = `
const Database = require('libsql');
const database = new Database(process.argv[1], { timeout: 0 });
database.exec('BEGIN IMMEDIATE');
console.log('looks');
setTimeout(() => database.close(), 200);
`;
