import { afterEach, describe, expect, test } from 'vitest';
import type { StateChange } from '../../../live/service/index.ts';
import { MachineCosts } from '../../../live/telemetry/metrics/machine-costs.ts';
import { RequestMetrics } from '../../../live/telemetry/metrics/request-metrics.ts';
import { StateMetrics } from '../../../live/telemetry/metrics/state-metrics.ts';
import { familiesOf } from '../../../live/telemetry/metrics/families.ts';
import { Registry } from 'prom-client';
import { DETAIL, QUERY_END, ask, variant, watchedRequest, watchedService } from './fixtures.ts';
import type { Watched } from './fixtures.ts';

const open: Watched[] = [];
async function watch(...args: Parameters<typeof watchedService>): Promise<Watched> {
  const watched = await watchedService(...args);
  open.push(watched);
  return watched;
}
afterEach(async () => {
  await Promise.all(open.splice(0).map(({ telemetry }) => telemetry.close()));
});

describe('requests', () => {
  test('the counters of a variant are there at zero before the first request, all its series after its load', async () => {
    const { lines, service } = await watch();
    for (const name of ['squeezenet', 'resnet50']) service.scale(name, '1', { least: 0, most: 0 });
    const requests = await lines('rehearse_requests_total{');
    expect(requests).toHaveLength(2);
    expect(requests[0]).toBe(
      'rehearse_requests_total{application="default",model="squeezenet",variant="squeezenet",version="1",outcome="served",reason="none"} 0',
    );
    expect(await lines('rehearse_request_duration_seconds_count')).toEqual([]);
    service.scale('resnet50', '1', { least: 1, most: 1 });
    expect(await lines('rehearse_requests_total{')).toHaveLength(7);
    expect(await lines('rehearse_request_duration_seconds_count')).toEqual([
      'rehearse_request_duration_seconds_count{variant="resnet50",version="1"} 0',
    ]);
  });

  test('a request is counted once with its outcome, its parts and its batch', async () => {
    const { service, lines } = await watch();
    await ask(service);
    expect((await lines('rehearse_requests_total')).filter((line) => line.endsWith(' 1'))).toEqual([
      'rehearse_requests_total{application="default",model="squeezenet",variant="squeezenet",version="1",outcome="served",reason="none"} 1',
    ]);
    expect(await lines('rehearse_request_compute_seconds_sum{variant="squeezenet"')).toEqual([
      'rehearse_request_compute_seconds_sum{variant="squeezenet",version="1",part="preprocess"} 0.000002',
      'rehearse_request_compute_seconds_sum{variant="squeezenet",version="1",part="infer"} 0.000003',
      'rehearse_request_compute_seconds_sum{variant="squeezenet",version="1",part="postprocess"} 0.000004',
    ]);
    expect(await lines('rehearse_inputs_total{variant="squeezenet"')).toEqual([
      'rehearse_inputs_total{variant="squeezenet",version="1"} 2',
    ]);
    expect(await lines('rehearse_batches_total{variant="squeezenet",version="1",result="ok"')).toEqual([
      'rehearse_batches_total{variant="squeezenet",version="1",result="ok"} 1',
    ]);
  });

  test('crashes and queries that were tried again are counted, and forgotten with their variant', async () => {
    const registry = new Registry();
    const metrics = new RequestMetrics(familiesOf(registry), 10);
    const crash = { variant: 'm', version: '1', worker: 'm#1', detail: '' } as const;
    metrics.crashed({ ...crash, cause: 'timeout' });
    metrics.crashed({ ...crash, cause: 'timeout' });
    metrics.retried();
    const text = await registry.metrics();
    expect(text).toContain('rehearse_engine_crashes_total{variant="m",cause="timeout"} 2\n');
    expect(text).toContain('rehearse_engine_crashes_total{variant="m",cause="crashed"} 0\n');
    expect(text).toContain('rehearse_query_retries_total 1\n');
    metrics.keepOnly({ hasVariant: () => false, hasModel: () => false });
    expect(await registry.metrics()).not.toContain('variant="m"');
  });

  test('a large catalogue of which little is used makes a small page', async () => {
    const { service, telemetry } = await watch({ peers: ['triton', 'torchserve', 'kserve'] });
    const names = Array.from({ length: 50 }, (_, index) => `variant-${index}`);
    await service.install(names.map((name) => variant(name)));
    for (const name of ['squeezenet', 'resnet50', ...names]) service.scale(name, '1', { least: 0, most: 0 });
    const { text } = await telemetry.page(['rehearse', 'triton', 'torchserve', 'kserve']);
    const series = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    expect(series.filter((line) => line.includes('"variant-7"')).length).toBeLessThan(10);
    expect(series.filter((line) => line.startsWith('nv_inference'))).toEqual([]);
  });

  test('an objective is met or not, and a client that left does not count', async () => {
    const { service, lines } = await watch();
    await ask(service);
    const message = 'too late';
    await ask(service, { answer: { ok: false, outcome: 'expired', reason: 'deadline-passed', message } });
    await ask(service, { answer: { ok: false, outcome: 'cancelled', reason: 'client-cancelled', message } });
    expect(await lines('rehearse_objective_requests_total{')).toEqual([
      'rehearse_objective_requests_total{application="default",model="squeezenet",met="true"} 1',
      'rehearse_objective_requests_total{application="default",model="squeezenet",met="false"} 1',
    ]);
  });

  test('applications beyond the bound share one series', async () => {
    const { service, lines } = await watch();
    for (let i = 0; i < 50; i += 1) await ask(service, { application: `application-${i}` });
    const requests = await lines('rehearse_requests_total{');
    expect(new Set(requests.map((line) => /application="([^"]*)"/.exec(line)?.[1]))).toEqual(
      new Set(['default', 'application-0', 'application-1', 'other']),
    );
    expect(requests.find((line) => line.includes('"other"'))).toMatch(/ 48$/);
  });

  test('the series of a variant go some time after it, and come back with it', () => {
    const registry = new Registry();
    const metrics = new RequestMetrics(familiesOf(registry), 10);
    metrics.queryEnded(QUERY_END);
    metrics.queryEnded({ ...QUERY_END, variant: '', version: '', outcome: 'rejected', reason: 'no-variant' });
    metrics.keepOnly({ hasVariant: () => false, hasModel: () => false });
    return registry.getMetricsAsJSON().then((families) => {
      const left = families.flatMap(({ name, values }) =>
        values.map(({ labels }) => `${name} ${JSON.stringify(labels)}`),
      );
      expect(left.filter((line) => line.includes('squeezenet'))).toEqual([]);
      metrics.show({ name: 'squeezenet', version: '1' });
      return expect(registry.metrics()).resolves.toContain('squeezenet');
    });
  });

  test('a hostile name stays inside its label', async () => {
    const { service, telemetry } = await watch();
    const hostile = 'a"} 1\nfake_metric{x="\\';
    await service.install([variant(hostile)]);
    await ask(service, { model: hostile });
    const { text } = await telemetry.page(['rehearse', 'triton', 'torchserve', 'kserve']);
    expect(text).not.toMatch(/^fake_metric/m);
    expect(text).toContain(String.raw`model="a\"} 1\nfake_metric{x=\"\\"`);
  });
});

describe('state', () => {
  test('gauges follow the snapshot and drop what has gone', async () => {
    const registry = new Registry();
    const state = new StateMetrics(familiesOf(registry));
    const snapshot = (await watch()).service.snapshot();
    const worker = { label: 'w', version: '1', machine: 'm', queued: 0, running: 3, batches: 0, completed: 0, ageS: 0 };
    const workers = [{ ...worker, variant: 'squeezenet', state: 'ready' as const, memoryBytes: 5 }];
    state.set({ ...snapshot, openRequests: 7, workers }, true);
    const text = await registry.metrics();
    expect(text).toContain('rehearse_workers{variant="squeezenet",version="1",state="ready"} 1');
    expect(text).toContain('rehearse_workers{variant="squeezenet",version="1",state="dead"} 0');
    expect(text).toContain('rehearse_running_inputs{variant="squeezenet",version="1"} 3');
    expect(text).toContain('rehearse_open_requests 7');
    state.set({ ...snapshot, variants: [] }, false);
    expect(await registry.metrics()).not.toContain('squeezenet');
  });

  test('a machine costs its price over the time it was there', async () => {
    const registry = new Registry();
    let nowMs = 0;
    const costs = new MachineCosts(familiesOf(registry), { priceUsdPerHour: () => 2, nowMs: () => nowMs });
    const change = (state: string): StateChange => ({ subject: 'machine', label: 'm', of: 'c5', state });
    costs.changed(change('booting'));
    nowMs += 1_800_000;
    costs.settle();
    costs.changed(change('up'));
    nowMs += 1_800_000;
    costs.changed(change('down'));
    nowMs += 3_600_000;
    costs.settle();
    expect(await registry.metrics()).toContain('rehearse_machine_cost_usd_total{type="c5"} 2\n');
  });
});

describe('listeners', () => {
  test('an exchange counts under its route, and a path that matched none under an empty one', async () => {
    const { telemetry, lines } = await watch({}, { connections: () => [['inference', 4]] });
    const end = telemetry.watch.began(watchedRequest());
    expect(await lines('rehearse_http_active_requests{')).toEqual([
      'rehearse_http_active_requests{listener="inference"} 1',
    ]);
    end(200, DETAIL);
    telemetry.watch.began(watchedRequest({ route: '', method: 'BREW' }))(404, { receivedBytes: 0, sentBytes: 9 });
    expect(await lines('rehearse_http_requests_total{')).toEqual([
      'rehearse_http_requests_total{listener="inference",method="POST",route="/v2/models/:name/infer",status="200"} 1',
      'rehearse_http_requests_total{listener="inference",method="_OTHER",route="",status="404"} 1',
    ]);
    expect(await lines('rehearse_open_connections')).toEqual(['rehearse_open_connections{listener="inference"} 4']);
    expect(await lines('rehearse_http_received_bytes_total')).toEqual(['rehearse_http_received_bytes_total 3000']);
  });

  test('the page can be narrowed to families by name', async () => {
    const { telemetry } = await watch();
    const { text, contentType } = await telemetry.page(
      ['rehearse', 'triton'],
      ['rehearse_ready', 'nv_inference_count'],
    );
    expect(contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(text.match(/^# TYPE .*/gm)).toEqual(['# TYPE rehearse_ready gauge', '# TYPE nv_inference_count counter']);
  });

  test('the names __proto__ and constructor find no family', async () => {
    const { telemetry } = await watch();
    const { text } = await telemetry.page(['rehearse'], ['__proto__', 'constructor', 'toString']);
    expect(text).toBe('');
  });

  test('all families are well-formed text: help and type once, then samples', async () => {
    const { telemetry, service } = await watch();
    await ask(service);
    const { text } = await telemetry.page(['rehearse', 'triton', 'torchserve', 'kserve']);
    const names = (text.match(/^# TYPE (\S+)/gm) ?? []).map((line) => line.slice('# TYPE '.length));
    expect(new Set(names).size).toBe(names.length);
    for (const line of text.split('\n').filter((one) => one !== '' && !one.startsWith('#'))) {
      expect(line).toMatch(/^[a-zA-Z_:][\w:]*(\{([a-zA-Z_]\w*="(?:[^"\\\n]|\\.)*",?)*\})? (-?[\d.e+-]+|\+Inf|NaN)$/);
    }
  });
});
