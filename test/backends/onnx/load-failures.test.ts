import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Variant } from '../../../core/index.ts';
import { Bench, folder, pause, variantOf, withFile } from './fixtures.ts';
import { tinyModel } from './tiny-model.ts';

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

/** A variant of a model with one node. */
function tiny(name: string, model: Parameters<typeof tinyModel>[0], changes: Partial<Variant> = {}): Variant {
  const { path, sha256 } = fileOf(`${name}.onnx`, tinyModel(model));
  return variantOf('fmnist-linear.onnx', { inputs: [], ...changes, artifact: { path, sha256, bytes: 0 } });
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

  test('two inputs', async () => {
    const inputs = [row[0], { ...row[0], name: 'z' }];
    const detail = await failureOf(tiny('add', { operator: 'Add', inputs, outputs: answer }));
    expect(detail).toBe('the model has 2 inputs (x, z); exactly one is supported');
  });

  test('an input of a type we do not write', async () => {
    const inputs = [{ ...row[0], type: 'int32' }] as const;
    const outputs = [{ ...answer[0], type: 'int32' }] as const;
    const detail = await failureOf(tiny('int32', { operator: 'Identity', inputs, outputs }));
    expect(detail).toBe('input "x" is int32; supported are float32 and uint8');
  });

  test('a fixed batch below the maximum', async () => {
    const inputs = [{ ...row[0], shape: [4, 3] }];
    const outputs = [{ ...answer[0], shape: [4, 3] }];
    const detail = await failureOf(tiny('fixed', { operator: 'Identity', inputs, outputs }));
    expect(detail).toBe(`input "x" has the fixed batch 4, but the variant's maximum batch is 8`);
  });

  test('a dimension left open by model and variant', async () => {
    const inputs = [{ ...row[0], shape: ['N', 'width'] }];
    const outputs = [{ ...answer[0], shape: ['N', 'width'] }];
    const detail = await failureOf(tiny('open', { operator: 'Identity', inputs, outputs }));
    expect(detail).toContain('input "x" leaves float32 [N,width] open');
  });

  test('a batch that is free in name only', async () => {
    const model = { operator: 'Reshape', inputs: row, outputs: answer, constant: [1, 3] };
    expect(await failureOf(tiny('reshape', model))).toMatch(/^a first run with batch 2 failed: .*Reshape/);
  });

  test('an output without a row for each input', async () => {
    const outputs = [{ ...answer[0], shape: [] }];
    const model = { operator: 'ReduceSum', inputs: row, outputs, attributes: { keepdims: 0 } };
    expect(await failureOf(tiny('sum', model))).toContain('its first dimension must be the batch, 1');
  });
});
