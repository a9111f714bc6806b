import fc from 'fast-check';
import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { signRequest } from '../../../live/auth/index.ts';
import { contentHash, signatureOf, stringToSign } from '../../../live/auth/scheme.ts';
import { covers, verify } from '../../../live/auth/verify.ts';
import type { GateRequest } from '../../../live/http/index.ts';
import { NOON_MS, bench, headerOf, keyOf, refusalOf, requestOf, signedBy, withHeader } from './fixtures.ts';

const SECRET = 'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=';
const DATE = 'Fri, 20 Nov 2026 04:00:00 GMT';
const JSON_BODY = '{"id":"花","inputs":[{"name":"INPUT0","shape":[1,2],"datatype":"INT32","data":[1,2]}]}';
const EMPTY = '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=';

// Computed with Python's hmac, confirmed by openssl.
const vectors = [
  ['GET', 'https://infer.example.com/', '', EMPTY, '8JGVApwmOL6k7AewA1J/QoLaqJxUVtI8Pl8ztStEZqE='],
  ['POST', 'https://infer.example.com/flowers', '', EMPTY, 'nTrV2sAfH+ev6/bEiCSTo4sWSsP/c/6BTRJPMJsY7qA='],
  [
    'post',
    'https://infer.example.com:8443/v2/models/simple/infer?trace=1&note=%E8%8A%B1',
    JSON_BODY,
    'cRzvruZfjMNHJUGae+kG/WG36e0Ng33wOgnZCUQywME=',
    'NRxhaGSGXVtqwAtGPTXIQTWwvvKQq9UPcd2eMc3ey/Q=',
  ],
] as const;

describe('the signing scheme', () => {
  test.each(vectors)('signs %s %s as other programs do', (method, url, body, hash, signature) => {
    const headers = signRequest({
      method,
      url,
      body,
      accessKey: 'AKTEST0001',
      secret: SECRET,
      now: noonOf(DATE),
      nonce: null,
    });
    expect(headers).toEqual({
      date: DATE,
      'x-ark-content-sha256': hash,
      authorization: `HMAC-SHA256 Credential=AKTEST0001&SignedHeaders=date;host;x-ark-content-sha256&Signature=${signature}`,
    });
  });

  test.each(vectors)('verifies %s %s as other programs sign it', (method, url, body, hash, signature) => {
    const authorization = `HMAC-SHA256 Credential=AKTEST0001&SignedHeaders=date;host;x-ark-content-sha256&Signature=${signature}`;
    const request = requestOf(method.toUpperCase(), url, body, {
      date: DATE,
      'x-ark-content-sha256': hash,
      authorization,
    });
    const secretOf = (id: string): Buffer | undefined =>
      id === 'AKTEST0001' ? Buffer.from(SECRET, 'base64') : undefined;
    const options = { nowMs: Date.parse(DATE), windowMs: 1000, hosts: [], secretOf };
    const signed = verify(request, authorization, options);
    expect(signed).toMatchObject({ accessKey: 'AKTEST0001', dateMs: Date.parse(DATE), nonce: undefined, hash });
    expect(covers(signed, request.body)).toBe(true);
  });

  test.each([
    ['Azure’s names', 'x-ms-date', 'x-ms-content-sha256', '&'],
    ['Azure’s hash with Date', 'date', 'x-ms-content-sha256', '&'],
    ['our date', 'x-ark-date', 'x-ark-content-sha256', '&'],
    ['commas between the parts', 'date', 'x-ark-content-sha256', ', '],
  ])('takes %s', (_, date, hash, separator) => {
    const here = bench();
    const key = keyOf(here);
    const values = [new Date(NOON_MS).toUTCString(), 'infer.example.com', contentHash('body')];
    const text = stringToSign('PUT', '/kv/a?label=b', values);
    const signature = signatureOf(text, Buffer.from(key.secret, 'base64'));
    const parts = [`Credential=${key.id}`, `SignedHeaders=${date};host;${hash}`, `Signature=${signature}`];
    const headers = { [date]: values[0], [hash]: values[2], Authorization: `HMAC-SHA256 ${parts.join(separator)}` };
    const request = requestOf('PUT', 'https://infer.example.com/kv/a?label=b', 'body', headers);
    expect(here.gate.admit(request, 'infer')).toEqual({ application: 'shop', key: key.id });
  });

  test('takes what was signed beside, and a client signs what can be', () => {
    const here = bench();
    const key = keyOf(here);
    const headers = {
      'Content-Type': 'application/octet-stream',
      'Inference-Header-Content-Length': '11',
      'content-encoding': 'gzip',
    };
    const request = signedBy(key, { headers });
    expect(headerOf(request, 'authorization')).toContain(
      'SignedHeaders=date;host;x-ark-content-sha256;x-ark-nonce;content-type;inference-header-content-length;content-encoding&',
    );
    expect(here.gate.admit(request, 'infer').application).toBe('shop');
  });

  test('takes a day below ten with one digit, as Java writes it', () => {
    const here = bench();
    const key = keyOf(here);
    here.wait(Date.parse('2026-12-01T12:00:00Z') - here.nowMs());
    const date = 'Tue, 1 Dec 2026 12:00:00 GMT';
    const signature = createHmac('sha256', Buffer.from(key.secret, 'base64'))
      .update(`GET\n/\n${date};h;${EMPTY}`)
      .digest('base64');
    const authorization = `HMAC-SHA256 Credential=${key.id}&SignedHeaders=date;host;x-ark-content-sha256&Signature=${signature}`;
    const request = requestOf('GET', 'https://h/', '', { date, 'x-ark-content-sha256': EMPTY, authorization });
    expect(here.gate.admit(request, 'infer').key).toBe(key.id);
  });
});

describe('any single changed character is refused', () => {
  const here = (): { readonly request: GateRequest; readonly admit: (request: GateRequest) => unknown } => {
    const made = bench();
    const key = keyOf(made);
    const headers = { 'content-type': 'application/json', 'inference-header-content-length': '14' };
    const request = signedBy(key, { nonce: 'n'.repeat(20), headers });
    return { request, admit: (changed) => made.gate.admit(changed, 'infer') };
  };

  test.each(['method', 'target'] as const)('of the %s', (part) => {
    const { request, admit } = here();
    fc.assert(
      fc.property(changeOf(request[part]), (changed) => {
        expect(refusalOf(() => admit({ ...request, [part]: changed }))?.status).toBe(401);
      }),
    );
  });

  test.each([
    'date',
    'host',
    'x-ark-content-sha256',
    'x-ark-nonce',
    'content-type',
    'inference-header-content-length',
    'authorization',
  ])('of %s', (name) => {
    const { request, admit } = here();
    const value = headerOf(request, name);
    fc.assert(
      fc.property(changeOf(value), (changed) => {
        // The name of the scheme has no case.
        fc.pre(changed.replace(/^hmac/i, 'HMAC').replace(/^HMAC-sha/i, 'HMAC-SHA') !== value);
        expect(refusalOf(() => admit(withHeader(request, name, changed)))?.status).toBe(401);
      }),
    );
  });

  test('of the body', () => {
    const { request, admit } = here();
    fc.assert(
      fc.property(fc.nat(request.body.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
        const body = Uint8Array.from(request.body, (byte, index) => (index === at ? byte ^ by : byte));
        expect(refusalOf(() => admit({ ...request, body }))?.message).toBe('Invalid x-ark-content-sha256');
      }),
    );
  });

  test('and the request as it was signed is taken', () => {
    const { request, admit } = here();
    expect(admit(request)).toMatchObject({ application: 'shop' });
  });
});

describe('what is signed beside', () => {
  test('has one meaning: no signature holds under another list of headers', () => {
    const made = bench();
    const key = keyOf(made);
    const values = {
      'x-ark-nonce': 'abcdefghij0123456789',
      'content-type': 'a/b',
      'inference-header-content-length': '123',
      'content-encoding': 'gzip',
    };
    const names = Object.keys(values);
    fc.assert(
      fc.property(fc.subarray(names), fc.subarray(names), (signed, shown) => {
        fc.pre(signed.join() !== shown.join());
        const headers = Object.fromEntries(Object.entries(values).filter(([name]) => signed.includes(name)));
        const request = signedBy(key, { nonce: null, headers });
        const chosen = signed.map((name) => headers[name]);
        const bare = names.reduce((from, name) => withHeader(from, name, undefined), request);
        const moved = shown.reduce((to, name, at) => withHeader(to, name, chosen[at] ?? 'a/b'), bare);
        const list = ['date', 'host', 'x-ark-content-sha256', ...shown].join(';');
        const authorization = headerOf(request, 'authorization').replace(
          /SignedHeaders=[^&]*/,
          `SignedHeaders=${list}`,
        );
        const shownAs = withHeader(moved, 'authorization', authorization);
        expect(refusalOf(() => made.gate.admit(shownAs, 'infer'))?.status).toBe(401);
      }),
    );
  });

  test.each(['inference-header-content-length', 'content-encoding'])('must be, if it is %s', (name) => {
    const made = bench();
    const request = withHeader(signedBy(keyOf(made)), name, name === 'content-encoding' ? 'gzip' : '10');
    const refusal = refusalOf(() => made.gate.admit(request, 'infer'));
    expect(refusal?.message).toBe(`${name} is required as a signed header`);
  });
});

function noonOf(date: string): Date {
  return new Date(Date.parse(date));
}

/** The text with one character replaced by another visible one. */
function changeOf(text: string): fc.Arbitrary<string> {
  return fc
    .tuple(fc.nat(text.length - 1), fc.integer({ min: 0x21, max: 0x7e }))
    .map(([at, code]) => text.slice(0, at) + String.fromCharCode(code) + text.slice(at + 1))
    .filter((changed) => changed !== text);
}
