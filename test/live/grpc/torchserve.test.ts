// TorchServe's gRPC services: the calls of its HTTP APIs with the differences that gRPC makes.
import { once } from 'node:events';
import { status } from '@grpc/grpc-js';
import { expect, test } from 'vitest';
import type { TorchServeAnswer, TorchServeCalls, TorchServePredictionQuery } from '../../../live/grpc/index.ts';
import { torchServeInferenceService, torchServeManagementService } from '../../../live/grpc/index.ts';
import { TestClient, errorOf, start } from './grpc-fixture.ts';

const INFERENCE = 'org.pytorch.serve.grpc.inference.InferenceAPIsService';
const MANAGEMENT = 'org.pytorch.serve.grpc.management.ManagementAPIsService';

/** Writes down what it is asked and answers with the text, or as it was told. */
class FakeCalls implements TorchServeCalls {
  readonly asked: unknown[] = [];
  answer: TorchServeAnswer = { status: 200, text: '{\n  "status": "fine"\n}\n' };
  ping = (): Promise<TorchServeAnswer> => this.note('ping');
  describeModel = (...asked: unknown[]): Promise<TorchServeAnswer> => this.note('describe', ...asked);
  listModels = (...asked: unknown[]): Promise<TorchServeAnswer> => this.note('list', ...asked);
  registerModel = (...asked: unknown[]): Promise<TorchServeAnswer> => this.note('register', ...asked);
  scaleWorkers = (...asked: unknown[]): Promise<TorchServeAnswer> => this.note('scale', ...asked);
  setDefault = (...asked: unknown[]): Promise<TorchServeAnswer> => this.note('set-default', ...asked);
  unregisterModel = (...asked: unknown[]): Promise<TorchServeAnswer> => this.note('unregister', ...asked);

  predict({
    signal: _signal,
    detail: _detail,
    ...query
  }: TorchServePredictionQuery): Promise<{ status: number; body: Uint8Array }> {
    this.asked.push(query);
    const body = query.input.get('data') ?? Buffer.from(this.answer.text);
    return Promise.resolve({
      status: this.answer.status,
      body: this.answer.status === 200 ? body : Buffer.from(this.answer.text),
    });
  }

  private note(...asked: unknown[]): Promise<TorchServeAnswer> {
    this.asked.push(asked);
    return Promise.resolve(this.answer);
  }
}

async function management(): Promise<{ calls: FakeCalls; client: TestClient }> {
  const calls = new FakeCalls();
  return { calls, client: new TestClient(MANAGEMENT, await start({ services: [torchServeManagementService(calls)] })) };
}

async function inference(): Promise<{ calls: FakeCalls; client: TestClient }> {
  const calls = new FakeCalls();
  return { calls, client: new TestClient(INFERENCE, await start({ services: [torchServeInferenceService(calls)] })) };
}

test.each([
  ['DescribeModel', { model_name: 'm' }, ['describe', 'm', undefined, {}]],
  [
    'DescribeModel',
    { model_name: 'm', model_version: 'all', customized: true },
    ['describe', 'm', 'all', { customized: 'true' }],
  ],
  ['ListModels', {}, ['list', {}]],
  ['ListModels', { limit: 2, next_page_token: 4 }, ['list', { limit: '2', next_page_token: '4' }]],
  [
    'RegisterModel',
    { url: 'm.mar', batch_size: 4 },
    ['register', { url: 'm.mar', batch_size: '4', synchronous: 'false' }],
  ],
  ['RegisterModel', { url: 'm.mar', synchronous: true }, ['register', { url: 'm.mar', synchronous: 'true' }]],
  [
    'ScaleWorker',
    { model_name: 'm', min_worker: 2 },
    ['scale', 'm', undefined, { min_worker: '2', synchronous: 'false' }],
  ],
  [
    'ScaleWorker',
    { model_name: 'm', model_version: '2.0', timeout: -1 },
    ['scale', 'm', '2.0', { timeout: '-1', synchronous: 'false' }],
  ],
  ['SetDefault', { model_name: 'm', model_version: '2.0' }, ['set-default', 'm', '2.0']],
  ['UnregisterModel', { model_name: 'm' }, ['unregister', 'm', undefined]],
  ['UnregisterModel', { model_name: 'm', model_version: '1.0' }, ['unregister', 'm', '1.0']],
])('%s %j asks for %j', async (method, request, asked) => {
  const { calls, client } = await management();
  expect(await client.call(method, request)).toEqual({ msg: 'fine' });
  expect(calls.asked).toEqual([asked]);
});

test('an answer that is more than a status comes as its JSON text', async () => {
  const { calls, client } = await management();
  calls.answer = { status: 200, text: '{\n  "models": []\n}\n' };
  expect(await client.call('ListModels', {})).toEqual({ msg: '{\n  "models": []\n}' });
});

test.each([
  [404, status.NOT_FOUND],
  [400, status.INVALID_ARGUMENT],
  [409, status.INVALID_ARGUMENT],
  [500, status.INTERNAL],
])('status %i of HTTP is code %i with the same sentence', async (httpStatus, code) => {
  const { calls, client } = await management();
  const text = JSON.stringify({ code: httpStatus, type: 'SomeException', message: 'Model not found: m' });
  calls.answer = { status: httpStatus, text };
  const error = await errorOf(client.call('DescribeModel', { model_name: 'm' }));
  expect(error).toMatchObject({ code, details: 'Model not found: m' });
});

test('a model must be named', async () => {
  const { client } = await management();
  const error = await errorOf(client.call('DescribeModel', {}));
  expect(error).toMatchObject({ code: status.INVALID_ARGUMENT, details: 'Parameter model_name is required.' });
});

test('a ping answers the health as JSON text', async () => {
  const { calls, client } = await inference();
  calls.answer = { status: 500, text: '{\n  "status": "Unhealthy"\n}\n' };
  expect(await client.call('Ping', {})).toEqual({ health: '{\n  "status": "Unhealthy"\n}' });
});

test('a prediction is the body that HTTP answers with', async () => {
  const { calls, client } = await inference();
  const answer = await client.call('Predictions', { model_name: 'm', input: { data: Buffer.from([1, 2, 3]) } });
  expect(answer).toEqual({ prediction: Buffer.from([1, 2, 3]) });
  const input = new Map([['data', Buffer.from([1, 2, 3])]]);
  expect(calls.asked).toEqual([
    { application: 'default', model: 'm', version: undefined, input, timeoutNs: undefined },
  ]);
});

test('a prediction that fails says why', async () => {
  const { calls, client } = await inference();
  calls.answer = { status: 503, text: '{"code": 503, "message": "no worker"}' };
  const error = await errorOf(client.call('Predictions', { model_name: 'm' }));
  expect(error).toMatchObject({ code: status.UNAVAILABLE, details: 'no worker' });
});

test('a streamed prediction has one part', async () => {
  const { client } = await inference();
  const stream = client.listen('StreamPredictions', { model_name: 'm', input: { data: Buffer.from('x') } });
  const ended = once(stream, 'end');
  expect(await once(stream, 'data')).toEqual([{ prediction: Buffer.from('x') }]);
  await ended;
});

test('in a stream of predictions each answer names its sequence, and an error ends nothing', async () => {
  const { client } = await inference();
  const stream = client.exchange('StreamPredictions2');
  stream.send({ model_name: 'm', input: { data: Buffer.from('x') } });
  stream.send({ model_name: 'm', sequenceId: 's1', input: { data: Buffer.from('y') } });
  const details = { code: status.INVALID_ARGUMENT, message: 'Parameter sequenceId is required.' };
  expect(await stream.next()).toMatchObject({ status: details });
  expect(await stream.next()).toMatchObject({ prediction: Buffer.from('y'), sequenceId: 's1' });
  stream.call.end();
  expect(await stream.ended).toBe(status.OK);
});
