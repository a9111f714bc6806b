import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Variant } from '../../../core/index.ts';
import { Bench, folder, pause, variantOf, withFile } from './fixtures.ts';
import { nodeModel, sequenceModel } from './tiny-model.ts';

const scratch = mkdtempSync(join(tmpdir(), 'rehearse-onnx-'));
afterAll(() => rmSync(scratch, { recursive: true }));

/** Loads the variant and returns the text of its one failure, without the file's name. */
async function failureOf(variant: Variant): Promise<string> {
  const bench = new Bench({ variantOf: () => variant });
  try {
    bench.backend.load(0, 0);
    const { message } = await bench.next();
    if (message.type !== 'load.failed') throw new Error(`expected a failure, got ${message.type}`);
    await pause(20);
    expect(bench.delivered).toHaveLength(1);
    expect(message.detail).not.toContain('\n');
    const path = `${variant.artifact?.path}: `;
    expect(message.detail.startsWith(path)).toBe(true);
    return message.detail.slice(path.length);
  } finally {
    await bench.backend.close();
  }
}

function fileOf(name: string, content: Uint8Array | string): { path: string; sha256: string } {
  const path = join(scratch, name);
  writeFileSync(path, content);
  return { path, sha256: createHash('sha256').update(content).digest('hex') };
}

/** A variant of a model file, which leaves the tensors to the model. */
function tiny(name: string, model: Uint8Array, changes: Partial<Variant> = {}): Variant {
  const { path, sha256 } = fileOf(`${name}.onnx`, model);
  const artifact = { path, sha256, bytes: 0 };
  return variantOf('fmnist-linear.onnx', { inputs: [], outputs: [], ...changes, artifact });
}

describe('a file that is not the model fails the load once, with its name and a reason', () => {
  const resnet = readFileSync(`${folder}fmnist-resnet8.onnx`);
  const expected = withFile('').artifact?.sha256;

  test('a missing file', async () => {
    expect(await failureOf(withFile(join(scratch, 'nowhere.onnx')))).toBe('there is no such file');
  });

  test('a folder', async () => {
    expect(await failureOf(withFile(scratch))).toBe('this is a folder, not a file');
  });

  test('an empty file', async () => {
    const { path, sha256 } = fileOf('empty.onnx', '');
    expect(await failureOf(withFile(path))).toBe(`the file is empty; its sha256 is ${sha256}, expected ${expected}`);
    expect(await failureOf(withFile(path, sha256))).toBe('the file is empty');
  });

  test('a text', async () => {
    const { path, sha256 } = fileOf('text.onnx', 'this is not a model\n');
    expect(await failureOf(withFile(path))).toBe(
      `the file (20 bytes) is not the model that was registered; its sha256 is ${sha256}, expected ${expected}`,
    );
    expect(await failureOf(withFile(path, sha256))).toContain('the file is no ONNX model, or a damaged one');
  });

  test('a Git LFS pointer', async () => {
    const { path } = fileOf('pointer.onnx', 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n');
    expect(await failureOf(withFile(path))).toContain('the file is a Git LFS pointer, not the model (git lfs pull');
  });

  test('a truncated model', async () => {
    const { path, sha256 } = fileOf('truncated.onnx', resnet.subarray(0, 100_000));
    expect(await failureOf(withFile(path))).toContain('the file (100000 bytes) is not the model that was registered');
    expect(await failureOf(withFile(path, sha256))).toContain('the file is no ONNX model, or a damaged one');
  });

  test('a model with one byte changed, though ONNX Runtime might take it', async () => {
    const changed = Buffer.from(resnet);
    changed[200_000] ^= 1;
    const { path } = fileOf('changed.onnx', changed);
    expect(await failureOf(withFile(path))).toContain('is not the model that was registered; its sha256 is');
  });
});

describe('a model that cannot be fed as its variant says fails the load', () => {
  const row = [{ name: 'x', type: 'float32', shape: ['N', 3] }] as const;
  const answer = [{ name: 'y', type: 'float32', shape: ['N', 3] }] as const;

  test('no model file at all', async () => {
    const { artifact, ...bare } = variantOf('fmnist-linear.onnx');
    const bench = new Bench({ variantOf: () => bare });
    bench.backend.load(0, 0);
    const detail = 'variant fmnist-linear has no model file; it can only be simulated';
    expect((await bench.next()).message).toEqual({ type: 'load.failed', generation: 0, detail });
    await bench.backend.close();
    expect(artifact).toBeDefined();
  });

  test('hardware that ONNX Runtime does not know', async () => {
    const detail = await failureOf(variantOf('fmnist-linear.onnx', { hardware: 'abacus' }));
    expect(detail).toMatch(/^ONNX Runtime has no execution provider "abacus" here; it has cpu/);
  });

  test('another input than the variant says', async () => {
    const inputs = [{ name: 'input', type: 'float32', shape: [null, 3, 224, 224] }] as const;
    expect(await failureOf(variantOf('fmnist-linear.onnx', { inputs }))).toBe(
      'its input is "input", float32 [N,1,28,28]; the variant says "input", float32 [N,3,224,224]',
    );
  });

  test('an input that the variant does not know', async () => {
    const model = nodeModel('Add', [row[0], { ...row[0], name: 'z' }], answer);
    const inputs = [{ name: 'x', type: 'float32', shape: [null, 3] }] as const;
    expect(await failureOf(tiny('add', model, { inputs }))).toBe(
      'its inputs are "x", float32 [N,3] and "z", float32 [N,3]; the variant says "x", float32 [N,3]',
    );
  });

  test('another type than the variant says', async () => {
    const model = nodeModel('Identity', [{ ...row[0], type: 'int32' }], [{ ...answer[0], type: 'int32' }]);
    const inputs = [{ name: 'x', type: 'int64', shape: [null, 3] }] as const;
    expect(await failureOf(tiny('int32', model, { inputs }))).toBe(
      'its input is "x", int32 [N,3]; the variant says "x", int64 [N,3]',
    );
  });

  test('an output that the model does not have, or of another type', async () => {
    const model = nodeModel('Identity', row, answer);
    const said = (name: string, type: 'float32' | 'int8') => [{ name, type, shape: [null, 3] }] as const;
    expect(await failureOf(tiny('outputs', model, { outputs: said('logits', 'float32') }))).toBe(
      'the variant says that it has the output "logits"; it has "y"',
    );
    expect(await failureOf(tiny('outputs', model, { outputs: said('y', 'int8') }))).toBe(
      'its output "y" is float32; the variant says int8',
    );
  });

  test('an output that is no tensor', async () => {
    const detail = await failureOf(tiny('sequence', sequenceModel()));
    expect(detail).toBe('output "y" is no tensor, but a sequence or a map');
  });

  test('a batch for a model that is said to have none', async () => {
    const inputs = [{ name: 'x', type: 'float32', shape: [1, 3] }] as const;
    expect(await failureOf(tiny('single', nodeModel('Identity', row, answer), { inputs }))).toBe(
      "the variant's maximum batch is 8, but its inputs do not begin with a batch",
    );
  });

  test('a fixed batch below the maximum', async () => {
    const model = nodeModel('Identity', [{ ...row[0], shape: [4, 3] }], [{ ...answer[0], shape: [4, 3] }]);
    expect(await failureOf(tiny('fixed', model))).toBe(
      `input "x" (float32) has the fixed batch 4, but the variant's maximum batch is 8`,
    );
  });

  test('a batch that is free in name only', async () => {
    const initializers = [{ name: 'shape', type: 'int64', dims: [2], values: [1, 3] }] as const;
    const model = nodeModel('Reshape', row, answer, { initializers });
    expect(await failureOf(tiny('reshape', model))).toMatch(/^a first run with batch 2 failed: .*Reshape/);
  });

  test('an output without a row for each input', async () => {
    const model = nodeModel('ReduceSum', row, [{ ...answer[0], shape: [] }], { attributes: { keepdims: 0 } });
    expect(await failureOf(tiny('sum', model))).toContain('its first dimension must be the batch, 1');
  });

  test('an operator that ONNX Runtime does not know', async () => {
    const custom = nodeModel('Frobnicate', row, answer, { domain: 'com.example' });
    expect(await failureOf(tiny('custom', custom))).toBe(
      'the model uses the operator com.example:Frobnicate, which ONNX Runtime does not know; ' +
        'custom operators are not loaded',
    );
    const unknown = await failureOf(tiny('unknown', nodeModel('Frobnicate', row, answer)));
    expect(unknown).toContain('the model uses the operator Frobnicate, which');
  });

  test.each(['weights.bin', '../weights.bin', '/etc/hostname', 'package.json'])('weights in %s', async (file) => {
    writeFileSync(join(scratch, 'weights.bin'), new Uint8Array(12));
    const initializers = [{ name: 'w', type: 'float32', dims: [3], values: [], file }] as const;
    expect(await failureOf(tiny('external', nodeModel('Add', row, answer, { initializers })))).toBe(
      'the model keeps weights in another file; they must be inside the model file',
    );
  });
});
