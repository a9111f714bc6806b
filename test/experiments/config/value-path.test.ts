import { describe, expect, test } from 'vitest';
import { findPath, pathText, valueAt, withValue } from '../../../experiments/config/value-path.ts';

const data = { fleet: { 'm5.large': 1 }, queries: [{ a: 1 }, { name: 'fixed-1.5', b: 2 }], text: 'x', nothing: null };

describe('a path', () => {
  test.each([
    ['fleet.m5.large', ['fleet', 'm5.large']],
    ['queries[1].b', ['queries', 1, 'b']],
    ['queries.0.a', ['queries', 0, 'a']],
    ['queries.fixed-1.5.b', ['queries', 1, 'b']],
    ['fleet.new.key', ['fleet', 'new', 'key']],
    ['nothing.key', ['nothing', 'key']],
    ['text.key', undefined],
    ['queries[2].a', undefined],
    ['queries.unknown', undefined],
    ['fleet..key', undefined],
  ])('is found by its text: %s', (text, path) => {
    expect(findPath(data, text)).toEqual(path);
  });

  test('is written with dots and brackets', () => {
    expect(pathText(['queries', 1, 'b'])).toBe('queries[1].b');
  });

  test('leads to a value or to nothing', () => {
    expect(valueAt(data, ['queries', 1, 'b'])).toBe(2);
    expect(valueAt(data, ['text', 'length'])).toBeUndefined();
    expect(valueAt(data, ['fleet', 'constructor'])).toBeUndefined();
  });
});

test('replacing a value changes nothing that was there before', () => {
  const before = structuredClone(data);
  const changed = withValue(withValue(data, ['queries', 0, 'a'], 9), ['fleet', 'new', 'key'], 8);
  expect(data).toEqual(before);
  expect(changed).toEqual({
    ...before,
    fleet: { 'm5.large': 1, new: { key: 8 } },
    queries: [{ a: 9 }, { name: 'fixed-1.5', b: 2 }],
  });
});
