import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Scope } from '../../../live/http/index.ts';
import { ensureMasterKey, seal, unseal } from '../../../live/auth/secret-box.ts';
import { temporaryFolder } from '../store/temporary-folder.ts';
import { NOON_MS, bench } from './fixtures.ts';

describe('keys', () => {
  test('are listed without their secrets, oldest first, with what became of them', () => {
    const { keys, wait } = bench();
    const first = keys.create({ application: 'shop', scopes: ['manage', 'infer'] });
    wait(5);
    const second = keys.create({ application: 'shop', scopes: ['metrics'] });
    keys.revoke(first.id);
    expect(keys.list()).toEqual([
      { id: first.id, application: 'shop', scopes: ['infer', 'manage'], createdMs: NOON_MS, revokedMs: NOON_MS + 5 },
      { id: second.id, application: 'shop', scopes: ['metrics'], createdMs: NOON_MS + 5 },
    ]);
  });

  test('have 32 bytes of chance each, which lie nowhere in the clear', () => {
    const { keys, folder } = bench();
    const made = Array.from({ length: 5 }, () => keys.create({ application: 'shop', scopes: ['infer'] }));
    expect(new Set(made.flatMap(({ id, secret }) => [id, secret])).size).toBe(10);
    for (const { id, secret } of made) {
      expect(id).toMatch(/^AK[0-9A-F]{20}$/);
      const bytes = Buffer.from(secret, 'base64');
      expect(bytes).toHaveLength(32);
      for (const file of ['rehearse.db', 'rehearse.db-wal', 'master.key']) {
        const content = readFileSync(join(folder, file));
        expect([content.includes(bytes), content.includes(secret)]).toEqual([false, false]);
      }
    }
  });

  test('are revoked at the first time of asking', () => {
    const { keys, wait } = bench();
    const { id } = keys.create({ application: 'shop', scopes: ['infer'] });
    keys.revoke(id);
    wait(1000);
    expect(keys.revoke(id).revokedMs).toBe(NOON_MS);
  });

  test('that are not there are said so', () => {
    const { keys } = bench();
    expect(() => keys.revoke('AK1')).toThrow('there is no such key; found "AK1"; list them with "rehearse keys list"');
    expect(() => keys.forget('AK1')).toThrow('there is no such key');
  });

  test.each(['', ' shop', 'a b', '-a', 'a'.repeat(65), 'a\n', 'ä'])(
    'belong to no application called %j',
    (application) => {
      expect(() => bench().keys.create({ application, scopes: ['infer'] })).toThrow(
        'an application cannot have this name; found',
      );
    },
  );

  test.each([[[]], [['infer', 'root']], [['']]])('have no scopes such as %j', (scopes) => {
    // As a command line that was not checked would hand them over.
    const asked = scopes as unknown as readonly Scope[];
    expect(() => bench().keys.create({ application: 'shop', scopes: asked })).toThrow(
      'expected one or more of infer, manage, metrics',
    );
  });
});

describe('the master key', () => {
  test('is made once and readable by its owner alone', () => {
    const folder = temporaryFolder();
    const key = ensureMasterKey(folder);
    expect(ensureMasterKey(folder)).toEqual(key);
    expect(key).toHaveLength(32);
    expect(statSync(join(folder, 'master.key')).mode & 0o777).toBe(0o600);
  });

  test('opens what it sealed, for what it was sealed, unchanged', () => {
    const [key, other] = [ensureMasterKey(temporaryFolder()), ensureMasterKey(temporaryFolder())];
    const box = seal(Buffer.from('secret'), 'context', key);
    expect(unseal(box, 'context', key)).toEqual(Buffer.from('secret'));
    expect(unseal(box, 'another', key)).toBeUndefined();
    expect(unseal(box, 'context', other)).toBeUndefined();
    expect(unseal(box.subarray(0, 20), 'context', key)).toBeUndefined();
    for (let at = 0; at < box.length; at += 1) {
      const changed = Uint8Array.from(box, (byte, index) => (index === at ? byte ^ 1 : byte));
      expect(unseal(changed, 'context', key)).toBeUndefined();
    }
  });
});
