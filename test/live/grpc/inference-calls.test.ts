// All calls of the inference service beside inference.
import type { Metadata } from '@grpc/grpc-js';
import { status } from '@grpc/grpc-js';
import { describe, expect, test, vi } from 'vitest';
import type { RequestDetail, RequestWatch } from '../../../live/http/index.ts';
import { GateRefusal, HttpRefusal } from '../../../live/http/index.ts';
import type { ModelRepository, RepositoryParameters } from '../../../live/open-inference/index.ts';
import { StandInService } from '../stand-in-service.ts';
import type { Message } from './grpc-fixture.ts';
import { errorOf } from './grpc-fixture.ts';
import { bench, identityRequest, simpleRequest } from './inference-fixture.ts';

describe('the server', () => {
  test('is live and ready', async () => {
    const { client } = await bench();
    expect(await client.call('ServerLive', {})).toEqual({ live: true });
    expect(await client.call('ServerReady', {})).toEqual({ ready: true });
  });

  test('is live but not ready while it takes no queries', async () => {
    const { client, service } = await bench();
    service.isReady = false;
    expect(await client.call('ServerLive', {})).toEqual({ live: true });
    expect(await client.call('ServerReady', {})).toEqual({ ready: false });
  });

  test('tells its name, version and extensions', async () => {
    const { client } = await bench();
    const answer = await client.call('ServerMetadata', {});
    expect(answer).toMatchObject({ name: 'bench', version: '7' });
    expect(answer['extensions']).toContain('statistics');
  });
});

describe('a model', () => {
  test('is ready when it can take a query', async () => {
    const { client, service } = await bench();
    expect(await client.call('ModelReady', { name: 'simple' })).toEqual({ ready: true });
    service.isReady = false;
    expect(await client.call('ModelReady', { name: 'simple', version: '1' })).toEqual({ ready: false });
  });

  test('tells its tensors, -1 for the batch', async () => {
    const { client } = await bench();
    expect(await client.call('ModelMetadata', { name: 'simple' })).toEqual({
      name: 'simple',
      versions: ['1'],
      platform: 'onnxruntime_onnx',
      inputs: ['INPUT0', 'INPUT1'].map((name) => ({ name, datatype: 'INT32', shape: ['-1', '16'] })),
      outputs: ['OUTPUT0', 'OUTPUT1'].map((name) => ({ name, datatype: 'INT32', shape: ['-1', '16'] })),
    });
  });

  test('tells its configuration, without the batch', async () => {
    const { client } = await bench();
    const { config } = await client.call('ModelConfig', { name: 'scores-large' });
    expect(config).toMatchObject({
      name: 'scores-large',
      max_batch_size: 16,
      input: [{ name: 'INPUT0', data_type: 'TYPE_FP32', dims: ['4'] }],
      output: [{ name: 'OUTPUT0', data_type: 'TYPE_FP32', dims: ['4'] }],
      instance_group: [{ kind: 'KIND_CPU' }],
      parameters: { accuracy_percent: { string_value: '90' } },
      model_transaction_policy: { decoupled: false },
    });
  });

  test.each(['ModelReady', 'ModelMetadata', 'ModelConfig', 'ModelStatistics'])(
    '%s of nobody is NOT_FOUND',
    async (method) => {
      const { client } = await bench();
      const error = await errorOf(client.call(method, { name: 'nobody' }));
      expect(error).toMatchObject({ code: status.NOT_FOUND, details: 'unknown model "nobody"' });
    },
  );
});

describe('statistics', () => {
  test('count what was asked, every field of them', async () => {
    const { client } = await bench();
    await client.call('ModelInfer', simpleRequest());
    const { model_stats } = await client.call('ModelStatistics', { name: 'simple' });
    const once = (ns: string): Message => ({ count: '1', ns });
    const never = { count: '0', ns: '0' };
    expect(model_stats).toEqual([
      {
        name: 'simple',
        version: '1',
        last_inference: '1000',
        inference_count: '1',
        execution_count: '1',
        inference_stats: {
          success: once('10000'),
          fail: never,
          queue: once('1000'),
          compute_input: once('2000'),
          compute_infer: once('3000'),
          compute_output: once('4000'),
          cache_hit: never,
          cache_miss: never,
        },
        batch_stats: [
          { batch_size: '1', compute_input: once('2000'), compute_infer: once('3000'), compute_output: once('4000') },
        ],
        memory_usage: [],
        response_stats: {},
      },
    ]);
  });

  test('without a name are those of all models', async () => {
    const { client, service } = await bench();
    const { model_stats } = await client.call('ModelStatistics', {});
    expect(model_stats).toHaveLength(service.directory.list().length);
  });
});

describe('the repository', () => {
  test('is listed, all or what is ready', async () => {
    const { client } = await bench(noting());
    const all = await client.call('RepositoryIndex', {});
    expect(all['models']).toMatchObject([{ name: 'a' }, { name: 'b', state: 'UNAVAILABLE', reason: 'unloaded' }]);
    expect(await client.call('RepositoryIndex', { ready: true })).toMatchObject({ models: [{ name: 'a' }] });
  });

  test('loads and unloads, with parameters and files', async () => {
    const { repository, told } = noting();
    const { client } = await bench({ repository });
    const parameters = { config: { string_param: '{}' }, 'file:1/model.onnx': { bytes_param: Buffer.from([1, 2]) } };
    expect(await client.call('RepositoryModelLoad', { model_name: 'm', parameters })).toEqual({});
    await client.call('RepositoryModelUnload', {
      model_name: 'm',
      parameters: { unload_dependents: { bool_param: true } },
    });
    expect(told).toEqual([
      [
        'load',
        'm',
        new Map<string, unknown>([
          ['config', '{}'],
          ['file:1/model.onnx', Buffer.from([1, 2])],
        ]),
      ],
      ['unload', 'm', new Map([['unload_dependents', true]])],
    ]);
  });

  test('that cannot load is UNIMPLEMENTED', async () => {
    const { client } = await bench();
    expect((await errorOf(client.call('RepositoryModelLoad', { model_name: 'm' }))).code).toBe(status.UNIMPLEMENTED);
  });

  test('refuses names that climb before it is asked', async () => {
    const { repository, told } = noting();
    const { client } = await bench({ repository });
    const error = await errorOf(client.call('RepositoryModelLoad', { model_name: '../../m' }));
    expect(error.code).toBe(status.INVALID_ARGUMENT);
    expect(told).toEqual([]);
  });

  test.each([
    [404, status.NOT_FOUND],
    [409, status.FAILED_PRECONDITION],
    [503, status.UNAVAILABLE],
  ])('that refuses with %i is code %i', async (httpStatus, code) => {
    const repository = { ...noting().repository, unload: () => Promise.reject(new HttpRefusal(httpStatus, 'no')) };
    const { client } = await bench({ repository });
    const error = await errorOf(client.call('RepositoryModelUnload', { model_name: 'm' }));
    expect(error).toMatchObject({ code, details: 'no' });
  });
});

test.each(['SystemSharedMemoryStatus', 'TraceSetting', 'LogSettings'])('%s is not offered', async (method) => {
  const { client } = await bench();
  const asIs = (bytes: Buffer): Buffer => bytes;
  const path = `/inference.GRPCInferenceService/${method}`;
  const error = new Promise<Error | null>((resolve) => {
    client.client.makeUnaryRequest(path, asIs, asIs, Buffer.alloc(0), (failure) => resolve(failure));
  });
  expect(await error).toMatchObject({ code: status.UNIMPLEMENTED });
});

describe('access', () => {
  const OPEN = ['ServerLive', 'ServerReady'];
  const INFER = ['ServerMetadata', 'ModelReady', 'ModelMetadata', 'ModelConfig', 'ModelStatistics', 'RepositoryIndex'];

  test('health is open, reading and inferring need infer, loading needs manage', async () => {
    const asked: string[] = [];
    const gate = {
      admit: (_request: unknown, scope: string): never => {
        asked.push(scope);
        throw new GateRefusal('who are you', {
          status: 401,
          reason: 'unauthenticated',
          headers: { 'WWW-Authenticate': 'x' },
        });
      },
      enter: () => () => undefined,
    };
    const { client } = await bench({ gate });
    for (const method of OPEN) await client.call(method, {});
    expect(asked).toEqual([]);
    for (const method of [...INFER, 'ModelInfer']) {
      const error = await errorOf(client.call(method, {}));
      expect(error).toMatchObject({ code: status.UNAUTHENTICATED, details: 'who are you' });
      expect(error.metadata.get('www-authenticate')).toEqual(['x']);
    }
    expect(new Set(asked.splice(0))).toEqual(new Set(['infer']));
    for (const method of ['RepositoryModelLoad', 'RepositoryModelUnload']) await errorOf(client.call(method, {}));
    expect(new Set(asked.splice(0))).toEqual(new Set(['manage']));
    expect(await client.exchange('ModelStreamInfer').ended).toBe(status.UNAUTHENTICATED);
  });

  test('a query counts against the limits of its application until it ends, also one of a stream', async () => {
    let inside = 0;
    const gate = {
      admit: () => ({ application: 'app', key: '' }),
      enter: () => {
        if (inside > 0) throw new GateRefusal('too many', { status: 429, reason: 'concurrency-limit' });
        inside += 1;
        return () => void (inside -= 1);
      },
    };
    const service = new StandInService();
    const { client } = await bench({ gate, service });
    await client.call('ModelInfer', simpleRequest());
    await client.call('ModelMetadata', { name: 'simple' });
    expect(service.queries[0].application).toBe('app');
    service.answerNext(new Promise(() => undefined));
    const first = client.open('ModelInfer', simpleRequest());
    const cancelled = errorOf(first.answer);
    await vi.waitFor(() => expect(inside).toBe(1));
    const second = await errorOf(client.call('ModelInfer', simpleRequest()));
    expect(second).toMatchObject({ code: status.RESOURCE_EXHAUSTED, details: 'too many' });
    const stream = client.exchange('ModelStreamInfer');
    stream.send(simpleRequest());
    expect(await stream.next()).toMatchObject({ error_message: 'too many' });
    first.cancel();
    await cancelled;
    await vi.waitFor(() => expect(inside).toBe(0));
    stream.send(simpleRequest());
    expect(await stream.next()).toMatchObject({ error_message: '' });
  });
});

describe('watches', () => {
  test('are told of each call how it ended', async () => {
    const { watch, ends } = watching();
    const { client } = await bench({ watches: [watch] });
    await client.call('ModelInfer', simpleRequest({ id: 'q' }));
    await errorOf(client.call('ModelInfer', simpleRequest({ model_name: 'nobody' })));
    const route = '/inference.GRPCInferenceService/ModelInfer';
    expect(ends).toMatchObject([
      [
        route,
        200,
        { application: 'default', model: 'simple', variant: 'simple', clientId: 'q', outcome: 'served', inputs: 1 },
      ],
      [route, 404, { application: 'default', failure: 'unknown model "nobody"' }],
    ]);
    expect(ends[0][2].receivedBytes).toBeGreaterThan(128);
    expect(ends[0][2].sentBytes).toBeGreaterThan(128);
    expect(ends[1][2].cause).toBeUndefined();
  });

  test('are told of each query of a stream', async () => {
    const { watch, ends } = watching();
    const { client } = await bench({ watches: [watch] });
    const stream = client.exchange('ModelStreamInfer');
    stream.send(simpleRequest({ id: 'a' }));
    await stream.next();
    stream.send(identityRequest('nobody', 'FP32', [1], {}));
    await stream.next();
    expect(ends.map(([, code]) => code)).toEqual([200, 404]);
  });

  test('may add metadata to the answer', async () => {
    const { client } = await bench({ watches: [watching().watch] });
    const asIs = (bytes: Buffer): Buffer => bytes;
    const metadata = new Promise<Metadata>((resolve) => {
      const path = '/inference.GRPCInferenceService/ServerLive';
      const call = client.client.makeUnaryRequest(path, asIs, asIs, Buffer.alloc(0), () => undefined);
      call.on('metadata', resolve);
    });
    expect((await metadata).get('traceresponse')).toEqual(['00-1']);
  });

  test('are told of a client that left as 499', async () => {
    const { watch, ends } = watching();
    const { client, service } = await bench({ watches: [watch] });
    service.answerNext(new Promise(() => undefined));
    const { answer, cancel } = client.open('ModelInfer', simpleRequest());
    const failed = errorOf(answer);
    await vi.waitFor(() => expect(service.queries).toHaveLength(1));
    cancel();
    await failed;
    await vi.waitFor(() => expect(ends.map(([, code]) => code)).toEqual([499]));
  });
});

/** Writes down what it is told. */
function noting(): { repository: ModelRepository; told: [string, string, RepositoryParameters][] } {
  const told: [string, string, RepositoryParameters][] = [];
  const note = (call: string) => (name: string, parameters: RepositoryParameters) => {
    told.push([call, name, parameters]);
    return Promise.resolve();
  };
  const index: ModelRepository['index'] = () =>
    Promise.resolve([
      { name: 'a', version: '1', state: 'READY', reason: '' },
      { name: 'b', version: '1', state: 'UNAVAILABLE', reason: 'unloaded' },
    ]);
  return { repository: { index, load: note('load'), unload: note('unload') }, told };
}

/** Keeps what it is told. */
function watching(): { watch: RequestWatch; ends: [route: string, status: number, detail: RequestDetail][] } {
  const ends: [string, number, RequestDetail][] = [];
  const watch: RequestWatch = {
    began: ({ route, answerHeaders }) => {
      answerHeaders['traceresponse'] = '00-1';
      return (code, detail) => void ends.push([route, code, detail]);
    },
  };
  return { watch, ends };
}
