import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { lifecycleOf, queueOf, reason } from '../../../core/index.ts';
import type { Variant } from '../../../core/index.ts';
import type { Payloads } from '../../../backends/onnx/index.ts';
import type { TensorValue } from '../../../backends/tensors/index.ts';
import { Bench, imagePayloads, isAlive, isGoneSoon, pause, tensorValue, variantOf } from './fixtures.ts';
import { countingModel, greedyModel } from './tiny-model.ts';

const scratch = mkdtempSync(join(tmpdir(), 'rehearse-onnx-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const LINEAR = variantOf('fmnist-linear.onnx');
/** Half a second of work in one batch: time to interfere. */
const SLOW = variantOf('fmnist-resnet20.onnx', { maxBatch: 2000 });
const slots = Int32Array.from({ length: 2000 }, (_, index) => index);

let bench: Bench;
function open(variants: readonly Variant[], options: Partial<ConstructorParameters<typeof Bench>[0]> = {}): Bench {
  bench = new Bench({ variantOf: (worker) => variants[worker], ...options });
  return bench;
}
afterEach(() => bench.backend.close());

/** Starts the slow batch on a worker and waits until the engine is in the middle of it. */
async function startSlowBatch(worker = 0, generation = 0): Promise<void> {
  bench.backend.execute(worker, generation, slots, 2000, 2000);
  await pause(60);
}

function pidOf(worker: number): number {
  const pid = bench.backend.processOf(worker);
  if (pid === undefined) throw new Error(`worker ${worker} has no process`);
  return pid;
}

describe('loads and batches', () => {
  test('a load ends in one message whose parts add up to the whole', async () => {
    open([LINEAR]);
    const startedMs = performance.now();
    const { to, message } = await bench.load(0, 4);
    const tookNs = (performance.now() - startedMs) * 1e6;
    expect(to).toBe(lifecycleOf(0));
    if (message.type !== 'load.finished') throw new Error(message.type);
    expect(message.generation).toBe(4);
    const { readNs, createNs, warmUpNs } = message.timings;
    for (const part of [readNs, createNs, warmUpNs]) expect(Number.isSafeInteger(part) && part > 0).toBe(true);
    expect(readNs + createNs + warmUpNs).toBeLessThanOrEqual(tookNs);
    expect(readNs + createNs + warmUpNs).toBeGreaterThan(tookNs * 0.8);
  });

  test('a batch ends in one message to the queue, with its timings, after its requests have their answers', async () => {
    const payloads = imagePayloads();
    open([LINEAR], { payloads });
    await bench.load(0);
    bench.backend.execute(0, 0, slots, 3, 3);
    const { to, message } = await bench.next();
    expect(to).toBe(queueOf(0));
    if (message.type !== 'batch.finished') throw new Error(message.type);
    for (const part of Object.values(message.timings)) expect(Number.isSafeInteger(part) && part > 0).toBe(true);
    expect([...payloads.answers.keys()]).toEqual([0, 1, 2]);
    expect(bench.delivered).toHaveLength(2);
  });

  test('a batch of eight answers what eight batches of one answer', async () => {
    const together = imagePayloads();
    open([variantOf('fmnist-resnet8.onnx')], { payloads: together });
    await bench.load(0);
    bench.backend.execute(0, 0, slots, 8, 8);
    await bench.next();
    const atOnce = new Map(together.answers);
    for (let slot = 0; slot < 8; slot += 1) {
      bench.backend.execute(0, 0, Int32Array.of(slot), 1, 1);
      await bench.next();
      expect(together.answers.get(slot)).toEqual(atOnce.get(slot));
    }
    expect(new Set([...atOnce.values()].map(String)).size).toBe(8);
  });

  test('a request of weight three gets three rows, those of its own inputs', async () => {
    const heavy = imagePayloads(3);
    open([LINEAR], { payloads: heavy });
    await bench.load(0);
    bench.backend.execute(0, 0, Int32Array.of(0, 10), 2, 6);
    await bench.next();
    const [first, second] = [heavy.answers.get(0), heavy.answers.get(10)];
    expect(first).toHaveLength(30);
    bench.backend.execute(0, 0, Int32Array.of(10), 1, 3);
    await bench.next();
    expect(heavy.answers.get(10)).toEqual(second);
    expect(second).not.toEqual(first);
  });

  test('two workers run at the same time', async () => {
    open([SLOW, LINEAR]);
    await bench.load(0);
    await bench.load(1);
    await startSlowBatch(0);
    bench.backend.execute(1, 0, slots, 1, 1);
    expect((await bench.next()).to).toBe(queueOf(1));
    expect((await bench.next()).to).toBe(queueOf(0));
  });

  test('an input that cannot be written fails its batch and not the next one', async () => {
    const payloads = imagePayloads();
    const tensorOf: Payloads['tensorOf'] = (slot, input) => {
      if (slot === 1) throw new Error('slot 1 has no picture');
      return payloads.tensorOf(slot, input);
    };
    open([LINEAR], { payloads: { ...payloads, tensorOf } });
    await bench.load(0);
    bench.backend.execute(0, 0, slots, 2, 2);
    const failed = { type: 'batch.failed', generation: 0, reason: reason('execution-failed') };
    expect(await bench.next()).toEqual({ to: queueOf(0), message: failed });
    expect(bench.notes).toEqual(['an input could not be written: slot 1 has no picture']);
    bench.backend.execute(0, 0, slots, 1, 1);
    expect((await bench.next()).message.type).toBe('batch.finished');
  });

  test('an answer that is not taken fails its batch', async () => {
    const answer = (): void => {
      throw new Error('the client is gone');
    };
    open([LINEAR], { payloads: { ...imagePayloads(), answer } });
    await bench.load(0);
    bench.backend.execute(0, 0, slots, 1, 1);
    expect((await bench.next()).message).toMatchObject({ type: 'batch.failed', reason: reason('execution-failed') });
    expect(bench.notes).toEqual(['an answer was not taken: the client is gone']);
  });
});

describe('crashes and hangs', () => {
  test('an engine killed in a batch fails the batch, reports the crash once, and the worker loads again', async () => {
    open([SLOW]);
    await bench.load(0);
    await startSlowBatch();
    process.kill(pidOf(0), 'SIGKILL');
    const why = reason('worker-crashed');
    // The crash comes first: a queue that heard of the failure alone would send the next batch to a dead engine.
    const crashed = { to: lifecycleOf(0), message: { type: 'worker.crashed', generation: 0, reason: why } };
    expect(await bench.next()).toEqual(crashed);
    const failed = { to: queueOf(0), message: { type: 'batch.failed', generation: 0, reason: why } };
    expect(await bench.next()).toEqual(failed);
    expect(bench.notes).toEqual(['the engine process ended by SIGKILL']);
    await bench.load(0, 1);
    bench.backend.execute(0, 1, slots, 1, 1);
    expect((await bench.next()).message).toMatchObject({ type: 'batch.finished', generation: 1 });
    expect(bench.delivered.filter(({ message }) => message.type === 'worker.crashed')).toHaveLength(1);
  });

  test('an idle engine that dies is reported once, and its worker executes nothing more', async () => {
    open([LINEAR]);
    await bench.load(0);
    process.kill(pidOf(0), 'SIGKILL');
    expect((await bench.next()).message).toMatchObject({ type: 'worker.crashed', generation: 0 });
    bench.backend.execute(0, 0, slots, 1, 1);
    expect((await bench.next()).message).toMatchObject({ type: 'batch.failed', reason: reason('worker-crashed') });
    bench.backend.unload(0, 0);
    expect((await bench.next()).message).toEqual({ type: 'unload.finished', generation: 0 });
    expect(bench.delivered).toHaveLength(4);
  });

  test('an engine that dies while loading fails the load and is no crash of a worker', async () => {
    open([LINEAR]);
    bench.backend.load(0, 0);
    process.kill(pidOf(0), 'SIGKILL');
    const { message } = await bench.next();
    const detail = `${LINEAR.artifact?.path}: the engine process ended by SIGKILL`;
    expect(message).toEqual({ type: 'load.failed', generation: 0, detail });
    await pause(50);
    expect(bench.delivered).toHaveLength(1);
  });

  test('a batch beyond its time limit fails as a timeout and its worker dies', async () => {
    open([SLOW], { batchTimeoutNs: 50_000_000 });
    await bench.load(0);
    const pid = pidOf(0);
    await startSlowBatch();
    const why = reason('timeout');
    expect((await bench.next()).message).toEqual({ type: 'worker.crashed', generation: 0, reason: why });
    expect((await bench.next()).message).toEqual({ type: 'batch.failed', generation: 0, reason: why });
    expect(bench.notes).toEqual(['run took longer than 50 ms']);
    expect(await isGoneSoon(pid)).toBe(true);
  });

  test('a load beyond its time limit fails', async () => {
    open([LINEAR], { loadTimeoutNs: 1_000_000 });
    bench.backend.load(0, 0);
    expect((await bench.next()).message).toMatchObject({
      type: 'load.failed',
      detail: `${LINEAR.artifact?.path}: load took longer than 1 ms`,
    });
  });
});

/** A tiny model on a variant whose requests bring one number each. */
function counted(name: string, model: Uint8Array): Variant {
  const path = join(scratch, `${name}.onnx`);
  writeFileSync(path, model);
  const sha256 = createHash('sha256').update(model).digest('hex');
  return { ...LINEAR, inputs: [], outputs: [], artifact: { path, sha256, bytes: model.length } };
}

function numberPayloads(numberOf: (slot: number) => number): Payloads {
  return {
    inputsOf: () => 1,
    tensorOf: (slot, { name }) => tensorValue(name, 'int64', [1, 1], [numberOf(slot)]),
    answer: () => undefined,
  };
}

describe('an engine that does not come back', () => {
  test('hangs no longer than the batch may take, and its worker loads again', async () => {
    const payloads = numberPayloads((slot) => (slot === 7 ? 1e12 : 1));
    open([counted('counting', countingModel())], { payloads, batchTimeoutNs: 300_000_000 });
    await bench.load(0);
    bench.backend.execute(0, 0, Int32Array.of(1, 2), 2, 2);
    expect((await bench.next()).message.type).toBe('batch.finished');
    const pid = pidOf(0);
    bench.backend.execute(0, 0, Int32Array.of(7), 1, 1);
    expect((await bench.next()).message).toMatchObject({ type: 'worker.crashed', reason: reason('timeout') });
    expect((await bench.next()).message).toMatchObject({ type: 'batch.failed', reason: reason('timeout') });
    expect(await isGoneSoon(pid)).toBe(true);
    await bench.load(0, 1);
  });

  test.skipIf(process.platform !== 'linux')('is killed when it holds more memory than it may', async () => {
    const payloads = numberPayloads((slot) => (slot === 7 ? 250e6 : 1));
    open([counted('greedy', greedyModel())], { payloads, memoryMaxBytes: 400e6 });
    await bench.load(0);
    bench.backend.execute(0, 0, Int32Array.of(1), 1, 1);
    expect((await bench.next()).message.type).toBe('batch.finished');
    bench.backend.execute(0, 0, Int32Array.of(7), 1, 1);
    const why = reason('worker-crashed');
    expect((await bench.next()).message).toEqual({ type: 'worker.crashed', generation: 0, reason: why });
    expect((await bench.next()).message).toEqual({ type: 'batch.failed', generation: 0, reason: why });
    expect(bench.notes).toEqual([
      expect.stringMatching(/^the engine process held \d+ MB of memory, its limit is 400 MB$/),
    ]);
    await bench.load(0, 1);
    expect(bench.delivered).toHaveLength(5);
  });

  test.skipIf(process.platform !== 'linux')('is killed while it loads when loading takes too much memory', async () => {
    open([LINEAR], { memoryMaxBytes: 10e6 });
    bench.backend.load(0, 0);
    expect((await bench.next()).message).toMatchObject({
      type: 'load.failed',
      detail: expect.stringMatching(/: the engine process held \d+ MB of memory, its limit is 10 MB$/),
    });
  });
});

describe.each(['shared-memory', 'messages'] as const)('over %s', (transport) => {
  test('an engine killed in the middle of a run costs its own batch only', async () => {
    open([SLOW, LINEAR], { transport });
    await bench.load(0);
    await bench.load(1);
    await startSlowBatch(0);
    process.kill(pidOf(0), 'SIGKILL');
    bench.backend.execute(1, 0, slots, 8, 8);
    const messages = [await bench.next(), await bench.next(), await bench.next()];
    expect(messages.map(({ to, message }) => [to, message.type])).toEqual(
      expect.arrayContaining([
        [queueOf(0), 'batch.failed'],
        [lifecycleOf(0), 'worker.crashed'],
        [queueOf(1), 'batch.finished'],
      ]),
    );
    expect(bench.backend.notes()).toEqual([]);
  });

  test('answers that were kept are not changed by later batches or by the end of the engine', async () => {
    const views: TensorValue[] = [];
    const payloads = imagePayloads();
    const answer: Payloads['answer'] = (slot, outputs) => {
      views.push(outputs[0]);
      payloads.answer(slot, outputs);
    };
    open([LINEAR], { transport, payloads: { ...payloads, answer } });
    await bench.load(0);
    bench.backend.execute(0, 0, Int32Array.of(5), 1, 1);
    await bench.next();
    const copy = payloads.answers.get(5);
    bench.backend.execute(0, 0, Int32Array.of(6), 1, 1);
    await bench.next();
    await bench.backend.close();
    expect(payloads.answers.get(5)).toEqual(copy);
    // A view that somebody kept against the rules reads whatever there is; it must not end the process.
    expect(views[0].bytes.reduce((sum, byte) => sum + byte, 0)).toBeGreaterThanOrEqual(0);
  });
});

describe('cancel, unload, close', () => {
  test('cancelling in the middle of a batch kills the process and answers nothing', async () => {
    open([SLOW]);
    await bench.load(0);
    const pid = pidOf(0);
    await startSlowBatch();
    bench.backend.cancel(0, 0);
    expect(await isGoneSoon(pid)).toBe(true);
    expect(bench.delivered).toHaveLength(1);
    await bench.load(0, 1);
  });

  test('cancelling a load answers nothing', async () => {
    open([LINEAR]);
    bench.backend.load(0, 0);
    const pid = pidOf(0);
    bench.backend.cancel(0, 0);
    expect(await isGoneSoon(pid)).toBe(true);
    expect(bench.delivered).toEqual([]);
  });

  test('nothing of an old generation is delivered', async () => {
    open([SLOW]);
    await bench.load(0, 0);
    const old = pidOf(0);
    await startSlowBatch();
    bench.backend.load(0, 1);
    bench.backend.execute(0, 0, slots, 1, 1);
    bench.backend.unload(0, 0);
    bench.backend.cancel(0, 0);
    expect((await bench.next()).message).toMatchObject({ type: 'load.finished', generation: 1 });
    expect(await isGoneSoon(old)).toBe(true);
    expect(bench.delivered).toHaveLength(2);
  });

  test('unloading frees the process', async () => {
    open([LINEAR]);
    await bench.load(0);
    const pid = pidOf(0);
    bench.backend.unload(0, 0);
    expect(await bench.next()).toEqual({ to: lifecycleOf(0), message: { type: 'unload.finished', generation: 0 } });
    expect(isAlive(pid)).toBe(false);
    expect(bench.backend.processOf(0)).toBeUndefined();
  });

  test('unloading waits for the batch that runs', async () => {
    open([SLOW]);
    await bench.load(0);
    await startSlowBatch();
    bench.backend.unload(0, 0);
    expect((await bench.next()).message.type).toBe('batch.finished');
    expect((await bench.next()).message.type).toBe('unload.finished');
  });

  test('unloading what was never loaded is answered', async () => {
    open([LINEAR]);
    bench.backend.unload(0, 0);
    expect((await bench.next()).message).toEqual({ type: 'unload.finished', generation: 0 });
  });

  test('after close no process is left and nothing is delivered', async () => {
    open([SLOW, LINEAR, LINEAR]);
    await bench.load(0);
    await bench.load(1);
    await startSlowBatch(0);
    bench.backend.load(2, 0);
    const pids = [0, 1, 2].map(pidOf);
    await bench.backend.close();
    expect(pids.filter(isAlive)).toEqual([]);
    expect(bench.delivered).toHaveLength(2);
    expect(bench.notes).toEqual([]);
  });
});
