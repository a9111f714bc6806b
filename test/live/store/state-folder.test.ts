import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeFolders, makePrivateFolder, openStore } from '../../../live/store/index.ts';
import { temporaryFolder } from './temporary-folder.ts';

describe('a folder', () => {
  test('is made with the parents that it lacks', () => {
    const folder = join(temporaryFolder(), 'a', 'b', 'c');
    makeFolders(folder);
    makeFolders(folder);
    expect(existsSync(folder)).toBe(true);
  });

  test.skipIf(!existsSync('/proc/self'))('that the system does not make is an error, not a wait (on Linux)', () => {
    for (const folder of ['/proc/foo', '/proc/foo/bar', '/proc/self/foo']) {
      expect(() => makePrivateFolder(folder)).toThrow(/the state folder cannot be made \(E.*name another with --state/);
      expect(() => openStore(folder)).toThrow('the state folder cannot be made');
    }
  });

  test.skipIf(!existsSync('/proc/self'))('in which no file can be made is told by what is wrong (on Linux)', () => {
    expect(() => openStore('/proc', { role: 'server' })).toThrow('the database of the service');
  });

  test('that is a file, or lies below one, is said to be', () => {
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, 'x');
    expect(() => openStore(file)).toThrow(`${file}: the state folder is a file; expected a folder of your own`);
    expect(() => openStore(join(file, 'state'))).toThrow('the state folder cannot be made (ENOTDIR');
  });

  test('whose link leads nowhere is not made elsewhere', () => {
    const folder = temporaryFolder();
    symlinkSync(join(folder, 'nowhere'), join(folder, 'link'));
    expect(() => makePrivateFolder(join(folder, 'link', 'state'))).toThrow('the state folder cannot be made');
    expect(readdirSync(folder)).toEqual(['link']);
  });
});

function stateWith(beside: 'master.key' | 'models'): string {
  const folder = temporaryFolder();
  openStore(folder, { role: 'server' }).close();
  if (beside === 'master.key') writeFileSync(join(folder, beside), 'key');
  else mkdirSync(join(folder, 'models', 'a'.repeat(64)), { recursive: true });
  return folder;
}

describe('a database that is lost', () => {
  test.each(['server', 'command'] as const)('is no new beginning for a %s when keys or models are there', (role) => {
    const [emptied, removed] = [stateWith('master.key'), stateWith('models')];
    truncateSync(join(emptied, 'rehearse.db'));
    rmSync(join(removed, 'rehearse.db'));
    expect(() => openStore(emptied, { role })).toThrow(
      /database of the service is lost.*found an empty file, beside master\.key.*restore the file.*move master\.key away/,
    );
    expect(() => openStore(removed, { role })).toThrow('found no such file, beside models/');
    expect(existsSync(join(removed, 'rehearse.db'))).toBe(false);
  });

  test('is one in a folder that has nothing else', () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'rehearse.db'), '');
    mkdirSync(join(folder, 'models', 'incoming'), { recursive: true });
    const store = openStore(folder, { role: 'server' });
    expect(store.get('SELECT count(*) AS n FROM keys')).toEqual({ n: 0 });
    store.close();
  });
});
