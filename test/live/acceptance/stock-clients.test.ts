// The requests of stock clients, byte by byte as they send them, at a whole server with real models: first unsigned, then
// signed, after a key was made. The forms are those of tritonclient, KServe's client, curl with TorchServe's examples,
// and the Python client of a platform that signs an empty body and sends a form.
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { signRequest } from '../../../live/auth/index.ts';
import { folder as bundled, imageAt } from '../../backends/onnx/fixtures.ts';
import { addSubModel } from '../../backends/onnx/tiny-model.ts';
import { INFERENCE, simpleRequest } from '../grpc/inference-fixture.ts';
import { grpcClient } from '../hostile/grpc-target.ts';
import { COUNT_TO_16, ONES, int32 } from '../open-inference/v2-client.ts';
import { exchange, multipart } from './exact-request.ts';
import type { ExactAnswer, ExactRequest } from './exact-request.ts';
import { ServerProcess, ServiceFolder } from './server-process.ts';
import { CURL, CURL_BOUNDARY, HTTPX, TRITON, signedWithoutBody, tritonBody } from './stock-requests.ts';
import { modelFiles, spec } from './test-models.ts';

const SIMPLE = {
  name: 'simple',
  bytes: addSubModel(),
  inputs: [spec('INPUT0', 'int32', null, 16), spec('INPUT1', 'int32', null, 16)],
  outputs: [spec('OUTPUT0', 'int32', null, 16), spec('OUTPUT1', 'int32', null, 16)],
  maxBatch: 8,
};
const SUM = COUNT_TO_16.map((value, at) => value + ONES[at]);
const DIFFERENCE = COUNT_TO_16.map((value, at) => value - ONES[at]);

let server: ServerProcess;
let trousers: Buffer;
let key: { readonly accessKey: string; readonly secret: string } | undefined;

beforeAll(async () => {
  const folder = new ServiceFolder(
    {
      catalogue: { files: ['models.yaml'], variants: ['simple', 'fmnist-lenet-fp32'] },
      fleet: { machines: { 'cpu-8': 1 }, workers: { simple: 1, 'fmnist-lenet-fp32': 1 } },
      service: {
        http: { port: 0 },
        grpc: { port: 0 },
        torchserve: { inference_port: 0, management_port: 0, metrics_port: 0 },
        paths: {
          '/flowers': { model: 'fmnist-lenet-fp32', unsigned_body: true },
          '/strict': { model: 'fmnist-lenet-fp32', answer: 'label' },
        },
        models: { store: 'store', profile_time: '200 ms' },
        variants: Object.fromEntries(['simple', 'fmnist-lenet-fp32'].map((name) => [name, { workers: { least: 1 } }])),
      },
    },
    modelFiles([SIMPLE]),
  );
  mkdirSync(join(folder.path, 'store'));
  copyFileSync(join(bundled, 'fmnist-linear.onnx'), join(folder.path, 'store', 'linear.onnx'));
  const image = sharp(imageAt(34), { raw: { width: 28, height: 28, channels: 1 } });
  trousers = await image.toColourspace('b-w').png().toBuffer();
  server = await ServerProcess.start(folder);
}, 60_000);
afterAll(() => server.end());

/** Sends it to a listener, with a signature when there is a key. */
function send(listener: string, request: ExactRequest): Promise<ExactAnswer> {
  const port = server.portOf(listener);
  const { method, target, body, headers } = request;
  const url = `http://127.0.0.1:${port}${target}`;
  const plain = Object.fromEntries(headers);
  const signed = key === undefined ? {} : signRequest({ method, url, body, headers: plain, now: new Date(), ...key });
  return exchange(port, {
    ...request,
    headers: [['Host', `127.0.0.1:${port}`], ...headers, ...Object.entries(signed)],
  });
}

function jsonOf({ status, body }: ExactAnswer, length = body.length): Record<string, unknown> {
  expect([status, body.subarray(0, length).toString()]).toEqual([200, expect.stringMatching(/^[[{]/)]);
  return JSON.parse(body.subarray(0, length).toString()) as Record<string, unknown>;
}

describe.each(['unsigned', 'signed'])('%s requests', (mode) => {
  beforeAll(async () => {
    if (mode === 'unsigned') return;
    const made = await server.call('keys', 'create', '--application', 'shop', '--scopes', 'infer,manage,metrics');
    const [, accessKey = '', secret = ''] = /access_key: (\S+)\nsecret_key: (\S+)/.exec(made.stdout) ?? [];
    key = { accessKey, secret };
    const asked = async (): Promise<void> => expect((await fetch(`${server.url}/v2`)).status).toBe(401);
    await vi.waitFor(asked, { timeout: 10_000 });
  });

  describe('of tritonclient.http', () => {
    test('asks for health, metadata, config, statistics and the index', async () => {
      const get = (target: string): Promise<ExactAnswer> => send('http', { method: 'GET', target, headers: TRITON });
      for (const target of [
        '/v2/health/live',
        '/v2/health/ready',
        '/v2/models/simple/ready',
        '/v2/models/simple/versions/1/ready',
      ]) {
        expect((await get(target)).status).toBe(200);
      }
      expect(jsonOf(await get('/v2'))).toMatchObject({
        name: 'rehearse',
        extensions: expect.arrayContaining(['binary_tensor_data']),
      });
      expect(jsonOf(await get('/v2/models/simple'))).toMatchObject({
        name: 'simple',
        inputs: [{ shape: [-1, 16], datatype: 'INT32' }, {}],
      });
      expect(jsonOf(await get('/v2/models/simple/config'))).toMatchObject({ name: 'simple', max_batch_size: 8 });
      const statistics = jsonOf(await get('/v2/models/simple/stats'));
      expect(statistics).toMatchObject({ model_stats: [{ inference_stats: { success: {}, cache_miss: {} } }] });
      const index = await send('http', {
        method: 'POST',
        target: '/v2/repository/index',
        headers: TRITON,
        body: Buffer.from('{}'),
      });
      expect(jsonOf(index)).toContainEqual(expect.objectContaining({ name: 'simple', state: 'READY' }));
    });

    test('gets one output in bytes and one in JSON, as it asks for them', async () => {
      const { json, body } = tritonBody([
        { name: 'OUTPUT0', parameters: { binary_data: true } },
        { name: 'OUTPUT1', parameters: { binary_data: false } },
      ]);
      const headers = [...TRITON, ['Inference-Header-Content-Length', String(json.length)]] as const;
      const answer = await send('http', { method: 'POST', target: '/v2/models/simple/infer', headers, body });
      const length = Number(answer.headers.get('inference-header-content-length'));
      expect(answer.headers.get('content-type')).toBe('application/octet-stream');
      expect(jsonOf(answer, length)).toMatchObject({
        id: 'my request id',
        model_name: 'simple',
        outputs: [
          { name: 'OUTPUT0', shape: [1, 16], datatype: 'INT32', parameters: { binary_data_size: 64 } },
          { name: 'OUTPUT1', data: DIFFERENCE },
        ],
      });
      expect(answer.body.subarray(length)).toEqual(int32(...SUM));
    });

    test('compresses its request and its answer, and counts the header before that', async () => {
      const { json, body } = tritonBody(undefined);
      const headers = [
        ...TRITON,
        ['Content-Encoding', 'gzip'],
        ['Accept-Encoding', 'gzip'],
        ['Inference-Header-Content-Length', String(json.length)],
      ] as const;
      const request = { method: 'POST', target: '/v2/models/simple/versions/1/infer', headers, body: gzipSync(body) };
      const answer = await send('http', request);
      const length = Number(answer.headers.get('inference-header-content-length'));
      const plain = answer.headers.get('content-encoding') === 'gzip' ? gunzipSync(answer.body) : answer.body;
      expect([answer.status, plain.subarray(length)]).toEqual([
        200,
        Buffer.concat([int32(...SUM), int32(...DIFFERENCE)]),
      ]);
    });
  });

  test("of KServe's client: health in JSON, an inference in JSON", async () => {
    const get = (target: string): Promise<ExactAnswer> => send('http', { method: 'GET', target, headers: HTTPX });
    expect(jsonOf(await get('/v2/health/live'))).toEqual({ live: true });
    expect(jsonOf(await get('/v2/health/ready'))).toEqual({ ready: true });
    expect(jsonOf(await get('/v2/models/simple/ready'))).toMatchObject({ name: 'simple', ready: true });
    const inputs = [COUNT_TO_16, ONES].map((data, at) => ({
      name: `INPUT${at}`,
      shape: [1, 16],
      datatype: 'INT32',
      data,
    }));
    const body = Buffer.from(JSON.stringify({ id: '2ad0eb74', inputs }));
    const headers = [...HTTPX, ['content-type', 'application/json']] as const;
    const answer = jsonOf(await send('http', { method: 'POST', target: '/v2/models/simple/infer', headers, body }));
    expect(answer).toMatchObject({ id: '2ad0eb74', outputs: [{ data: SUM }, { data: DIFFERENCE }] });
  });

  test('of tritonclient.grpc: raw tensors there and back', async () => {
    const client = grpcClient(server, 'grpc', INFERENCE);
    const message = client.encode('ModelInfer', simpleRequest());
    const url = `http://127.0.0.1:${server.portOf('grpc')}/${INFERENCE}/ModelInfer`;
    const metadata =
      key === undefined ? {} : signRequest({ method: 'POST', url, body: message, now: new Date(), ...key });
    const answer = await client.raw('ModelInfer', message, metadata);
    expect(answer.includes(int32(...SUM))).toBe(true);
    expect(answer.includes(int32(...DIFFERENCE))).toBe(true);
  });

  describe("of curl, as TorchServe's pages show it", () => {
    const predictions = '/predictions/fmnist-lenet-fp32';
    const best = (answer: ExactAnswer): string | undefined => {
      const probabilities = Object.entries(jsonOf(answer) as Record<string, number>);
      return probabilities.toSorted(([, a], [, b]) => b - a)[0]?.[0];
    };

    test.each<readonly [form: string, request: ExactRequest]>([
      ['-T kitten.png', { method: 'PUT', target: predictions, headers: CURL }],
      ['-X POST -T kitten.png', { method: 'POST', target: predictions, headers: CURL }],
      [
        '--data-binary @kitten.png',
        { method: 'POST', target: predictions, headers: [...CURL, ['Content-Type', 'application/octet-stream']] },
      ],
      [
        'a large -T',
        {
          method: 'PUT',
          target: `${predictions}/1`,
          headers: [...CURL, ['Expect', '100-continue']],
          expectsContinue: true,
        },
      ],
    ])('%s', async (_form, request) => {
      expect(best(await send('torchserve-inference', { ...request, body: trousers }))).toBe('Trouser');
    });

    test('-F data=@kitten.png', async () => {
      const head = ['Content-Disposition: form-data; name="data"; filename="kitten.png"', 'Content-Type: image/png'];
      const headers = [...CURL, ['Content-Type', `multipart/form-data; boundary=${CURL_BOUNDARY}`]] as const;
      const body = multipart(CURL_BOUNDARY, [{ head, content: trousers }]);
      expect(best(await send('torchserve-inference', { method: 'POST', target: predictions, headers, body }))).toBe(
        'Trouser',
      );
    });

    test('a model from its registration to its end', async () => {
      const call = async (method: string, target: string): Promise<unknown> => {
        const answer = await send('torchserve-management', { method, target, headers: CURL });
        return [answer.status, JSON.parse(answer.body.toString())];
      };
      const name = `linear-${mode}`;
      const register = `/models?url=linear.onnx&model_name=${name}&initial_workers=1&synchronous=true`;
      expect(await call('POST', register)).toEqual([
        200,
        { status: `Model "${name}" Version: 1.0 registered with 1 initial workers` },
      ]);
      expect(await call('PUT', `/models/${name}?min_worker=2&synchronous=true`)).toEqual([
        200,
        { status: `Workers scaled to 2 for model: ${name}` },
      ]);
      expect(await call('GET', `/models/${name}`)).toMatchObject([
        200,
        [{ modelName: name, minWorkers: 2, workers: [{ status: 'READY' }, { status: 'READY' }] }],
      ]);
      expect(await call('GET', '/models')).toMatchObject([
        200,
        { models: expect.arrayContaining([{ modelName: name, modelUrl: 'linear.onnx' }]) },
      ]);
      expect(await call('DELETE', `/models/${name}/1.0`)).toEqual([200, { status: `Model "${name}" unregistered` }]);
    });

    test('ping and metrics', async () => {
      const ping = await send('torchserve-inference', { method: 'GET', target: '/ping', headers: CURL });
      expect(jsonOf(ping)).toEqual({ status: 'Healthy' });
      const metrics = await send('torchserve-metrics', { method: 'GET', target: '/metrics', headers: CURL });
      expect([metrics.status, metrics.body.toString()]).toEqual([
        200,
        expect.stringContaining('ts_inference_requests_total{'),
      ]);
    });
  });

  test('of a platform’s Python client: signed as if it had no body, a form of its library', async () => {
    const boundary = createHash('md5').update(mode).digest('hex');
    // The library tells no type of a part.
    const head = ['Content-Disposition: form-data; name="content"; filename="kitten.png"'];
    const body = multipart(boundary, [{ head, content: trousers }]);
    const port = server.portOf('http');
    const post = (target: string): Promise<ExactAnswer> => {
      const headers = [
        ['Host', `127.0.0.1:${port}`],
        ['User-Agent', 'python-requests/2.31.0'],
        ['Accept-Encoding', 'gzip, deflate'],
        ['Accept', '*/*'],
        ['Connection', 'keep-alive'],
        ...Object.entries(key === undefined ? {} : signedWithoutBody(key, target, `127.0.0.1:${port}`)),
        ['Content-Type', `multipart/form-data; boundary=${boundary}`],
      ] as const;
      return exchange(port, { method: 'POST', target, headers, body });
    };
    expect(jsonOf(await post('/flowers'))).toMatchObject({ label: 'Trouser' });
    const strict = await post('/strict');
    const isRefused = strict.headers.get('www-authenticate')?.startsWith('HMAC-SHA256 ') ?? false;
    expect([strict.status, isRefused]).toEqual(mode === 'unsigned' ? [200, false] : [401, true]);
  });
});
