// What the gate can tell from the head of a request it tells before the body: nobody who may not come in is read.
import { describe, expect, test } from 'vitest';
import type { GateHead } from '../../../live/http/index.ts';
import { echoRoutes, listening } from '../http/listening.ts';
import { rawRequest } from '../http/raw-socket.ts';
import { bench, headerOf, keyOf, refusalOf, requestOf, signedBy, withHeader } from './fixtures.ts';

describe('the gate', () => {
  test('knows a signed head, and uses nothing up', () => {
    const here = bench();
    const key = keyOf(here);
    const request = signedBy(key);
    const { body: _body, ...head } = request;
    for (let times = 0; times < 2; times += 1) expect(here.gate.screen?.(head, 'infer').key).toBe(key.id);
    expect(here.gate.admit(request, 'infer').key).toBe(key.id);
  });

  test.each<[string, (head: GateHead) => GateHead, number]>([
    ['no signature', (head) => withHeader({ ...signedParts, ...head }, 'authorization', undefined), 401],
    ['another target', (head) => ({ ...head, target: '/other' }), 401],
    ['another digest', (head) => withHeader({ ...signedParts, ...head }, 'x-ark-content-sha256', EMPTY), 401],
    ['plain HTTP from elsewhere', (head) => ({ ...head, secure: false }), 403],
  ])('turns away a head with %s', (_, change, status) => {
    const here = bench();
    const head = change(signedBy(keyOf(here)));
    expect(refusalOf(() => here.gate.screen?.(head, 'infer'))?.status).toBe(status);
  });

  test('turns away a key without the right, and management from elsewhere without keys', () => {
    const here = bench();
    const elsewhere = requestOf('POST', 'https://infer.example.com/load', '', {});
    expect(refusalOf(() => here.gate.screen?.(elsewhere, 'manage'))?.status).toBe(403);
    const key = keyOf(here, { scopes: ['infer'] });
    expect(refusalOf(() => here.gate.screen?.(signedBy(key), 'manage'))?.status).toBe(403);
  });
});

describe('a listener', () => {
  test.each([
    ['a length', 'content-length: 900000'],
    ['a length, and asks to go on', 'content-length: 900000\r\nexpect: 100-continue'],
    ['chunks', 'transfer-encoding: chunked'],
  ])('refuses an unsigned request that declares %s before its body', async (_, header) => {
    const { gate, port } = await guarded();
    expect(gate.isOn).toBe(true);
    const head = `POST /echo HTTP/1.1\r\nhost: localhost\r\n${header}\r\n\r\n`;
    const { statuses } = await rawRequest(port, head, { until: (text) => text.includes('401') });
    expect(statuses).toEqual([401]);
  });

  test('reads the body of a signed request, and holds it against its digest', async () => {
    const { here, key, port } = await guarded();
    const send = async (body: string): Promise<number> => {
      const signed = signedBy(key, {
        url: `http://127.0.0.1:${port}/echo`,
        body: 'right',
        now: new Date(here.nowMs()),
      });
      const names = ['host', 'date', 'x-ark-content-sha256', 'x-ark-nonce', 'authorization'];
      const headers = names.map((name) => `${name}: ${headerOf(signed, name)}`).join('\r\n');
      const text = `POST /echo HTTP/1.1\r\n${headers}\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`;
      return (await rawRequest(port, text)).status;
    };
    expect([await send('right'), await send('wrong')]).toEqual([200, 401]);
  });
});

const EMPTY = '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=';
const signedParts = { body: new Uint8Array(0), unsignedPayload: false };

async function guarded() {
  const here = bench();
  const key = keyOf(here);
  const { port } = await listening([echoRoutes()], {}, { gate: here.gate });
  return { here, key, port, gate: here.gate };
}
