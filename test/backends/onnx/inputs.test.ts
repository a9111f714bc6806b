import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Variant } from '../../../core/index.ts';
import type { InputArray, OutputTensor } from '../../../backends/onnx/index.ts';
import { Bench, variantOf } from './fixtures.ts';
import { tinyModel } from './tiny-model.ts';
import type { TinyTensor } from './tiny-model.ts';

const scratch = mkdtempSync(join(tmpdir(), 'rehearse-onnx-'));
afterAll(() => rmSync(scratch, { recursive: true }));

/** A model that answers its input. */
function echo(type: TinyTensor['type'], shape: readonly (number | string)[], changes: Partial<Variant> = {}): Variant {
  const tensor = { type, shape };
  const bytes = tinyModel({
    operator: 'Identity',
    inputs: [{ name: 'x', ...tensor }],
    outputs: [{ name: 'y', ...tensor }],
  });
  const path = join(scratch, `${type}-${shape.join('x')}.onnx`);
  writeFileSync(path, bytes);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return variantOf('fmnist-linear.onnx', { inputs: [], ...changes, artifact: { path, sha256, bytes: bytes.length } });
}

/** Executes one batch, slot s being the input s, s, s; returns what each slot was answered. */
async function answersOf(variant: Variant, slots: Int32Array): Promise<OutputTensor[]> {
  const answers: OutputTensor[] = [];
  const payloads = {
    inputsOf: () => 1,
    write: (slot: number, target: InputArray, offset: number) => void target.fill(slot, offset, offset + 3),
    answer: (_slot: number, outputs: readonly OutputTensor[]) => void answers.push(...outputs),
  };
  const bench = new Bench({ variantOf: () => variant, payloads });
  try {
    await bench.load(0);
    bench.backend.execute(0, 0, slots, slots.length, slots.length);
    expect((await bench.next()).message.type).toBe('batch.finished');
  } finally {
    await bench.backend.close();
  }
  return answers;
}

test('a model of raw bytes is fed raw bytes', async () => {
  const answers = await answersOf(echo('uint8', ['N', 3]), Int32Array.of(7, 255));
  expect(answers.map(({ data }) => data)).toEqual([Uint8Array.of(7, 7, 7), Uint8Array.of(255, 255, 255)]);
  expect(answers[0]).toMatchObject({ name: 'y', type: 'uint8', dims: [3] });
});

test('a model of a fixed batch takes smaller batches and answers no padding', async () => {
  const answers = await answersOf(echo('float32', [4, 3], { maxBatch: 4 }), Int32Array.of(1, 2));
  expect(answers.map(({ data }) => data)).toEqual([Float32Array.of(1, 1, 1), Float32Array.of(2, 2, 2)]);
});

test('the variant states what the model leaves open', async () => {
  const inputs = [{ name: 'x', type: 'float32', shape: [null, 3] }] as const;
  const answers = await answersOf(echo('float32', ['N', 'width'], { inputs }), Int32Array.of(5));
  expect(answers).toMatchObject([{ dims: [3], data: Float32Array.of(5, 5, 5) }]);
});

test('several threads answer what one thread answers', async () => {
  const resources = { cores: 2, memoryBytes: 0, accelerators: 0 };
  const answers = await answersOf(echo('float32', ['N', 3], { resources }), Int32Array.of(9));
  expect(answers[0].data).toEqual(Float32Array.of(9, 9, 9));
});
