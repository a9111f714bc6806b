import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { TokenKeys } from '../../../live/torchserve/index.ts';
import { rawRequest } from '../http/raw-socket.ts';
import { call, failure, serving } from './fixtures.ts';

const REFUSED = failure(
  400,
  'InvalidKeyException',
  'Token Authorization failed. Token either incorrect, expired, or not provided correctly',
);

interface KeyFile {
  readonly management: { readonly key: string; readonly 'expiration time': string };
  readonly inference: { readonly key: string };
  readonly API: { readonly key: string };
}

function keysIn(folder = mkdtempSync(join(tmpdir(), 'tokens-'))): {
  keys: TokenKeys;
  clock: { nowMs: number };
  file: () => KeyFile;
} {
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const clock = { nowMs: 1_000_000 };
  const keys = new TokenKeys({ folder, expiryMs: 3_600_000, nowMs: () => clock.nowMs });
  return { keys, clock, file: () => JSON.parse(readFileSync(keys.path, 'utf8')) as KeyFile };
}

describe('the key file', () => {
  test('holds three keys, is its owner’s alone, and says when two of them run out', () => {
    const { keys, file } = keysIn();
    expect(statSync(keys.path).mode & 0o777).toBe(0o600);
    const { management, inference, API } = file();
    expect(new Set([management.key, inference.key, API.key]).size).toBe(3);
    expect(management['expiration time']).toBe('1970-01-01T01:16:40.000Z');
    expect(API).not.toHaveProperty('expiration time');
  });

  test('is written anew at each start', () => {
    const first = keysIn();
    const before = first.file();
    const folder = first.keys.path.slice(0, -'/key_file.json'.length);
    const second = keysIn(folder);
    expect(second.file().inference.key).not.toBe(before.inference.key);
    expect(second.keys.admits('inference', before.inference.key)).toBe(false);
  });
});

describe('token authorisation', () => {
  test('each API has its key; absent, wrong and malformed ones are 400', async () => {
    const { keys, file } = keysIn();
    const { inference, management } = await serving({ keys });
    const { inference: infer, management: manage, API } = file();
    expect((await call(`${inference}/ping`, undefined, undefined, infer.key)).status).toBe(200);
    expect((await call(`${management}/models`, undefined, undefined, manage.key)).status).toBe(200);
    for (const token of [undefined, manage.key, API.key, `${infer.key}x`, infer.key.slice(1)]) {
      const { status, json } = await call(`POST ${inference}/predictions/simple`, 'x', undefined, token);
      expect([status, json]).toEqual([400, REFUSED]);
    }
    expect((await call(`${management}/models`, undefined, undefined, infer.key)).json).toEqual(REFUSED);
    for (const authorization of [infer.key, `Basic ${infer.key}`, `Bearer  ${infer.key}`, 'Bearer']) {
      expect((await fetch(`${inference}/ping`, { headers: { authorization } })).status).toBe(400);
    }
  });

  test('what looks like a signature is no token where nobody signs', async () => {
    const { keys } = keysIn();
    const { inference, management } = await serving({ keys });
    const headers = { authorization: 'HMAC-SHA256 Credential=a&SignedHeaders=b&Signature=c' };
    for (const url of [`${inference}/ping`, `${management}/models`]) {
      const answer = await fetch(url, { headers });
      expect([answer.status, await answer.json()]).toEqual([400, REFUSED]);
    }
  });

  test('a call without a token is refused before its body is read', async () => {
    const { keys } = keysIn();
    const { inference } = await serving({ keys });
    const head = 'POST /predictions/simple HTTP/1.1\r\nhost: localhost\r\ncontent-length: 900000\r\n\r\n';
    const { status } = await rawRequest(Number(new URL(inference).port), head, { until: (text) => text !== '' });
    expect(status).toBe(400);
  });

  test('OPTIONS / needs none', async () => {
    const { keys } = keysIn();
    const { inference } = await serving({ keys });
    expect((await call(`OPTIONS ${inference}/`)).status).toBe(200);
  });

  test('a key runs out, and its own key renews it', async () => {
    const { keys, clock, file } = keysIn();
    const { inference, management } = await serving({ keys });
    const before = file();
    clock.nowMs += 3_600_000;
    expect((await call(`${inference}/ping`, undefined, undefined, before.inference.key)).json).toEqual(REFUSED);
    const renewed = await call(`${management}/token?type=inference`, undefined, undefined, before.API.key);
    expect([renewed.status, renewed.text]).toEqual([200, '']);
    const after = file();
    expect(after.inference.key).not.toBe(before.inference.key);
    expect(after.management.key).toBe(before.management.key);
    expect((await call(`${inference}/ping`, undefined, undefined, after.inference.key)).status).toBe(200);
  });

  test.each(['', '?type=API', '?type=x'])('GET /token%s is 400 and renews nothing', async (query) => {
    const { keys, file } = keysIn();
    const { management } = await serving({ keys });
    const before = file();
    expect((await call(`${management}/token${query}`, undefined, undefined, before.API.key)).status).toBe(400);
    expect(file()).toEqual(before);
  });

  test('only the API key renews', async () => {
    const { keys, file } = keysIn();
    const { management } = await serving({ keys });
    for (const token of [undefined, file().management.key]) {
      expect((await call(`${management}/token?type=management`, undefined, undefined, token)).json).toEqual(REFUSED);
    }
  });

  test('is off without keys, and then there are none to renew', async () => {
    const { inference, management } = await serving();
    expect((await call(`${inference}/ping`)).status).toBe(200);
    expect((await call(`${management}/token?type=inference`)).status).toBe(404);
  });
});
