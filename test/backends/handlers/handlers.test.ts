import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { argmax, handlerNamed, handlers, softmax, topIndexes } from '../../../backends/handlers/index.ts';

const logits = fc.array(fc.float({ min: -1e4, max: 1e4, noNaN: true }), { minLength: 1, maxLength: 20 });

describe('classes from logits', () => {
  test('probabilities add up to one, also of huge logits', () => {
    fc.assert(
      fc.property(logits, (values) => {
        const sum = softmax(values).reduce((total, value) => total + value, 0);
        expect(sum).toBeCloseTo(1, 12);
      }),
    );
    expect([...softmax([1000, 1000])]).toEqual([0.5, 0.5]);
  });

  test('known probabilities: logits ln 1, ln 2, ln 5 give 1/8, 2/8, 5/8', () => {
    const [a, b, c] = softmax([0, Math.log(2), Math.log(5)]);
    expect([a, b, c].map((value) => Number(value.toFixed(12)))).toEqual([0.125, 0.25, 0.625]);
  });

  test('the first of the top classes is the argmax, and none is greater than the one before', () => {
    fc.assert(
      fc.property(logits, (values) => {
        const top = topIndexes(values, 3);
        expect(top[0]).toBe(argmax(values));
        expect(top.every((index, rank) => rank === 0 || values[index] <= values[top[rank - 1]])).toBe(true);
        expect(new Set(top).size).toBe(Math.min(3, values.length));
      }),
    );
  });

  test('of equal logits the lower class wins', () => {
    expect(argmax([1, 3, 3])).toBe(1);
    expect(topIndexes([3, 1, 3], 2)).toEqual([0, 2]);
  });
});

describe('every handler', () => {
  test.each([...handlers])('%s is found by its name and says what it does', (name, handler) => {
    expect(handlerNamed(name)).toBe(handler);
    expect(handler.doc).toMatch(/^Takes .*\.$/);
  });

  test.each([...handlers])('%s leaves the rest of the batch and the payload alone', (_name, handler) => {
    const payload = new Uint8Array(784).fill(63);
    const target = new Float32Array(1000).fill(-7);
    const written = handler.preprocess(payload, target, 5);
    expect(target.subarray(0, 5).every((value) => value === -7)).toBe(true);
    expect(target.subarray(5, 5 + written).some((value) => value === -7)).toBe(false);
    expect(target.subarray(5 + written).every((value) => value === -7)).toBe(true);
    expect(payload.every((value) => value === 63)).toBe(true);
  });

  test.each([...handlers])('%s does not write past the end of the batch', (_name, handler) => {
    const target = new Float32Array(100);
    expect(() => handler.preprocess(new Uint8Array(784), target, 50)).toThrow(
      /^the payload does not fit the model input; found (784|196) values; expected at most 50$/,
    );
    expect(target.every((value) => value === 0)).toBe(true);
  });

  test('an unknown name is answered with the known ones', () => {
    expect(() => handlerNamed('imagnet')).toThrow(
      'there is no such pre- and postprocessing handler; found "imagnet"; expected one of fashion-mnist, tensor',
    );
  });
});

describe('fashion-mnist', () => {
  const handler = handlerNamed('fashion-mnist');

  test('normalises pixels as in training: (x/255 - 0.286) / 0.353', () => {
    const payload = new Uint8Array(784);
    payload.set([0, 255, 51]);
    const target = new Float32Array(784);
    expect(handler.preprocess(payload, target, 0)).toBe(784);
    const expected = [-0.286 / 0.353, 0.714 / 0.353, (0.2 - 0.286) / 0.353].map(Math.fround);
    expect([...target.subarray(0, 3)]).toEqual(expected);
  });

  test('names the garment and the three most probable classes', () => {
    const output = new Float32Array(10);
    output.set([Math.log(6), Math.log(2)], 8);
    const answer = handler.postprocess(output);
    if (answer.kind !== 'classification') throw new Error(answer.kind);
    expect([answer.index, answer.label]).toEqual([8, 'Bag']);
    expect(answer.top.map(({ label }) => label)).toEqual(['Bag', 'Ankle boot', 'T-shirt/top']);
    expect(answer.top.map(({ probability }) => Number(probability.toFixed(6)))).toEqual([0.375, 0.125, 0.0625]);
  });

  test('refuses what is no image', () => {
    expect(() => handler.preprocess(new Uint8Array(783), new Float32Array(784), 0)).toThrow(
      'the payload is no Fashion-MNIST image; found 783 bytes; expected 784 bytes: 28 rows of 28 pixels, one byte each',
    );
  });

  test('refuses the output of another kind of model', () => {
    expect(() => handler.postprocess(new Float32Array(1000))).toThrow(
      'the model is no Fashion-MNIST classifier; found 1000 values for each input; expected 10 logits',
    );
  });
});

describe('tensor', () => {
  const handler = handlerNamed('tensor');

  test('reads little-endian float32 values at any alignment', () => {
    const bytes = Buffer.alloc(9);
    bytes.writeFloatLE(1.5, 1);
    bytes.writeFloatLE(-2, 5);
    const target = new Float32Array(3);
    expect(handler.preprocess(bytes.subarray(1), target, 1)).toBe(2);
    expect([...target]).toEqual([0, 1.5, -2]);
  });

  test('answers a copy of the output', () => {
    const output = Float32Array.of(1, 2);
    const answer = handler.postprocess(output);
    output[0] = 9;
    expect(answer).toEqual({ kind: 'tensor', values: Float32Array.of(1, 2) });
  });

  test.each([0, 6])('refuses %i bytes', (length) => {
    expect(() => handler.preprocess(new Uint8Array(length), new Float32Array(4), 0)).toThrow(
      `the payload is no sequence of float32 values; found ${length} bytes; expected a positive multiple of 4`,
    );
  });
});
