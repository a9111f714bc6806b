import { describe, expect, test } from 'vitest';
import { NEVER, RandomStreams, RequestTable, emptyArrival } from '../../../core/index.ts';
import type { Variant } from '../../../core/index.ts';
import { WorkloadPayloads } from '../../../live/world/payloads/workload-payloads.ts';
import { syntheticInputs } from '../../../live/world/payloads/synthetic-inputs.ts';
import { images, labels } from '../../backends/onnx/fixtures.ts';
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
function saying(...classes: readonly number[]): { name: string; type: 'float32'; dims: number[]; data: Float32Array } {
  const data = new Float32Array(10 * classes.length);
  for (const [row, answer] of classes.entries()) data[row * 10 + answer] = 1;
  return { name: 'logits', type: 'float32', dims: [10], data };
}

describe('Fashion-MNIST requests', () => {
  test('carry the test images that follow their ordinal, normalised', () => {
    const { payloads, slots } = fashionMnist([1, 1, 2]);
    expect(payloads.inputsOf(slots[2])).toBe(2);
    const target = new Float32Array(3 * 784);
    payloads.write(slots[2], target, 784);
    const pixel = images.findIndex((value, at) => at >= 2 * 784 && value > 0);
    expect(target[784 + pixel - 2 * 784]).toBeCloseTo((images[pixel] / 255 - 0.286) / 0.353, 4);
    expect(target.subarray(0, 784).every((value) => value === 0)).toBe(true);
    expect(target.at(-1)).not.toBe(0);
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
    const write = (seed: string): Float32Array => {
      const target = new Float32Array(24);
      const source = syntheticInputs(shaped, new RandomStreams(seed));
      source.write(0, target, 12);
      expect(source.length).toBe(12);
      return target;
    };
    expect(write('a')).toEqual(write('a'));
    expect(write('a')).not.toEqual(write('b'));
    expect(
      write('a')
        .subarray(0, 12)
        .every((value) => value === 0),
    ).toBe(true);
    expect(
      write('a')
        .subarray(12)
        .every((value) => value > 0 && value < 1),
    ).toBe(true);
  });

  test('are bytes for models that take bytes', () => {
    const raw: Variant = { ...shaped, inputs: [{ name: 'x', type: 'uint8', shape: [null, 1000] }] };
    const target = new Uint8Array(1000);
    syntheticInputs(raw, new RandomStreams('bytes')).write(0, target, 0);
    expect(new Set(target).size).toBeGreaterThan(200);
  });

  test('cannot be made for a model that states no shape', () => {
    const shapeless: Variant = { ...shaped, inputs: [] };
    const catalogue = tableCatalogue([shapeless]);
    const make = () => new WorkloadPayloads({ catalogue, requests: new RequestTable(), choice: 'auto', seed: '' });
    expect(make).toThrow(
      'variant other does not state the shape of its one input, so no request can be made for it; found 0 inputs; ' +
        'expected one input with all its dimensions, the batch first; add `inputs` to the variant',
    );
  });

  test('are not needed for a variant that can only be simulated', () => {
    const catalogue = tableCatalogue([tableVariant(0, 'table', [1])]);
    const make = () => new WorkloadPayloads({ catalogue, requests: new RequestTable(), choice: 'auto', seed: '' });
    expect(make).not.toThrow();
  });
});
