import { describe, expect, test } from 'vitest';
import { ServingError } from '../../../core/index.ts';
import { checkedName, nameProblem } from '../../../live/models/names.ts';

const traversing = [
  '../x',
  'a/../b',
  '/etc/passwd',
  'model/sub',
  ' ..',
  '..',
  'a..b',
  String.raw`..\x`,
  String.raw`C:\windows`,
  '%2e%2e%2f',
  '%252e%252e%252fx',
  'a%00b',
  'a\u0000b',
  'a\nb',
  'a\r\nSet-Cookie: b',
  '\u001b[2J',
];

describe('names of models', () => {
  test.each(traversing.map((name) => [JSON.stringify(name), name]))('%s is path traversal', (_shown, name) => {
    expect(nameProblem('model', name)).toBe('Model name must not contain path traversal characters');
  });

  test.each([
    ['empty', ''],
    ['blanks', '   '],
    ['a tab', '\t'],
  ])('%s is no name', (_what, name) => {
    expect(nameProblem('model', name)).toBe('Model name must not be empty');
  });

  test('300 characters are too many', () => {
    expect(nameProblem('model', 'a'.repeat(300))).toBe('Model name must not be longer than 128 characters');
  });

  test.each(['a b', '.hidden', '-rf', 'модель', 'a:b', 'name@2', '__proto__', 'a"b', '<script>', '%41'])(
    '%s is outside the alphabet',
    (name) => {
      expect(nameProblem('model', name)).toMatch(/^Model name must consist of letters, digits, "\.", "_" and "-"/);
    },
  );

  test.each([undefined, null, 7, ['a'], { toString: () => 'a' }])('%j is no text', (name) => {
    expect(nameProblem('model', name)).toBe('Model name must be a text');
  });

  test.each(['resnet50', 'resnet-18', 'resnet50_tensorflow-cpu_4', 'Inception.v3', '7b', 'a'.repeat(128)])(
    '%s may be used',
    (name) => {
      expect(nameProblem('model', name)).toBeUndefined();
    },
  );
});

describe('checking a name', () => {
  test('gives the name back', () => {
    expect(checkedName('version', '1.0')).toBe('1.0');
  });

  test('refuses with a code by what is named, and repeats nothing of what was sent', () => {
    const refused = (): unknown => checkedName('version', '../../secret');
    expect(refused).toThrow(ServingError);
    expect(refused).toThrow(/^Model version must not contain path traversal characters$/);
    expect(() => checkedName('model', '')).toThrow(expect.objectContaining({ code: 'MODEL_NAME' }));
  });
});
