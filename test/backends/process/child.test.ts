import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname } from 'node:path';
import { rmSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Child, Children, builtEntry, residentBytes } from '../../../backends/process/index.ts';
import type { Transport } from '../../../backends/process/index.ts';
import { isGoneSoon } from '../onnx/fixtures.ts';
import { echoProgram, openDescriptors, tell } from './fixtures.ts';

const entry = echoProgram();
afterAll(() => rmSync(dirname(entry), { recursive: true }));
const TRANSPORTS: readonly Transport[] = ['shared-memory', 'messages'];

function pattern(bytes: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, at) => at % 251);
}

describe.each(TRANSPORTS)('a child over %s', (transport) => {
  let children: Children;
  beforeEach(() => {
    children = new Children({ name: 'the echo', entry, transport });
  });
  afterEach(() => children.close());

  test.each([0, 1, 4096, 600_001])('answers a command with its %d bytes', async (bytes) => {
    const result = await tell(children.start(), 'echo', { data: pattern(bytes) });
    if (!result.ok) throw new Error(result.failure.detail);
    expect(result.report).toEqual({ times: 1 });
    expect(Buffer.compare(result.data, pattern(bytes))).toBe(0);
  });

  test('answers with more than it was given, again and again', async () => {
    const child = children.start();
    for (const times of [1, 40, 3, 300]) {
      const result = await tell(child, 'echo', { data: pattern(10_000), times });
      if (!result.ok) throw new Error(result.failure.detail);
      expect(result.data).toHaveLength(10_000 * times);
      expect(Buffer.compare(result.data.subarray(-10_000), pattern(10_000))).toBe(0);
    }
  });

  test('that refuses a command says so in one line and lives on', async () => {
    const child = children.start();
    expect(await tell(child, 'fail')).toEqual({ ok: false, failure: { kind: 'refused', detail: 'out of luck' } });
    expect((await tell(child, 'echo')).ok).toBe(true);
  });

  test('that crashes fails its command with its last words', async () => {
    const child = children.start();
    const detail = 'the echo ended by SIGSEGV; its last words: these are my last words';
    const exit = { code: null, signal: 'SIGSEGV', lastWords: 'these are my last words' };
    expect(await tell(child, 'die')).toEqual({ ok: false, failure: { kind: 'crashed', detail, exit } });
    expect(await child.ended).toEqual({ wanted: false, detail, kind: 'crashed', exit });
    expect(await tell(child, 'echo')).toEqual({ ok: false, failure: { kind: 'crashed', detail, exit } });
  });

  test('that ends by itself in the middle of a command has crashed', async () => {
    const detail = 'the echo ended with exit code 3';
    const exit = { code: 3, signal: null, lastWords: '' };
    expect(await tell(children.start(), 'exit')).toEqual({ ok: false, failure: { kind: 'crashed', detail, exit } });
  });

  test('that answers with nonsense is killed', async () => {
    const child = children.start();
    const result = await tell(child, 'garbage');
    expect(result).toMatchObject({ ok: false, failure: { kind: 'crashed' } });
    expect((await child.ended).detail).toMatch(/^the echo sent what is no answer \(/);
  });

  test('that hangs is killed when its time is up', async () => {
    const child = children.start();
    const failure = { kind: 'timeout', detail: 'hang took longer than 200 ms' };
    expect(await tell(child, 'hang', { timeoutNs: 200e6 })).toEqual({ ok: false, failure });
    expect(await child.ended).toMatchObject({ wanted: true, kind: 'killed', detail: 'the echo ended by SIGKILL' });
  });

  test('that answers when its time is up has its answer taken for no later command', async () => {
    const child = children.start();
    expect((await tell(child, 'echo')).ok).toBe(true);
    const late = tell(child, 'echo', { timeoutNs: 20e6 });
    // Both the end of the time and the answer wait for us then, in this order.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    expect(await late).toMatchObject({ ok: false, failure: { kind: 'timeout' } });
    const detail = 'echo took longer than 20 ms';
    expect(await tell(child, 'echo', { times: 2 })).toEqual({ ok: false, failure: { kind: 'killed', detail } });
  });

  test('takes one command at a time', async () => {
    const child = children.start();
    const first = tell(child, 'echo');
    expect(() => tell(child, 'echo')).toThrow('room was asked for while the process executes echo');
    expect((await first).ok).toBe(true);
  });

  test('leaves no descriptor behind', async () => {
    const before = openDescriptors();
    const first = children.start();
    await tell(first, 'echo', { data: pattern(100_000) });
    const others = [children.start(), children.start()];
    await children.close();
    expect(children.pids).toEqual([]);
    await Promise.all([first, ...others].map(({ ended }) => ended));
    expect(openDescriptors()).toBe(before);
  });

  test('that the system cannot start leaves no descriptor open', () => {
    const impossible = new Children({ name: 'nobody', entry: 'no\0file', transport });
    const before = openDescriptors();
    expect(() => impossible.start()).toThrow('null bytes');
    expect(openDescriptors()).toBe(before);
  });
});

/** A process that starts a child and has it hang, prints the child's id and kills itself. */
async function orphanOf(transport: Transport): Promise<number> {
  const index = builtEntry(new URL('../../../backends/process/index.ts', import.meta.url).href, 'index');
  const code = `
    const { Children } = await import(${JSON.stringify(pathToFileURL(index).href)});
    const children = new Children({ name: 'the echo', entry: ${JSON.stringify(entry)}, transport: '${transport}' });
    const child = children.start();
    await child.request({ name: 'echo', command: { type: 'echo' } });
    void child.request({ name: 'hang', command: { type: 'hang' } });
    setTimeout(() => process.stdout.write(String(child.pid), () => process.kill(process.pid, 'SIGKILL')), 50);
  `;
  const owner = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  let printed = '';
  for await (const chunk of owner.stdout) printed += String(chunk);
  expect(Number(printed)).toBeGreaterThan(0);
  return Number(printed);
}

test.skipIf(process.platform !== 'linux').each(TRANSPORTS)(
  'a child that hangs does not outlive a parent that is killed (%s)',
  async (transport) => {
    expect(await isGoneSoon(await orphanOf(transport))).toBe(true);
  },
);

test('a child that cannot be started fails its first command', async () => {
  const spawned = spawn('/nowhere/node', [], { stdio: ['ignore', 'ignore', 'pipe', 'pipe'] });
  const child = new Child(spawned, { name: 'the echo' });
  expect(await tell(child, 'echo')).toMatchObject({ ok: false, failure: { kind: 'crashed' } });
  expect((await child.ended).detail).toContain('the echo ended before it began: spawn /nowhere/node');
});

test('a program of this kind started by hand says so', async () => {
  const byHand = spawn(process.execPath, [entry], { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(byHand, 'exit');
  let said = '';
  for await (const chunk of byHand.stderr) said += String(chunk);
  expect(said).toBe('this process is started by rehearse, not by hand\n');
  expect(await ended).toEqual([2, null]);
});

test.skipIf(process.platform !== 'linux')('the memory of a process can be read, of none it cannot', () => {
  expect(residentBytes(process.pid)).toBeGreaterThan(10e6);
  expect(residentBytes(2 ** 22 + 1)).toBeUndefined();
});
