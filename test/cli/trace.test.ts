// `rehearse trace` and `rehearse replay` over traces that the test writes: what is made can be read, and replayed.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { ExperimentResult } from '../../core/index.ts';
import { arrivingAtRandom, echoFolder, readRows } from '../fixtures/echo.ts';
import { filesIn, rehearse } from './command.ts';

const AT_RANDOM = { replications: 1, workload: arrivingAtRandom('60/s', { latency: '25 ms' }) };
/** Four queries, one bad row. */
const EVENTS = 'ts,who\n1000,web\n1500,shop\nsoon,web\n2000,web\n4000,web\n';
const COLUMNS = ['--columns', 'time=ts,timeUnit=ms,application=who', '--format', 'csv'];

const resultIn = (out: string): ExperimentResult =>
  JSON.parse(readFileSync(join(out, 'result.json'), 'utf8')) as ExperimentResult; // Written by the command.

describe('a generated trace', () => {
  test('replayed by its own config gives the run that the config gives', async () => {
    const cwd = echoFolder(AT_RANDOM);
    const generated = await rehearse(['trace', 'generate', 'echo-run.yaml', 'made.csv'], { cwd });
    const rows = readFileSync(join(cwd, 'made.csv'), 'utf8').trimEnd().split('\n').length - 1;
    expect(generated).toEqual({ status: 0, stdout: `${join(cwd, 'made.csv')}: ${rows} rows\n`, stderr: '' });
    const replayed = await rehearse(['replay', 'made.csv', '--with', 'echo-run.yaml', '--out', 'replayed'], { cwd });
    const plain = await rehearse(['run', 'echo-run.yaml', '--out', 'plain'], { cwd });
    expect([replayed.status, plain.status]).toEqual([0, 0]);
    expect(replayed.stdout).toMatch(
      new RegExp(`^${rows} arrivals \\(rehearse\\) over [\\d.]+ s, [\\d.]+/s at the mean, `),
    );
    const told = (out: string): unknown =>
      readRows(join(cwd, out, 'requests.csv')).map((row) => [
        row.scheduled_s,
        row.latency_ms,
        row.objective_ms,
        row.outcome,
      ]);
    expect(told('replayed')).toEqual(told('plain'));
    expect(told('plain')).toHaveLength(rows);
    const { name, command } = resultIn(join(cwd, 'replayed'));
    expect(name).toBe('echo-run-replay');
    expect(command).toBe('npx rehearse replay made.csv --with echo-run.yaml --out replayed');
  });

  test('depends on its seed', async () => {
    const cwd = echoFolder(AT_RANDOM);
    const made = async (name: string, seed: string): Promise<string> => {
      expect((await rehearse(['trace', 'generate', 'echo-run.yaml', name, '--seed', seed], { cwd })).status).toBe(0);
      return readFileSync(join(cwd, name), 'utf8');
    };
    const [first, again, other] = await Promise.all([made('a.csv', '7'), made('b.csv', '7'), made('c.csv', '8')]);
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });
});

describe('trace info', () => {
  test('describes a trace for people, and as one object', async () => {
    const cwd = echoFolder({}, { 'events.csv': EVENTS });
    const args = ['trace', 'info', 'events.csv', ...COLUMNS, '--bad-rows', 'skip'];
    const [people, object] = await Promise.all([rehearse(args, { cwd }), rehearse([...args, '--json'], { cwd })]);
    expect(people.status).toBe(0);
    expect(people.stdout).toMatch(/^rows +4$/m);
    expect(people.stdout).toMatch(/^span +3\.0 s$/m);
    expect(people.stdout).toMatch(/^mean rate +1\.000\/s$/m);
    expect(people.stdout).toMatch(/^bad rows skipped +1 \(first: .*events\.csv:4/m);
    expect(people.stdout).toMatch(/^asks for +web: 3 rows$/m);
    expect(JSON.parse(object.stdout)).toMatchObject({
      format: 'csv',
      rows: 4,
      spanNs: 3e9,
      meanRps: 1,
      badRows: { total: 1 },
    });
    expect(object.stderr).toBe('');
  });

  test('of a single row has no rate', async () => {
    const cwd = echoFolder({}, { 'one.csv': 'arrival_s\n5\n' });
    const { status, stdout } = await rehearse(['trace', 'info', 'one.csv'], { cwd });
    expect(status).toBe(0);
    expect(stdout).toMatch(/^mean rate +unknown: too few rows$/m);
    expect(stdout).not.toContain('NaN');
  });

  test('stops at a bad row, by file and line', async () => {
    const cwd = echoFolder({}, { 'events.csv': EVENTS });
    const { status, stdout, stderr } = await rehearse(['trace', 'info', 'events.csv', ...COLUMNS], { cwd });
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^events\.csv:4: .*found "?soon/);
  });
});

describe('trace convert', () => {
  test('writes our format, cut and stretched, which converts to itself', async () => {
    const cwd = echoFolder({}, { 'events.csv': EVENTS });
    const window = ['--from', '0.5 s', '--to', '2 s', '--time-scale', '2', '--bad-rows', 'skip'];
    const converted = await rehearse(['trace', 'convert', 'events.csv', 'ours.csv', ...COLUMNS, ...window], { cwd });
    expect(converted.status).toBe(0);
    expect(converted.stdout).toMatch(/ours\.csv: 2 rows, 1 bad rows skipped \(first: .*events\.csv:4/);
    const ours = readFileSync(join(cwd, 'ours.csv'), 'utf8');
    expect(ours.split('\n').map((line) => line.split(',').slice(0, 2).join())).toEqual([
      'arrival_s,application',
      '0,shop',
      '1,web',
      '',
    ]);
    const packed = await rehearse(['trace', 'convert', 'ours.csv', 'again.csv.gz'], { cwd });
    expect(packed.status).toBe(0);
    expect(gunzipSync(readFileSync(join(cwd, 'again.csv.gz'))).toString()).toBe(ours);
  });

  test('leaves nothing behind when a row is bad', async () => {
    const cwd = echoFolder({}, { 'events.csv': EVENTS });
    const { status } = await rehearse(['trace', 'convert', 'events.csv', 'ours.csv', ...COLUMNS], { cwd });
    expect(status).toBe(2);
    expect(filesIn(cwd)).toEqual(['echo-run.yaml', 'echo.yaml', 'events.csv']);
  });
});

describe('replay', () => {
  test('reshapes the trace as asked, and notes the rows it skipped', async () => {
    const cwd = echoFolder({}, { 'events.csv': EVENTS });
    const options = ['--bad-rows', 'skip', '--rate-scale', '3', '--application', 'web', '--json'];
    const args = ['replay', 'events.csv', '--with', 'echo-run.yaml', '--out', 'out', ...COLUMNS, ...options];
    const { status, stdout } = await rehearse(args, { cwd });
    expect(status).toBe(0);
    // One object, without the line that introduces the trace to people.
    expect(JSON.parse(stdout)).toMatchObject({
      name: 'echo-run-replay',
      verdict: { valid: true, notes: ['1 bad row of the trace was skipped'] },
    });
    const rows = readRows(join(cwd, 'out', 'requests.csv'));
    expect(rows.map((row) => row.application)).toEqual(Array.from({ length: 9 }, () => 'web'));
    expect(readFileSync(join(cwd, 'out', 'report.html'), 'utf8')).toContain('1 bad row of the trace was skipped');
  });

  test.each([
    [
      { grid: { 'workload.arrivals.rate': ['50/s', '60/s'] } },
      'echo-run.yaml: grid: the grid sweeps what the trace replaces',
    ],
    [
      { warm_up: '1.9 s' },
      'events.csv: the trace is shorter than the warm-up and cool-down of the config; found 1.000000001 s',
    ],
  ])('refuses what cannot be: %j', async (changes, message) => {
    const cwd = echoFolder(changes, { 'events.csv': EVENTS });
    const args = ['replay', 'events.csv', '--with', 'echo-run.yaml', ...COLUMNS, '--bad-rows', 'skip', '--to', '2 s'];
    const { status, stdout, stderr } = await rehearse(args, { cwd });
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });
});
