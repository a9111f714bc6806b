import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { TENSOR_TYPES, queueOf } from '../../../core/index.ts';
import type { TensorType, Variant } from '../../../core/index.ts';
import type { OnnxBackendOptions } from '../../../backends/onnx/index.ts';
import type { TensorValue } from '../../../backends/tensors/index.ts';
import { Bench, kept, tensorValue, variantOf } from './fixtures.ts';
import { addSubModel, identityModel, matMulModel, nodeModel } from './tiny-model.ts';

const scratch = mkdtempSync(join(tmpdir(), 'rehearse-onnx-'));
afterAll(() => rmSync(scratch, { recursive: true }));

/** A model file as a variant that states nothing of its tensors. */
function tiny(name: string, bytes: Uint8Array, changes: Partial<Variant> = {}): Variant {
  const path = join(scratch, `${name}.onnx`);
  writeFileSync(path, bytes);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const artifact = { path, sha256, bytes: bytes.length };
  return variantOf('fmnist-linear.onnx', { inputs: [], outputs: [], ...changes, artifact });
}

type Requests = readonly (readonly TensorValue[])[];

/** Runs the requests as one batch. Returns what each was answered, and what the backend noted. */
async function batchOf(
  variant: Variant,
  requests: Requests,
  { weights = requests.map(() => 1), ...options }: Partial<OnnxBackendOptions> & { weights?: readonly number[] } = {},
): Promise<{ answers: TensorValue[][]; end: string; notes: readonly string[] }> {
  const answers: TensorValue[][] = [];
  const payloads = {
    inputsOf: (slot: number) => weights[slot],
    tensorOf: (slot: number, { name }: { name: string }) => {
      const tensor = requests[slot].find((candidate) => candidate.name === name);
      if (tensor === undefined) throw new Error(`there is no ${name}`);
      return tensor;
    },
    answer: (slot: number, outputs: readonly TensorValue[]) => void (answers[slot] = kept(outputs)),
  };
  const bench = new Bench({ variantOf: () => variant, payloads, ...options });
  try {
    await bench.load(0);
    const inputs = weights.reduce((sum, weight) => sum + weight, 0);
    bench.backend.execute(0, 0, Int32Array.from(requests.keys()), requests.length, inputs);
    const { to, message } = await bench.next();
    expect(to).toBe(queueOf(0));
    return { answers, end: message.type, notes: bench.notes };
  } finally {
    await bench.backend.close();
  }
}

const VALUES: Readonly<Record<TensorType, readonly (number | bigint | string)[]>> = {
  bool: [1, 0, 1, 1, 0, 0],
  uint8: [0, 255, 7, 8, 9, 10],
  uint16: [0, 65_535, 7, 8, 9, 10],
  uint32: [0, 4_294_967_295, 7, 8, 9, 10],
  uint64: [0n, 2n ** 64n - 1n, 7n, 8n, 9n, 10n],
  int8: [-128, 127, 7, 8, 9, 10],
  int16: [-32_768, 32_767, 7, 8, 9, 10],
  int32: [-(2 ** 31), 2 ** 31 - 1, 7, 8, 9, 10],
  int64: [-(2n ** 63n), 2n ** 63n - 1n, 7n, 8n, 9n, 10n],
  float16: [0x3c00, 0xfc00, 0x0001, 8, 9, 10],
  float32: [1.5, -Infinity, 1e-40, 8, 9, 10],
  float64: [1.5, Infinity, 5e-324, 8, 9, 10],
  string: ['', 'käse', '\u{1F9C0}', 'line\nbreak', 'five', 'six'],
};

describe.each(['shared-memory', 'messages'] as const)('tensors over %s', (transport) => {
  test.each(TENSOR_TYPES)('of %s arrive and come back as they are, request by request', async (type) => {
    const request = (values: readonly (number | bigint | string)[]): TensorValue[] => [
      tensorValue('INPUT0', type, [1, 3], values),
    ];
    const [first, second] = [VALUES[type].slice(0, 3), VALUES[type].slice(3)];
    const { answers } = await batchOf(
      tiny(`identity-${type}`, identityModel(type, ['N', 3])),
      [first, second].map(request),
      {
        transport,
      },
    );
    const expected = [first, second].map((values) => [tensorValue('OUTPUT0', type, [1, 3], values)]);
    expect(answers).toEqual(expected.map(kept));
  });

  test('of several inputs and outputs keep their names', async () => {
    const request = (value: number): TensorValue[] => [
      tensorValue('INPUT1', 'int32', [1, 2], [1, 1]),
      tensorValue('INPUT0', 'int32', [1, 2], [value, value + 1]),
    ];
    const variant = tiny('add-sub', addSubModel('int32', ['N', 2]));
    const { answers } = await batchOf(variant, [10, 20].map(request), { transport });
    expect(answers.map((outputs) => outputs.map(({ name }) => name))).toEqual([
      ['OUTPUT0', 'OUTPUT1'],
      ['OUTPUT0', 'OUTPUT1'],
    ]);
    const values = answers.map((outputs) => outputs.map(({ bytes }) => [...new Int32Array(bytes.buffer)]));
    expect(values).toEqual([
      [
        [11, 12],
        [9, 10],
      ],
      [
        [21, 22],
        [19, 20],
      ],
    ]);
  });

  test('that outgrow the first mapping are answered too', async () => {
    const variant = tiny('wide', identityModel('float32', ['N', 'width']));
    const wide = (width: number): TensorValue[] => [
      tensorValue(
        'INPUT0',
        'float32',
        [1, width],
        Array.from({ length: width }, (_, at) => at % 97),
      ),
    ];
    const requests = [wide(3), wide(300_000), wide(1)];
    const { answers } = await batchOf(variant, requests, { transport });
    const same = answers.map(([{ bytes }], slot) => Buffer.compare(bytes, requests[slot][0].bytes));
    expect(same).toEqual([0, 0, 0]);
  });
});

describe('the requests of one batch', () => {
  test('get the rows of their own inputs, whatever their weights', async () => {
    const variant = tiny('weights', identityModel('float32', ['N', 1]));
    const requests = [[1], [2, 3], [4]].map((values) => [tensorValue('INPUT0', 'float32', [values.length, 1], values)]);
    const { answers } = await batchOf(variant, requests, { weights: [1, 2, 1] });
    expect(answers).toEqual(requests.map(([tensor]) => [{ ...kept([tensor])[0], name: 'OUTPUT0' }]));
  });

  test('of different shapes run one after another, and each gets its own rows', async () => {
    const variant = tiny('variable', identityModel('string', ['N', 'words']));
    const texts = [['a'], ['b', 'c'], ['d'], [], ['e', 'fg']];
    const requests = texts.map((words) => [tensorValue('INPUT0', 'string', [1, words.length], words)]);
    const { answers } = await batchOf(variant, requests);
    expect(answers).toEqual(requests.map(([tensor]) => [{ ...kept([tensor])[0], name: 'OUTPUT0' }]));
  });

  test('smaller than a fixed batch are padded, and no padding is answered', async () => {
    for (const type of ['float32', 'string'] as const) {
      const variant = tiny(`fixed-${type}`, identityModel(type, [4, 3]), { maxBatch: 4 });
      const requests = [VALUES[type].slice(0, 3), VALUES[type].slice(3)].map((values) => [
        tensorValue('INPUT0', type, [1, 3], values),
      ]);
      const { answers } = await batchOf(variant, requests);
      expect(answers).toEqual(requests.map(([tensor]) => [{ ...kept([tensor])[0], name: 'OUTPUT0' }]));
    }
  });

  test('one of which does not fit its model fail together, with the reason', async () => {
    const variant = tiny('refused', identityModel('float32', ['N', 3]));
    const good = tensorValue('INPUT0', 'float32', [1, 3], [1, 2, 3]);
    const bad: readonly (readonly [TensorValue, string])[] = [
      [{ ...good, type: 'int32' }, 'input "INPUT0" is int32 [1,3]; the model takes float32 [1,3]'],
      [{ ...good, shape: [1, 4] }, 'input "INPUT0" is float32 [1,4]; the model takes float32 [1,3]'],
      [{ ...good, bytes: new Uint8Array(8) }, 'input "INPUT0" has 8 bytes; its shape needs 12'],
      [{ ...good, name: 'OTHER' }, 'there is no INPUT0'],
    ];
    for (const [tensor, text] of bad) {
      const { end, notes } = await batchOf(variant, [[good], [tensor]]);
      expect(end).toBe('batch.failed');
      expect(notes).toEqual([`an input could not be written: ${text}`]);
    }
  });

  test('of a model with variable extents are held to the fixed ones', async () => {
    const variant = tiny('half-open', identityModel('float32', ['N', 'width', 2]));
    const { notes } = await batchOf(variant, [[tensorValue('INPUT0', 'float32', [1, 1, 3], [1, 2, 3])]]);
    expect(notes).toEqual(['an input could not be written: input "INPUT0" has shape [1,1,3]; the model takes [N,?,2]']);
  });

  test.each([
    ['whose lengths lie', [255, 255, 255, 255, 65], 'a string tensor ends in the middle of a text'],
    ['cut short', [1, 0, 0], 'a string tensor ends in the middle of a length'],
    ['of other bytes than UTF-8', [1, 0, 0, 0, 255], 'a text is no UTF-8, or holds a zero byte'],
    ['with a zero byte', [3, 0, 0, 0, 65, 0, 66], 'a text is no UTF-8, or holds a zero byte'],
  ])('with a string tensor %s fail with the reason', async (_how, bytes, text) => {
    const variant = tiny('lying', identityModel('string', ['N', 1]));
    const lying = { ...tensorValue('INPUT0', 'string', [1, 1], []), bytes: Uint8Array.from(bytes) };
    const { end, notes } = await batchOf(variant, [[lying]]);
    expect(end).toBe('batch.failed');
    expect(notes).toEqual([text]);
  });
});

describe('a model that does not batch', () => {
  const shape = [2, 2] as const;
  const single = { maxBatch: 1, inputs: [{ name: 'INPUT0', type: 'float32', shape }] } as const;

  test('runs one request at a time, in the shape as given', async () => {
    const variant = tiny('single', identityModel('float32', [2, 2]), single);
    const tensor = tensorValue('INPUT0', 'float32', [2, 2], [1, 2, 3, 4]);
    const { answers } = await batchOf(variant, [[tensor]]);
    expect(answers).toEqual([[{ ...kept([tensor])[0], name: 'OUTPUT0' }]]);
  });

  test('takes scalars beside tensors', async () => {
    const inputs = [
      { name: 'x', type: 'float32', shape: ['N', 2] },
      { name: 'factor', type: 'float32', shape: [] },
    ] as const;
    const variant = tiny('scalar', nodeModel('Mul', inputs, [{ name: 'y', type: 'float32', shape: ['N', 2] }]), {
      maxBatch: 1,
    });
    const request = [
      tensorValue('x', 'float32', [3, 2], [1, 2, 3, 4, 5, 6]),
      tensorValue('factor', 'float32', [], [2]),
    ];
    const { answers } = await batchOf(variant, [request]);
    expect(answers).toEqual([kept([tensorValue('y', 'float32', [3, 2], [2, 4, 6, 8, 10, 12])])]);
  });
});

describe('what a variant states', () => {
  test('fixes extents that the model leaves open', async () => {
    const inputs = [{ name: 'INPUT0', type: 'float32', shape: [null, 3] }] as const;
    const variant = tiny('stated', identityModel('float32', ['N', 'width']), { inputs });
    const good = await batchOf(variant, [[tensorValue('INPUT0', 'float32', [1, 3], [5, 5, 5])]]);
    expect(good.end).toBe('batch.finished');
    const { notes } = await batchOf(variant, [[tensorValue('INPUT0', 'float32', [1, 2], [5, 5])]]);
    expect(notes.join()).toContain('the model takes float32 [1,3]');
  });

  test('of outputs chooses those that are answered', async () => {
    const outputs = [{ name: 'OUTPUT1', type: 'int32', shape: [null, 1] }] as const;
    const variant = tiny('chosen', addSubModel('int32', ['N', 1]), { outputs });
    const request = ['INPUT0', 'INPUT1'].map((name) => tensorValue(name, 'int32', [1, 1], [4]));
    expect((await batchOf(variant, [request])).answers).toEqual([kept([tensorValue('OUTPUT1', 'int32', [1, 1], [0])])]);
  });
});

test('outputs of which the batch is the only free extent are written where they go, batch by batch', async () => {
  const variant = tiny('product', matMulModel(3, 2));
  for (const count of [1, 3, 2]) {
    const rows = Array.from({ length: count }, (_, slot) => [tensorValue('INPUT0', 'float32', [1, 3], [slot, 1, 1])]);
    const { answers } = await batchOf(variant, rows);
    const expected = rows.map((_, slot) => [tensorValue('OUTPUT0', 'float32', [1, 2], [slot + 2, slot + 2])]);
    expect(answers).toEqual(expected.map(kept));
  }
});

test('outputs of other extents than the model declares are answered as they are', async () => {
  const declared = [{ name: 'y', type: 'int64', shape: ['N', 3] }] as const;
  const model = nodeModel('Shape', [{ name: 'x', type: 'float32', shape: ['N', 3] }], declared);
  const variant = tiny('misdeclared', model, { maxBatch: 1, inputs: [{ name: 'x', type: 'float32', shape: [2, 3] }] });
  const { answers } = await batchOf(variant, [[tensorValue('x', 'float32', [2, 3], [1, 2, 3, 4, 5, 6])]]);
  expect(answers).toEqual([kept([tensorValue('y', 'int64', [2], [2, 3])])]);
});

test('several threads answer what one thread answers', async () => {
  const resources = { cores: 2, memoryBytes: 0, accelerators: 0 };
  const variant = tiny('threads', identityModel('float32', ['N', 3]), { resources });
  const tensor = tensorValue('INPUT0', 'float32', [1, 3], [9, 9, 9]);
  expect((await batchOf(variant, [[tensor]])).answers).toEqual([[{ ...kept([tensor])[0], name: 'OUTPUT0' }]]);
});

test('a batch larger than any exchange is refused before it is written', async () => {
  const variant = tiny('huge', identityModel('uint8', ['N', 'width']));
  const width = 1024 * 1024 * 1024 + 1;
  const huge = { name: 'INPUT0', type: 'uint8', shape: [1, width], bytes: { length: width } as Uint8Array } as const;
  const { end, notes } = await batchOf(variant, [[huge]]);
  expect(end).toBe('batch.failed');
  expect(notes.join()).toMatch(/^an input could not be written: \d+ bytes do not fit between the processes/);
});
