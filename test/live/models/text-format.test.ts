import { describe, expect, test } from 'vitest';
import type { TextField, TextValue } from '../../../live/models/text-format.ts';
import { parseTextFormat } from '../../../live/models/text-format.ts';

type Plain = string | readonly (readonly [string, Plain])[];

function plain(fields: readonly TextField[]): readonly (readonly [string, Plain])[] {
  const of = (value: TextValue): Plain => (value.kind === 'message' ? plain(value.fields) : value.text);
  return fields.map(({ name, value }) => [name, of(value)]);
}

function parse(text: string): readonly (readonly [string, Plain])[] {
  return plain(parseTextFormat(text, 'config.pbtxt'));
}

describe('the text format', () => {
  test('has scalars, texts, names and messages in both kinds of brackets', () => {
    expect(parse('name: "a"\nn: -3 f: 1.5e-3 on: true kind: KIND_CPU m { x: 1 } o: < x: 2 >')).toEqual([
      ['name', 'a'],
      ['n', '-3'],
      ['f', '1.5e-3'],
      ['on', 'true'],
      ['kind', 'KIND_CPU'],
      ['m', [['x', '1']]],
      ['o', [['x', '2']]],
    ]);
  });

  test('repeats a field for each element of a list', () => {
    expect(parse('dims: [ 1, 28,28 ] input [ { name: "a" }, { name: "b" } ] none: []')).toEqual([
      ['dims', '1'],
      ['dims', '28'],
      ['dims', '28'],
      ['input', [['name', 'a']]],
      ['input', [['name', 'b']]],
    ]);
  });

  test('joins texts side by side, and knows escapes', () => {
    expect(parse(String.raw`s: "a" 'b"' "\n\x41\101\\\"" t: ''`)).toEqual([
      ['s', 'ab"\nAA\\"'],
      ['t', ''],
    ]);
  });

  test('skips comments, and separators between fields', () => {
    expect(parse('# first\na: 1; b: 2, # two\nc: "#3"')).toEqual([
      ['a', '1'],
      ['b', '2'],
      ['c', '#3'],
    ]);
  });

  test('knows the line of every field', () => {
    const lines = parseTextFormat('a: 1\n\n# x\nm {\n  b: 2\n}\nc: 3', 'f').map(({ name, line }) => [name, line]);
    expect(lines).toEqual([
      ['a', 1],
      ['m', 4],
      ['c', 7],
    ]);
  });

  test('of nothing is nothing', () => {
    expect(parse('  # only a comment')).toEqual([]);
  });
});

describe('what is not the text format', () => {
  test.each([
    ['a: 1\nb 2', 'config.pbtxt:2: this is not protobuf text format; found "2"; expected ":" or "{"'],
    ['a {\n b: 1', 'config.pbtxt:2: this is not protobuf text format; found "end"; expected more'],
    ['a: "open\n', 'config.pbtxt:1: this is not protobuf text format; found "\\"open"; expected a text that ends'],
    ['a: [1 2]', 'config.pbtxt:1: this is not protobuf text format'],
    ['a: }', 'config.pbtxt:1: this is not protobuf text format; found "}"; expected a value'],
    ['{}', 'config.pbtxt:1: this is not protobuf text format; found "{"; expected a field'],
    ['a: 1 }', 'config.pbtxt:1: this is not protobuf text format; found "}"; expected a field'],
    ['a: ', 'config.pbtxt:1: this is not protobuf text format'],
    ['a: $', 'config.pbtxt:1: this is not protobuf text format; found "$"; expected a value'],
    ['\u0000', 'config.pbtxt:1: this is not protobuf text format'],
  ])('%j is refused with its line', (text, message) => {
    expect(() => parse(text)).toThrow(message.replace('found "end"', 'found the end'));
  });

  test('thousands of brackets are refused before they fill the stack', () => {
    expect(() => parse('a {'.repeat(200_000))).toThrow('at most 32 levels');
  });

  test('a text of megabytes is refused unread', () => {
    expect(() => parse(' '.repeat(1_048_577))).toThrow('the text is too long; found 1048577 characters');
  });
});
