import { describe, expect, test } from 'vitest';
import { kserveFamilies } from '../../../live/telemetry/peers/kserve-families.ts';
import { torchserveFamilies } from '../../../live/telemetry/peers/torchserve-families.ts';
import { tritonFamilies } from '../../../live/telemetry/peers/triton-families.ts';
import { StandInService } from '../stand-in-service.ts';
import { QUERY_END, variant } from './fixtures.ts';

const snapshot = new StandInService([variant('squeezenet')]).snapshot();
const ALL: ReadonlySet<string> = new Set();
const refused = { variant: '', version: '', inputs: 1 } as const;

describe('triton', () => {
  test('every series of a model is there at zero, its labels in alphabetical order', () => {
    const text = tritonFamilies().text(snapshot, ALL);
    for (const reason of ['REJECTED', 'CANCELED', 'BACKEND', 'OTHER']) {
      expect(text).toContain(`nv_inference_request_failure{model="squeezenet",reason="${reason}",version="1"} 0\n`);
    }
    expect(text).toContain('nv_inference_count{model="squeezenet",version="1"} 0\n');
    expect(text).toContain('nv_inference_pending_request_count{model="squeezenet",version="1"} 0\n');
  });

  test('counts and microseconds sum over requests, batches count as executions', async () => {
    const { observer, text } = tritonFamilies();
    observer.queryEnded?.(QUERY_END);
    observer.queryEnded?.({ ...QUERY_END, outcome: 'late', reason: 'deadline-missed', loadWaitNs: 5e6 });
    const times = { preprocessNs: 0, inferNs: 0, postprocessNs: 0 };
    observer.batchEnded?.({
      variant: 'squeezenet',
      version: '1',
      worker: 'w',
      ...times,
      inputs: 4,
      requests: 2,
      ok: true,
    });
    const lines = (await text(snapshot, ALL)).split('\n');
    expect(lines).toContain('nv_inference_request_success{model="squeezenet",version="1"} 2');
    expect(lines).toContain('nv_inference_count{model="squeezenet",version="1"} 4');
    expect(lines).toContain('nv_inference_exec_count{model="squeezenet",version="1"} 1');
    expect(lines).toContain('nv_inference_request_duration_us{model="squeezenet",version="1"} 20000');
    expect(lines).toContain('nv_inference_queue_duration_us{model="squeezenet",version="1"} 9000');
    expect(lines).toContain('nv_inference_compute_infer_duration_us{model="squeezenet",version="1"} 12000');
  });

  test.each([
    ['rejected', 'queue-full', 'REJECTED'],
    ['expired', 'deadline-passed', 'REJECTED'],
    ['cancelled', 'client-cancelled', 'CANCELED'],
    ['failed', 'worker-crashed', 'BACKEND'],
    ['failed', 'service-failed', 'OTHER'],
  ] as const)('%s for %s is %s, under the model that was asked for', (outcome, reason, shown) => {
    const { observer, text } = tritonFamilies();
    observer.queryEnded?.({ ...QUERY_END, ...refused, model: 'resnet', outcome, reason });
    expect(text(snapshot, ALL)).toContain(
      `nv_inference_request_failure{model="resnet",reason="${shown}",version="1"} 1\n`,
    );
  });

  test('a model that is no more loses its series', () => {
    const families = tritonFamilies();
    families.observer.queryEnded?.({ ...QUERY_END, variant: 'gone' });
    families.keepOnly(({ name }) => name !== 'gone');
    expect(families.text(snapshot, ALL)).not.toContain('gone');
  });
});

describe('torchserve', () => {
  test('numbers have a decimal point and labels a comma before the brace', async () => {
    const { observer, text, httpEnded } = torchserveFamilies(() => true);
    observer.queryEnded?.(QUERY_END);
    httpEnded?.(200);
    httpEnded?.(503);
    const lines = (await text(snapshot, ALL)).split('\n');
    const one = lines.find((line) => line.startsWith('ts_inference_requests_total{'));
    expect(one).toMatch(
      /^ts_inference_requests_total\{model_name="squeezenet",model_version="default",hostname="[^"]+",\} 1\.0$/,
    );
    expect(lines.find((line) => line.startsWith('Requests5XX{'))).toMatch(
      /^Requests5XX\{Level="Host",Hostname="[^"]+",\} 1\.0$/,
    );
    expect(lines.find((line) => line.startsWith('ts_inference_latency_microseconds{'))).toMatch(/,\} 10000\.0$/);
    expect(lines.find((line) => line.startsWith('PredictionTime{'))).toMatch(
      /ModelName="squeezenet",Level="Model",.* 6\.0$/,
    );
  });

  test('a version that is not the default has its own series', () => {
    const { observer, text } = torchserveFamilies((_name, version) => version === '1');
    observer.queryEnded?.({ ...QUERY_END, version: '2' });
    expect(text(snapshot, new Set(['ts_inference_requests_total']))).toMatch(
      /model_version="2",hostname="[^"]+",\} 1\.0\n/,
    );
  });

  test('only the families that were asked for are shown', async () => {
    const { text } = torchserveFamilies(() => true);
    expect((await text(snapshot, new Set(['Requests2XX', 'none']))).match(/^# TYPE .*/gm)).toEqual([
      '# TYPE Requests2XX counter',
    ]);
  });
});

describe('kserve', () => {
  test('histograms of the parts by model, at zero from the start', async () => {
    const { observer, text } = kserveFamilies();
    expect(await text(snapshot, ALL)).toContain('request_predict_seconds_count{model_name="squeezenet"} 0\n');
    observer.queryEnded?.(QUERY_END);
    const after = await text(snapshot, ALL);
    expect(after).toContain('request_predict_seconds_sum{model_name="squeezenet"} 0.006\n');
    expect(after).toContain('request_predict_seconds_bucket{le="0.01",model_name="squeezenet"} 1\n');
    expect(after).toContain('request_explain_seconds_count{model_name="squeezenet"} 0\n');
  });
});
