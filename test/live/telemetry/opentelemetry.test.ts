import { performance } from 'node:perf_hooks';
import { afterEach, describe, expect, test } from 'vitest';
import { hasCollector } from '../../../live/telemetry/opentelemetry/otlp-options.ts';
import { Collector, attributesOf } from './collector.ts';
import { DETAIL, OPTIONS, ask, watchedRequest, watchedService } from './fixtures.ts';
import type { Watched } from './fixtures.ts';

const collectors: Collector[] = [];
afterEach(() => {
  for (const collector of collectors.splice(0)) collector.close();
});

async function traced({ isSilent = false, sampleRatio = 1 } = {}): Promise<
  Watched & { readonly collector: Collector }
> {
  const collector = new Collector();
  collectors.push(collector);
  collector.isSilent = isSilent;
  const endpoint = await collector.open();
  return { ...(await watchedService({ otlp: { endpoint, sampleRatio, metricsPeriodMs: 60_000 } })), collector };
}

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';

describe('traces', () => {
  test('a request is a server span in the client’s trace, and its parts are its children in order', async () => {
    const { telemetry, collector } = await traced();
    const headers = { traceparent: `00-${TRACE}-${PARENT}-01`, tracestate: 'vendor=1' };
    telemetry.watch.began(watchedRequest({ headers }))(200, DETAIL);
    await telemetry.close();
    const server = collector.spans.find(({ kind }) => kind === 2);
    expect(server).toMatchObject({ traceId: TRACE, parentSpanId: PARENT, name: 'POST /v2/models/:name/infer' });
    expect(server && attributesOf(server)).toMatchObject({
      'http.request.method': 'POST',
      'http.route': '/v2/models/:name/infer',
      'http.response.status_code': 200,
      'url.path': '/v2/models/squeezenet/infer',
      'rehearse.variant': 'squeezenet',
      'rehearse.batch.inputs': 4,
    });
    const parts = collector.spans.filter(({ parentSpanId }) => parentSpanId === server?.spanId);
    expect(parts.map(({ name }) => name)).toEqual(['queue', 'preprocess', 'infer', 'postprocess']);
    for (let i = 1; i < parts.length; i += 1) {
      const gapNs = Number(BigInt(parts[i].startTimeUnixNano) - BigInt(parts[i - 1].endTimeUnixNano));
      expect(Math.abs(gapNs)).toBeLessThan(2000);
    }
    const infer = parts[2];
    const tookMs = Number(BigInt(infer.endTimeUnixNano) - BigInt(infer.startTimeUnixNano)) / 1e6;
    expect(tookMs).toBeCloseTo(6, 2);
  });

  test('the answer names the trace', async () => {
    const { telemetry } = await traced();
    const request = watchedRequest({ headers: { traceparent: `00-${TRACE}-${PARENT}-01` } });
    telemetry.watch.began(request)(200, DETAIL);
    expect(request.answerHeaders['traceresponse']).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-01$`));
    expect(request.answerHeaders['traceresponse']).not.toContain(PARENT);
    await telemetry.close();
  });

  test('a failure is an error with its reason, and an unreadable context begins a trace of its own', async () => {
    const { telemetry, collector } = await traced();
    const headers = { traceparent: '00-xyz-1-01' };
    telemetry.watch.began(watchedRequest({ headers }))(503, { ...DETAIL, outcome: 'rejected', reason: 'queue-full' });
    await telemetry.close();
    const [span] = collector.spans.filter(({ kind }) => kind === 2);
    expect(span.status).toMatchObject({ code: 2 });
    expect(attributesOf(span)).toMatchObject({ 'error.type': 'queue-full' });
    expect(span.traceId).toMatch(/^[0-9a-f]{32}$/);
  });

  test('a client that does not record is followed, one that does wins over the ratio', async () => {
    const { telemetry, collector } = await traced({ sampleRatio: 0 });
    for (const flags of ['00', '01']) {
      const headers = { traceparent: `00-${TRACE}-${PARENT}-${flags}` };
      telemetry.watch.began(watchedRequest({ id: flags, headers }))(200, DETAIL);
    }
    telemetry.watch.began(watchedRequest({ id: 'own' }))(200, DETAIL);
    await telemetry.close();
    const servers = collector.spans
      .filter(({ kind }) => kind === 2)
      .map((span) => attributesOf(span)['rehearse.request.id']);
    expect(servers).toEqual(['01']);
  });
});

describe('metrics', () => {
  test('are those of the exposition, under names of the conventions where there are such', async () => {
    const { telemetry, service, collector } = await traced();
    await ask(service);
    telemetry.watch.began(watchedRequest())(200, DETAIL);
    await telemetry.close();
    expect(new Set(collector.paths)).toEqual(new Set(['/v1/traces', '/v1/metrics']));
    const byName = new Map(collector.metrics.map((metric) => [metric.name, metric]));
    expect(byName.get('http.server.request.duration')).toMatchObject({ unit: 's' });
    const [http] = byName.get('http.server.request.duration')?.histogram?.dataPoints ?? [];
    expect(attributesOf(http)).toMatchObject({
      'http.request.method': 'POST',
      'http.route': '/v2/models/:name/infer',
      'http.response.status_code': 200,
    });
    expect(http.bucketCounts).toHaveLength((http.explicitBounds?.length ?? 0) + 1);
    const requests = byName.get('rehearse.requests')?.sum;
    expect(requests?.isMonotonic).toBe(true);
    expect(requests?.dataPoints.reduce((sum, { asDouble = 0 }) => sum + asDouble, 0)).toBe(1);
    const durations = byName.get('rehearse.request.duration')?.histogram?.dataPoints ?? [];
    const served = durations.find((point) => attributesOf(point)['variant'] === 'squeezenet');
    expect(served).toMatchObject({ count: 1, sum: 0.00001 });
    expect(served?.bucketCounts?.reduce((sum, count) => sum + count, 0)).toBe(1);
    expect(byName.get('rehearse.ready')?.gauge?.dataPoints[0].asDouble).toBe(1);
  });
});

describe('a collector that is not there', () => {
  test.each(['silent', 'closed'])('%s: requests go on as fast, memory is bounded, and the end comes', async (kind) => {
    const { telemetry, collector, lines } = await traced({ isSilent: true });
    if (kind === 'closed') collector.close();
    const startMs = performance.now();
    for (let i = 0; i < 5000; i += 1) telemetry.watch.began(watchedRequest())(200, DETAIL);
    expect((performance.now() - startMs) / 5000).toBeLessThan(1);
    expect(await lines('rehearse_http_requests_total{')).toEqual([
      'rehearse_http_requests_total{listener="inference",method="POST",route="/v2/models/:name/infer",status="200"} 5000',
    ]);
    const closeMs = performance.now();
    await telemetry.close();
    expect(performance.now() - closeMs).toBeLessThan(5000);
  });

  test('is counted', async () => {
    const { telemetry, collector, lines } = await traced();
    collector.close();
    telemetry.watch.began(watchedRequest())(200, DETAIL);
    const failed = (): Promise<string[]> => lines('rehearse_telemetry_sendings_total{signal="traces",result="failed"}');
    await expect.poll(failed, { timeout: 10_000 }).toHaveLength(1);
    await telemetry.close();
  });
});

test.each([
  [{}, false],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' }, true],
  [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://127.0.0.1:4318/v1/traces' }, true],
  [{ OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://127.0.0.1:4318/v1/metrics' }, false],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318', OTEL_SDK_DISABLED: 'true' }, false],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318', OTEL_TRACES_EXPORTER: 'none' }, false],
])('with %j traces are sent: %s', (environment, expected) => {
  expect(hasCollector('TRACES', OPTIONS.otlp, environment)).toBe(expected);
});
