import { afterEach, expect, test } from 'vitest';
import { createListener, openGate } from '../../../live/http/index.ts';
import type { Listener } from '../../../live/http/index.ts';
import { KnownNames } from '../../../live/telemetry/known-names.ts';
import { ModelDirectory } from '../../../live/service/index.ts';
import { HTTP } from '../dashboard/served.ts';
import { ask, variant, watchedService } from './fixtures.ts';
import type { Watched } from './fixtures.ts';

const open: { readonly listener: Listener; readonly watched: Watched }[] = [];
afterEach(async () => {
  for (const { listener, watched } of open.splice(0)) {
    await listener.close();
    await watched.telemetry.close();
  }
});

async function listening(): Promise<{ readonly url: string; readonly watched: Watched }> {
  const watched = await watchedService({ peers: ['triton'] });
  const { telemetry } = watched;
  const gate = openGate({ host: HTTP.host, managementOpen: false });
  const parts = { name: 'metrics', gate, routeSets: [telemetry.routes()], watches: [telemetry.watch] };
  const listener = await createListener(HTTP, parts);
  open.push({ listener, watched });
  return { url: listener.url, watched };
}

test('GET /metrics shows our families and those of the peers that were chosen', async () => {
  const { url, watched } = await listening();
  await ask(watched.service);
  const response = await fetch(`${url}/metrics`);
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  const text = await response.text();
  expect(text).toContain('nv_inference_request_success{model="squeezenet",version="1"} 1\n');
  expect(text).toMatch(/^rehearse_ready 1$/m);
  expect(text).not.toContain('ts_inference_requests_total');
});

test('name[] narrows the page, repeated and encoded as clients send it', async () => {
  const { url } = await listening();
  const response = await fetch(`${url}/metrics?name[]=rehearse_ready&name%5B%5D=nv_inference_count&name[]=nothing`);
  expect((await response.text()).match(/^# TYPE .*/gm)).toEqual([
    '# TYPE rehearse_ready gauge',
    '# TYPE nv_inference_count counter',
  ]);
});

test('a path that nobody offers is counted without its name', async () => {
  const { url, watched } = await listening();
  expect((await fetch(`${url}/metrics/${'x'.repeat(50)}`)).status).toBe(404);
  await fetch(`${url}/metrics`);
  expect(await watched.lines('rehearse_http_requests_total{')).toEqual([
    'rehearse_http_requests_total{listener="metrics",method="GET",route="",status="404"} 1',
    'rehearse_http_requests_total{listener="metrics",method="GET",route="/metrics",status="200"} 1',
  ]);
});

test('a variant is known for five minutes after it left', () => {
  const known = new KnownNames();
  known.update(new ModelDirectory([variant('a'), variant('b', '2')]), 0);
  const rest = new ModelDirectory([variant('a')]);
  known.update(rest, 299_000);
  expect([known.hasVariant('b', '2'), known.hasVariant('b', ''), known.hasModel('b-net')]).toEqual([true, true, true]);
  known.update(rest, 301_000);
  expect([known.hasVariant('b', '2'), known.hasVariant('b', ''), known.hasModel('b-net')]).toEqual([
    false,
    false,
    false,
  ]);
  expect(known.hasVariant('a', '1')).toBe(true);
});
