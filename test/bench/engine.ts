/**
 * What an engine process adds to a run: the way to it and back, by shared memory and by messages, beside ONNX Runtime
 * called in this process with the same batch. The three take turns, so that a slow moment of the machine meets all.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor, env } from 'onnxruntime-node';
import { Engines } from '../../backends/index.ts';
import type { Engine, Transport } from '../../backends/index.ts';
import { nodeModel } from '../backends/onnx/tiny-model.ts';

export interface RoundTrip {
  readonly medianUs: number;
  readonly p99Us: number;
}

export interface EngineFigures {
  /** Bytes of the one float32 input. */
  readonly inputBytes: number;
  readonly runs: number;
  readonly bare: RoundTrip;
  readonly sharedMemory: RoundTrip;
  readonly messages: RoundTrip;
  /** Difference of the medians, and of the 99th percentiles, to the bare run. */
  readonly addedSharedMemory: RoundTrip;
  readonly addedMessages: RoundTrip;
}

/** Values of an image of 28 by 28 pixels, and of one of 3 by 224 by 224: 3 kB and 600 kB. */
const SIZES = [784, 150_528];
const WARM_UP_RUNS = 300;
const SECOND_NS = 1_000_000_000;

/** @param runs of each kind and size, at least 1. */
export async function engineBenchmark(runs: number): Promise<EngineFigures[]> {
  const figures: EngineFigures[] = [];
  for (const length of SIZES) figures.push(await figuresOf(length, runs));
  return figures;
}

async function figuresOf(length: number, runs: number): Promise<EngineFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'rehearse-bench-'));
  const path = join(folder, 'greatest.onnx');
  // The greatest value of an image: it reads the whole input and answers one number.
  const model = nodeModel(
    'ReduceMax',
    [{ name: 'x', type: 'float32', shape: ['N', length] }],
    [{ name: 'y', type: 'float32', shape: ['N', 1] }],
    { attributes: { axes: [1], keepdims: 1 } },
  );
  writeFileSync(path, model);
  const transports: readonly Transport[] = ['shared-memory', 'messages'];
  const owners = transports.map((transport) => new Engines({ transport }));
  try {
    const engines = await Promise.all(owners.map((owner) => started(owner, path)));
    const values = Float32Array.from({ length }, (_, at) => at % 251);
    const kinds = [await bareRun(model, values), ...engines.map((engine) => engineRun(engine, values))];
    for (let run = 0; run < WARM_UP_RUNS; run += 1) for (const once of kinds) await once();
    const timesUs = kinds.map(() => new Float64Array(runs));
    for (let run = 0; run < runs; run += 1) {
      for (const [kind, once] of kinds.entries()) {
        const startMs = performance.now();
        await once();
        timesUs[kind][run] = (performance.now() - startMs) * 1000;
      }
    }
    const [bare, sharedMemory, messages] = timesUs.map(roundTrip);
    return {
      inputBytes: length * Float32Array.BYTES_PER_ELEMENT,
      runs,
      bare,
      sharedMemory,
      messages,
      addedSharedMemory: difference(sharedMemory, bare),
      addedMessages: difference(messages, bare),
    };
  } finally {
    await Promise.all(owners.map((owner) => owner.close()));
    rmSync(folder, { recursive: true });
  }
}

async function started(owner: Engines, path: string): Promise<Engine> {
  const engine = owner.start();
  const loaded = await engine.load({ path, hardware: 'cpu', threads: 1, maxBatch: 1 });
  if (!loaded.ok) throw new Error(loaded.failure.detail);
  return engine;
}

async function bareRun(model: Uint8Array, values: Float32Array): Promise<() => Promise<void>> {
  env.logLevel = 'fatal';
  const session = await InferenceSession.create(model, { intraOpNumThreads: 1, interOpNumThreads: 1 });
  return async () => {
    const { y } = await session.run({ x: new Tensor('float32', values, [1, values.length]) });
    requireAnswer(Number(y.data[0]));
  };
}

/** As a backend does it: the request's bytes are written where the engine reads them, the answer read where it lies. */
function engineRun(engine: Engine, values: Float32Array): () => Promise<void> {
  const bytes = new Uint8Array(values.buffer);
  const runs = [{ rows: 1, inputs: [{ shape: [1, values.length], at: 0, bytes: bytes.length }] }];
  return async () => {
    engine.room(bytes.length).set(bytes);
    const result = await engine.run(runs, bytes.length, SECOND_NS);
    if (!result.ok) throw new Error(result.failure.detail);
    const { bytes: answer } = result.report.runs[0][0];
    requireAnswer(new DataView(answer.buffer, answer.byteOffset).getFloat32(0, true));
  };
}

function requireAnswer(value: number): void {
  if (value !== 250) throw new Error(`the greatest value is 250, not ${value}`);
}

function roundTrip(timesUs: Float64Array): RoundTrip {
  const sorted = timesUs.toSorted();
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  return { medianUs: at(0.5), p99Us: at(0.99) };
}

function difference(a: RoundTrip, b: RoundTrip): RoundTrip {
  return { medianUs: a.medianUs - b.medianUs, p99Us: a.p99Us - b.p99Us };
}
