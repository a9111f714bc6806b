// JSON from clients: exact, bounded in depth, safe in its names.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../live/http/index.ts';
import { isJsonObject, memberOf, readJson } from '../../../live/http/index.ts';

const read = (text: string, takeNonFinite = false) => readJson(Buffer.from(text), { takeNonFinite });

describe('numbers', () => {
  test('integers that a double cannot hold are exact', () => {
    expect(read('[9007199254740993, -9223372036854775808, 18446744073709551615]')).toEqual([
      9007199254740993n,
      -9223372036854775808n,
      18446744073709551615n,
    ]);
  });

  test('all others are plain numbers', () => {
    const numbers = ['1', '-2', '0.12345678901234567', '1e3', '9007199254740991', '12345678901234567890.5'];
    expect(read(`[${numbers.join()}]`)).toEqual(numbers.map(Number));
  });

  test('NaN and Infinity are taken only where that is wanted', () => {
    expect(() => read('[NaN]')).toThrow('not valid JSON');
    expect(() => read('[1234567890123456789, Infinity]')).toThrow('not valid JSON');
    expect(read('[NaN, Infinity, -Infinity, {"N": "NaN"}]', true)).toEqual([
      Number.NaN,
      Infinity,
      -Infinity,
      { N: 'NaN' },
    ]);
  });

  test('a number beyond all doubles is never Infinity', () => {
    for (const text of ['[1e400]', '[-1.5E400]']) expect(() => read(text, true)).toThrow('too large');
    expect(read('[1e30, "e"]', true)).toEqual([1e30, 'e']);
  });

  test('any JSON reads as JSON.parse reads it, beside an integer that needs the exact way', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        const text = JSON.stringify({ long: 0, value }).replace('"long":0', '"long":9007199254740993');
        const document = read(text) as JsonObject;
        expect(document['long']).toBe(9007199254740993n);
        const asDoubles = (_name: string, found: unknown): unknown =>
          typeof found === 'bigint' ? Number(found) : found;
        expect(JSON.stringify(document['value'], asDoubles)).toBe(JSON.stringify(value));
      }),
    );
  });

  test('any long integer reads back as it was written', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 100n), max: 2n ** 100n }), (value) => {
        const [found] = read(`[${value}]`) as readonly (number | bigint)[];
        expect(BigInt(found)).toBe(value);
      }),
    );
  });
});

describe('what is refused', () => {
  test.each([
    ['broken', '{"a":', 'not valid JSON'],
    ['broken beside a long integer', '[9007199254740993 1]', 'not valid JSON'],
    ['a comma too many', '[9007199254740993,]', 'not valid JSON'],
    ['a leading zero', '[09007199254740993000]', 'not valid JSON'],
    ['an open string', '["9007199254740993', 'not valid JSON'],
    ['a number too large beside a long integer', '[9007199254740993, 1e400]', 'not valid JSON'],
    ['depth 101', '['.repeat(101) + ']'.repeat(101), 'nested more than 100 levels'],
    ['depth 250,000', '['.repeat(250_000), 'nested more than 100 levels'],
    ['depth of objects', '{"a":'.repeat(101) + '1' + '}'.repeat(101), 'nested more than 100 levels'],
    ['nothing', '', 'not valid JSON'],
  ])('%s', (_name, text, message) => {
    expect(() => read(text)).toThrow(message);
  });

  test.each([
    ['more than 32 MiB', `[${'0,'.repeat(16_777_216)}`, 'is larger than 33554432 bytes'],
    ['more than a million lists', `[${'[],'.repeat(1_000_000)}`, 'more than 1000000 lists, objects and members'],
    ['more than a million members', `{${'"a":0,'.repeat(1_000_000)}`, 'more than 1000000 lists, objects and members'],
  ])('%s, before anything parses it and finds it broken', (_name, text, message) => {
    expect(() => read(text)).toThrow(message);
  });

  test('what is not UTF-8', () => {
    expect(() => readJson(Buffer.from([0x22, 0xff, 0x22]))).toThrow('not valid UTF-8');
  });

  test('brackets in strings are no depth', () => {
    expect(read(`"${'[\\"'.repeat(200)}"`)).toBe('["'.repeat(200));
    expect(read('['.repeat(100) + ']'.repeat(100))).toHaveLength(1);
  });
});

describe('names', () => {
  test.each(['{"__proto__":{"id":1}}', '{"__proto__":{"id":1},"long":9007199254740993}'])(
    'are names only: %s',
    (text) => {
      const value = read(text);
      expect(isJsonObject(value) && memberOf(value, 'id')).toBeUndefined();
      expect(isJsonObject(value) && memberOf(value, 'toString')).toBeUndefined();
      expect(({} as Record<string, unknown>)['id']).toBeUndefined();
    },
  );
});
