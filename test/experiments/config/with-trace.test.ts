// A config under the arrivals of a trace: what is replaced, what stays, and what cannot be replayed.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ServingError, milliseconds, seconds } from '../../../core/index.ts';
import { loadConfig } from '../../../experiments/config/load-config.ts';
import type { ReplayConfig } from '../../../experiments/config/with-trace.ts';
import { withTrace } from '../../../experiments/config/with-trace.ts';
import type { TraceOptions } from '../../../traces/index.ts';
import { echoConfig, performed, readRows } from '../../fixtures/echo.ts';
import { folderWith } from './config-files.ts';

/** Five queries in two seconds; one row in the middle makes no sense. */
const TRACE = 'arrival_s,application,latency_ms\n0,web,\n0.1,web,30\nnever,web,\n0.5,shop,\n0.9,shop,12\n2,web,\n';
const SOUND = TRACE.replace('never,web,\n', '');

async function replay(text: string, options: TraceOptions = {}, changes: object = {}): Promise<ReplayConfig> {
  const config = await echoConfig({ name: 'echoes', ...changes }, { 'trace.csv': text });
  return withTrace(config, join(config.file, '..', 'trace.csv'), options);
}

async function refusal(promise: Promise<unknown>): Promise<ServingError> {
  const error: unknown = await promise.catch((cause: unknown) => cause);
  if (!(error instanceof ServingError)) throw error;
  return error;
}

test('a replay lasts as long as the trace and has a name of its own', async () => {
  const { config, trace } = await replay(SOUND);
  expect(trace).toMatchObject({ rows: 5, spanNs: seconds(2), format: 'rehearse' });
  expect(config.name).toBe('echoes-replay');
  const [{ scenario }] = config.points;
  expect(scenario.workload.durationNs).toBe(seconds(2) + 1);
  expect(scenario.workload.arrivals.process).toBe('trace');
  expect(config.live.durationNs).toBe(seconds(2) + 1);
});

test('rows keep what they ask for, and the config’s queries complete them', async () => {
  const { config } = await replay(SOUND);
  const { run, out } = await performed(config);
  const rows = readRows(join(out, 'requests.csv'));
  expect(rows.map((row) => [row.scheduled_s, row.application, row.objective_ms, row.variant, row.outcome])).toEqual([
    ['0', 'web', '10', 'echo', 'served'],
    ['0.1', 'web', '30', 'echo', 'served'],
    ['0.5', 'shop', '10', 'echo', 'served'],
    ['0.9', 'shop', '12', 'echo', 'served'],
    ['2', 'web', '10', 'echo', 'served'],
  ]);
  expect(run.result.cells[0].replications[0].outcomes).toMatchObject({ served: 5 });
  expect(run.result.verdict).toEqual({ valid: true, problems: [], notes: [] });
});

test('bad rows end it, or are skipped, counted and noted', async () => {
  const error = await refusal(replay(TRACE));
  expect(error.message).toMatch(/trace\.csv:4: .*never/);
  const { config, trace } = await replay(TRACE, { badRows: 'skip' });
  expect(trace.badRows.total).toBe(1);
  const { run } = await performed(config);
  expect(run.result.verdict).toEqual({
    valid: true,
    problems: [],
    notes: ['1 bad row of the trace was skipped'],
  });
});

describe('options', () => {
  test('cut a window out of the trace, which becomes its beginning', async () => {
    const { config, trace } = await replay(SOUND, { window: { fromNs: milliseconds(100), toNs: seconds(1) } });
    expect(trace.rows).toBe(3);
    const { out } = await performed(config);
    expect(readRows(join(out, 'requests.csv')).map((row) => row.scheduled_s)).toEqual(['0', '0.4', '0.8']);
  });

  test('stretch time, multiply arrivals, take the first and those of an application', async () => {
    const rowsWith = async (options: TraceOptions): Promise<number> => (await replay(SOUND, options)).trace.rows;
    expect((await replay(SOUND, { timeScale: 2 })).config.points[0].scenario.workload.durationNs).toBe(seconds(4) + 1);
    expect(await rowsWith({ rateScale: 3 })).toBe(15);
    expect(await rowsWith({ limit: 2 })).toBe(2);
    expect(await rowsWith({ filter: { applications: ['shop'] } })).toBe(2);
  });

  test('that thin a trace leave its length: each replication keeps other rows', async () => {
    const lines = Array.from({ length: 200 }, (_, at) => `${at / 100}`);
    const text = `arrival_s\n${lines.join('\n')}\n`;
    const { config } = await replay(text, { rateScale: 0.05 }, { replications: 8 });
    expect(config.points[0].scenario.workload.durationNs).toBe(seconds(1.99) + 1);
    const { run } = await performed(config);
    const counts = run.result.cells[0].replications.map(({ outcomes }) => outcomes.served);
    expect(new Set(counts).size).toBeGreaterThan(1);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(40);
  });
});

describe('what cannot be replayed', () => {
  test.each([
    [{ 'workload.arrivals.rate': ['50/s', '60/s'] }, 'workload.arrivals.rate'],
    [{ duration: ['1 s', '2 s'] }, 'duration'],
  ])('a grid over what the trace replaces: %j', async (grid, path) => {
    const error = await refusal(replay(SOUND, {}, { grid }));
    expect(error.code).toBe('REPLAY_GRID');
    expect(error.message).toContain(`found ${path}; expected a config whose grid leaves the arrivals`);
  });

  test('other grids stay', async () => {
    const { config } = await replay(SOUND, {}, { grid: { 'fleet.workers.echo': [1, 2] } });
    expect(config.points.map(({ scenario }) => scenario.workload.arrivals.process)).toEqual(['trace', 'trace']);
  });

  test('a trace shorter than the warm-up', async () => {
    const error = await refusal(
      replay(SOUND, { window: { toNs: seconds(1) } }, { warm_up: '0.5 s', cool_down: '0.5 s' }),
    );
    expect(error.code).toBe('REPLAY_TOO_SHORT');
    expect(error.message).toMatch(/trace\.csv: the trace is shorter than .*; found 900\.000001 ms; expected more than/);
  });

  test('a trace of which nothing is left', async () => {
    expect((await refusal(replay(SOUND, { window: { fromNs: seconds(3) } }))).code).toBe('TRACE_NOTHING_LEFT');
    expect((await refusal(replay('arrival_s\n'))).code).toMatch(/^TRACE_/);
  });
});

test('the resolved config of a replay is a config of the same run', async () => {
  const options = { format: 'auto', rateScale: 2, window: { fromNs: 0, toNs: seconds(1) }, badRows: 'skip' } as const;
  const { config } = await replay(TRACE, options, { replications: 2 });
  const first = await performed(config);
  expect(config.resolved).toMatchObject({
    name: 'echoes-replay',
    duration: '900.000001 ms',
    workload: {
      arrivals: {
        process: 'trace',
        file: 'trace.csv',
        rate_scale: 2,
        window: { from: '0 ns', to: '1 s' },
        bad_rows: 'skip',
      },
      queries: [{ variant: 'echo', latency: '10 ms' }],
    },
  });
  const folder = folderWith({
    'echo.yaml': readFileSync(join(config.file, '..', 'echo.yaml'), 'utf8'),
    'trace.csv': TRACE,
    'again.yaml': JSON.stringify(config.resolved),
  });
  const second = await performed(await loadConfig(join(folder, 'again.yaml')));
  expect(second.run.result.digest).toBe(first.run.result.digest);
});
