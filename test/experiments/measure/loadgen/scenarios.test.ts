/** The four scenarios as workloads: when queries are due, how many there are, and what ends them. */
import { describe, expect, test } from 'vitest';
import { NEVER, RandomStreams, milliseconds, seconds } from '../../../../core/index.ts';
import type { Workload } from '../../../../core/index.ts';
import { offlineSamples, scenarioWorkload } from '../../../../experiments/measure/loadgen/scenario-workload.ts';
import { defaultSettings, settingsUsed } from '../../../../experiments/measure/loadgen/settings.ts';
import type { LoadSettings, Scenario } from '../../../../experiments/measure/loadgen/settings.ts';
import { query } from '../../../traces/workload-specs.ts';

function workloadOf(scenario: Scenario, parts: Partial<LoadSettings> = {}): Workload {
  const asked = { queries: [query('a'), query('b')], popularity: { law: 'uniform' } } as const;
  return scenarioWorkload({ ...defaultSettings(scenario), ...parts }, asked, new RandomStreams('scenarios'));
}

/** Takes all arrivals; each ends after the service time. */
function take(workload: Workload, serviceNs: number): { atNs: number; inputs: number; client: number }[] {
  const taken = [];
  while (workload.next.atNs !== NEVER) {
    const { atNs, inputs, client } = workload.next;
    taken.push({ atNs, inputs, client });
    workload.advance();
    workload.ended?.(client, atNs + serviceNs);
  }
  return taken;
}

describe('SingleStream', () => {
  test('asks the next query when the one before has ended', () => {
    const workload = workloadOf('single-stream');
    expect(workload.next).toMatchObject({ atNs: 0, inputs: 1, client: 0 });
    workload.advance();
    expect(workload.next.atNs).toBe(NEVER);
    workload.ended?.(0, 123);
    expect(workload.next.atNs).toBe(123);
  });

  test('goes on until both minimums are met', () => {
    const short = take(workloadOf('single-stream', { minDurationNs: milliseconds(50) }), milliseconds(1));
    expect(short).toHaveLength(100);
    const long = take(workloadOf('single-stream', { minDurationNs: seconds(1) }), milliseconds(1));
    expect(long).toHaveLength(1001);
    expect(long.at(-1)?.atNs).toBe(seconds(1));
  });

  test('stops at a maximum all the same', () => {
    expect(take(workloadOf('single-stream', { maxQueryCount: 7 }), milliseconds(1))).toHaveLength(7);
    const timed = take(workloadOf('single-stream', { maxDurationNs: milliseconds(5) }), milliseconds(1));
    expect(timed.map(({ atNs }) => atNs)).toEqual([0, 1, 2, 3, 4].map(milliseconds));
  });
});

test('MultiStream asks eight samples at a time', () => {
  const taken = take(workloadOf('multi-stream', { minDurationNs: 1, minQueryCount: 3 }), milliseconds(1));
  expect(taken.map(({ inputs }) => inputs)).toEqual([8, 8, 8]);
});

describe('Server', () => {
  // LoadGen's own C++ code gives these for the official seed and 100 queries a second.
  const REFERENCE = [0, 18436540, 23015776, 35874399, 43004346, 46868412, 69351828, 80267627, 81285096, 95898565];

  test("asks at LoadGen's times, bit for bit, and waits for nothing", () => {
    const workload = workloadOf('server', { targetQps: 100 });
    const times = REFERENCE.map(() => {
      const { atNs } = workload.next;
      workload.advance();
      return atNs;
    });
    expect(times).toEqual(REFERENCE);
  });

  test('schedules queries up to the first that meets both minimums', () => {
    const taken = take(workloadOf('server', { targetQps: 100, minDurationNs: milliseconds(80), minQueryCount: 1 }), 0);
    expect(taken.map(({ atNs }) => atNs)).toEqual(REFERENCE.slice(0, 8));
  });

  test('has a schedule of its own for every seed', () => {
    const workload = workloadOf('server', { targetQps: 100, scheduleSeed: '1' });
    workload.advance();
    expect(workload.next.atNs).not.toBe(REFERENCE[1]);
  });
});

describe('Offline', () => {
  test('asks everything at once: a tenth more than the expected rate fills the duration with', () => {
    const settings = { ...defaultSettings('offline'), targetQps: 300, minDurationNs: seconds(2) };
    expect(offlineSamples(settings)).toBe(660);
    expect(offlineSamples({ ...settings, minQueryCount: 5000 })).toBe(5000);
    const taken = take(workloadOf('offline', settings), seconds(1));
    expect(taken).toHaveLength(660);
    expect(new Set(taken.map(({ atNs }) => atNs))).toEqual(new Set([0]));
  });

  test('may put several samples into a request, and loses none', () => {
    const taken = take(workloadOf('offline', { minQueryCount: 100, samplesPerQuery: 32 }), 0);
    expect(taken.map(({ inputs }) => inputs)).toEqual([32, 32, 32, 4]);
  });
});

describe('the settings', () => {
  test("have LoadGen's defaults and official seeds", () => {
    expect(Object.fromEntries(settingsUsed(defaultSettings('server')))).toEqual({
      samples_per_query: '1',
      target_qps: '1',
      target_latency: '100 ms',
      target_latency_percentile: '0.99',
      min_duration: '10 s',
      max_duration: 'none',
      min_query_count: '100',
      max_query_count: 'none',
      schedule_rng_seed: '16159082839903944936',
      sample_index_rng_seed: '2747215439041700203',
      allow_errors: '0 %',
    });
    expect(defaultSettings('single-stream').targetLatencyPercentile).toBe(0.9);
    expect(defaultSettings('multi-stream')).toMatchObject({ targetLatencyPercentile: 0.99, samplesPerQuery: 8 });
  });
});
