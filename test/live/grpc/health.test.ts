// The health service: what load balancers ask, without a key.
import { once } from 'node:events';
import { status } from '@grpc/grpc-js';
import { expect, onTestFinished, test } from 'vitest';
import type { GrpcService } from '../../../live/grpc/index.ts';
import { healthService } from '../../../live/grpc/index.ts';
import { GateRefusal } from '../../../live/http/index.ts';
import { TestClient, errorOf, start } from './grpc-fixture.ts';

const NAME = 'grpc.health.v1.Health';
const state = { isReady: true };

function health(): GrpcService {
  state.isReady = true;
  return healthService({ isReady: () => state.isReady, serviceNames: ['inference.GRPCInferenceService'] });
}

test('a server that takes queries is SERVING, as a whole and by service', async () => {
  const client = new TestClient(NAME, await start({ services: [health()] }));
  expect(await client.call('Check', {})).toEqual({ status: 'SERVING' });
  expect(await client.call('Check', { service: 'inference.GRPCInferenceService' })).toEqual({ status: 'SERVING' });
});

test('a server that takes no queries is NOT_SERVING', async () => {
  const client = new TestClient(NAME, await start({ services: [health()] }));
  state.isReady = false;
  expect(await client.call('Check', {})).toEqual({ status: 'NOT_SERVING' });
});

test('a service that nobody offers is NOT_FOUND', async () => {
  const client = new TestClient(NAME, await start({ services: [health()] }));
  const error = await errorOf(client.call('Check', { service: 'no.such.Service' }));
  expect(error).toMatchObject({ code: status.NOT_FOUND, details: 'unknown service' });
});

test('a watch is told the status now and again when it changes', async () => {
  const client = new TestClient(NAME, await start({ services: [health()] }));
  const watch = client.listen('Watch', {});
  expect(await once(watch, 'data')).toEqual([{ status: 'SERVING' }]);
  state.isReady = false;
  expect(await once(watch, 'data')).toEqual([{ status: 'NOT_SERVING' }]);
  watch.on('error', () => undefined);
  watch.cancel();
});

test('a watch of an unknown service is told so and goes on', async () => {
  const client = new TestClient(NAME, await start({ services: [health()] }));
  const watch = client.listen('Watch', { service: 'no.such.Service' });
  expect(await once(watch, 'data')).toEqual([{ status: 'SERVICE_UNKNOWN' }]);
  watch.on('error', () => undefined);
  watch.cancel();
});

test('a watch ends with NOT_SERVING when the server closes', async () => {
  const server = await start({ services: [health()] });
  const watch = new TestClient(NAME, server).listen('Watch', {});
  expect(await once(watch, 'data')).toEqual([{ status: 'SERVING' }]);
  const last = once(watch, 'data');
  const ended = once(watch, 'status');
  await server.close();
  expect(await last).toEqual([{ status: 'NOT_SERVING' }]);
  expect(await ended).toMatchObject([{ code: status.OK }]);
});

test('health needs no key', async () => {
  const gate = {
    admit: () => {
      throw new GateRefusal('no', { status: 401, reason: 'unauthenticated' });
    },
    enter: () => () => undefined,
  };
  const client = new TestClient(NAME, await start({ services: [health()], gate }));
  expect(await client.call('Check', {})).toEqual({ status: 'SERVING' });
});

test('any number of watches may be open, without a warning about listeners', async () => {
  const warnings: Error[] = [];
  const note = (warning: Error): number => warnings.push(warning);
  process.on('warning', note);
  onTestFinished(() => void process.off('warning', note));
  const client = new TestClient(NAME, await start({ services: [health()] }));
  const watches = Array.from({ length: 12 }, () => client.listen('Watch', {}).on('error', () => undefined));
  await Promise.all(watches.map((watch) => once(watch, 'data')));
  await new Promise((resolve) => setImmediate(resolve));
  expect(warnings).toEqual([]);
});
