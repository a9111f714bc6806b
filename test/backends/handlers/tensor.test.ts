import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { answerJson } from '../../../backends/handlers/index.ts';
import { halfBits, halfValue } from '../../../backends/handlers/half-float.ts';
import type { TensorType } from '../../../core/index.ts';
import { floatTensor, floats, handlerNamed, modelOf, payload, tensorSpec } from './fixtures.ts';

const tensor = handlerNamed('tensor');
const pairs = modelOf([null, 2]);

async function read(text: string | Uint8Array, model = pairs, contentType = 'application/json'): Promise<unknown> {
  const tensors = await tensor.preprocess([payload(text, contentType)], model);
  return { shape: tensors[0].shape, values: answerJson({ kind: 'tensors', tensors }) };
}

describe('values as JSON', () => {
  test.each([
    ['[1, 2]', [1, 2], [[1, 2]]],
    [
      '[[1, 2], [3, 4]]',
      [2, 2],
      [
        [1, 2],
        [3, 4],
      ],
    ],
    [
      '[1, 2, 3, 4]',
      [2, 2],
      [
        [1, 2],
        [3, 4],
      ],
    ],
    ['{"x": [1, 2]}', [1, 2], [[1, 2]]],
    ['{"data": [[1, 2]]}', [1, 2], [[1, 2]]],
  ])('%s', async (text, shape, values) => {
    expect(await read(text)).toEqual({ shape, values });
  });

  test.each([
    [[-1], '[5, 6, 7]', [3]],
    [[-1, 2], '[5, 6, 7, 8]', [2, 2]],
    [[], '7', []],
  ])('a model without a batch of shape %j takes %s', async (shape, text, expected) => {
    expect(await read(text, modelOf(shape, { batches: false }))).toMatchObject({ shape: expected });
  });

  test('several payloads are several rows', async () => {
    const payloads = ['[1, 2]', '[[3, 4], [5, 6]]'].map((text) => payload(text, 'application/json'));
    const [joined] = await tensor.preprocess(payloads, pairs);
    expect([joined.shape, floats(joined)]).toEqual([
      [3, 2],
      [1, 2, 3, 4, 5, 6],
    ]);
  });

  test('several inputs go by name, in one object or in parts of their names', async () => {
    const model = modelOf([null, 2], { inputs: [tensorSpec('a', [null, 2]), tensorSpec('b', [null], 'int64')] });
    const byObject = await tensor.preprocess([payload('{"b": [7], "a": [1, 2]}', 'application/json')], model);
    const byPart = await tensor.preprocess([payload('[7]', '', 'b'), payload('[1, 2]', '', 'a')], model);
    expect(byObject.map(({ name, shape }) => [name, shape])).toEqual([
      ['a', [1, 2]],
      ['b', [1]],
    ]);
    expect(byPart).toEqual(byObject);
  });

  test('what begins as a list needs no content type', async () => {
    expect(await read('[1, 2]', pairs, '')).toEqual({ shape: [1, 2], values: [[1, 2]] });
  });

  test.each<[TensorType, string, string]>([
    ['int8', '[1, 300]', 'input x has a wrong element at 1; found 300; expected a whole number from -128 to 127'],
    ['uint8', '[1, -1]', 'found -1; expected a whole number from 0 to 255'],
    ['int32', '[1, 3.5]', 'found 3.5; expected a whole number from -2147483648 to 2147483647'],
    ['int64', '[9007199254740993, 1]', 'expected a whole number from -9007199254740991 to 9007199254740991'],
    ['float32', '[1e39, 1]', 'found 1e+39; expected a number within the range of float32'],
    ['float16', '[65520, 1]', 'expected a number within the range of float16'],
    ['float64', '[1e400, 1]', 'found Infinity; expected a number within the range of float64'],
    ['float32', '["1", 1]', 'found a string; expected a number within the range of float32'],
    ['float32', '[true, 1]', 'found a boolean'],
    ['float32', '[null, 1]', 'found null'],
    ['bool', '[true, 2]', 'found 2; expected true or false'],
    ['string', '["a", 1]', 'found 1; expected a text'],
    ['float32', '[[1, 2], [3]]', 'input x is not a regular nesting of lists'],
    ['float32', '[[1, [2]], [3, 4]]', 'input x is not a regular nesting of lists'],
    [
      'float32',
      '[1, 2, 3]',
      'input x has another shape; found a list of shape [3]; expected a list of shape [2], or a list of such',
    ],
    ['float32', '[]', 'input x has another shape; found a list of shape [0]'],
    [
      'float32',
      '[[1,2],[1,2],[1,2],[1,2],[1,2]]',
      'there are too many inputs; found 5; expected at most 4 in one request',
    ],
    ['float32', '{}', 'input x is missing'],
    ['float32', '{"z": [1, 2]}', 'there is no such input; found another name; expected values by name: x'],
    ['float32', '{"__proto__": [1, 2]}', 'there is no such input'],
    ['float32', '{', 'the payload is no JSON; found 1 bytes that do not parse'],
  ])('%s %s is refused', async (type, text, message) => {
    await expect(async () => read(text, modelOf([null, 2], { type }))).rejects.toThrow(message);
  });

  test('250,000 nested lists are refused without a full stack', async () => {
    const text = '['.repeat(250_000) + ']'.repeat(250_000);
    await expect(async () => read(text)).rejects.toThrow('input x is not a regular nesting of lists');
  });
});

describe('raw bytes', () => {
  test('are little-endian values at any alignment, one row or more', async () => {
    const bytes = Buffer.alloc(17);
    for (const [at, value] of [1.5, -2, 3, 4].entries()) bytes.writeFloatLE(value, 1 + 4 * at);
    expect(await read(bytes.subarray(1), pairs, 'application/octet-stream')).toEqual({
      shape: [2, 2],
      values: [
        [1.5, -2],
        [3, 4],
      ],
    });
  });

  test.each([0, 6, 12])('%i bytes are refused', async (length) => {
    await expect(async () => read(Buffer.alloc(length), pairs, '')).rejects.toThrow(
      `input x is cut short; found ${length} bytes; expected a positive multiple of 8 bytes`,
    );
  });

  test('texts have no size and need JSON', async () => {
    const model = modelOf([null, 2], { type: 'string' });
    await expect(async () => read(Buffer.alloc(8), model, 'application/octet-stream')).rejects.toThrow(
      'input x cannot be read from raw bytes; found bytes without a shape; expected JSON',
    );
  });
});

describe('values out', () => {
  test('are each input’s rows of the outputs, by name where there are several', async () => {
    const outputs = [floatTensor([2, 2], [1, 2, 3, NaN], 'a'), floatTensor([2], [5, 6], 'b')];
    const answers = await tensor.postprocess(outputs, pairs, { top: 1 });
    expect(answers.map(answerJson)).toEqual([
      { a: [1, 2], b: 5 },
      { a: [3, null], b: 6 },
    ]);
  });

  test('whole numbers beyond 2^53 stay exact as texts', () => {
    const bytes = new Uint8Array(BigInt64Array.of(7n, -9_007_199_254_740_993n).buffer);
    const value = { name: 'y', type: 'int64', shape: [2], bytes } as const;
    expect(answerJson({ kind: 'tensors', tensors: [value] })).toEqual([7, '-9007199254740993']);
  });

  test('outputs without a row for each input are refused', () => {
    expect(() =>
      tensor.postprocess([floatTensor([2], [1, 2]), floatTensor([3], [1, 2, 3])], pairs, { top: 1 }),
    ).toThrow('the outputs of model m differ in their number of rows; found 3 rows of y; expected 2');
  });
});

describe('every type of element', () => {
  test.each<[TensorType, readonly unknown[]]>([
    ['bool', [true, false]],
    ['uint8', [0, 255]],
    ['uint16', [0, 65_535]],
    ['uint32', [0, 4_294_967_295]],
    ['uint64', [0, Number.MAX_SAFE_INTEGER]],
    ['int8', [-128, 127]],
    ['int16', [-32_768, 32_767]],
    ['int32', [-2_147_483_648, 2_147_483_647]],
    ['int64', [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]],
    ['float16', [-65_504, 2 ** -24]],
    ['float32', [1.5, -0.25]],
    ['float64', [0.1, -1e300]],
    ['string', ['', 'grüße']],
  ])('%s comes back as it was written', async (type, values) => {
    expect(await read(JSON.stringify(values), modelOf([null, 2], { type }))).toEqual({
      shape: [1, 2],
      values: [values],
    });
  });

  test('half precision: every one of the 65,536 values survives, and known numbers have known bits', () => {
    const all = Array.from({ length: 0x10000 }, (_, bits) => bits).filter((bits) => !Number.isNaN(halfValue(bits)));
    expect(all.filter((bits) => halfBits(halfValue(bits)) !== bits)).toEqual([]);
    expect([1, -2, 65_504, 1 / 3, 2 ** -14, 65_519, 65_520].map(halfBits)).toEqual([
      0x3c00, 0xc000, 0x7bff, 0x3555, 0x0400, 0x7bff, 0x7c00,
    ]);
  });

  test('half precision rounds to the nearest: no other value of the format is closer', () => {
    fc.assert(
      fc.property(fc.double({ min: -60_000, max: 60_000, noNaN: true }), (value) => {
        const bits = halfBits(value);
        const error = Math.abs(halfValue(bits) - value);
        const neighbours = [bits - 1, bits + 1].filter((near) => (near & 0x7fff) < 0x7c00 && near >= 0);
        for (const near of neighbours) expect(error).toBeLessThanOrEqual(Math.abs(halfValue(near) - value));
      }),
    );
  });
});
