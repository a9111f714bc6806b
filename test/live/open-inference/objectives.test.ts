// Objectives as parameters of a request, and what becomes of queries that are not served.
import { describe, expect, test } from 'vitest';
import type { NotServed, ServiceReason } from '../../../live/service/index.ts';
import { NEVER } from '../../../core/index.ts';
import { statusOf } from '../../../live/open-inference/index.ts';
import { get, post, rawRequest } from '../http/raw-socket.ts';
import { postJson, SIMPLE } from './v2-client.ts';
import { v2Server } from './v2-server.ts';

describe('objectives', () => {
  test('are the query’s, on any model', async () => {
    const { url, service } = await v2Server();
    const parameters = { latency_ms: 12.5, accuracy_percent: 70, timeout: 1500 };
    await postJson(`${url}/v2/models/simple/infer`, { ...SIMPLE, parameters });
    expect(service.queries[0]).toMatchObject({
      application: 'default',
      latencyNs: 12_500_000,
      accuracyPercent: 70,
      timeoutNs: 1_500_000,
    });
  });

  test('are none where none are stated, and unknown parameters are let be', async () => {
    const { url, service } = await v2Server();
    await postJson(`${url}/v2/models/simple/infer`, {
      ...SIMPLE,
      parameters: { priority: 3, custom: 'x', timeout: 0 },
    });
    expect(service.queries[0]).toMatchObject({ latencyNs: NEVER, accuracyPercent: 0 });
    expect(service.queries[0].timeoutNs).toBeUndefined();
  });

  test.each([
    [{ latency_msx: 5 }, 'unknown parameter "latency_msx"; did you mean "latency_ms"?'],
    [{ Latency: 5 }, 'unknown parameter "Latency"; did you mean "latency_ms"?'],
    [{ accuracy: 5 }, 'did you mean "accuracy_percent"?'],
    [{ timout: 5 }, 'did you mean "timeout"?'],
    [{ latency_ms: 0 }, 'parameter latency_ms got "0", expected a number above 0 to 86400000'],
    [{ latency_ms: -1 }, 'latency_ms'],
    [{ latency_ms: 'soon' }, 'parameter latency_ms got "soon"'],
    [{ latency_ms: true }, 'latency_ms'],
    [{ latency_ms: 1e300 }, 'latency_ms'],
    [{ accuracy_percent: 101 }, 'parameter accuracy_percent got "101", expected a number from 0 to 100'],
    [{ accuracy_percent: -0.1 }, 'accuracy_percent'],
    [{ timeout: 1.5 }, 'parameter timeout got "1.5", expected an integer from 0'],
    [{ timeout: -1 }, 'timeout'],
    [{ latency_ms: null }, 'parameter "latency_ms" got null'],
    [{ latency_ms: [1] }, 'parameter "latency_ms" got an array'],
    [{ sequence_id: 7 }, 'sequences of requests are not offered'],
  ])('%j is refused', async (parameters, message) => {
    const { url, service } = await v2Server();
    const { status, json } = await postJson(`${url}/v2/models/simple/infer`, { ...SIMPLE, parameters });
    expect([status, json['error']]).toEqual([400, expect.stringContaining(message)]);
    expect(service.queries).toHaveLength(0);
  });
});

describe('a query that is not served', () => {
  const notServed = (outcome: NotServed['outcome'], reason: ServiceReason, retryAfterS?: number): NotServed => {
    const retry = retryAfterS === undefined ? {} : { retryAfterS };
    return { ok: false, outcome, reason, message: `because of ${reason}`, ...retry };
  };

  test.each([
    ['rejected', 'no-variant', undefined, 400, null],
    ['rejected', 'too-many-inputs', undefined, 400, null],
    ['rejected', 'queue-full', 1, 503, '1'],
    ['rejected', 'hold-full', undefined, 503, '1'],
    ['rejected', 'too-many-open', undefined, 503, '1'],
    ['rejected', 'stopping', 4.2, 503, '5'],
    ['rejected', 'no-worker', undefined, 503, '1'],
    ['rejected', 'rate-limit', 0.2, 429, '1'],
    ['rejected', 'concurrency-limit', undefined, 429, '1'],
    ['expired', 'timeout', undefined, 504, null],
    ['failed', 'timeout', undefined, 504, null],
    ['expired', 'deadline-passed', undefined, 504, null],
    ['failed', 'execution-failed', undefined, 500, null],
    ['failed', 'worker-crashed', 1, 500, '1'],
    ['failed', 'service-failed', 5, 503, '5'],
  ] as const)('%s for %s is told', async (outcome, reason, retryAfterS, status, retry) => {
    const { url, service } = await v2Server();
    service.answerNext(notServed(outcome, reason, retryAfterS));
    const answer = await postJson(`${url}/v2/models/simple/infer`, SIMPLE);
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([status, retry]);
    expect(answer.json).toEqual({ error: `because of ${reason}` });
    expect((await postJson(`${url}/v2/models/simple/infer`, SIMPLE)).status).toBe(200);
  });

  test('for its client has left frees what it held', async () => {
    const { listener, service } = await v2Server();
    service.answerNext(new Promise(() => undefined));
    await rawRequest(listener.port, post('/v2/models/simple/infer', JSON.stringify(SIMPLE)), { waitMs: 100 });
    await expect.poll(() => service.queries[0].signal?.aborted).toBe(true);
    await expect.poll(() => listener.openRequests).toBe(0);
    expect(statusOf(notServed('cancelled', 'client-cancelled')).status).toBe(499);
    expect((await rawRequest(listener.port, get('/v2/health/live', 'connection: close'))).status).toBe(200);
  });

  test('for the service broke its promise is a bare 500', async () => {
    const { url, service } = await v2Server();
    service.infer = () => Promise.reject(new Error('at /srv/secret.ts'));
    const { status, json } = await postJson(`${url}/v2/models/simple/infer`, SIMPLE);
    expect([status, json]).toEqual([500, { error: 'internal error' }]);
  });
});

test('what is known of a request reaches the watch, under names of the directory', async () => {
  const details: unknown[] = [];
  const watches = [{ began: () => (status: number, detail: object) => details.push([status, { ...detail }]) }];
  const { url } = await v2Server({ parts: { watches } });
  await postJson(`${url}/v2/models/simple/infer`, { id: 'q\n1', ...SIMPLE });
  await postJson(`${url}/v2/models/none%0ax/infer`, SIMPLE);
  await expect.poll(() => details.length).toBe(2);
  expect(details[0]).toMatchObject([
    200,
    { model: 'simple', variant: 'simple', worker: 'simple#0', outcome: 'served', inputs: 1, batchInputs: 1 },
  ]);
  expect(details[1]).toMatchObject([400, { failure: 'the model name must not contain path traversal characters' }]);
  expect(details[1]).not.toMatchObject([400, { model: expect.anything() }]);
});
