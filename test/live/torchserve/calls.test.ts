import { describe, expect, test } from 'vitest';
import type { RequestDetail, RouteSet } from '../../../live/http/index.ts';
import { TorchServeCalls, torchServeListeners } from '../../../live/torchserve/index.ts';
import { png } from '../payloads/forms.ts';
import { call, serving } from './fixtures.ts';

describe('calls without HTTP', () => {
  test('say what the HTTP API says', async () => {
    const { api, inference, management } = await serving();
    const calls = new TorchServeCalls(api);
    expect((await calls.ping()).text).toBe((await call(`${inference}/ping`)).text);
    expect((await calls.listModels({ limit: '2' })).text).toBe((await call(`${management}/models?limit=2`)).text);
    expect((await calls.describeModel('simple', undefined, {})).text).toBe(
      (await call(`${management}/models/simple`)).text,
    );
    expect((await calls.describeModel('none', undefined, {})).text).toBe(
      (await call(`${management}/models/none`)).text,
    );
  });

  test('change models as the HTTP API does', async () => {
    const { api } = await serving();
    const calls = new TorchServeCalls(api);
    expect(await calls.registerModel({ url: 'm.mar' })).toMatchObject({ status: 200 });
    expect(await calls.scaleWorkers('m', undefined, { min_worker: '2' })).toMatchObject({ status: 202 });
    expect(await calls.setDefault('m', '1.0')).toMatchObject({ status: 200 });
    expect(await calls.unregisterModel('m', undefined)).toMatchObject({ status: 200 });
    expect(await calls.unregisterModel('m', undefined)).toMatchObject({ status: 404 });
    expect(await calls.registerModel({})).toMatchObject({ status: 400 });
  });

  test('predict from inputs by name', async () => {
    const { api } = await serving();
    const calls = new TorchServeCalls(api);
    const query = { application: 'default', version: undefined, timeoutNs: 5e9, signal: new AbortController().signal };
    const image = new Map([['data', await png(250)]]);
    const detail: RequestDetail = { receivedBytes: 0, sentBytes: 0 };
    const good = await calls.predict({ ...query, model: 'brightness', input: image, detail });
    expect(detail).toMatchObject({ model: 'brightness', variant: 'brightness', outcome: 'served', inputs: 1 });
    expect(Object.keys(JSON.parse(Buffer.from(good.body).toString()) as object)).toEqual(['bright', 'dark']);
    const bad = await calls.predict({ ...query, model: 'none', input: image });
    expect([bad.status, JSON.parse(Buffer.from(bad.body).toString())]).toMatchObject([404, { code: 404 }]);
  });
});

describe('listeners', () => {
  const metrics: RouteSet = {
    protocol: 'metrics',
    prefix: '/metrics',
    routes: [],
    renderFailure: () => ({ status: 500 }),
  };
  const at = (port: number, host = '127.0.0.1'): { host: string; port: number } => ({ host, port });

  test.each([
    [
      [8080, 8081, 8082],
      ['torchserve-inference 1', 'torchserve-management 1', 'torchserve-metrics 1'],
    ],
    [
      [8080, 8080, 8082],
      ['torchserve-inference 1', 'torchserve-metrics 1'],
    ],
    [[8080, 8080, 8080], ['torchserve-inference 2']],
    [
      [0, 0, 0],
      ['torchserve-inference 1', 'torchserve-management 1', 'torchserve-metrics 1'],
    ],
  ])('for ports %j are %j', async ([inference, management, metric], expected) => {
    const { api } = await serving();
    const addresses = { inference: at(inference), management: at(management), metrics: at(metric) };
    const listeners = torchServeListeners(addresses, { api, metrics });
    expect(listeners.map(({ name, routeSets }) => `${name} ${routeSets.length}`)).toEqual(expected);
  });

  test('one port on two addresses is two listeners', async () => {
    const { api } = await serving();
    const addresses = { inference: at(8080), management: at(8080, '::1'), metrics: at(8082) };
    expect(torchServeListeners(addresses, { api })).toHaveLength(2);
  });

  test('a shared listener answers both APIs', async () => {
    const { api } = await serving();
    const addresses = { inference: at(8080), management: at(8080), metrics: at(8080) };
    const [{ routeSets }] = torchServeListeners(addresses, { api });
    const paths = routeSets[0].routes.flatMap(({ methods, path }) => methods.map((method) => `${method} ${path}`));
    expect(new Set(paths).size).toBe(paths.length);
    expect(paths).toEqual(
      expect.arrayContaining(['POST /models', 'POST /models/:model/invoke', 'GET /v1/models/:model']),
    );
  });
});
