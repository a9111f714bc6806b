import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { shownText } from '../../../live/telemetry/index.ts';
import type { LogOptions } from '../../../live/telemetry/index.ts';
import { StagedService } from '../dashboard/staged-service.ts';
import { DETAIL, QUERY_END, watchedRequest, watchedService } from './fixtures.ts';
import type { Watched } from './fixtures.ts';

type Line = Readonly<Record<string, unknown>>;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rehearse-logs-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const file = (): string => join(folder, 'service.log');

function logged(options: Partial<LogOptions> = {}, parts: Parameters<typeof watchedService>[1] = {}): Promise<Watched> {
  return watchedService({ logs: { level: 'info', destination: file(), requests: true, ...options } }, parts);
}

async function linesOf({ telemetry }: Watched): Promise<Line[]> {
  await telemetry.close();
  const text = readFileSync(file(), 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line): Line => JSON.parse(line));
}

describe('a request', () => {
  test('has one line with who, what, where, how long and how large', async () => {
    const service = new StagedService();
    const watched = await logged({}, { service });
    service.tell(QUERY_END);
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    watched.telemetry.watch.began(watchedRequest({ headers: { traceparent } }))(200, { ...DETAIL, clientId: 'mine' });
    const [line, ...more] = await linesOf(watched);
    expect(more).toEqual([]);
    expect(line).toMatchObject({
      level: 'info',
      event: 'request',
      msg: 'request',
      request_id: 'r-1',
      client_id: 'mine',
      listener: 'inference',
      trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
      application: 'default',
      method: 'POST',
      status: 200,
      route: '/v2/models/:name/infer',
      model: 'squeezenet',
      variant: 'squeezenet',
      version: '1',
      worker: 'squeezenet#0',
      machine: 'local-0',
      outcome: 'served',
      reason: 'none',
      inputs: 2,
      batch_inputs: 4,
      latency_ms: 10,
      queue_ms: 2,
      preprocess_ms: 1,
      infer_ms: 6,
      postprocess_ms: 1,
      load_wait_ms: 0,
      received_bytes: 3e3,
      sent_bytes: 500,
    });
    expect(line['time']).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  });

  test('tells no secret: neither the query, nor headers', async () => {
    const watched = await logged();
    const headers = { authorization: 'Bearer hunter2', cookie: 'session=hunter2' };
    watched.telemetry.watch.began(watchedRequest({ headers }))(200, DETAIL);
    watched.telemetry.watch.began(watchedRequest({ headers, route: '', target: '/x?token=secret' }))(404, DETAIL);
    const lines = await linesOf(watched);
    expect(lines[1]['path']).toBe('/x');
    expect(JSON.stringify(lines)).not.toMatch(/secret|hunter2/);
  });

  test('what a client wrote is cut and cannot forge a line, colour a terminal or hide text', async () => {
    const watched = await logged();
    const target = `/a\u001B[31m\u202Eb\n{"forged":1}${'y'.repeat(500)}`;
    const detail = { ...DETAIL, clientId: '\u2028{"forged":2}', failure: 'no model named "\u0000\u200B"' };
    watched.telemetry.watch.began(watchedRequest({ route: '', target }))(404, detail);
    const lines = await linesOf(watched);
    expect(lines).toHaveLength(1);
    expect(lines[0]['path']).toMatch(/^\/a\\u\{1b\}\[31m\\u\{202e\}b\\u\{a\}\{"forged":1\}y+\.\.\.$/);
    expect(lines[0]['client_id']).toBe(String.raw`\u{2028}{"forged":2}`);
    expect(lines[0]['failure']).toBe(String.raw`no model named "\u{0}\u{200b}"`);
  });

  test('that failed inside is a warning with the cause, which the client never sees', async () => {
    const watched = await logged({ requests: false });
    watched.telemetry.watch.began(watchedRequest())(200, DETAIL);
    watched.telemetry.watch.began(watchedRequest())(500, { ...DETAIL, cause: new Error('the disk is full') });
    const lines = await linesOf(watched);
    expect(lines.map(({ level, status }) => [level, status])).toEqual([['warn', 500]]);
    expect(lines[0]['error']).toMatch(/^Error: the disk is full\n {4}at /);
  });
});

describe('the service', () => {
  test('has a line for each decision, change of state and load', async () => {
    const service = new StagedService();
    const watched = await logged({}, { service });
    service.notify((observer) => {
      observer.decided?.({
        atMs: 1,
        kind: 'worker.start',
        variant: 'm',
        worker: 'm#0',
        reason: 'load-above-threshold',
      });
      observer.stateChanged?.({ subject: 'worker', label: 'm#0', of: 'm', state: 'dead' });
      observer.stateChanged?.({ subject: 'machine', label: 'local-0', of: 'local', state: 'up' });
      observer.loaded?.('m', '1', 120e6);
    });
    const lines = (await linesOf(watched)).map(({ time: _time, msg: _msg, ...line }) => line);
    expect(lines).toEqual([
      {
        level: 'info',
        event: 'decision',
        kind: 'worker.start',
        variant: 'm',
        worker: 'm#0',
        reason: 'load-above-threshold',
      },
      { level: 'info', event: 'worker.dead', worker: 'm#0', variant: 'm' },
      { level: 'info', event: 'machine.up', machine: 'local-0', type: 'local' },
      { level: 'info', event: 'loaded', variant: 'm', version: '1', load_ms: 120 },
    ]);
  });
});

test('a crash is an error with its worker, its signal and its last words', async () => {
  const service = new StagedService();
  const watched = await logged({ level: 'warn' }, { service });
  const who = { variant: 'm', version: '1', worker: 'm#3' };
  service.notify((observer) => {
    observer.stateChanged?.({ subject: 'worker', label: 'm#2', of: 'm', state: 'dead' });
    observer.crashed?.({ ...who, cause: 'crashed', signal: 'SIGSEGV', detail: 'ended by SIGSEGV\u001b[31m' });
    observer.crashed?.({ ...who, cause: 'load-failed', exitCode: 3, detail: 'no model' });
    observer.retried?.('m', '1');
  });
  const lines = (await linesOf(watched)).map(({ time: _time, msg: _msg, ...line }) => line);
  const crash = { level: 'error', event: 'worker.crashed', cause: 'crashed', signal: 'SIGSEGV', ...who };
  expect(lines).toEqual([
    { ...crash, detail: String.raw`ended by SIGSEGV\u{1b}[31m` },
    { level: 'error', event: 'load.failed', cause: 'load-failed', exit_code: 3, ...who, detail: 'no model' },
  ]);
});

describe('the file', () => {
  test('is read by its owner only, and is opened again after it was moved away', async () => {
    const watched = await logged();
    const { watch, reopenLog, close } = watched.telemetry;
    watch.began(watchedRequest({ id: 'first' }))(200, DETAIL);
    await expect.poll(() => statSync(file()).size, { timeout: 5000 }).toBeGreaterThan(0);
    expect(statSync(file()).mode & 0o077).toBe(0);
    renameSync(file(), join(folder, 'old.log'));
    reopenLog();
    await expect.poll(() => statSync(file(), { throwIfNoEntry: false })?.size, { timeout: 5000 }).toBe(0);
    watch.began(watchedRequest({ id: 'second' }))(200, DETAIL);
    await close();
    expect(readFileSync(file(), 'utf8')).toContain('"second"');
    expect(readFileSync(join(folder, 'old.log'), 'utf8')).toContain('"first"');
  });

  test('a place that cannot be written is told at the start', async () => {
    writeFileSync(file(), '');
    await expect(logged({ destination: join(file(), 'service.log') })).rejects.toThrow(
      /the log cannot be written.*(EEXIST|ENOTDIR).*expected stdout, stderr or the path of a file/s,
    );
  });

  test.skipIf(!existsSync('/dev/full'))('a disk that is full costs the lines, not the service', async () => {
    const watched = await logged({ destination: '/dev/full' });
    watched.telemetry.watch.began(watchedRequest())(200, DETAIL);
    const dropped = async (): Promise<string> => (await watched.lines('rehearse_log_lines_dropped_total'))[0];
    await expect.poll(dropped, { timeout: 5000 }).toMatch(/ [1-9]\d*$/);
    await watched.telemetry.close();
  });

  test('nothing is made where logs are off', async () => {
    const watched = await logged({ level: 'off' });
    watched.telemetry.watch.began(watchedRequest())(500, DETAIL);
    await watched.telemetry.close();
    expect(statSync(file(), { throwIfNoEntry: false })).toBeUndefined();
  });
});

test('plain text is left as it is, letters of all languages too', () => {
  expect(shownText('resnet-50 "größe" 模型 🙂', 100)).toBe('resnet-50 "größe" 模型 🙂');
  expect(shownText('abcdef', 3)).toBe('abc...');
});
