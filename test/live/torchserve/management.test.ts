import { describe, expect, test } from 'vitest';
import { identityVariant } from '../stand-in-variants.ts';
import { call, failure, serving } from './fixtures.ts';

const PROCESSING = { status: 'Processing worker updates...' };
const SCALING = { status: 'Workers scaling in progress...' };

function registered(workers: number): object {
  const hint = workers === 0 ? '. Use scale workers API to add workers for the model.' : '';
  return { status: `Model "m" Version: 1.0 registered with ${workers} initial workers${hint}` };
}

describe('registering', () => {
  test('hands on what was said, and leaves out what was not', async () => {
    const { management, models } = await serving();
    expect((await call(`POST ${management}/models?url=m.mar`)).json).toEqual(registered(0));
    const said =
      'model_name=n&handler=image_classifier&runtime=python3&batch_size=4&max_batch_delay=5&response_timeout=7';
    await call(`POST ${management}/models?url=n.mar&${said}&startup_timeout=9`);
    const none = { handler: undefined, batchSize: undefined, maxBatchDelayMs: undefined, initialWorkers: undefined };
    expect(models.calls).toEqual([
      { url: 'm.mar', modelName: undefined, ...none, defaultWorkers: 0, properties: {} },
      {
        url: 'n.mar',
        modelName: 'n',
        handler: 'image_classifier',
        batchSize: 4,
        maxBatchDelayMs: 5,
        initialWorkers: undefined,
        defaultWorkers: 0,
        properties: { 'torchserve.response_timeout_s': 7, 'torchserve.startup_timeout_s': 9 },
      },
    ]);
  });

  test('takes a JSON body as well', async () => {
    const { management, models } = await serving();
    const body = JSON.stringify({ url: 'm.mar', batch_size: 2, synchronous: true });
    expect((await call(`POST ${management}/models`, body, 'application/json')).status).toBe(200);
    expect(models.calls[0]).toMatchObject({ url: 'm.mar', batchSize: 2 });
  });

  test.each([
    'batch_size=dd',
    'synchronous=-1',
    'max_batch_delay=junk',
    'initial_workers=-1',
    'batch_size=99999999999',
  ])('%s counts as not said', async (said) => {
    const { management, models } = await serving();
    expect(await call(`POST ${management}/models?url=m.mar&${said}`)).toMatchObject({
      status: 200,
      json: registered(0),
    });
    expect(models.calls[0]).toMatchObject({
      batchSize: undefined,
      maxBatchDelayMs: undefined,
      initialWorkers: undefined,
    });
  });

  test('waits for its workers unless it is told not to', async () => {
    const { management, service } = await serving();
    const url = `POST ${management}/models?url=m.mar&initial_workers=2`;
    expect(await call(url)).toMatchObject({ status: 200, json: registered(2) });
    expect(await call(`${url}&synchronous=false`)).toMatchObject({ status: 202, json: PROCESSING });
    expect(service.calls.at(-1)).toBe('scale m/1.0 2-2');
    service.settling = 'timeout';
    expect(await call(url)).toMatchObject({ status: 206, json: SCALING });
  });

  test('the default number of workers is the options’', async () => {
    const { management } = await serving({ options: { defaultWorkers: 3 } });
    expect((await call(`POST ${management}/models?url=m.mar`)).json).toEqual(registered(3));
  });

  test('a model whose workers do not start is not registered', async () => {
    const { management, service } = await serving();
    service.settling = 'failed';
    const message = 'Failed to start workers for model m version: null';
    expect(await call(`POST ${management}/models?url=m.mar&initial_workers=1`)).toMatchObject({
      status: 500,
      json: failure(500, 'InternalServerException', message),
    });
    expect((await call(`${management}/models/m`)).status).toBe(404);
  });

  test.each([
    ['', 400, 'BadRequestException', 'Parameter url is required.'],
    ['?url=', 404, 'ModelNotFoundException', 'empty url'],
    ['?url=../m.mar', 404, 'ModelNotFoundException', 'Relative path is not allowed in url: ../m.mar'],
    ['?url=%252e%252e/m', 404, 'ModelNotFoundException', 'Relative path is not allowed in url: %2e%2e/m'],
    ['?url=m.mar&runtime=ruby', 400, 'BadRequestException', 'Invalid RuntimeType value: ruby'],
    ['?url=m.mar&initial_workers=17', 400, 'BadRequestException', 'initial_workers cannot be greater than 16.'],
  ])('%s is refused', async (query, status, type, message) => {
    const { management } = await serving();
    expect((await call(`POST ${management}/models${query}`)).json).toEqual(failure(status, type, message));
  });

  test.each([
    ['MODEL_SOURCE_NOT_ALLOWED', 404, 'ModelNotFoundException', 'in words'],
    ['MODEL_SOURCE_NO_STORE', 404, 'ModelNotFoundException', 'in words'],
    ['MODEL_SOURCE_NOT_FOUND', 404, 'ModelNotFoundException', 'in words'],
    ['MODEL_SOURCE_DOWNLOAD', 400, 'DownloadArchiveException', 'in words'],
    ['MODEL_SOURCE_EXISTS', 500, 'InternalServerException', 'in words'],
    ['MODEL_CONFLICT', 409, 'ConflictStatusException', 'in words'],
    ['MODEL_ARCHIVE', 400, 'BadRequestException', 'in words'],
    ['LIVE_LOAD_FAILED', 500, 'InternalServerException', 'Failed to start workers for model m.mar version: null'],
  ])('%s of the manager is %i, and no place of this host is told', async (code, status, type, message) => {
    const { management, models } = await serving();
    models.failWith = code;
    expect((await call(`POST ${management}/models?url=m.mar`)).json).toEqual(failure(status, type, message));
  });

  test('broken JSON is 400', async () => {
    const { management } = await serving();
    expect((await call(`POST ${management}/models`, '{', 'application/json')).status).toBe(400);
    expect((await call(`POST ${management}/models`, '[]', 'application/json')).status).toBe(400);
  });

  test('registering and unregistering are 405 where the model API is off', async () => {
    const { management } = await serving({ options: { modelApi: false } });
    for (const target of [`POST ${management}/models?url=m.mar`, `DELETE ${management}/models/simple`]) {
      expect((await call(target)).json).toMatchObject({ code: 405, type: 'MethodNotAllowedException' });
    }
    expect((await call(`${management}/models`)).status).toBe(200);
  });
});

describe('unregistering', () => {
  test('takes a model away, all versions or one that is not the default', async () => {
    const { management } = await serving();
    expect((await call(`DELETE ${management}/models/versioned/2`)).json).toEqual({
      status: 'Model "versioned" unregistered',
    });
    expect((await call(`DELETE ${management}/models/versioned`)).json).toEqual({
      status: 'Model "versioned" unregistered',
    });
    expect((await call(`DELETE ${management}/models/versioned`)).json).toEqual(
      failure(404, 'ModelNotFoundException', 'Model not found: versioned'),
    );
  });

  test('the default version stays while there are others', async () => {
    const { management } = await serving();
    expect((await call(`DELETE ${management}/models/versioned/1`)).json).toEqual(
      failure(403, 'InvalidModelVersionException', 'Cannot remove default version for model versioned'),
    );
    expect((await call(`DELETE ${management}/models/versioned/7`)).json).toEqual(
      failure(404, 'ModelVersionNotFoundException', 'Model version: 7 does not exist for model: versioned'),
    );
  });

  test('what the manager refuses is 403', async () => {
    const { management, models } = await serving();
    models.failWith = 'MODEL_OF_CONFIG';
    expect((await call(`DELETE ${management}/models/simple`)).json).toEqual(
      failure(403, 'IllegalArgumentException', 'in words'),
    );
  });
});

describe('the default version', () => {
  test('is what queries without a version get', async () => {
    const { management, service } = await serving();
    const { json } = await call(`PUT ${management}/models/versioned/2/set-default`);
    expect(json).toEqual({ status: 'Default version successfully updated for model "versioned" to "2"' });
    expect(service.directory.find('versioned')?.version).toBe('2');
  });

  test.each([
    ['versioned/9', 'ModelVersionNotFoundException', 'Model version 9 does not exist for model versioned'],
    ['none/1', 'ModelNotFoundException', 'Model not found: none'],
  ])('%s is 404, in words of its own', async (path, type, message) => {
    const { management } = await serving();
    expect((await call(`PUT ${management}/models/${path}/set-default`)).json).toEqual(failure(404, type, message));
  });
});

describe('scaling', () => {
  test('begins and says so; one worker is the least unless it is said', async () => {
    const { management, service } = await serving();
    expect(await call(`PUT ${management}/models/simple`)).toMatchObject({ status: 202, json: PROCESSING });
    await call(`PUT ${management}/models/simple/1?min_worker=2&max_worker=5`);
    expect(service.calls).toEqual(['scale simple/1 1-1', 'scale simple/1 2-5']);
  });

  test('waits where it is asked to', async () => {
    const { management, service } = await serving();
    const url = `PUT ${management}/models/simple`;
    const said = '?min_worker=3&synchronous=true';
    expect(await call(`${url}${said}`)).toMatchObject({
      status: 200,
      json: { status: 'Workers scaled to 3 for model: simple' },
    });
    expect((await call(`${url}/1${said}`)).json).toEqual({
      status: 'Workers scaled to 3 for model: simple, version: 1',
    });
    service.settling = 'timeout';
    expect(await call(`${url}${said}&timeout=1`)).toMatchObject({ status: 206, json: SCALING });
    service.settling = 'failed';
    const message = (version: string): string => `Failed to start workers for model simple version: ${version}`;
    expect((await call(`${url}${said}`)).json).toEqual(failure(500, 'InternalServerException', message('null')));
    expect((await call(`${url}/1${said}`)).json).toEqual(failure(500, 'InternalServerException', message('1')));
  });

  test.each([
    ['simple?min_worker=2&max_worker=1', 400, 'BadRequestException', 'max_worker cannot be less than min_worker.'],
    ['simple?min_worker=17', 400, 'BadRequestException', 'max_worker cannot be greater than 16.'],
    ['simple?min_worker=-1', 500, 'IndexOutOfBoundsException', 'min_worker -1 is out of bounds'],
    ['none', 404, 'ModelNotFoundException', 'Model not found: none'],
    ['simple/2', 404, 'ModelVersionNotFoundException', 'Model version: 2 does not exist for model: simple'],
    ['scores-net', 404, 'ModelNotFoundException', 'Model not found: scores-net'],
  ])('PUT /models/%s is %i', async (path, status, type, message) => {
    const { management, service } = await serving();
    expect((await call(`PUT ${management}/models/${path}`)).json).toEqual(failure(status, type, message));
    expect(service.calls).toEqual([]);
  });
});

/** Names on a page, and the token of the next. */
async function pages(query: string, names: readonly string[] = ['c', 'a', 'b']): Promise<unknown> {
  const { management, service } = await serving();
  await service.remove(service.directory.list().map(({ name }) => ({ name })));
  await service.install(names.map((name) => identityVariant('float32', name)));
  const { json } = await call(`${management}/models${query}`);
  const { nextPageToken, models } = json as {
    readonly nextPageToken?: string;
    readonly models: readonly { modelName: string }[];
  };
  return [models.map(({ modelName }) => modelName).join(''), nextPageToken];
}

describe('the list of models', () => {
  test.each([
    ['', 'abc', undefined],
    ['?limit=2', 'ab', '2'],
    ['?limit=2&next_page_token=2', 'c', undefined],
    ['?limit=3', 'abc', '3'],
    ['?limit=0', '', '0'],
    ['?limit=-1', 'abc', undefined],
    ['?limit=101', 'abc', undefined],
    ['?limit=x&next_page_token=-5', 'abc', undefined],
    ['?next_page_token=9', '', undefined],
  ])('%s is a page by name', async (query, names, token) => {
    expect(await pages(query)).toEqual([names, token]);
  });

  test('has 100 models at most on a page', async () => {
    const names = Array.from({ length: 150 }, (_, at) => `m${String(at).padStart(3, '0')}`);
    expect(await pages('', names)).toEqual([names.slice(0, 100).join(''), '100']);
  });
});

describe('the description of a model', () => {
  test('has every field of TorchServe’s, from the service’s state', async () => {
    const { management, service } = await serving();
    await call(`POST ${management}/models?url=m.mar&response_timeout=7`);
    const state = service.snapshot();
    const worker = { variant: 'm', version: '1.0', machine: 'host', queued: 0, running: 0, batches: 0, completed: 0 };
    service.snapshot = () => ({
      ...state,
      variants: state.variants.map((variant) =>
        variant.name === 'm' ? { ...variant, scaling: { least: 1, most: 2 }, held: 2, queued: 3 } : variant,
      ),
      workers: [
        { ...worker, label: 'm#7', state: 'ready', pid: 42, memoryBytes: 1000, ageS: 100 },
        { ...worker, label: 'm#8', state: 'loading', ageS: 1 },
        { ...worker, label: 'm#6', state: 'dead', ageS: 1 },
        { ...worker, variant: 'other', label: 'x', state: 'ready', ageS: 1 },
      ],
    });
    const { json } = await call(`${management}/models/m`);
    const none = { gpu: false, gpuUsage: 'N/A' };
    expect(json).toEqual([
      {
        modelName: 'm',
        modelVersion: '1.0',
        modelUrl: 'm.mar',
        runtime: 'onnxruntime',
        minWorkers: 1,
        maxWorkers: 2,
        batchSize: 8,
        maxBatchDelay: 100,
        responseTimeout: 7,
        startupTimeout: 0,
        maxRetryTimeoutInSec: 300,
        clientTimeoutInMills: 0,
        parallelType: '',
        parallelLevel: 0,
        deviceType: 'cpu',
        continuousBatching: false,
        useJobTicket: false,
        useVenv: false,
        stateful: false,
        sequenceMaxIdleMSec: 0,
        sequenceTimeoutMSec: 0,
        maxNumSequence: 0,
        maxSequenceJobQueueSize: 0,
        loadedAtStartup: false,
        workers: [
          { id: '9000', startTime: '1970-01-01T00:15:00.000Z', status: 'READY', memoryUsage: 1000, pid: 42, ...none },
          { id: '9001', startTime: '1970-01-01T00:16:39.000Z', status: 'UNLOADING', memoryUsage: 0, pid: -1, ...none },
        ],
        jobQueueStatus: { remainingCapacity: 95, pendingRequests: 5 },
      },
    ]);
  });

  test('a worker keeps its number', async () => {
    const { api } = await serving();
    expect(['a', 'b', 'a'].map((label) => api.workerIds.of(label))).toEqual(['9000', '9001', '9000']);
    api.workerIds.keepOnly(['b']);
    expect(['b', 'a'].map((label) => api.workerIds.of(label))).toEqual(['9001', '9002']);
  });

  test('is of one version, the default, or all', async () => {
    const { management } = await serving();
    const versions = async (path: string): Promise<unknown> => {
      const { json } = await call(`${management}/models/versioned${path}`);
      return (json as readonly { readonly modelVersion: string }[]).map(({ modelVersion }) => modelVersion);
    };
    expect([await versions(''), await versions('/2'), await versions('/all')]).toEqual([['1'], ['2'], ['1', '2']]);
    expect((await call(`${management}/models/none/all`)).status).toBe(404);
    expect((await call(`${management}/models/versioned/3`)).status).toBe(404);
  });

  test('tells the tensors where the model’s own words are asked for', async () => {
    const { management } = await serving();
    const { json } = await call(`${management}/models/simple?customized=true`);
    const [{ customizedMetadata }] = json as readonly { readonly customizedMetadata: string }[];
    expect(JSON.parse(customizedMetadata)).toMatchObject({ inputs: [{ name: 'INPUT0' }, { name: 'INPUT1' }] });
  });
});
