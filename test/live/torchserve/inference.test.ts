import { describe, expect, test } from 'vitest';
import { FORM_TYPE, form, png } from '../payloads/forms.ts';
import { call, failure, serving } from './fixtures.ts';

const JSON_TYPE = 'application/json';
const NO_WORKER =
  'has no worker to serve inference request. Please use scale workers API to add workers. ' +
  'If this is a sequence inference, please check if it is closed, or expired; or exceeds maxSequenceJobQueueSize';

async function image(value: number): Promise<{ name: string; content: Buffer; fileName: string }> {
  return { name: 'data', content: await png(value), fileName: 'a.png' };
}

describe('answers', () => {
  test('are indented JSON with a line’s end, an id, and headers against caches', async () => {
    const { inference } = await serving();
    const { text, headers } = await call(`${inference}/ping`);
    expect(text).toBe('{\n  "status": "Healthy"\n}\n');
    expect(headers.get('content-type')).toBe(JSON_TYPE);
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(headers.get('pragma')).toBe('no-cache');
    expect(headers.get('cache-control')).toBe('no-cache; no-store, must-revalidate, private');
    expect(headers.get('expires')).toBe('Thu, 01 Jan 1970 00:00:00 UTC');
  });

  test('from 400 on close the connection', async () => {
    const { inference } = await serving();
    expect((await call(`${inference}/none`)).headers.get('connection')).toBe('close');
    expect((await call(`${inference}/ping`)).headers.get('connection')).not.toBe('close');
  });

  test.each([
    [
      'GET',
      '/none',
      404,
      'ResourceNotFoundException',
      'Requested resource is not found, please refer to API document.',
    ],
    ['GET', '/', 405, 'MethodNotAllowedException', 'Requested method is not allowed, please refer to API document.'],
    [
      'DELETE',
      '/ping',
      405,
      'MethodNotAllowedException',
      'Requested method is not allowed, please refer to API document.',
    ],
    ['POST', '/predictions/none', 404, 'ModelNotFoundException', 'Model not found: none'],
    [
      'POST',
      '/predictions/simple/9.0',
      404,
      'ModelVersionNotFoundException',
      'Model version: 9.0 does not exist for model: simple',
    ],
    ['POST', '/predictions/none/9.0', 404, 'ModelNotFoundException', 'Model not found: none'],
  ])('%s %s is %i', async (method, path, status, type, message) => {
    const { inference } = await serving();
    const answer = await call(`${method} ${inference}${path}`, method === 'POST' ? '[1]' : undefined);
    expect([answer.status, answer.json]).toEqual([status, failure(status, type, message)]);
  });

  test('a trailing slash is ignored', async () => {
    const { inference } = await serving();
    expect((await call(`${inference}/ping/`)).status).toBe(200);
  });
});

describe('health', () => {
  test('is bad when a default version has fewer workers than it should', async () => {
    const { inference, service } = await serving();
    const state = service.snapshot();
    const [simple, ...others] = state.variants;
    service.snapshot = () => ({
      ...state,
      variants: [{ ...simple, ready: 1, scaling: { least: 2, most: null } }, ...others],
    });
    expect(await call(`${inference}/ping`)).toMatchObject({ status: 500, json: { status: 'Unhealthy' } });
    service.snapshot = () => ({
      ...state,
      variants: [{ ...simple, isDefault: false, ready: 1, scaling: { least: 2, most: null } }, ...others],
    });
    expect(await call(`${inference}/ping`)).toMatchObject({ status: 200, json: { status: 'Healthy' } });
  });

  test('is bad while the service takes no queries', async () => {
    const { inference, service } = await serving();
    service.isReady = false;
    expect((await call(`${inference}/ping`)).status).toBe(500);
  });
});

describe('predictions', () => {
  test('an image by form, by body and by PUT gives probabilities by label', async () => {
    const { inference, service } = await serving();
    const url = `${inference}/predictions/brightness`;
    const answers = [
      await call(`POST ${url}`, form([await image(250)]), FORM_TYPE),
      await call(`POST ${url}`, await png(250), 'image/png'),
      await call(`PUT ${url}`, await png(250)),
      await call(`POST ${url}/1`, await png(250)),
      await call(`POST ${url}/1/anything/else`, await png(250)),
    ];
    for (const { status, json, headers } of answers) {
      expect([status, headers.get('content-type')]).toEqual([200, JSON_TYPE]);
      expect(Object.keys(json as object)).toEqual(['bright', 'dark']);
    }
    expect(service.queries.map(({ timeoutNs }) => timeoutNs)).toEqual(Array(5).fill(120e9));
  });

  test('several images are one query, answered as a list', async () => {
    const { inference, service } = await serving();
    const body = form([await image(250), await image(0)]);
    const { json } = await call(`POST ${inference}/predictions/brightness`, body, FORM_TYPE);
    expect((json as object[]).map((answer) => Object.keys(answer)[0])).toEqual(['bright', 'dark']);
    expect(service.queries).toHaveLength(1);
  });

  test.each([
    ['JSON', '[1, 2]', JSON_TYPE],
    ['JSON in an object', '{"data": [1, 2]}', JSON_TYPE],
    ['JSON as curl sends it', '[1, 2]', 'application/x-www-form-urlencoded'],
    ['a form', 'data=%5B1,2%5D', 'application/x-www-form-urlencoded'],
    ['multipart', form([{ name: 'data', content: '[1, 2]' }]), FORM_TYPE],
    ['nothing', '[1, 2]', undefined],
  ])('numbers as %s', async (_form, body, type) => {
    const { inference } = await serving();
    const { status, json } = await call(`POST ${inference}/predictions/identity-float32`, body, type);
    expect([status, json]).toEqual([200, [1, 2]]);
  });

  test('numbers in the query of a GET', async () => {
    const { inference } = await serving();
    expect(await call(`${inference}/predictions/identity-float32?data=[3]`)).toMatchObject({ status: 200, json: [3] });
  });

  test('several inputs come as parts of their names', async () => {
    const { inference } = await serving();
    const ones = JSON.stringify(Array(16).fill(1));
    const body = form([
      { name: 'INPUT0', content: ones },
      { name: 'INPUT1', content: ones },
    ]);
    const { json } = await call(`POST ${inference}/predictions/simple`, body, FORM_TYPE);
    expect(json).toEqual({ OUTPUT0: Array(16).fill(2), OUTPUT1: Array(16).fill(0) });
  });

  test.each([
    ['', undefined, 'The request has no input.'],
    ['hello', 'image/png', 'the payload is no image'],
    ['--frontier', FORM_TYPE, 'the body is no whole multipart form'],
  ])('%j is 400, and a good request still gets its answer', async (body, type, message) => {
    const { inference } = await serving();
    const answer = await call(`POST ${inference}/predictions/brightness`, body, type);
    expect(answer.json).toMatchObject({ code: 400, type: 'BadRequestException' });
    expect(answer.text).toContain(message);
    expect((await call(`POST ${inference}/predictions/brightness`, await png(0))).status).toBe(200);
  });

  test('a model without a worker is 503, with and without a version', async () => {
    const { inference, service } = await serving();
    service.scale('brightness', '1', { least: 0, most: 0 });
    const url = `POST ${inference}/predictions/brightness`;
    const type = 'ServiceUnavailableException';
    expect((await call(url, 'x')).json).toEqual(failure(503, type, `Model "brightness" ${NO_WORKER}`));
    expect((await call(`${url}/1`, 'x')).json).toEqual(
      failure(503, type, `Model "brightness" Version 1" ${NO_WORKER}`),
    );
    expect(service.queries).toEqual([]);
  });

  test('a first request may start the worker where that is allowed', async () => {
    const { inference, service } = await serving({ options: { startOnRequest: true } });
    service.scale('brightness', '1', { least: 0, most: 0 });
    expect((await call(`POST ${inference}/predictions/brightness`, await png(0))).status).toBe(200);
  });

  test('a full queue is 503 at once, and its places come back', async () => {
    const { inference, service } = await serving({ options: { jobQueueSize: 1 } });
    let release = (): void => undefined;
    const cancelled = { ok: false, outcome: 'failed', reason: 'execution-failed', message: 'no' } as const;
    const held = new Promise<typeof cancelled>((resolve) => {
      release = () => resolve(cancelled);
    });
    // One worker executes batches of eight, and one request waits: nine have a place.
    const url = `POST ${inference}/predictions/identity-float32`;
    for (let at = 0; at < 9; at += 1) service.answerNext(held);
    const open = Array.from({ length: 9 }, () => call(url, '[1]'));
    while (service.queries.length < 9) await new Promise(setImmediate);
    expect((await call(url, '[1]')).status).toBe(503);
    release();
    await Promise.all(open);
    expect((await call(url, '[1]')).status).toBe(200);
  });

  test.each([
    ['rejected', 'queue-full', 503, 'ServiceUnavailableException'],
    ['rejected', 'rate-limit', 429, 'TooManyRequestsException'],
    ['rejected', 'too-many-inputs', 400, 'BadRequestException'],
    ['expired', 'timeout', 408, 'RequestTimeoutException'],
    ['failed', 'execution-failed', 500, 'InternalServerException'],
    ['failed', 'worker-crashed', 500, 'InternalServerException'],
  ] as const)('%s for %s is %i', async (outcome, reason, status, type) => {
    const { inference, service } = await serving();
    service.answerNext({ ok: false, outcome, reason, message: 'in words' });
    const answer = await call(`POST ${inference}/predictions/identity-float32`, '[1]');
    expect([answer.status, answer.json]).toMatchObject([status, { code: status, type }]);
  });

  test('a body over the limit is 413', async () => {
    const { inference } = await serving();
    const answer = await call(`POST ${inference}/predictions/brightness`, Buffer.alloc(1_000_001));
    expect(answer.json).toMatchObject({ code: 413, type: 'RequestEntityTooLargeException' });
  });

  test('explanations are 501 for models that are there, 404 for others', async () => {
    const { inference } = await serving();
    expect((await call(`POST ${inference}/explanations/brightness`, 'x')).json).toMatchObject({ code: 501 });
    expect((await call(`POST ${inference}/explanations/none/1`, 'x')).json).toMatchObject({ code: 404 });
  });

  test.each(['%2e%2e%2fx', 'a%2Fb', '%00', 'x'.repeat(130), '%7B%7D', '__proto__', 'constructor'])(
    'a model named %s is not found, and told in JSON',
    async (name) => {
      const { inference } = await serving();
      const { status, json } = await call(`POST ${inference}/predictions/${name}`, 'x');
      expect([status === 404 || status === 400, json]).toMatchObject([true, { code: status }]);
    },
  );
});

describe('SageMaker’s and the older paths', () => {
  test.each([
    '/models/brightness/invoke',
    '/brightness/predict',
    '/brightness/1/predict',
    '/invocations?model_name=brightness',
  ])('POST %s is a prediction', async (path) => {
    const { inference } = await serving();
    const { json } = await call(`POST ${inference}${path}`, await png(250));
    expect(Object.keys(json as object)[0]).toBe('bright');
  });

  test('invocations without a name need the one model there is', async () => {
    const { inference, service } = await serving();
    const message = 'Parameter model_name is required.';
    expect((await call(`POST ${inference}/invocations`, 'x')).json).toEqual(
      failure(400, 'BadRequestException', message),
    );
    const others = service.directory
      .list()
      .filter(({ form: kind, name }) => kind === 'variant' && name !== 'brightness');
    await service.remove(others.map(({ name }) => ({ name })));
    expect((await call(`POST ${inference}/invocations`, await png(0))).status).toBe(200);
  });
});

describe('KServe V1', () => {
  test('instances are predictions, as values, objects and base64', async () => {
    const { inference } = await serving();
    const numbers = await call(
      `POST ${inference}/v1/models/identity-float32:predict`,
      '{"instances": [[1, 2], {"data": [3, 4]}]}',
    );
    expect(numbers.json).toEqual({
      predictions: [
        [1, 2],
        [3, 4],
      ],
    });
    const images = [250, 0].map(async (value) => ({ data: (await png(value)).toString('base64') }));
    const body = JSON.stringify({ instances: await Promise.all(images) });
    const { json } = await call(`POST ${inference}/v1/models/brightness:predict`, body);
    const { predictions } = json as { readonly predictions: readonly object[] };
    expect(predictions.map((answer) => Object.keys(answer)[0])).toEqual(['bright', 'dark']);
  });

  test.each([
    [501, 'brightness:explain', '{}'],
    [404, 'brightness:train', '{}'],
    [404, 'none:predict', '{}'],
    [400, 'brightness:predict', '{}'],
    [400, 'brightness:predict', '{"instances": []}'],
    [400, 'brightness:predict', '{"instances": 1}'],
    [400, 'brightness:predict', '['],
    [400, 'brightness:predict', '['.repeat(200_000)],
    [400, 'brightness:predict', '{"instances": ["x"]}'],
    [400, 'identity-int64:predict', '{"instances": [[9007199254740993]]}'],
  ])('%i for what %s does not take', async (status, path, body) => {
    const { inference } = await serving();
    expect((await call(`POST ${inference}/v1/models/${path}`, body)).json).toMatchObject({ code: status });
  });

  test('a model is ready when it has a worker, on both APIs', async () => {
    const { inference, management, service } = await serving();
    service.scale('simple', '1', { least: 0, most: 0 });
    for (const url of [inference, management]) {
      expect((await call(`${url}/v1/models/brightness`)).json).toEqual({ name: 'brightness', ready: true });
      expect((await call(`${url}/v1/models/simple`)).json).toEqual({ name: 'simple', ready: false });
      expect((await call(`${url}/v1/models/none`)).status).toBe(404);
    }
  });
});

describe('KServe V2', () => {
  test('outputs are called as the inputs are, and versions have a point', async () => {
    const { inference } = await serving();
    const inputs = [{ name: 'input-0', shape: [2, 2], datatype: 'FP32', data: [1, 2, 3, 4] }];
    const { json } = await call(
      `POST ${inference}/v2/models/identity-float32/infer`,
      JSON.stringify({ id: 'q', inputs }),
    );
    expect(json).toEqual({
      id: 'q',
      model_name: 'identity-float32',
      model_version: '1.0',
      outputs: [{ name: 'input-0', shape: [2, 2], datatype: 'FP32', data: [1, 2, 3, 4] }],
    });
  });

  test('images come as BYTES in base64', async () => {
    const { inference } = await serving();
    const data = [(await png(250)).toString('base64'), (await png(0)).toString('base64')];
    const inputs = [{ name: 'img', shape: [2], datatype: 'BYTES', data }];
    const { json } = await call(`POST ${inference}/v2/models/brightness/infer`, JSON.stringify({ inputs }));
    expect(json).toMatchObject({
      outputs: [{ name: 'img', shape: [2], datatype: 'BYTES', data: ['bright', 'dark'] }],
    });
  });

  test.each([
    ['{}', 'The request body must be a JSON object with a list of inputs.'],
    ['{"inputs": []}', 'The request body must be a JSON object with a list of inputs.'],
    ['{"inputs": [1]}', 'An input is no JSON object.'],
    ['{"inputs": [{"name": "INPUT0"}]}', 'An input has no data.'],
    ['{"inputs": [{"name": "INPUT0", "datatype": "INT8", "data": [1]}]}', 'Input INPUT0 takes FP32.'],
    ['{"inputs": [{"shape": [3], "data": [1]}]}', 'the shape of an input does not match its data'],
    ['{"inputs": [{"shape": [1e30, 1e30], "data": [1]}]}', 'the shape of an input does not match its data'],
    [
      `{"inputs": [{"shape": [${'1,'.repeat(100_000)}1], "data": [1]}]}`,
      'the shape of an input has more than 32 extents',
    ],
    ['{"inputs": [{"data": [1]}, {"data": [1]}]}', 'The model takes 1 inputs, and the request has 2.'],
  ])('%.70s is 400', async (body, message) => {
    const { inference } = await serving();
    const { json } = await call(`POST ${inference}/v2/models/identity-float32/infer`, body);
    expect(json).toEqual(failure(400, 'BadRequestException', message));
  });

  test('an integer that a double would round is refused, and JSON that is too much to parse', async () => {
    const { inference } = await serving();
    const rounded = await call(
      `POST ${inference}/v1/models/identity-int64:predict`,
      '{"instances": [9007199254740993]}',
    );
    expect(rounded.status).toBe(400);
    const heavy = await call(`POST ${inference}/predictions/identity-int64`, `[${'{},'.repeat(300_000)}0]`);
    expect(heavy.status).toBe(400);
    const lists = form(Array.from({ length: 2 }, () => ({ name: 'data', content: `[${'[],'.repeat(600_000)}0]` })));
    expect((await call(`POST ${inference}/predictions/identity-int64`, lists, FORM_TYPE)).status).toBe(413);
  });

  test('the server’s own calls are there when they are switched on', async () => {
    const off = await serving();
    expect((await call(`${off.inference}/v2`)).status).toBe(404);
    const { inference } = await serving({ options: { openInference: true } });
    expect((await call(`${inference}/v2`)).json).toMatchObject({
      name: 'Torchserve',
      extenstion: ['kserve', 'kubeflow'],
    });
    expect((await call(`${inference}/v2/health/live`)).json).toEqual({ live: true });
    expect((await call(`${inference}/v2/health/ready`)).json).toEqual({ ready: true });
    expect(await call(`POST ${inference}/v2/models/simple/versions/1/infer`, '{}')).toMatchObject({
      status: 501,
      json: { error: 'Model versioning is not yet supported.' },
    });
  });
});

describe('descriptions', () => {
  test('OPTIONS / and GET /api-description tell the paths of the listener’s API', async () => {
    const { inference, management } = await serving();
    const described = async (target: string): Promise<readonly string[]> => {
      const { json } = await call(target);
      expect(json).toMatchObject({ openapi: '3.0.1' });
      return Object.keys((json as { readonly paths: object }).paths);
    };
    expect(await described(`OPTIONS ${inference}/`)).toContain('/predictions/{model}');
    expect(await described(`${inference}/api-description`)).not.toContain('/models');
    expect(await described(`OPTIONS ${management}/`)).toContain('/models/{model}/{version}/set-default');
  });

  test('OPTIONS of a model tells what it takes', async () => {
    const { inference } = await serving();
    const { text } = await call(`OPTIONS ${inference}/predictions/simple`);
    expect(text).toContain('INPUT0 int32 [-1, 16], INPUT1 int32 [-1, 16]');
    expect((await call(`OPTIONS ${inference}/predictions/none`)).status).toBe(404);
  });
});
