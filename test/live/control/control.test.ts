// The management API over a listener: what each call takes and answers, and how a mistake is told.
import { describe, expect, test } from 'vitest';
import { Handlers, builtInHandlers } from '../../../backends/handlers/index.ts';
import { NEVER, ServingError, milliseconds } from '../../../core/index.ts';
import type { ControlParts, ServerStatus } from '../../../live/control/index.ts';
import { controlRoutes } from '../../../live/control/index.ts';
import { serverRoutes } from '../../../live/control/server-calls.ts';
import { GateRefusal } from '../../../live/http/index.ts';
import type { HttpExchange, ListenerParts } from '../../../live/http/index.ts';
import type { NotServed, ServedVariant } from '../../../live/service/index.ts';
import { listening } from '../http/listening.ts';
import { servedVariant } from '../served-variant.ts';
import { StandInService } from '../stand-in-service.ts';

const SERVER: ServerStatus = {
  version: '0',
  pid: 7,
  startedMs: 0,
  config: 'folder/a.yaml',
  policySet: 'infaas',
  state: 'state',
  hasMachineCommands: false,
  listeners: [],
  failedModels: [],
  dashboard: '',
  metrics: '',
  selfTest: '',
};

interface Called {
  readonly status: number;
  readonly headers: Headers;
  readonly json: Readonly<Record<string, unknown>>;
}

interface Api {
  readonly service: StandInService;
  readonly stopped: string[];
  readonly registered: unknown[];
  readonly call: (method: string, path: string, body?: unknown) => Promise<Called>;
}

async function api(
  parts: Partial<ControlParts> = {},
  gate?: ListenerParts['gate'],
  service = new StandInService(),
): Promise<Api> {
  const stopped: string[] = [];
  const registered: unknown[] = [];
  const routes = controlRoutes({
    service,
    handlers: new Handlers(builtInHandlers({ maxPixels: 1000, maxSeconds: 5 })),
    models: {
      register: (request, options) => {
        registered.push(request, options);
        return Promise.resolve({ name: 'mine', versions: ['1'], notes: ['assumed'] });
      },
      unregister: () => Promise.reject(new ServingError({ code: 'MODEL_UNKNOWN', message: 'Model not found: x' })),
      setDefault: () => Promise.resolve(),
      scale: (name, version, bounds) => service.scale(name, version, bounds),
    },
    server: () => SERVER,
    stop: (machines) => stopped.push(machines),
    more: [],
    ...parts,
  });
  const { url } = await listening([routes], {}, gate === undefined ? {} : { gate });
  const call: Api['call'] = async (method, path, body) => {
    const sent = body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body);
    const answer = await fetch(`${url}/rehearse/v1/${path}`, { method, body: sent });
    return { status: answer.status, headers: answer.headers, json: (await answer.json()) as Called['json'] };
  };
  return { service, stopped, registered, call };
}

/** A variant for images of 28 by 28, with a handler, whose use case states a side or none. */
function pictures(name: string, size: string | undefined): ServedVariant {
  const useCase = { task: 'seeing', dataset: name, ...(size === undefined ? {} : { size }) };
  const inputs = [{ name: 'x', type: 'float32', shape: [null, 1, 28, 28] }] as const;
  return servedVariant({ name, useCase, handler: 'image-classifier', inputs, outputs: [] });
}

/** Four float32 of `scores-net`, once for each input. */
const scores = (inputs = 1): object => ({ base64: Buffer.alloc(inputs * 16).toString('base64') });

describe('a query', () => {
  test('by use case carries its objectives, and the answer names the variant', async () => {
    const { service, call } = await api();
    const asked = {
      task: 'classification',
      dataset: 'letters',
      accuracyPercent: 60,
      latencyMs: 50,
      tensors: [scores(2)],
    };
    const { status, json } = await call('POST', 'query', asked);
    expect(status).toBe(200);
    expect(json).toMatchObject({
      status: 'SUCCESS',
      variant: 'scores-small',
      outcome: 'served',
      batchInputs: 2,
      timingsMs: { infer: 0.003, latency: 0.01 },
      outputs: [
        {
          name: 'OUTPUT0',
          type: 'float32',
          shape: [2, 4],
          data: [
            [0, 0, 0, 0],
            [0, 0, 0, 0],
          ],
        },
      ],
    });
    expect(service.queries[0]).toMatchObject({
      latencyNs: milliseconds(50),
      accuracyPercent: 60,
      application: 'default',
    });
  });

  test('names a variant before an architecture before a use case', async () => {
    const { service, call } = await api();
    const both = { variant: 'scores-large', architecture: 'scores-net', task: 'a', dataset: 'b', tensors: [scores()] };
    expect((await call('POST', 'query', both)).json['variant']).toBe('scores-large');
    expect(service.queries[0].latencyNs).toBe(NEVER);
    await call('POST', 'query', { architecture: 'scores-net', latencyMs: 9, tensors: [scores()] });
    expect(service.queries[1].model).toMatchObject({ form: 'architecture', name: 'scores-net' });
  });

  test('for images of another side than its model takes is refused with the side that it takes', async () => {
    const service = new StandInService([pictures('square', undefined), pictures('sized', '32')]);
    const { call } = await api({}, undefined, service);
    const image = { base64: Buffer.alloc(28 * 28 * 4).toString('base64') };
    const ask = (variant: string, inputDim: number): Promise<Called> =>
      call('POST', 'query', { variant, inputDim, tensors: [image] });
    const refused = await ask('square', 224);
    expect(refused).toMatchObject({ status: 400, json: { found: '224', expected: '28' } });
    expect(refused.json['error']).toBe('square takes images of another side');
    expect((await ask('square', 28)).json['expected']).toBeUndefined();
    expect((await ask('sized', 28)).json).toMatchObject({ found: '28', expected: '32' });
  });

  test('by use case may ask for any accuracy with 0, but must say so', async () => {
    const { call } = await api();
    const body = { task: 'classification', dataset: 'letters', latencyMs: 50, tensors: [scores()] };
    expect((await call('POST', 'query', { ...body, accuracyPercent: 0 })).status).toBe(200);
    expect((await call('POST', 'query', body)).json['error']).toBe('Invalid input combination');
  });

  test('of one version is asked of that version', async () => {
    const { service, call } = await api();
    const body = {
      variant: 'versioned',
      version: '2',
      tensors: [{ contentType: 'application/json', base64: btoa('[[1]]') }],
    };
    expect((await call('POST', 'query', body)).status).toBe(200);
    expect(service.queries[0].model.version).toBe('2');
  });

  test('gets its outputs as bytes where it asks for them', async () => {
    const { call } = await api();
    const { json } = await call('POST', 'query', { variant: 'scores-small', tensors: [scores()], binary: true });
    expect(json['outputs']).toEqual([
      { name: 'OUTPUT0', type: 'float32', shape: [1, 4], base64: 'AAAAAAAAAAAAAAAAAAAAAA==' },
    ]);
  });

  test.each([
    [{}, 400, 'Invalid input combination', 'CONTROL_REQUEST'],
    [{ architecture: 'scores-net', tensors: [{ base64: '' }] }, 400, 'Invalid input combination', 'CONTROL_REQUEST'],
    [
      { variant: 'scores-smal', tensors: [{ base64: '' }] },
      404,
      'Model has not been registered',
      'CONTROL_UNKNOWN_MODEL',
    ],
    [
      { architecture: 'x', latencyMs: 1, tensors: [] },
      404,
      'Parent model has not been registered',
      'CONTROL_UNKNOWN_MODEL',
    ],
    [{ variant: 'scores-net', tensors: [] }, 404, 'Model has not been registered', 'CONTROL_UNKNOWN_MODEL'],
    [{ variant: 'scores-small' }, 400, 'the query has no inputs', 'CONTROL_REQUEST'],
    [{ variant: 'scores-small', images: [{ base64: '' }] }, 400, 'no handler that takes images', 'CONTROL_REQUEST'],
    [{ variant: 'scores-small', tensors: [{ base64: 'AAA=' }] }, 400, 'input INPUT0 is cut short', 'HTTP_400'],
    [
      { variant: 'scores-small', tensors: [{ base64: '%' }] },
      400,
      'tensors.0.base64 cannot be used',
      'CONTROL_REQUEST',
    ],
    [
      { variant: 'scores-small', tensors: [{ name: 'INPUT', base64: 'AAAA' }] },
      400,
      'scores-small has no input of this name',
      'CONTROL_REQUEST',
    ],
    [
      { variant: 'versioned', version: '9', tensors: [{ base64: 'AAAA' }] },
      404,
      'versioned has no such version',
      'CONTROL_UNKNOWN_VERSION',
    ],
    [{ variant: 3 }, 400, 'variant cannot be used', 'CONTROL_REQUEST'],
    [{ latencyMs: -1, variant: 'scores-small' }, 400, 'latencyMs cannot be used', 'CONTROL_REQUEST'],
    [{ model: 'scores-small' }, 400, 'keys that nobody reads', 'CONTROL_REQUEST'],
    ['{"variant":', 400, 'the body is no JSON', 'CONTROL_REQUEST'],
    ['[]', 400, 'the body cannot be used', 'CONTROL_REQUEST'],
  ])('%j is refused', async (body, status, error, code) => {
    const { service, call } = await api();
    const refused = await call('POST', 'query', body);
    expect(refused.status).toBe(status);
    expect(refused.json).toMatchObject({ error: expect.stringContaining(error), code });
    expect(service.queries).toEqual([]);
  });

  test.each<readonly [answer: NotServed, status: number, code: string, retryAfter: string | null]>([
    [refusal('rejected', 'no-variant'), 404, 'QUERY_NO_VARIANT', null],
    [{ ...refusal('rejected', 'queue-full'), retryAfterS: 1 }, 503, 'QUERY_QUEUE_FULL', '1'],
    [refusal('rejected', 'too-many-inputs'), 400, 'QUERY_TOO_MANY_INPUTS', null],
    [refusal('expired', 'deadline-passed'), 504, 'QUERY_DEADLINE_PASSED', null],
    [refusal('failed', 'timeout'), 504, 'QUERY_TIMEOUT', null],
    [refusal('failed', 'execution-failed'), 500, 'QUERY_EXECUTION_FAILED', null],
  ])('that the service does not serve says why: %j', async (answer, status, code, retryAfter) => {
    const { service, call } = await api();
    service.answerNext(answer);
    const { headers, json, ...rest } = await call('POST', 'query', { variant: 'scores-small', tensors: [scores()] });
    expect(rest.status).toBe(status);
    expect(json).toEqual({ error: answer.message, code });
    expect(headers.get('retry-after')).toBe(retryAfter);
  });
});

describe('scaling', () => {
  test.each([
    [{ replicas: 2 }, 'scale simple/1 2-2'],
    [{ replicas: 'auto' }, 'scale simple/1 auto'],
    [{ replicas: { least: 1 } }, 'scale simple/1 1-Infinity'],
    [{ replicas: { least: 1, most: 4 } }, 'scale simple/1 1-4'],
  ])('%j', async (body, called) => {
    const { service, call } = await api();
    const { status, json } = await call('POST', 'scale/simple', body);
    expect(status).toBe(200);
    expect(json).toMatchObject({ variant: 'simple', version: '1', state: 'begun' });
    expect(service.calls).toEqual([called]);
  });

  test('waits where it is asked to, and says when a load failed', async () => {
    const { service, call } = await api();
    service.settling = 'failed';
    const { json } = await call('POST', 'scale/simple', { replicas: 1, waitS: 1 });
    expect(json).toMatchObject({ state: 'failed' });
  });

  test.each([
    ['scale/simpel', { replicas: 1 }, 404, 'there is no such variant'],
    ['scale/scores-net', { replicas: 1 }, 404, 'this names several variants'],
    ['scale/simple', {}, 400, 'replicas cannot be used'],
    ['scale/simple', { replicas: 1.5 }, 400, 'replicas cannot be used'],
    ['scale/simple', { replicas: -1 }, 400, 'replicas cannot be used'],
  ])('%s %j is refused', async (path, body, status, error) => {
    const { service, call } = await api();
    const refused = await call('POST', path, body);
    expect(refused.status).toBe(status);
    expect(refused.json['error']).toContain(error);
    expect(service.calls).toEqual([]);
  });
});

describe('the catalogue', () => {
  test('is told by architecture, filtered by task and dataset, and by variant', async () => {
    const { call } = await api();
    const { json } = await call('GET', 'architectures?task=classification&dataset=letters');
    expect(json).toEqual({ architectures: ['scores-net'] });
    const info = await call('GET', 'architectures/scores-net');
    expect(info.json).toMatchObject({ task: 'classification', dataset: 'letters', variants: [{}, {}] });
    const unknown = await call('GET', 'architectures/vgg');
    expect(unknown).toMatchObject({
      status: 404,
      json: { error: 'Parent model has not been registered', found: 'vgg' },
    });
    const models = (await call('GET', 'models')).json['models'] as readonly {
      readonly name: string;
      version: string;
    }[];
    expect(models.filter(({ name }) => name === 'versioned').map(({ version }) => version)).toEqual(['1', '2']);
    expect((await call('GET', 'architectures?tusk=a')).status).toBe(400);
  });
});

describe('models', () => {
  test('are registered by the text of a config and a folder', async () => {
    const { registered, call } = await api();
    const body = { kind: 'infaas-config', text: 'parname a', file: 'a.config', folder: 'models' };
    expect((await call('POST', 'models', body)).json).toEqual({ name: 'mine', versions: ['1'], notes: ['assumed'] });
    expect(registered).toEqual([body, { replace: false }]);
    expect((await call('POST', 'models/mine/default', { version: '1' })).json).toEqual({ name: 'mine', version: '1' });
    const gone = await call('DELETE', 'models/x?version=2');
    expect(gone).toMatchObject({ status: 404, json: { error: 'Model not found: x', code: 'MODEL_UNKNOWN' } });
  });

  test('a mistake names the place in the caller’s file, and none of the server’s', async () => {
    const own = new ServingError({
      code: 'INFAAS_CONFIG',
      place: 'a.config:3',
      message: 'unknown key "x"',
      meant: 'y',
    });
    const other = new ServingError({ code: 'MODEL_FILE', place: 'state/models/a.onnx', message: 'the file is gone' });
    const body = { kind: 'profile', text: '', file: 'a.config' };
    const told = async (error: Error): Promise<unknown> =>
      (await (await api({ models: failing(error) })).call('POST', 'models', body)).json;
    expect(await told(own)).toEqual({ error: 'a.config:3: unknown key "x"', code: 'INFAAS_CONFIG', meant: 'y' });
    expect(await told(other)).toEqual({ error: 'the file is gone', code: 'MODEL_FILE' });
    expect(await told(new Error('secret'))).toEqual({ error: 'internal error', code: 'HTTP_500' });
  });

  test.each([
    ['MODEL_UNKNOWN', 404],
    ['MODEL_CONFLICT', 409],
    ['MODEL_OF_CONFIG', 409],
    ['MODEL_DEFAULT_VERSION', 409],
    ['CATALOGUE_NAME_COLLISION', 409],
    ['SERVICE_TENSORS_DIFFER', 409],
    ['MODEL_FOLDER_NOT_ALLOWED', 403],
    ['MODELS_BUSY', 503],
    ['MODELS_STOPPING', 503],
    ['SERVICE_STOPPING', 503],
    ['REGISTRY_NO_ROOM', 507],
    ['STORE_FULL', 507],
    ['REGISTRY_FILE', 500],
    ['LIVE_LOAD_FAILED', 500],
    ['MODEL_REFUSED', 400],
    ['INFAAS_CONFIG', 400],
  ])('%s is status %i', async (code, status) => {
    const { call } = await api({ models: failing(new ServingError({ code, message: 'no' })) });
    expect(await call('DELETE', 'models/x')).toMatchObject({ status, json: { error: 'no', code } });
  });

  test('what is wrong with the service’s own files is not for clients to read', async () => {
    const parts = {
      message: 'it cannot be copied',
      found: 'EACCES: open /srv/models/a.onnx',
      next: 'look at the disk',
    };
    const { call } = await api({ models: failing(new ServingError({ code: 'REGISTRY_FILE', ...parts })) });
    const { status, json } = await call('DELETE', 'models/x');
    expect({ status, json }).toEqual({
      status: 500,
      json: { error: 'it cannot be copied', code: 'REGISTRY_FILE', next: 'look at the disk' },
    });
  });

  test.each([
    [{ kind: 'mar', text: '', file: 'a' }],
    [{ kind: 'profile', text: '', file: '../a' }],
    [{ kind: 'profile', file: 'a' }],
  ])('%j is refused', async (body) => {
    const { registered, call } = await api();
    expect((await call('POST', 'models', body)).status).toBe(400);
    expect(registered).toEqual([]);
  });
});

describe('the server', () => {
  test('shows itself and the service', async () => {
    const { call } = await api();
    expect((await call('GET', 'status')).json).toMatchObject({
      server: { pid: 7, policySet: 'infaas' },
      service: { state: 'ready' },
    });
  });

  test('tells its paths to this host only', async () => {
    const { service, call } = await api();
    expect((await call('GET', 'status')).json).toMatchObject({ server: { state: 'state', config: 'folder/a.yaml' } });
    const server = (): ServerStatus => ({ ...SERVER, state: '/srv/state', config: '/srv/a.yaml' });
    const [{ handle }] = serverRoutes({ service, server, stop: () => undefined });
    const { body } = await handle({ remoteAddress: '192.0.2.1' } as HttpExchange);
    expect(JSON.parse(body as string)).toMatchObject({ server: { state: '', config: 'a.yaml', pid: 7 } });
  });

  test('answers before it ends, and says what it does with machines', async () => {
    const { stopped, call } = await api();
    expect(await call('POST', 'stop', { machines: 'burn' })).toMatchObject({ status: 400 });
    expect(stopped).toEqual([]);
    const { status, json } = await call('POST', 'stop');
    expect({ status, json }).toEqual({ status: 202, json: { state: 'draining', pid: 7, openRequests: 0 } });
    await expect.poll(() => stopped).toEqual(['keep']);
  });

  test('asks the gate for the right to manage, to look and to query', async () => {
    const scopes: string[] = [];
    const gate: ListenerParts['gate'] = {
      admit: (_request, scope) => {
        scopes.push(scope);
        throw new GateRefusal('no', { status: 403, reason: 'forbidden' });
      },
      enter: () => () => undefined,
    };
    const { call } = await api({}, gate);
    for (const [method, path] of [
      ['GET', 'status'],
      ['POST', 'query'],
      ['POST', 'stop'],
      ['POST', 'scale/x'],
      ['GET', 'models'],
    ]) {
      expect(await call(method, path)).toMatchObject({ status: 403, json: { error: 'no' } });
    }
    expect(scopes).toEqual(['metrics', 'infer', 'manage', 'manage', 'manage']);
  });
});

function failing(error: Error): ControlParts['models'] {
  const fail = (): Promise<never> => Promise.reject(error);
  return { register: fail, unregister: fail, setDefault: fail, scale: () => undefined };
}

function refusal(outcome: NotServed['outcome'], reason: NotServed['reason']): NotServed {
  return { ok: false, outcome, reason, message: `because of ${reason}` };
}
