import { spawn } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Engines, availableHardware } from '../../../backends/onnx/index.ts';
import { builtEntry } from '../../../backends/process/index.ts';
import { folder, isAlive, isGoneSoon, runTensors } from './fixtures.ts';

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
    const bytes = 2000 * 784 * 4;
    engine.room(bytes).fill(0);
    void engine.run([{ rows: 2000, inputs: [{ shape: [2000, 1, 28, 28], at: 0, bytes }] }], bytes);
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

/** So many black images. */
function images(count: number): { shape: number[]; bytes: Uint8Array } {
  return { shape: [count, 1, 28, 28], bytes: new Uint8Array(count * 784 * 4) };
}

describe.each(['shared-memory', 'messages'] as const)('an engine over %s', (transport) => {
  let engines: Engines;
  beforeEach(() => {
    engines = new Engines({ transport });
  });
  afterEach(() => engines.close());

  test('reports what it loaded and how much memory it took', async () => {
    const loaded = await engines.start().load(spec);
    if (!loaded.ok) throw new Error(loaded.failure.detail);
    expect(loaded.report).toMatchObject({
      inputs: [{ name: 'input', type: 'float32', shape: [null, 1, 28, 28] }],
      outputs: [{ name: 'logits', type: 'float32', shape: [null, 10] }],
      batches: true,
      fixedBatch: null,
    });
    expect(loaded.report.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(loaded.report.peakMemoryBytes).toBeGreaterThan(30e6);
  });

  test('refuses a run before a load and lives on', async () => {
    const engine = engines.start();
    await expect(runTensors(engine, [images(1)])).rejects.toThrow('refused: no model is loaded');
    expect((await engine.load(spec)).ok).toBe(true);
    expect(await runTensors(engine, [images(2)])).toMatchObject([{ name: 'logits', shape: [2, 10] }]);
  });

  test('takes one command at a time', async () => {
    const engine = engines.start();
    const loading = engine.load(spec);
    expect(() => engine.room(1)).toThrow('room was asked for while the process executes load');
    await expect(engine.run([], 0)).rejects.toThrow('run was sent while the process executes load');
    expect((await loading).ok).toBe(true);
  });

  test('killed in a run ends the run and then itself', async () => {
    const engine = engines.start();
    await engine.load(spec);
    setTimeout(() => engine.kill(), 100);
    await expect(runTensors(engine, [images(2000)])).rejects.toThrow('killed: the engine process was killed');
    expect(await engine.ended).toMatchObject({ wanted: true, detail: 'the engine process ended by SIGKILL' });
    expect(engines.pids).toEqual([]);
  });

  test('that has ended fails every further command at once', async () => {
    const engine = engines.start();
    engine.kill();
    await engine.ended;
    expect(engine.room(8)).toHaveLength(8);
    expect(await engine.load(spec)).toMatchObject({ ok: false, failure: { kind: 'crashed' } });
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
    expect(() => engines.start()).toThrow('the engine process was started after close');
  });
});

test('the processor is always available hardware, and comes first', () => {
  expect(availableHardware()[0]).toBe('cpu');
  expect(availableHardware()).not.toContain('webgpu');
});
