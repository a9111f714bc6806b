// Signed calls: the signature covers the message's exact bytes, the path, the date and the host.
import { connect } from 'node:http2';
import { status } from '@grpc/grpc-js';
import { expect, onTestFinished, test } from 'vitest';
import { signRequest } from '../../../live/auth/index.ts';
import type { GateRequest } from '../../../live/http/index.ts';
import { bench as authBench, keyOf } from '../auth/fixtures.ts';
import type { TestClient } from './grpc-fixture.ts';
import { errorOf } from './grpc-fixture.ts';
import { INFERENCE, bench, simpleRequest } from './inference-fixture.ts';
import type { Bench, BenchParts } from './inference-fixture.ts';

interface SignedBench extends Bench {
  /** Headers for a call whose message has these bytes. */
  readonly headersFor: (method: string, body: Buffer) => Record<string, string>;
  readonly seen: GateRequest[];
}

async function signedBench(parts: BenchParts = {}): Promise<SignedBench> {
  const auth = authBench();
  const { id, secret } = keyOf(auth, { scopes: ['infer'] });
  const seen: GateRequest[] = [];
  const gate = {
    admit: (...[request, scope]: Parameters<typeof auth.gate.admit>) => {
      seen.push(request);
      return auth.gate.admit(request, scope);
    },
    enter: auth.gate.enter.bind(auth.gate),
  };
  const set = await bench({ ...parts, gate });
  const base = `http://${set.server.host}:${set.server.port}/${INFERENCE}`;
  const headersFor = (method: string, body: Buffer): Record<string, string> =>
    signRequest({ method: 'POST', url: `${base}/${method}`, body, accessKey: id, secret, now: new Date(auth.nowMs()) });
  return { ...set, headersFor, seen };
}

function simpleBytes(client: TestClient): Buffer {
  return client.encode('ModelInfer', simpleRequest());
}

test('a signed call is served in the name of its application', async () => {
  const { client, service, headersFor } = await signedBench();
  const body = simpleBytes(client);
  await client.raw('ModelInfer', body, headersFor('ModelInfer', body));
  expect(service.queries[0].application).toBe('shop');
});

test('a call without a signature is UNAUTHENTICATED, with the words of the scheme', async () => {
  const { client, service } = await signedBench();
  const error = await errorOf(client.call('ModelInfer', simpleRequest()));
  expect(error.code).toBe(status.UNAUTHENTICATED);
  expect(error.metadata.get('www-authenticate')[0]).toContain('HMAC-SHA256');
  expect(service.queries).toEqual([]);
});

test('a message with one byte changed is UNAUTHENTICATED', async () => {
  const { client, service, headersFor } = await signedBench();
  const body = simpleBytes(client);
  const headers = headersFor('ModelInfer', body);
  body[body.length - 1] += 1;
  expect((await errorOf(client.raw('ModelInfer', body, headers))).code).toBe(status.UNAUTHENTICATED);
  expect(service.queries).toEqual([]);
});

test('a signature for one call does not open another', async () => {
  const { client, headersFor } = await signedBench();
  const body = Buffer.alloc(0);
  const error = await errorOf(client.raw('ModelStatistics', body, headersFor('ServerMetadata', body)));
  expect(error.code).toBe(status.UNAUTHENTICATED);
});

test('a nonce is taken once', async () => {
  const { client, headersFor } = await signedBench();
  const body = simpleBytes(client);
  const headers = headersFor('ModelInfer', body);
  await client.raw('ModelInfer', body, headers);
  expect((await errorOf(client.raw('ModelInfer', body, headers))).code).toBe(status.UNAUTHENTICATED);
});

test('a key without the right is PERMISSION_DENIED', async () => {
  const { client, headersFor } = await signedBench();
  const body = client.encode('RepositoryModelLoad', { model_name: 'simple' });
  const error = await errorOf(client.raw('RepositoryModelLoad', body, headersFor('RepositoryModelLoad', body)));
  expect(error).toMatchObject({ code: status.PERMISSION_DENIED, details: 'this key does not allow manage' });
});

test('a call that may not come in is refused before its message', async () => {
  const auth = authBench();
  keyOf(auth);
  const { server } = await bench({ gate: auth.gate });
  const client = connect(`http://${server.host}:${server.port}`);
  onTestFinished(() => client.destroy());
  const call = client.request({
    ':method': 'POST',
    ':path': `/${INFERENCE}/ModelInfer`,
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  // The beginning of a message that never ends.
  call.write(Buffer.from([0, 3, 0, 0, 0]));
  const ended = await new Promise<unknown>((resolve) => {
    call.once('response', (headers) => resolve(headers['grpc-status']));
  });
  expect(ended).toBe(String(status.UNAUTHENTICATED));
});

test('nothing is decoded for a caller who may not come in', async () => {
  const { client } = await signedBench();
  const error = await errorOf(client.raw('ModelInfer', Buffer.from([0xff, 0xff])));
  expect(error.code).toBe(status.UNAUTHENTICATED);
});

test('the gate is told what HTTP would have told it', async () => {
  const { client, server, seen, headersFor } = await signedBench();
  const body = simpleBytes(client);
  await client.raw('ModelInfer', body, headersFor('ModelInfer', body));
  const [request] = seen;
  expect(request).toMatchObject({ method: 'POST', target: `/${INFERENCE}/ModelInfer`, loopback: true, secure: false });
  expect(request.headers).toMatchObject({ host: `${server.host}:${server.port}` });
  expect(request.rawHeaders).toContain('x-ark-content-sha256');
  expect(Buffer.from(request.body).equals(body)).toBe(true);
});

test('a signed stream is taken where that is allowed', async () => {
  const { client, service, headersFor } = await signedBench({ options: { unsignedStreams: true } });
  const stream = client.exchange('ModelStreamInfer', { headers: headersFor('ModelStreamInfer', Buffer.alloc(0)) });
  stream.send(simpleRequest());
  expect(await stream.next()).toMatchObject({ error_message: '' });
  expect(service.queries[0].application).toBe('shop');
});

test('a signed stream is PERMISSION_DENIED where every message must be covered', async () => {
  const { client, headersFor } = await signedBench({ options: { unsignedStreams: false } });
  const stream = client.exchange('ModelStreamInfer', { headers: headersFor('ModelStreamInfer', Buffer.alloc(0)) });
  expect(await stream.ended).toBe(status.PERMISSION_DENIED);
});
