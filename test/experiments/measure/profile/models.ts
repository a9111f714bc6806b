/** Small models with the faults that a profiler meets, and how they are described; files go when a test ends. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { ProfileOptions, ProfiledVariant } from '../../../../experiments/measure/profile/index.ts';
import { tinyModel } from '../../../backends/onnx/tiny-model.ts';

/** A folder that goes when the test ends. */
export function scratch(files: Readonly<Record<string, string | Uint8Array>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'rehearse-profile-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}

/** As little as shows something. */
export const QUICK: ProfileOptions = {
  batches: [1, 2],
  gapsNs: [],
  samplesMax: 20,
  cellBudgetNs: 100_000_000,
  rounds: 1,
};

/** A model of one float32 input, `INPUT0` of [N, columns], in a file of its own. */
export function variantOf(model: Uint8Array, columns: number, changes: Partial<ProfiledVariant> = {}): ProfiledVariant {
  return {
    name: 'tiny',
    file: join(scratch({ 'tiny.onnx': model }), 'tiny.onnx'),
    hardware: 'cpu',
    threads: 1,
    maxBatch: 8,
    inputs: [{ name: 'INPUT0', type: 'float32', shape: [null, columns] }],
    outputs: [],
    ...changes,
  };
}

const INPUT = { name: 'INPUT0', type: 'float32', shape: ['N', 1] } as const;
const OUTPUT = { ...INPUT, name: 'OUTPUT0' };

/** Says that its batch is free, and fails from batch 3 on: it looks the batch up in a table of three. */
export function upToTwoModel(): Uint8Array {
  return tinyModel({
    nodes: [
      { operator: 'Shape', inputs: ['INPUT0'], outputs: ['shape'] },
      { operator: 'Gather', inputs: ['shape', 'ZERO'], outputs: ['batch'] },
      { operator: 'Gather', inputs: ['TABLE', 'batch'], outputs: ['found'] },
      { operator: 'Add', inputs: ['INPUT0', 'found'], outputs: ['OUTPUT0'] },
    ],
    inputs: [INPUT],
    outputs: [OUTPUT],
    initializers: [
      { name: 'ZERO', type: 'int64', dims: [], values: [0] },
      { name: 'TABLE', type: 'float32', dims: [3], values: [0, 0, 0] },
    ],
  });
}

/** Fills that many float32 values for each input of a batch. */
export function growingModel(valuesEach: number): Uint8Array {
  return tinyModel({
    nodes: [
      { operator: 'Shape', inputs: ['INPUT0'], outputs: ['shape'] },
      { operator: 'Mul', inputs: ['shape', 'EACH'], outputs: ['size'] },
      { operator: 'ConstantOfShape', inputs: ['size'], outputs: ['zeros'] },
      { operator: 'ReduceSum', inputs: ['zeros'], outputs: ['zero'], attributes: { keepdims: 0 } },
      { operator: 'Add', inputs: ['INPUT0', 'zero'], outputs: ['OUTPUT0'] },
    ],
    inputs: [INPUT],
    outputs: [OUTPUT],
    initializers: [{ name: 'EACH', type: 'int64', dims: [2], values: [valuesEach, 1] }],
  });
}
