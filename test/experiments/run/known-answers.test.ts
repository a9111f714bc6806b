// One replication from its task to its result, against figures worked out by hand.
import { describe, expect, test } from 'vitest';
import { arriving, simulated } from '../../fixtures/echo.ts';

/** Quantiles come from a histogram: exact to 3.1e-5 of their value. */
const QUANTILE_ERROR = 3.1e-5;

describe('queries that never wait', () => {
  test('have the figures that the table and the prices give', async () => {
    // 100 queries at 0, 20, ..., 1980 ms, each answered after 10 ms: the run ends at 1.99 s, busy for 1 s of it.
    const { result } = await simulated();
    expect(result).toMatchObject({ ending: 'drained', durationS: 1.99, decisionCount: 2, staleMessages: 0 });
    expect(result.outcomes).toEqual({
      served: 100,
      late: 0,
      rejected: 0,
      expired: 0,
      failed: 0,
      cancelled: 0,
      unfinished: 0,
    });
    expect(result.reasons).toEqual({});
    expect(result.batches).toEqual({ inputs: [1], count: [100] });
    const { utilisation_percent: utilisation, cost_usd: cost, energy_joules: energy, ...others } = result.metrics;
    expect(utilisation).toBeCloseTo(100 / 1.99, 9);
    expect(cost).toBeCloseTo(0.00199, 12);
    // Idle watts all the time, and half of the difference to busy watts while one of two cores works.
    expect(energy).toBeCloseTo(10 * 1.99 + 20 * 1, 9);
    expect(others).toEqual({
      // No reserved price is stated, so it is the same; one worker holds 1 MB of 1 GB all the time.
      cost_reserved_usd: cost,
      instance_cost_usd: expect.closeTo(0.00199 / 1000, 15),
      energy_machine_max_joules: energy,
      memory_mean_mib: 1e6 / 1_048_576,
      memory_peak_mib: 1e6 / 1_048_576,
      attainment_percent: 100,
      violations_percent: 0,
      latency_mean_ms: 10,
      latency_p50_ms: 10,
      latency_p90_ms: 10,
      latency_p95_ms: 10,
      latency_p99_ms: 10,
      latency_p999_ms: 10,
      latency_max_ms: 10,
      queue_mean_ms: 0,
      infer_mean_ms: 10,
      offered_rps: 50,
      goodput_rps: 50,
      throughput_inputs_per_s: 50,
      batch_mean_inputs: 1,
      accuracy_percent: 80,
      worker_seconds: 1.99,
      machine_seconds: 1.99,
      offline_files_per_s: null,
    });
  });

  test('of two inputs are one request and two inputs', async () => {
    const { result } = await simulated({ workload: arriving('50/s', { latency: '20 ms', inputs: 2 }) });
    expect(result.batches).toEqual({ inputs: [2], count: [100] });
    expect(result.metrics).toMatchObject({
      latency_mean_ms: 15,
      offered_rps: 50,
      goodput_rps: 50,
      throughput_inputs_per_s: 100,
      batch_mean_inputs: 2,
    });
  });
});

describe('a queue that grows by a query every 10 ms', () => {
  // Ten queries at 0, 5, ..., 45 ms; the worker begins one every 10 ms: latencies 10, 15, ..., 55 ms.
  const queue = { duration: '50 ms', workload: arriving('200/s', { latency: '30 ms' }) };

  test('has the latencies of a queue', async () => {
    const { result, rows } = await simulated(queue);
    expect(rows.map((row) => Number(row.latency_ms))).toEqual([10, 15, 20, 25, 30, 35, 40, 45, 50, 55]);
    expect(rows.map((row) => Number(row.queue_ms))).toEqual([0, 5, 10, 15, 20, 25, 30, 35, 40, 45]);
    const { metrics } = result;
    expect(metrics).toMatchObject({
      attainment_percent: 50,
      latency_mean_ms: 32.5,
      latency_max_ms: 55,
      // A rank beyond the last value but one is the largest value, which is exact.
      latency_p95_ms: 55,
      latency_p99_ms: 55,
      latency_p999_ms: 55,
      queue_mean_ms: 22.5,
      infer_mean_ms: 10,
      offered_rps: 200,
      goodput_rps: 100,
      throughput_inputs_per_s: 200,
      utilisation_percent: 100,
      accuracy_percent: 80,
    });
    expect(Math.abs((metrics.latency_p50_ms ?? 0) / 30 - 1)).toBeLessThan(QUANTILE_ERROR);
    expect(Math.abs((metrics.latency_p90_ms ?? 0) / 50 - 1)).toBeLessThan(QUANTILE_ERROR);
  });

  test('serves what is answered at its deadline, and is late a moment after', async () => {
    const { result, rows } = await simulated(queue);
    expect(rows.map((row) => row.outcome)).toEqual([...Array(5).fill('served'), ...Array(5).fill('late')]);
    expect(result.reasons).toEqual({ 'deadline-missed': 5 });
  });

  test('is judged only for queries scheduled between warm-up and cool-down, whenever they are answered', async () => {
    const { result, rows } = await simulated({ ...queue, warm_up: '10 ms', cool_down: '10 ms' });
    expect(rows).toHaveLength(10);
    // Queries at 10, 15, ..., 35 ms; the last of them is answered at 80 ms, after the arrivals' end.
    expect(result.outcomes).toMatchObject({ served: 3, late: 3 });
    expect(result.metrics).toMatchObject({ latency_mean_ms: 32.5, latency_max_ms: 45, attainment_percent: 50 });
    expect(result.metrics.offered_rps).toBeCloseTo(200, 9);
    expect(result.metrics.goodput_rps).toBeCloseTo(100, 9);
    // What is bought is bought for the whole run.
    expect(result.metrics.machine_seconds).toBeCloseTo(0.1, 12);
  });

  test('is shorter where a batch holds two', async () => {
    // Alone at 0 and at 10 ms, where the end of a batch comes before the arrival of that instant; then pairs every 15 ms.
    const batching = { policy: 'fixed', max_batch: 2, max_delay: '0 ms' };
    const { result, rows } = await simulated({ ...queue, policies: [{ name: 'pairs', batching }] });
    expect(result.batches).toEqual({ inputs: [1, 2], count: [2, 4] });
    expect(rows.map((row) => Number(row.latency_ms))).toEqual([10, 15, 25, 20, 30, 25, 35, 30, 40, 35]);
    expect(rows.map((row) => Number(row.batch_inputs))).toEqual([1, 1, 2, 2, 2, 2, 2, 2, 2, 2]);
    expect(result.metrics.batch_mean_inputs).toBeCloseTo(10 / 6, 12);
  });

  test('is shared by two workers', async () => {
    const { result } = await simulated({ ...queue, fleet: { machines: { box: 1 }, workers: { echo: 2 } } });
    expect(result.metrics).toMatchObject({ latency_mean_ms: 10, queue_mean_ms: 0 });
    // 55 ms long, 10 answers of 10 ms by two workers.
    expect(result.metrics.utilisation_percent).toBeCloseTo((100 / 110) * 100, 9);
    expect(result.metrics.worker_seconds).toBeCloseTo(0.11, 12);
    expect(result.metrics.machine_seconds).toBeCloseTo(0.055, 12);
  });
});

describe('every request has its outcome and its reason', () => {
  const queue = { duration: '50 ms', workload: arriving('200/s', { latency: '30 ms' }) };
  const admission = (policy: object): object => ({ ...queue, policies: [{ name: 'plain', admission: policy }] });

  test('rejected where the queue is bounded', async () => {
    // One runs and two wait from 15 ms on; each end lets the next one in.
    const { result, rows } = await simulated(admission({ policy: 'queue-bound', max: 2 }));
    expect(result.outcomes.rejected).toBeGreaterThan(0);
    expect(result.outcomes.rejected + result.outcomes.served + result.outcomes.late).toBe(10);
    expect(result.reasons['queue-full']).toBe(result.outcomes.rejected);
    const refused = rows.filter((row) => row.outcome === 'rejected');
    expect(refused.map((row) => [row.reason, row.latency_ms, row.worker, row.batch_inputs])).toEqual(
      refused.map(() => ['queue-full', '0', '', '']),
    );
  });

  test('rejected where more inputs come at once than fit a batch', async () => {
    const policies = [{ name: 'plain', selection: 'fixed' }];
    const { result } = await simulated({ duration: '50 ms', workload: arriving('200/s', { inputs: 3 }), policies });
    expect(result.outcomes).toMatchObject({ served: 0, rejected: 10 });
    expect(result.reasons).toEqual({ 'too-many-inputs': 10 });
    expect(result.metrics).toMatchObject({
      attainment_percent: 0,
      latency_mean_ms: null,
      latency_p99_ms: null,
      latency_max_ms: null,
      queue_mean_ms: null,
      accuracy_percent: null,
      batch_mean_inputs: null,
      goodput_rps: 0,
    });
    expect(result.cdf).toEqual({ latencyMs: [], share: [] });
    expect(result.batches).toEqual({ inputs: [], count: [] });
  });

  test('rejected where no variant gives what is asked: a run that answered nothing is invalid', async () => {
    const queries = [{ variant: 'echo', accuracy: 99 }];
    const { result } = await simulated({ workload: { arrivals: { process: 'constant', rate: '50/s' }, queries } });
    expect(result.reasons).toEqual({ 'no-variant': 100 });
    expect(result.verdict.notes).toEqual([
      '100 queries of default found no variant; the first asked for echo, 99 %; closest for variant echo: within the latency, echo with 80 % in 10 ms',
    ]);
    expect(result.verdict.valid).toBe(false);
    expect(result.verdict.problems.map(({ message }) => message)).toEqual([
      'none of 100 measured requests was answered',
    ]);
  });

  test('failed at its timeout', async () => {
    const { result, rows } = await simulated({ ...queue, limits: { timeout: '20 ms' } });
    // Answered within 20 ms: what began to run by then; the rest is given up at 20 ms.
    const failed = rows.filter((row) => row.outcome === 'failed');
    expect(failed.length).toBeGreaterThan(0);
    expect(failed.every((row) => row.reason === 'timeout' && row.latency_ms === '20')).toBe(true);
    expect(result.reasons['timeout']).toBe(failed.length);
  });

  test('failed in a batch whose worker crashes, and judged against the run', async () => {
    const faults = [{ fault: 'worker-crash', at: ['12 ms'] }];
    const { result, rows } = await simulated({ ...queue, faults, limits: { timeout: '10 s', drain: '20 s' } });
    expect(result.faults).toEqual({ 'worker-crash': 1 });
    // The second query ran from 10 ms on.
    expect(rows[1]).toMatchObject({ outcome: 'failed', reason: 'worker-crashed', latency_ms: '7' });
    expect(Object.values(result.outcomes).reduce((sum, count) => sum + count, 0)).toBe(10);
  });

  test('unfinished when the run is cut off, which makes it invalid and says what to change', async () => {
    const { result, rows } = await simulated({ ...queue, limits: { drain: '11 ms' } });
    // Answers at 10, 20, ..., 60 ms; the run is cut at 61.
    expect(result.outcomes.unfinished).toBe(4);
    expect(rows).toHaveLength(6);
    expect(result.ending).toBe('time-limit');
    expect(result.verdict.valid).toBe(false);
    expect(result.verdict.problems).toEqual([
      {
        code: 'RUN_TIME_LIMIT',
        message:
          'the run did not drain within limits.drain after the last arrival; 4 measured requests were unfinished at 0.061 s',
        advice: 'the service is overloaded: lower the rate, add workers, admit fewer requests, or raise limits.drain',
      },
    ]);
    // Attainment counts them: 5 served of 10, not of the 6 that ended.
    expect(result.metrics.attainment_percent).toBe(50);
  });

  test('a run that reaches a bound measures up to there', async () => {
    const { result } = await simulated({ ...queue, limits: { open_requests: 3 } });
    expect(result.ending).toBe('open-request-limit');
    expect(result.verdict.problems.map(({ code }) => code)).toEqual(['RUN_OPEN_REQUEST_LIMIT']);
    const counted = Object.values(result.outcomes).reduce((sum, count) => sum + count, 0);
    expect(result.metrics.offered_rps).toBeCloseTo(counted / result.durationS, 6);
  });

  test('a run without a measured request says so', async () => {
    const limited = { arrivals: { process: 'constant', rate: '50/s' }, queries: [{ variant: 'echo' }], limit: 2 };
    const { result } = await simulated({ workload: limited, warm_up: '1 s' });
    expect(result.verdict.problems.map(({ code }) => code)).toEqual(['RUN_NOTHING_MEASURED']);
    expect(result.metrics).toMatchObject({ attainment_percent: null, offered_rps: 0 });
  });
});

test('applications have tallies of their own, which add up to the whole', async () => {
  const queries = [
    { application: 'ann', variant: 'echo', latency: '10 ms', weight: 3 },
    { application: 'bob', variant: 'echo', latency: '5 ms', weight: 1 },
  ];
  const { result, rows } = await simulated({ workload: { arrivals: { process: 'constant', rate: '50/s' }, queries } });
  const ofBob = rows.filter((row) => row.application === 'bob').length;
  expect(Object.keys(result.byApplication).toSorted()).toEqual(['ann', 'bob']);
  expect(result.byApplication['ann']).toMatchObject({ attainment_percent: 100, offered_rps: (100 - ofBob) / 2 });
  expect(result.byApplication['bob']).toMatchObject({ attainment_percent: 0, offered_rps: ofBob / 2, goodput_rps: 0 });
  expect(result.metrics.attainment_percent).toBe(100 - ofBob);
  expect(result.metrics.violations_percent).toBe(ofBob);
  expect(result.byApplication['bob']).toMatchObject({ violations_percent: 100, latency_p99_ms: null, cost_usd: null });
  expect(result.byApplication['ann']).toMatchObject({ violations_percent: 0, latency_p99_ms: 10 });
});

test('a single application has the tail latency of the run', async () => {
  const { result } = await simulated({ workload: arriving('150/s') });
  expect(result.byApplication['default'].latency_p99_ms).toBe(result.metrics.latency_p99_ms);
});
