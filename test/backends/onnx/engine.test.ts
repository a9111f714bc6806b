import { fork, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { availableHardware, builtEntry, Engines } from '../../../backends/onnx/index.ts';
import { Engine } from '../../../backends/onnx/engine.ts';
import { folder, isAlive, isGoneSoon } from './fixtures.ts';

const spec = { path: `${folder}fmnist-resnet20.onnx`, hardware: 'cpu', threads: 1, maxBatch: 2000 };

/** A process that loads a model, starts a run, prints the engine's id and ends as told. */
async function ownerThat(ends: string): Promise<number> {
  const library = pathToFileURL(
    builtEntry(new URL('../../../backends/onnx/engines.ts', import.meta.url).href, 'engines'),
  );
  const code = `
    const { Engines } = await import('${library.href}');
    const engines = new Engines();
    const engine = engines.start();
    await engine.load(${JSON.stringify(spec)});
    void engine.run(new Float32Array(200 * 784), 200);
    process.stdout.write(String(engine.pid), () => { ${ends} });
  `;
  const owner = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  for await (const chunk of owner.stdout) printed += String(chunk);
  expect(Number(printed)).toBeGreaterThan(0);
  return Number(printed);
}

describe('an engine', () => {
  let engines: Engines;
  beforeEach(() => {
    engines = new Engines();
  });
  afterEach(() => engines.close());

  test('reports what it loaded and how much memory it took', async () => {
    const loaded = await engines.start().load(spec);
    if (!loaded.ok) throw new Error(loaded.failure.detail);
    expect(loaded.report.input).toEqual({
      name: 'input',
      type: 'float32',
      dims: [1, 28, 28],
      length: 784,
      fixedBatch: null,
    });
    expect(loaded.report.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(loaded.report.peakMemoryBytes).toBeGreaterThan(30e6);
  });

  test('refuses a run before a load and lives on', async () => {
    const engine = engines.start();
    const failure = { kind: 'refused', detail: 'no model is loaded' };
    expect(await engine.run(new Float32Array(784), 1)).toEqual({ ok: false, failure });
    expect((await engine.load(spec)).ok).toBe(true);
  });

  test('takes one command at a time', async () => {
    const engine = engines.start();
    const loading = engine.load(spec);
    expect(() => engine.run(new Float32Array(784), 1)).toThrow('run was sent while the engine executes load');
    expect((await loading).ok).toBe(true);
  });

  test('killed in a run ends the run and then itself', async () => {
    const engine = engines.start();
    await engine.load(spec);
    const running = engine.run(new Float32Array(2000 * 784), 2000);
    setTimeout(() => engine.kill(), 50);
    expect(await running).toEqual({ ok: false, failure: { kind: 'killed', detail: 'the engine process was killed' } });
    expect(await engine.ended).toEqual({ wanted: true, detail: 'the engine process ended by SIGKILL' });
    expect(engines.pids).toEqual([]);
  });

  test('that has ended fails every further command at once', async () => {
    const engine = engines.start();
    engine.kill();
    await engine.ended;
    expect(await engine.load(spec)).toMatchObject({ ok: false, failure: { kind: 'crashed' } });
  });

  test('that cannot be started fails its first command', async () => {
    const child = fork('nowhere.js', [], { execPath: '/nowhere/node', stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    const engine = new Engine(child);
    const failed = await engine.load(spec);
    expect(failed).toMatchObject({ ok: false, failure: { kind: 'crashed' } });
    expect((await engine.ended).detail).toContain('the engine process ended before it began: spawn /nowhere/node');
  });

  test('that crashes tells its last words', async () => {
    const script = join(mkdtempSync(join(tmpdir(), 'rehearse-')), 'crash.mjs');
    writeFileSync(script, "process.on('message', () => { throw new Error('out of luck'); });");
    const engine = new Engine(fork(script, [], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] }));
    const detail = 'the engine process ended with exit code 1; its last words: Error: out of luck';
    expect(await engine.load(spec)).toEqual({ ok: false, failure: { kind: 'crashed', detail } });
    expect(await engine.ended).toEqual({ wanted: false, detail });
    rmSync(script);
  });
});

describe('no engine outlives its owner', () => {
  test('that exits without closing', async () => {
    expect(await isGoneSoon(await ownerThat('process.exit(0)'))).toBe(true);
  });

  test('that is killed', async () => {
    expect(await isGoneSoon(await ownerThat("process.kill(process.pid, 'SIGKILL')"))).toBe(true);
  });

  test('that closes', async () => {
    const engines = new Engines();
    engines.start();
    engines.start();
    const { pids } = engines;
    expect(pids).toHaveLength(2);
    await engines.close();
    expect(pids.filter(isAlive)).toEqual([]);
    expect(() => engines.start()).toThrow('an engine was started after close');
  });
});

describe('the built entry of a source', () => {
  const root = mkdtempSync(join(tmpdir(), 'rehearse-entry-'));
  const [source, built] = [join(root, 'backends'), join(root, 'dist', 'backends')];
  const caller = pathToFileURL(join(source, 'engines.ts')).href;
  for (const path of [source, built]) mkdirSync(path, { recursive: true });
  writeFileSync(join(root, 'package.json'), '{}');
  writeFileSync(join(source, 'worker.ts'), '');
  afterAll(() => rmSync(root, { recursive: true }));

  test('of a compiled caller lies beside it', () => {
    expect(builtEntry(pathToFileURL(join(built, 'engines.js')).href, 'worker')).toBe(join(built, 'worker.js'));
  });

  test('that was never built is asked for', () => {
    expect(() => builtEntry(caller, 'worker')).toThrow('dist/backends/worker.js is missing; run npm run build');
  });

  test('that is older than its source is asked for', () => {
    writeFileSync(join(built, 'worker.js'), '');
    expect(builtEntry(caller, 'worker')).toBe(join(built, 'worker.js'));
    utimesSync(join(built, 'worker.js'), 1, 1);
    expect(() => builtEntry(caller, 'worker')).toThrow('dist/backends/worker.js is older than its source');
  });
});

test('the processor is always available hardware, and comes first', () => {
  expect(availableHardware()[0]).toBe('cpu');
  expect(availableHardware()).not.toContain('webgpu');
});
