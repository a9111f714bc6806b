// A listener with a certificate, made by openssl for the test.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { GateRequest } from '../../../live/http/index.ts';
import { TestClient } from './grpc-fixture.ts';
import { INFERENCE, bench, simpleRequest } from './inference-fixture.ts';
import type { Bench } from './inference-fixture.ts';

/** A tool of the system, not of a package. */
const OPENSSL = 'openssl';
const hasOpenssl = spawnSync(OPENSSL, ['version']).status === 0;
let folder = '';
let certificate = '';
let privateKey = '';

beforeAll(() => {
  if (!hasOpenssl) return;
  folder = mkdtempSync(join(tmpdir(), 'rehearse-tls-'));
  const files = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'certificate.pem')];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const name = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '1'];
  spawnSync(OPENSSL, ['req', '-x509', ...key, ...name, ...files]);
  certificate = readFileSync(join(folder, 'certificate.pem'), 'utf8');
  privateKey = readFileSync(join(folder, 'key.pem'), 'utf8');
});

afterAll(() => {
  if (folder !== '') rmSync(folder, { recursive: true });
});

describe.skipIf(!hasOpenssl)('with a certificate (wants openssl)', () => {
  test('a call over TLS is served, and the gate knows that it came so', async () => {
    const { secure, seen } = await secureBench();
    expect(await secure.call('ModelInfer', simpleRequest())).toMatchObject({ model_name: 'simple' });
    expect(seen[0]).toMatchObject({ secure: true, loopback: true });
  });

  test('plain text on the port is dropped, and the next client is served', async () => {
    const { secure, server } = await secureBench();
    const socket = connect(server.port, server.host);
    socket.on('error', () => undefined).resume();
    socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    await once(socket, 'close');
    expect(await secure.call('ServerLive', {})).toEqual({ live: true });
  });
});

async function secureBench(): Promise<Bench & { readonly seen: GateRequest[]; readonly secure: TestClient }> {
  const seen: GateRequest[] = [];
  const gate = {
    admit: (request: GateRequest) => {
      seen.push(request);
      return { application: 'default', key: '' };
    },
    enter: () => () => undefined,
  };
  const set = await bench({ gate, options: { tls: { certificate, privateKey } } });
  return { ...set, seen, secure: new TestClient(INFERENCE, set.server, certificate) };
}
