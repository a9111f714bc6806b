// What ONNX Runtime makes of the files: they load, batch, answer finite numbers, and int8 runs on bytes.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, describe, expect, test } from 'vitest';
import { ZOO_PRECISIONS, buildZooModel } from '../../../backends/index.ts';
import type { ZooModel, ZooPrecision } from '../../../backends/index.ts';
import { networkGraph } from '../../../backends/zoo/networks.ts';
import { Stream } from '../../../core/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'rehearse-zoo-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Those that load and run in a moment. */
const SMALL = ['resnet20-cifar', 'resnet56-cifar', 'resnet110-cifar', 'mobilenetv1-025', 'mobilenetv1-050'];

function build(network: string, precision: ZooPrecision): Promise<ZooModel> {
  return buildZooModel({ network, precision, folder });
}

async function open({ path }: ZooModel, options: InferenceSession.SessionOptions = {}): Promise<InferenceSession> {
  return InferenceSession.create(path, { intraOpNumThreads: 1, logSeverityLevel: 3, ...options });
}

/** Noise as normalised pixels; the first row is the same for every number of rows. */
async function answer(session: InferenceSession, { input }: ZooModel, rows: number): Promise<Float32Array> {
  const [, ...extents] = input.shape.map(Number);
  const stream = new Stream('pixels');
  const size = extents.reduce((product, extent) => product * extent, rows);
  const pixels = Float32Array.from({ length: size }, () => stream.normal());
  const { logits } = await session.run({ input: new Tensor('float32', pixels, [rows, ...extents]) });
  expect(logits.dims[0]).toBe(rows);
  return logits.data as Float32Array; // All forms answer float32, which the session declares.
}

/** 1 where two vectors have the same direction. */
function likeness(a: Float32Array, b: Float32Array): number {
  const product = (x: Float32Array, y: Float32Array): number => x.reduce((sum, value, at) => sum + value * y[at], 0);
  return product(a, b) / Math.sqrt(product(a, a) * product(b, b));
}

describe.each(SMALL)('%s', (network) => {
  test.each(ZOO_PRECISIONS)('in %s answers finite numbers, a row alike in every batch', async (precision) => {
    const model = await build(network, precision);
    const session = await open(model);
    const [one, three] = [await answer(session, model, 1), await answer(session, model, 3)];
    const classes = Number(model.output.shape[1]);
    expect([one.length, three.length]).toEqual([classes, 3 * classes]);
    expect(three.every((value) => Number.isFinite(value))).toBe(true);
    expect(likeness(one, three.subarray(0, classes))).toBeGreaterThan(0.9999);
    // Another row is another answer: the network does not saturate.
    expect(Array.from(three.subarray(classes, 2 * classes))).not.toEqual(Array.from(one));
    await session.release();
  });

  test('answers nearly the same in every precision', async () => {
    const answers: Float32Array[] = [];
    for (const precision of ZOO_PRECISIONS) {
      const model = await build(network, precision);
      const session = await open(model);
      answers.push(await answer(session, model, 2));
      await session.release();
    }
    const [full, half, bytes] = answers;
    expect(likeness(full, half)).toBeGreaterThan(0.999);
    expect(likeness(full, bytes)).toBeGreaterThan(0.99);
  });
});

test.each(['resnet20-cifar', 'mobilenetv1-025', 'resnet18'])(
  'ONNX Runtime computes every layer of the int8 form of %s on bytes',
  async (network) => {
    const optimizedModelFilePath = join(folder, `${network}-optimised.onnx`);
    const session = await open(await build(network, 'int8'), { optimizedModelFilePath });
    await session.release();
    const count = (operator: string): number =>
      readFileSync(optimizedModelFilePath, 'latin1').split(operator).length - 1;
    const nodes = (operator: string): number =>
      networkGraph(network, 1).nodes.filter((node) => node.operator === operator).length;
    expect(count('QLinearConv')).toBe(nodes('Conv'));
    expect(count('QLinearAdd')).toBe(nodes('Add'));
    expect(count('QGemm')).toBe(1);
  },
);

test.each([
  ['resnet50', 'fp32'],
  ['densenet121', 'int8'],
] as const)('the large network %s in %s loads and batches', async (network, precision) => {
  const model = await build(network, precision);
  const session = await open(model);
  const logits = await answer(session, model, 2);
  expect(logits.length).toBe(2000);
  expect(logits.every((value) => Number.isFinite(value))).toBe(true);
  await session.release();
});
