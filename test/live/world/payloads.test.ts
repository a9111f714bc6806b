import { describe, expect, test } from 'vitest';
import { NEVER, RandomStreams, RequestTable, TENSOR_TYPES, emptyArrival } from '../../../core/index.ts';
import type { Variant } from '../../../core/index.ts';
import { WorkloadPayloads } from '../../../live/world/payloads/workload-payloads.ts';
import { syntheticInputs } from '../../../live/world/payloads/synthetic-inputs.ts';
import { rowOffsets } from '../../../backends/index.ts';
import type { TensorValue } from '../../../backends/index.ts';
import { floatsOf, images, labels } from '../../backends/onnx/fixtures.ts';
import { bundled, tableCatalogue, tableVariant } from './fixtures.ts';

/** Opens requests of those weights for variant 0 and returns their slots. */
function opened(requests: RequestTable, weights: readonly number[]): number[] {
  return weights.map((inputs) => {
    const slot = requests.openFor({ ...emptyArrival(), atNs: 0, inputs, latencyNs: NEVER }, 0);
    requests.variant[slot] = 0;
    return slot;
  });
}

function fashionMnist(weights: readonly number[]): { payloads: WorkloadPayloads; slots: number[] } {
  const requests = new RequestTable();
  const slots = opened(requests, weights);
  const catalogue = bundled(['fmnist-linear-fp32']);
  return { slots, payloads: new WorkloadPayloads({ catalogue, requests, choice: 'auto', seed: 'payloads' }) };
}

/** Logits that say a class. */
function saying(...classes: readonly number[]): TensorValue {
  const data = new Float32Array(10 * classes.length);
  for (const [row, answer] of classes.entries()) data[row * 10 + answer] = 1;
  return { name: 'logits', type: 'float32', shape: [classes.length, 10], bytes: new Uint8Array(data.buffer) };
}

describe('Fashion-MNIST requests', () => {
  test('carry the test images that follow their ordinal, normalised', () => {
    const { payloads, slots } = fashionMnist([1, 1, 2]);
    expect(payloads.inputsOf(slots[2])).toBe(2);
    const tensor = payloads.tensorOf(slots[2], { name: 'input', type: 'float32' });
    expect(tensor).toMatchObject({ name: 'input', type: 'float32', shape: [2, 1, 28, 28] });
    const values = floatsOf(tensor);
    const pixel = images.findIndex((value, at) => at >= 2 * 784 && value > 0);
    expect(values[pixel - 2 * 784]).toBeCloseTo((images[pixel] / 255 - 0.286) / 0.353, 4);
    expect(values).toHaveLength(2 * 784);
    expect(values.at(-1)).not.toBe(0);
  });

  test('are compared with their labels, input by input', () => {
    const { payloads, slots } = fashionMnist([1, 2]);
    expect(payloads.accuracyPercent).toBeUndefined();
    payloads.answer(slots[0], [saying(labels[0])]);
    payloads.answer(slots[1], [saying((labels[1] + 1) % 10, labels[2])]);
    expect([payloads.labelled, payloads.right]).toEqual([3, 2]);
    expect(payloads.accuracyPercent).toBeCloseTo(66.67, 1);
  });
});

describe('synthetic requests', () => {
  const shaped: Variant = {
    ...tableVariant(0, 'other', [1, 2]),
    inputs: [{ name: 'x', type: 'float32', shape: [null, 3, 4] }],
    artifact: { path: 'other.onnx', sha256: '', bytes: 0 },
  };

  test('fill the input with numbers that only the seed decides', () => {
    const tensorOf = (seed: string): TensorValue =>
      syntheticInputs(shaped, new RandomStreams(seed)).tensorOf({ name: 'x', type: 'float32' }, 0, 2);
    expect(tensorOf('a')).toEqual(tensorOf('a'));
    expect(tensorOf('a').bytes).not.toEqual(tensorOf('b').bytes);
    expect(tensorOf('a').shape).toEqual([2, 3, 4]);
    const values = floatsOf(tensorOf('a'));
    expect(values.every((value) => value > 0 && value < 1)).toBe(true);
    expect(values.subarray(0, 12)).toEqual(values.subarray(12));
  });

  test.each(TENSOR_TYPES)('are made for inputs of %s, as long as their shapes say', (type) => {
    const inputs = [
      { name: 'a', type, shape: [null, 500] },
      { name: 'b', type, shape: [null] },
    ] as const;
    const source = syntheticInputs({ ...shaped, inputs }, new RandomStreams('types'));
    const [a, b] = inputs.map(({ name }) => source.tensorOf({ name, type }, 3, 2));
    expect([a.shape, b.shape]).toEqual([[2, 500], [2]]);
    expect(rowOffsets(a, 2, 500).at(-1)).toBe(a.bytes.length);
    expect(new Set(a.bytes).size).toBeGreaterThan(1);
  });

  test('of a model that does not batch have the shape as it is', () => {
    const inputs = [{ name: 'x', type: 'int64', shape: [3] }] as const;
    const source = syntheticInputs({ ...shaped, inputs }, new RandomStreams('single'));
    expect(source.tensorOf(inputs[0], 0, 1)).toMatchObject({ shape: [3], bytes: { length: 24 } });
    expect(() => source.tensorOf({ name: 'y', type: 'int64' }, 0, 1)).toThrow('does not state its input "y"');
  });

  test('cannot be made for a model that states no shape', () => {
    const make = (inputs: Variant['inputs']) => () => {
      const catalogue = tableCatalogue([{ ...shaped, inputs }]);
      return new WorkloadPayloads({ catalogue, requests: new RequestTable(), choice: 'auto', seed: '' });
    };
    const message = 'variant other does not state the shapes of its inputs, so no request can be made for it; found ';
    const rest = '; expected every input with all its dimensions, the batch first; add `inputs` to the variant';
    expect(make([])).toThrow(`${message}no inputs${rest}`);
    expect(make([{ name: 'x', type: 'float32', shape: [null, -1] }])).toThrow(
      `${message}input "x" with an extent that each request chooses${rest}`,
    );
  });

  test('are not needed for a variant that can only be simulated', () => {
    const catalogue = tableCatalogue([tableVariant(0, 'table', [1])]);
    const make = () => new WorkloadPayloads({ catalogue, requests: new RequestTable(), choice: 'auto', seed: '' });
    expect(make).not.toThrow();
  });
});
