/** A variant under load, in process and simulated: what comes out of whole runs. */
import { describe, expect, test } from 'vitest';
import { lifecycleOf, milliseconds, reason, seconds } from '../../../../core/index.ts';
import { configService } from '../../../../experiments/measure/loadgen/config-service.ts';
import { detailText } from '../../../../experiments/measure/loadgen/detail.ts';
import { runLoad } from '../../../../experiments/measure/loadgen/run-load.ts';
import type { LoadResult } from '../../../../experiments/measure/loadgen/run-load.ts';
import { liveService, simulatedService } from '../../../../experiments/measure/loadgen/serving-system.ts';
import type { LoadedService } from '../../../../experiments/measure/loadgen/serving-system.ts';
import { defaultSettings } from '../../../../experiments/measure/loadgen/settings.ts';
import type { LoadSettings, Scenario } from '../../../../experiments/measure/loadgen/settings.ts';
import { summaryText } from '../../../../experiments/measure/loadgen/summary.ts';
import { variantService } from '../../../../experiments/measure/loadgen/variant-service.ts';
import { tableBackend } from '../../../../live/world/index.ts';
import type { LiveBackendFactory } from '../../../../live/world/index.ts';
import { folderWith } from '../../config/config-files.ts';

function settingsOf(scenario: Scenario, parts: Partial<LoadSettings> = {}): LoadSettings {
  return { ...defaultSettings(scenario), minDurationNs: seconds(1), ...parts };
}

function serviceOf(settings: LoadSettings, variant = 'fmnist-linear-fp32', live = true): LoadedService {
  return variantService({ variant, workers: 1, maxBatch: 0, seed: 'load', settings, live });
}

async function simulated(settings: LoadSettings, variant?: string): Promise<LoadResult> {
  return runLoad(simulatedService(serviceOf(settings, variant, false)), settings, { seed: '1' });
}

const metOf = ({ verdict }: LoadResult): Record<string, boolean> =>
  Object.fromEntries(verdict.constraints.map(({ name, met }) => [name, met]));

describe('a variant in process', () => {
  test('runs SingleStream on real engines and compares every answer with its label', async () => {
    const settings = settingsOf('single-stream', { minDurationNs: seconds(2), minAccuracyPercent: 75 });
    const result = await runLoad(liveService(serviceOf(settings), { threads: 1 }), settings, { seed: '1' });
    expect(result.verdict).toMatchObject({ valid: true });
    const { score, counts } = result;
    expect(counts).toEqual({ answered: score.queries, rejected: 0, failed: 0, wrong: 0, missing: 0 });
    expect(score.lastIssuedNs).toBeGreaterThanOrEqual(seconds(2));
    expect(score.accuracy).toMatchObject({ inputs: score.queries, source: 'labels' });
    const text = summaryText(result);
    expect(text).toMatch(/^SUT name : fmnist-linear-fp32, 1 worker, in process\nScenario : SingleStream$/m);
    expect(text).toMatch(
      /^90th percentile latency \(ns\) : \d+\nResult is : VALID\n {2}Min duration satisfied : Yes$/m,
    );
    expect(text).toMatch(/^ \* Early stopping 90th percentile estimate: \d+$/m);
  });

  test('of a workload that blocks the generator is INVALID for it', async () => {
    const settings = settingsOf('server', { targetQps: 200, targetLatencyNs: seconds(5), minDurationNs: seconds(1) });
    const blocking: LiveBackendFactory = (parts) => {
      const backend = tableBackend(parts);
      const execute: typeof backend.execute = (...batch) => {
        const untilMs = performance.now() + 40;
        while (performance.now() < untilMs);
        backend.execute(...batch);
      };
      return Object.assign(Object.create(backend) as typeof backend, { execute }); // All else is the backend's.
    };
    const result = await runLoad(liveService(serviceOf(settings), { backend: blocking }), settings, { seed: '1' });
    expect(metOf(result)).toMatchObject({ punctuality: false, errors: true, performance: true });
    expect(summaryText(result)).toContain('  Generator kept its schedule : NO');
  });

  test('that is broken off is INVALID, and what was open is missing', async () => {
    const settings = settingsOf('server', { targetQps: 500, minDurationNs: seconds(60) });
    const silent: LiveBackendFactory = (parts) => ({ ...tableOf(parts), execute: () => undefined });
    const options = { seed: '1', signal: AbortSignal.timeout(700) };
    const result = await runLoad(liveService(serviceOf(settings), { backend: silent }), settings, options);
    expect(result.counts.answered).toBe(0);
    expect(metOf(result)).toMatchObject({ completeness: false, errors: false });
    expect(result.verdict.constraints.at(-1)?.found).toMatch(/^it was interrupted after \d\.\d s$/);
  });

  test('whose last worker died is ended at once', async () => {
    const settings = settingsOf('server', { targetQps: 100, minDurationNs: seconds(60) });
    const mortal: LiveBackendFactory = (parts) => ({
      ...tableOf(parts),
      execute: (worker, generation) =>
        void setImmediate(() =>
          parts.deliver(lifecycleOf(worker), { type: 'worker.crashed', generation, reason: reason('worker-crashed') }),
        ),
    });
    const result = await runLoad(liveService(serviceOf(settings), { backend: mortal }), settings, { seed: '1' });
    expect(result.verdict.constraints.at(-1)?.found).toMatch(/^the last worker died after \d\.\d s$/);
  });

  test('says what keeps a variant from running so, all at once', () => {
    const settings = settingsOf('multi-stream', { samplesPerQuery: 100 });
    const wrong = (variant: string) => () => serviceOf(settings, variant, true);
    expect(wrong('fmnist-linear-fp32')).toThrow(/100 samples in a query, and batches of at most \d+; expected at most/);
    expect(wrong('resnet50-tensorrt-b8')).toThrow('this host lacks its hardware or its memory');
    expect(wrong('fmnist-linear-fp31')).toThrow('did you mean "fmnist-linear-fp32"?');
  });
});

function tableOf(parts: Parameters<LiveBackendFactory>[0]): ReturnType<LiveBackendFactory> {
  const backend = tableBackend(parts);
  return {
    load: (...worker) => backend.load(...worker),
    execute: (...batch) => backend.execute(...batch),
    cancel: (...worker) => backend.cancel(...worker),
    unload: (...worker) => backend.unload(...worker),
    close: () => backend.close(),
  };
}

describe('a simulated variant', () => {
  test('gives the same result for the same seeds', async () => {
    const settings = settingsOf('server', { targetQps: 300, targetLatencyNs: milliseconds(20), minQueryCount: 700 });
    const [first, second] = [await simulated(settings), await simulated(settings)];
    expect(first.verdict.valid).toBe(true);
    expect(first.score).toEqual(second.score);
    expect(first.score.issueDelay?.maxNs).toBe(0);
    expect(first.score.accuracy?.source).toBe('catalogue');
    expect(first.score.accuracy?.percent).toBeCloseTo(82.92);
    expect(summaryText(first)).toMatch(
      /^Scheduled samples per second : \d+\.\d\d\nResult is : VALID\n {2}Performance/m,
    );
  });

  test('beyond its capacity misses its latency, and no query is lost', async () => {
    const settings = settingsOf('server', { targetQps: 20_000, targetLatencyNs: milliseconds(5) });
    const result = await simulated(settings, 'fmnist-resnet20-fp32');
    expect(metOf(result)).toMatchObject({ performance: false, 'early-stopping': false, errors: true });
    expect(result.score.samples).toBe(result.score.queries);
  });

  test('runs MultiStream, whose queries have eight samples', async () => {
    const { score } = await simulated(settingsOf('multi-stream', { minQueryCount: 662 }));
    expect(score.errors).toBe(0);
    expect(score.samples).toBe(score.queries * 8);
  });

  test('runs Offline, all samples at once', async () => {
    const { score } = await simulated(settingsOf('offline', { targetQps: 1e5, minDurationNs: milliseconds(100) }));
    expect(score).toMatchObject({ errors: 0, samples: 11_000, lastScheduledNs: 0 });
    expect(score.rates.offlineRps).toBeGreaterThan(1000);
  });

  test('writes one JSON object a line into the detailed log, under the keys of LoadGen', async () => {
    const settings = settingsOf('single-stream', { minDurationNs: milliseconds(50) });
    const lines = detailText(await simulated(settings))
      .trimEnd()
      .split('\n');
    expect(lines.every((line) => line.startsWith(':::MLLOG {'))).toBe(true);
    const entries = lines.map((line) => JSON.parse(line.slice(9)) as { key: string; value: unknown }); // Checked below.
    const values = Object.fromEntries(entries.map(({ key, value }) => [key, value]));
    expect(values).toMatchObject({ result_validity: 'VALID', result_min_queries_met: true, early_stopping_met: true });
    expect(values['result_99.90_percentile_latency_ns']).toBeGreaterThan(0);
    expect(values['query_counts']).toMatchObject({ wrong: 0, missing: 0 });
  });
});

describe('the service of a config', () => {
  const CONFIG = {
    question: 'Does it hold?',
    duration: '1 s',
    catalogue: { variants: ['fmnist-mlp-fp32'] },
    fleet: { machines: { 'cpu-2': 1 }, workers: { 'fmnist-mlp-fp32': 1 } },
    workload: {
      arrivals: { process: 'loadgen-server', rate: '20/s' },
      queries: [{ use_case: 'classification-fashion-mnist', latency: '150 us' }],
    },
    policies: [{ name: 'plain' }, { name: 'strict', admission: 'deadline' }],
  };
  const settings = settingsOf('server', { targetQps: 3000 });
  const under = async (policy?: string): Promise<LoadResult> => {
    const file = `${folderWith({ 'service.yaml': JSON.stringify(CONFIG) })}/service.yaml`;
    const service = await configService({ file, policy, settings, live: false });
    return runLoad(simulatedService(service), settings, { seed: '1' });
  };

  test("answers late by its own objective, which is no error: the scenario's limit counts", async () => {
    expect(await under()).toMatchObject({ system: 'service, policy plain, simulated', verdict: { valid: true } });
  });

  test('that refuses queries has not completed them', async () => {
    const { counts, faults, verdict } = await under('strict');
    expect(counts.rejected).toBeGreaterThan(0);
    expect(faults).toEqual([['expired (deadline-passed)', counts.rejected]]);
    expect(verdict.valid).toBe(false);
  });

  test('says which policies there are', async () => {
    await expect(under('plane')).rejects.toThrow(
      /has no such policy; found plane; did you mean "plain"\? expected one of/,
    );
  });
});
