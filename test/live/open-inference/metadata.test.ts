// What the server and its models tell of themselves, row by row of the protocol's table, for all three kinds of client.
import { describe, expect, test } from 'vitest';
import type { RepositoryParameters } from '../../../live/open-inference/index.ts';
import { indexOf, modelConfig, modelMetadata } from '../../../live/open-inference/index.ts';
import { ModelDirectory } from '../../../live/service/index.ts';
import { ServingError } from '../../../core/index.ts';
import { servedVariant, spec } from '../served-variant.ts';
import { StandInService } from '../stand-in-service.ts';
import { standInVariants } from '../stand-in-variants.ts';
import { v2Server } from './v2-server.ts';
import { postJson, send, SIMPLE } from './v2-client.ts';

describe('the server', () => {
  test.each(['/v2', '/v2/'])('%s names it and its extensions', async (path) => {
    const { url } = await v2Server();
    const { status, json } = await send(url + path);
    expect(status).toBe(200);
    expect(json).toMatchObject({ name: 'rehearse', version: '0.1.0' });
    expect(json['extensions']).toContain('binary_tensor_data');
  });

  test('is alive and ready, in bodies that clients may parse', async () => {
    const { url } = await v2Server();
    const live = await send(`${url}/v2/health/live`);
    const ready = await send(`${url}/v2/health/ready`);
    expect([live.status, live.json]).toEqual([200, { live: true }]);
    expect([ready.status, ready.json]).toEqual([200, { ready: true }]);
    expect(ready.headers.get('content-type')).toBe('application/json');
  });

  test('is alive and not ready while the service is not', async () => {
    const { url, service } = await v2Server();
    service.isReady = false;
    const ready = await send(`${url}/v2/health/ready`);
    expect([ready.status, ready.json]).toEqual([503, { ready: false }]);
    expect((await send(`${url}/v2/health/live`)).status).toBe(200);
    expect((await send(`${url}/v2/models/simple/ready`)).status).toBe(503);
  });

  test('lists its models, virtual ones included, each once', async () => {
    const { url } = await v2Server();
    const { models } = (await send(`${url}/v2/models`)).json as { models: string[] };
    expect(models).toEqual(expect.arrayContaining(['simple', 'scores-net', 'classification-letters', 'versioned']));
    expect(new Set(models).size).toBe(models.length);
  });
});

describe('a model', () => {
  test('shows its tensors, the batch as -1', async () => {
    const { url } = await v2Server();
    const { json } = await send(`${url}/v2/models/simple`);
    expect(json).toMatchObject({
      name: 'simple',
      versions: ['1'],
      platform: 'onnxruntime_onnx',
      inputs: [
        { name: 'INPUT0', datatype: 'INT32', shape: [-1, 16] },
        { name: 'INPUT1', datatype: 'INT32', shape: [-1, 16] },
      ],
      outputs: [
        { name: 'OUTPUT0', datatype: 'INT32', shape: [-1, 16] },
        { name: 'OUTPUT1', datatype: 'INT32', shape: [-1, 16] },
      ],
    });
  });

  test('that is virtual tells what stands behind it', async () => {
    const { url } = await v2Server();
    const architecture = (await send(`${url}/v2/models/scores-net`)).json;
    expect(architecture).toMatchObject({
      name: 'scores-net',
      versions: ['1'],
      inputs: [{ name: 'INPUT0', datatype: 'FP32', shape: [-1, 4] }],
      properties: {
        form: 'architecture',
        variants: 'scores-small,scores-large',
        use_cases: 'classification-letters',
        accuracy_percent: '70,90',
      },
    });
    const useCase = (await send(`${url}/v2/models/classification-letters`)).json;
    expect(useCase).toMatchObject({ properties: { form: 'use-case', architectures: 'scores-net' } });
  });

  test('with a model file runs on ONNX Runtime, whatever made it; a table keeps its framework', () => {
    const tensors = { inputs: [], outputs: [] };
    const plain = servedVariant({ name: 'm', ...tensors });
    const [bare, torch] = ['onnx', 'pytorch'].map((framework) => ({
      ...plain,
      definition: { ...plain.definition, framework },
    }));
    const artifact = { path: '/m.onnx', sha256: '0'.repeat(64), bytes: 1 };
    const filed = { ...torch, definition: { ...torch.definition, artifact } };
    const told = [bare, torch, filed].map((variant) => {
      const entry = new ModelDirectory([variant]).find('m');
      return entry && [modelMetadata(entry).platform, modelConfig(entry).platform, modelConfig(entry).backend];
    });
    const onnx = ['onnxruntime_onnx', 'onnxruntime_onnx', 'onnxruntime'];
    expect(told).toEqual([onnx, ['pytorch', 'pytorch', 'pytorch'], onnx]);
  });

  test('is found by name, and by name and version', async () => {
    const { url } = await v2Server();
    expect((await send(`${url}/v2/models/versioned`)).json['versions']).toEqual(['1', '2']);
    const second = await send(`${url}/v2/models/versioned/versions/2/ready`);
    expect([second.status, second.json]).toEqual([200, { name: 'versioned', ready: true }]);
    const third = await send(`${url}/v2/models/versioned/versions/3/ready`);
    expect([third.status, third.json]).toEqual([404, { error: 'model "versioned" has no version "3"' }]);
  });

  test.each(['', '/ready', '/config', '/stats', '/versions/1', '/versions/1/ready'])(
    'that is unknown is 404 at %s',
    async (call) => {
      const { url } = await v2Server();
      const { status, json } = await send(`${url}/v2/models/none${call}`);
      expect([status, json]).toEqual([404, { error: 'unknown model "none"' }]);
    },
  );

  test('without workers is ready as long as it can get one', async () => {
    const { url, service } = await v2Server();
    service.scale('simple', '1', { least: 0, most: 0 });
    expect((await send(`${url}/v2/models/simple/ready`)).status).toBe(200);
    const snapshot = service.snapshot();
    const failed = snapshot.variants.map((variant) => ({ ...variant, lastFailure: 'broken' }));
    service.snapshot = () => ({ ...snapshot, variants: failed });
    const { status, json } = await send(`${url}/v2/models/simple/ready`);
    expect([status, json]).toEqual([503, { name: 'simple', ready: false }]);
  });
});

describe('the configuration', () => {
  test('of a model that batches has its largest batch and no batch in its extents', async () => {
    const { url } = await v2Server();
    const { json } = await send(`${url}/v2/models/simple/config`);
    expect(json).toMatchObject({
      name: 'simple',
      platform: 'onnxruntime_onnx',
      backend: 'onnxruntime',
      max_batch_size: 8,
      input: [
        { name: 'INPUT0', data_type: 'TYPE_INT32', dims: [16] },
        { name: 'INPUT1', data_type: 'TYPE_INT32', dims: [16] },
      ],
      dynamic_batching: { preferred_batch_size: [8] },
      instance_group: [{ kind: 'KIND_CPU', count: 1 }],
      model_transaction_policy: { decoupled: false },
    });
  });

  test('of a model that does not batch has all extents and no batching', async () => {
    const { url } = await v2Server();
    const { json } = await send(`${url}/v2/models/unbatched/versions/1/config`);
    expect(json).toMatchObject({ max_batch_size: 0, input: [{ data_type: 'TYPE_FP32', dims: [-1, 4] }] });
    expect(json).not.toHaveProperty('dynamic_batching');
  });
});

describe('the statistics', () => {
  const STAGES = [
    'success',
    'fail',
    'queue',
    'compute_input',
    'compute_infer',
    'compute_output',
    'cache_hit',
    'cache_miss',
  ];

  test('have every field before the first query', async () => {
    const { url } = await v2Server();
    const { json } = await send(`${url}/v2/models/simple/stats`);
    const zero = { count: 0, ns: 0 };
    expect(json).toEqual({
      model_stats: [
        {
          name: 'simple',
          version: '1',
          last_inference: 0,
          inference_count: 0,
          execution_count: 0,
          inference_stats: Object.fromEntries(STAGES.map((stage) => [stage, zero])),
          response_stats: {},
          batch_stats: [],
          memory_usage: [],
        },
      ],
    });
  });

  test('count what was asked, executed and refused', async () => {
    const { url, service } = await v2Server();
    await postJson(`${url}/v2/models/simple/infer`, SIMPLE);
    await postJson(`${url}/v2/models/simple/infer`, SIMPLE);
    service.answerNext({ ok: false, outcome: 'rejected', reason: 'queue-full', message: 'full' });
    await postJson(`${url}/v2/models/simple/infer`, SIMPLE);
    const [stats] = (await send(`${url}/v2/models/simple/stats`)).json['model_stats'] as Record<string, unknown>[];
    expect(stats).toMatchObject({
      last_inference: 1_700_000_000_000,
      inference_count: 2,
      execution_count: 2,
      inference_stats: {
        success: { count: 2, ns: 20_000 },
        fail: { count: 1, ns: 0 },
        queue: { count: 2, ns: 2000 },
        compute_input: { count: 2, ns: 4000 },
        compute_infer: { count: 2, ns: 6000 },
        compute_output: { count: 2, ns: 8000 },
      },
      batch_stats: [{ batch_size: 1, compute_infer: { count: 2, ns: 6000 } }],
    });
  });

  test('of a virtual model count what was asked of it, and of its variants what they served', async () => {
    const { url, statistics, service } = await v2Server();
    const scores = { inputs: [{ name: 'INPUT0', datatype: 'FP32', shape: [2, 4], data: [1, 2, 3, 4, 5, 6, 7, 8] }] };
    await postJson(`${url}/v2/models/scores-net/infer`, scores);
    await postJson(`${url}/v2/models/scores-small/infer`, scores);
    const counts = (name: string): number[] => {
      const entry = service.directory.find(name);
      if (entry === undefined) return [];
      const { inference_count: inputs, execution_count: batches } = statistics.read(entry);
      return [inputs, batches];
    };
    expect([counts('scores-net'), counts('scores-small'), counts('classification-letters')]).toEqual([
      [2, 1],
      [4, 2],
      [0, 0],
    ]);
  });

  test('of all models are listed together, versions apart', async () => {
    const { url } = await v2Server();
    const { model_stats: all } = (await send(`${url}/v2/models/stats`)).json as { model_stats: { name: string }[] };
    expect(all.filter(({ name }) => name === 'versioned')).toHaveLength(2);
  });
});

describe('the repository', () => {
  test('lists models with their states', async () => {
    const { url, service } = await v2Server();
    const all = await postJson(`${url}/v2/repository/index`, {});
    expect(all.json).toContainEqual({ name: 'simple', version: '1', state: 'READY', reason: '' });
    service.isReady = false;
    expect((await postJson(`${url}/v2/repository/index`, '')).json).toHaveLength(service.directory.list().length);
    expect((await postJson(`${url}/v2/repository/index`, { ready: true })).json).toEqual([]);
  });

  test('loads and unloads with parameters, files decoded', async () => {
    const calls: [string, string, RepositoryParameters][] = [];
    const service = new StandInService();
    const { url } = await v2Server({
      service,
      repository: {
        index: () => Promise.resolve(indexOf(service.directory, true)),
        load: async (name, parameters) => void calls.push(['load', name, parameters]),
        unload: async (name, parameters) => void calls.push(['unload', name, parameters]),
      },
    });
    const file = Buffer.from('onnx').toString('base64');
    const loaded = await postJson(`${url}/v2/repository/models/new/load`, {
      parameters: { config: '{}', 'file:1/model.onnx': file },
    });
    const unloaded = await postJson(`${url}/v2/repository/models/new/unload`, {
      parameters: { unload_dependents: true },
    });
    expect([loaded.status, unloaded.status]).toEqual([200, 200]);
    const bytes = Buffer.from('onnx');
    expect(calls).toEqual([
      [
        'load',
        'new',
        new Map<string, unknown>([
          ['config', '{}'],
          ['file:1/model.onnx', bytes],
        ]),
      ],
      ['unload', 'new', new Map([['unload_dependents', true]])],
    ]);
  });

  test('tells why a load failed without the place on this host', async () => {
    const failing = (code: string) => () =>
      Promise.reject(new ServingError({ code, message: 'no such model', place: '/models/x/config.pbtxt:3' }));
    const { url } = await v2Server({
      repository: {
        index: () => Promise.resolve([]),
        load: failing('MODEL_UNKNOWN'),
        unload: failing('MODEL_REFUSED'),
      },
    });
    const load = await postJson(`${url}/v2/repository/models/x/load`, '');
    expect([load.status, load.json]).toEqual([404, { error: 'no such model' }]);
    expect((await postJson(`${url}/v2/repository/models/x/unload`, '')).status).toBe(400);
    const list = await postJson(`${url}/v2/repository/models/x/load`, { parameters: [1] });
    expect([list.status, list.json]).toEqual([400, { error: 'parameters got an array, expected an object' }]);
  });

  test('that is fixed says that it does not load', async () => {
    const { url } = await v2Server();
    expect((await postJson(`${url}/v2/repository/models/simple/unload`, '')).status).toBe(501);
  });
});

describe('what is not offered', () => {
  test.each([
    ['GET', '/'],
    ['GET', '/v2/systemsharedmemory/status'],
    ['POST', '/v2/systemsharedmemory/region/x/register'],
    ['POST', '/v2/cudasharedmemory/region/x/register'],
    ['GET', '/v2/trace/setting'],
    ['POST', '/v2/logging'],
    ['POST', '/v2/models/simple/generate'],
    ['GET', '/v1/models/simple'],
  ])('%s %s is 404', async (method, path) => {
    const { url } = await v2Server();
    const { status, json } = await send(url + path, { method });
    expect([status, json]).toEqual([404, { error: 'nothing is offered at this path' }]);
  });

  test.each([
    ['POST', '/v2', 'GET, HEAD, OPTIONS'],
    ['POST', '/v2/health/live', 'GET, HEAD, OPTIONS'],
    ['GET', '/v2/models/simple/infer', 'OPTIONS, POST'],
    ['PUT', '/v2/models/simple/infer', 'OPTIONS, POST'],
    ['GET', '/v2/repository/index', 'OPTIONS, POST'],
    ['DELETE', '/v2/models/simple', 'GET, HEAD, OPTIONS'],
  ])('%s %s is 405 and says what is', async (method, path, allow) => {
    const { url } = await v2Server();
    const { status, headers, json } = await send(url + path, { method });
    expect([status, headers.get('allow')]).toEqual([405, allow]);
    expect(json).toHaveProperty('error');
  });
});

test('a change of the catalogue shows at once', async () => {
  const { url, service } = await v2Server();
  const added = { name: 'added', inputs: [spec('X', 'float32', null, 1)], outputs: [spec('Y', 'float32', null, 1)] };
  await service.install([servedVariant(added)]);
  expect((await send(`${url}/v2/models/added`)).status).toBe(200);
  await service.remove([{ name: 'simple' }]);
  expect((await send(`${url}/v2/models/simple`)).status).toBe(404);
  expect(standInVariants().some(({ name }) => name === 'added')).toBe(false);
});
