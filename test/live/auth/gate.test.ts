import { chmodSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Keys } from '../../../live/auth/index.ts';
import type { GateRequest, Scope } from '../../../live/http/index.ts';
import { openStore } from '../../../live/store/index.ts';
import { NOON_MS, bench, headerOf, keyOf, refusalOf, requestOf, signedBy, withHeader } from './fixtures.ts';
import type { Bench } from './fixtures.ts';

const URL_HERE = 'https://infer.example.com/v2';

describe('a signed request', () => {
  test('is taken once with its nonce', () => {
    const here = bench();
    const request = signedBy(keyOf(here));
    expect(here.gate.admit(request, 'infer').application).toBe('shop');
    expectRefused(here, request, 401, 'x-ark-nonce was used before');
  });

  test('may come again without a nonce, except for management', () => {
    const here = bench();
    const request = signedBy(keyOf(here), { nonce: null });
    here.gate.admit(request, 'infer');
    expect(here.gate.admit(request, 'infer').application).toBe('shop');
    expectRefused(here, request, 401, 'x-ark-nonce is required as a signed header', 'manage');
  });

  test('whose nonce is known from another key is taken', () => {
    const here = bench();
    const nonce = 'n'.repeat(16);
    here.gate.admit(signedBy(keyOf(here), { nonce }), 'infer');
    expect(here.gate.admit(signedBy(keyOf(here, { application: 'b' }), { nonce }), 'infer').application).toBe('b');
  });

  test('uses its nonce up only when all else holds', () => {
    const here = bench();
    const request = signedBy(keyOf(here));
    expectRefused(here, { ...request, target: '/other' }, 401, 'Invalid Signature');
    expect(here.gate.admit(request, 'infer').application).toBe('shop');
  });

  test('of a key with too many nonces waits, and other keys do not', () => {
    const here = bench({ noncesPerKeyMax: 2 });
    const [key, other] = [keyOf(here), keyOf(here)];
    here.gate.admit(signedBy(key), 'infer');
    here.gate.admit(signedBy(key), 'infer');
    const refusal = refusalOf(() => here.gate.admit(signedBy(key), 'infer'));
    expect([refusal?.status, refusal?.headers['Retry-After']]).toEqual([429, '300']);
    here.gate.admit(signedBy(other), 'infer');
    here.wait(301_000);
    expect(here.gate.admit(signedBy(key, { now: new Date(here.nowMs()) }), 'infer').key).toBe(key.id);
  });

  test.each([-301, 301])('%d s off the clock is told the time', (offS) => {
    const here = bench();
    const key = keyOf(here);
    const refusal = expectRefused(
      here,
      signedBy(key, { now: new Date(here.nowMs() + offS * 1000) }),
      401,
      'The access token has expired',
    );
    expect(refusal.headers).toEqual({
      'WWW-Authenticate': 'HMAC-SHA256 error="invalid_token" error_description="The access token has expired"',
      Date: new Date(here.nowMs()).toUTCString(),
    });
    const inside = new Date(here.nowMs() + Math.sign(offS) * 299_000);
    expect(here.gate.admit(signedBy(key, { now: inside }), 'infer').key).toBe(key.id);
  });

  test('of an unknown key, a revoked key and with a wrong signature read the same', () => {
    const here = bench();
    const [key, revoked] = [keyOf(here), keyOf(here)];
    here.keys.revoke(revoked.id);
    here.wait(1000);
    const requests = [
      signedBy({ id: 'AKNOBODY', secret: key.secret }),
      signedBy(revoked),
      signedBy({ id: key.id, secret: Buffer.alloc(32).toString('base64') }),
    ];
    const told = requests.map((request) => refusalOf(() => here.gate.admit(request, 'infer')));
    expect(told.map((refusal) => [refusal?.message, refusal?.headers])).toEqual(
      Array.from({ length: 3 }, () => ['Invalid Signature', told[0]?.headers]),
    );
  });

  test.each<[string, (request: GateRequest) => GateRequest, string]>([
    ['no date', (r) => withHeader(r, 'date', undefined), "Signed request header 'date' is not provided"],
    ['no host', (r) => withHeader(r, 'host', undefined), "Signed request header 'host' is not provided"],
    ['a date of another form', (r) => withHeader(r, 'date', '2026-11-20T12:00:00Z'), 'Invalid access token date'],
    ['a date that is none', (r) => withHeader(r, 'date', 'Fri, 99 Nov 2026 12:00:00 GMT'), 'Invalid access token date'],
    ['two hosts', (r) => repeated(r, 'Host', 'evil.example.com'), "Signed request header 'host' is repeated"],
    ['two hashes', (r) => repeated(r, 'X-Ark-Content-Sha256', 'x'), 'is repeated'],
    ['two authorizations', (r) => repeated(r, 'Authorization', 'x'), 'The Authorization header is repeated'],
    ['a semicolon in a value', (r) => withHeader(r, 'host', 'a;b'), 'Invalid host'],
    ['a hash that is none', (r) => withHeader(r, 'x-ark-content-sha256', 'AAAA'), 'Invalid x-ark-content-sha256'],
    ['no credential', (r) => edited(r, /Credential=[^&]*&/, ''), '[Credential] is required'],
    ['no list', (r) => edited(r, /SignedHeaders=[^&]*&/, ''), '[SignedHeaders] is required'],
    ['no signature', (r) => edited(r, /&Signature=.*/, ''), '[Signature] is required'],
    ['nothing but the scheme', (r) => edited(r, / .*/, ''), '[Credential] is required'],
    ['a part twice', (r) => edited(r, /$/, '&Signature=x'), '[Credential] is required'],
    ['an odd credential', (r) => edited(r, /Credential=/, 'Credential=a b'), 'Invalid Credential'],
    ['no host in the list', (r) => edited(r, 'host;', ''), 'host is required as a signed header'],
    ['no date in the list', (r) => edited(r, 'date;', ''), 'date is required as a signed header'],
    ['no hash in the list', (r) => edited(r, 'x-ark-content-sha256;', ''), 'x-ark-content-sha256 is required'],
    ['another order', (r) => edited(r, 'date;host', 'host;date'), 'Invalid SignedHeaders'],
    ['a foreign header in the list', (r) => edited(r, 'x-ark-nonce', 'x-ark-nonce;cookie'), 'Invalid SignedHeaders'],
    ['a header twice in the list', (r) => edited(r, 'x-ark-nonce', 'x-ark-nonce;x-ark-nonce'), 'Invalid SignedHeaders'],
    ['a list that goes on', (r) => edited(r, 'sha256;', 'sha256x;'), 'x-ark-content-sha256 is required'],
    ['a short nonce', (r) => withHeader(r, 'x-ark-nonce', 'abc'), 'Invalid x-ark-nonce'],
  ])('with %s is refused in words', (_, change, told) => {
    const here = bench();
    const refusal = refusalOf(() => here.gate.admit(change(signedBy(keyOf(here))), 'infer'));
    expect(refusal).toMatchObject({ status: 401, reason: 'unauthenticated' });
    expect(refusal?.message).toContain(told);
    expect(refusal?.headers['WWW-Authenticate']).toContain(`error_description="${refusal?.message}"`);
  });

  test('for another host name is refused where the names are known', () => {
    const here = bench({ hosts: ['Infer.example.com', 'b.example.com:8443'] });
    const key = keyOf(here);
    for (const url of ['https://infer.example.com/', 'https://infer.example.com:9/', 'https://b.example.com:8443/']) {
      expect(here.gate.admit(signedBy(key, { url }), 'infer').key).toBe(key.id);
    }
    for (const url of ['https://b.example.com/', 'https://evil.infer.example.com/']) {
      expectRefused(here, signedBy(key, { url }), 401, 'Invalid host');
    }
  });

  test('over plain HTTP is taken from this host only, unless plain HTTP is allowed', () => {
    const here = bench();
    const key = keyOf(here);
    const plain = (): GateRequest => ({ ...signedBy(key), secure: false });
    expectRefused(here, plain(), 403, 'signed calls are taken over TLS only');
    expect(here.gate.admit({ ...plain(), loopback: true }, 'infer').key).toBe(key.id);
    const open = bench({ plainHttp: true });
    expect(open.gate.admit({ ...signedBy(keyOf(open)), secure: false }, 'infer').application).toBe('shop');
  });

  test('with a body it does not cover is taken where the route allows it, and the operator is told once', () => {
    const here = bench();
    const key = keyOf(here);
    const platform = { ...signedBy(key, { body: '', nonce: null }), body: Buffer.from('--x multipart') };
    expectRefused(here, platform, 401, 'Invalid x-ark-content-sha256');
    for (let times = 0; times < 2; times += 1) here.gate.admit({ ...platform, unsignedPayload: true }, 'infer');
    expect(here.warnings).toEqual([
      `key ${key.id} sends bodies that its signature does not cover, as the route allows`,
    ]);
    expectRefused(here, { ...platform, unsignedPayload: true, target: '/b' }, 401, 'Invalid Signature');
  });

  test('of a key without the scope is forbidden', () => {
    const here = bench();
    const key = keyOf(here, { scopes: ['infer'] });
    expectRefused(here, signedBy(key), 403, 'this key does not allow manage', 'manage');
    expectRefused(here, signedBy(key), 403, 'this key does not allow metrics', 'metrics');
    expect(here.gate.admit(signedBy(key), 'infer').key).toBe(key.id);
  });

  test('of gRPC is one of the method’s path, the message’s bytes and the authority', () => {
    const here = bench();
    const key = keyOf(here);
    const url = 'https://infer.example.com:8001/inference.GRPCInferenceService/ModelInfer';
    const message = Uint8Array.of(10, 1, 97);
    const request = signedBy(key, { url, body: message });
    const metadata = [...request.rawHeaders.slice(2), 'user-agent', 'grpc-node-js', 'host', 'infer.example.com:8001'];
    expect(here.gate.admit({ ...request, rawHeaders: metadata }, 'infer').key).toBe(key.id);
  });
});

describe('a request without a signature', () => {
  const bare = requestOf('POST', URL_HERE, '', {});

  test.each<Scope>(['infer', 'manage', 'metrics'])('is refused once there is a key: %s', (scope) => {
    const here = bench();
    expect(here.gate.isOn).toBe(false);
    keyOf(here);
    const refusal = expectRefused(here, bare, 401, 'this call must be signed with a key', scope);
    expect(refusal.headers).toEqual({ 'WWW-Authenticate': 'HMAC-SHA256', Date: new Date(here.nowMs()).toUTCString() });
    expectRefused(here, withHeader(bare, 'authorization', 'Bearer abc'), 401, 'this call must be signed', scope);
  });

  test('is refused from the first moment when signing is on, and never when it is off', () => {
    expectRefused(bench({ mode: 'on' }), bare, 401, 'this call must be signed with a key');
    const off = bench({ mode: 'off' });
    const key = keyOf(off);
    expect(off.gate.admit(bare, 'infer')).toEqual({ application: 'default', key: '' });
    expect(off.gate.admit(signedBy(key), 'infer').application).toBe('default');
  });

  test('may read metrics where that is open', () => {
    const here = bench({ openScopes: ['metrics'] });
    keyOf(here);
    expect(here.gate.admit(bare, 'metrics').application).toBe('default');
    expectRefused(here, bare, 401, 'this call must be signed with a key');
  });

  test('may manage from this host alone, by its own name, while there are no keys', () => {
    const here = bench();
    expectRefused(here, bare, 403, 'management from another host needs a key', 'manage');
    const near = (host: string): GateRequest => ({ ...requestOf('POST', `http://${host}/`, '', {}), loopback: true });
    for (const host of ['localhost:8081', '127.0.0.1:1', '[::1]:8081']) {
      expect(here.gate.admit(near(host), 'manage').application).toBe('default');
    }
    expectRefused(here, near('rebound.example.com'), 403, 'open to this host only', 'manage');
    expect(here.gate.admit(bare, 'infer').application).toBe('default');
    expect(bench({ publicManagement: true }).gate.admit(bare, 'manage').application).toBe('default');
  });
});

describe('keys and the gate', () => {
  test('a key that another process makes or revokes counts within a second', () => {
    const here = bench();
    const store = openStore(here.folder);
    onTestFinished(() => store.close());
    const elsewhere = new Keys(store, here.nowMs);
    here.gate.admit(requestOf('GET', URL_HERE, '', {}), 'infer');
    const key = elsewhere.create({ application: 'far', scopes: ['infer'] });
    here.wait(1000);
    expect(here.gate.admit(signedBy(key), 'infer').application).toBe('far');
    elsewhere.revoke(key.id);
    here.wait(1000);
    expectRefused(here, signedBy(key), 401, 'Invalid Signature');
  });

  test('two live keys of an application both open, so that keys change without a gap', () => {
    const here = bench();
    const [old, young] = [keyOf(here), keyOf(here)];
    expect(here.gate.admit(signedBy(old), 'infer').application).toBe('shop');
    here.keys.revoke(old.id);
    here.wait(1000);
    expect(here.gate.admit(signedBy(young), 'infer').application).toBe('shop');
  });

  test('revoking the last key opens nothing; forgetting it does', () => {
    const here = bench();
    const key = keyOf(here);
    here.keys.revoke(key.id);
    here.wait(1000);
    expectRefused(here, requestOf('GET', URL_HERE, '', {}), 401, 'this call must be signed with a key');
    here.keys.forget(key.id);
    here.wait(1000);
    expect(here.gate.admit(requestOf('GET', URL_HERE, '', {}), 'infer').application).toBe('default');
  });

  test('the last use is noted, to the minute', async () => {
    const here = bench();
    const key = keyOf(here);
    here.gate.admit(signedBy(key), 'infer');
    await new Promise((resolve) => setImmediate(resolve));
    expect(here.keys.list()[0].lastUsedMs).toBe(NOON_MS + 1000);
    here.wait(59_000);
    here.gate.admit(signedBy(key), 'infer');
    here.wait(1_000);
    here.gate.admit(signedBy(key), 'infer');
    here.gate.close();
    expect(here.keys.list()[0].lastUsedMs).toBe(NOON_MS + 61_000);
  });

  test('a master key that is lost or open to others closes the gate and is told', () => {
    const here = bench();
    const key = keyOf(here);
    here.gate.admit(signedBy(key), 'infer');
    chmodSync(join(here.folder, 'master.key'), 0o644);
    touchKeys(here, key.id);
    expectRefused(here, signedBy(key), 401, 'Invalid Signature');
    expect(here.warnings[0]).toMatch(/no key can be used: .*master\.key: the master key may be read by others; take/);
    chmodSync(join(here.folder, 'master.key'), 0o600);
    here.wait(1000);
    expect(here.gate.admit(signedBy(key), 'infer').key).toBe(key.id);
    rmSync(join(here.folder, 'master.key'));
    touchKeys(here, key.id);
    expectRefused(here, signedBy(key), 401, 'Invalid Signature');
    expect(here.warnings[1]).toContain(
      `key ${key.id} cannot be used: its secret was encrypted under another master key`,
    );
  });

  test('scopes that were edited in the database are noticed', () => {
    const here = bench();
    const key = keyOf(here, { scopes: ['infer'] });
    const store = openStore(here.folder);
    onTestFinished(() => store.close());
    store.run(`UPDATE keys SET scopes = 'infer manage'`);
    here.wait(1000);
    expectRefused(here, signedBy(key), 401, 'Invalid Signature', 'manage');
    expect(here.warnings[0]).toContain('its application or scopes were edited');
  });
});

function expectRefused(
  { gate }: Bench,
  request: GateRequest,
  status: number,
  message: string,
  scope: Scope = 'infer',
): { readonly headers: Readonly<Record<string, string>> } {
  const refusal = refusalOf(() => gate.admit(request, scope));
  expect(refusal?.status).toBe(status);
  expect(refusal?.message).toContain(message);
  return { headers: refusal?.headers ?? {} };
}

function repeated(request: GateRequest, name: string, value: string): GateRequest {
  return { ...request, rawHeaders: [...request.rawHeaders, name, value] };
}

/** The request with its Authorization header edited. */
function edited(request: GateRequest, from: string | RegExp, to: string): GateRequest {
  return withHeader(request, 'authorization', headerOf(request, 'authorization').replace(from, to));
}

/** Writes to the store, so that the gate reads its keys again, and lets it. */
function touchKeys({ keys, wait }: Bench, id: string): void {
  keys.noteUse(new Map([[id, NOON_MS]]));
  wait(1000);
}
