import { describe, expect, test } from 'vitest';
import { parseBoundedYaml } from '../../../live/models/bounded-yaml.ts';

const parse = (text: string): unknown => parseBoundedYaml(text, 'a.yaml');

describe('YAML of strangers', () => {
  test('is plain values', () => {
    expect(parse('a: [1, x, "2"]\nb: { c: true }\n')).toEqual({ a: [1, 'x', '2'], b: { c: true } });
  });

  test.each([
    '!!python/object/apply:os.system ["id"]',
    'a: !!js/function "function () {}"',
    '!<tag:example.org,2026:x> 1',
    '- !ruby/object:Gem::Requirement {}',
    'a: !!javax.script.ScriptEngineManager []',
    '!custom { a: 1 }',
    'a: !!binary aGk=',
  ])('%j has a tag and is refused', (text) => {
    expect(() => parse(text)).toThrow('a.yaml: YAML tags are not allowed');
  });

  test('aliases that multiply are refused', () => {
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
    for (let level = 1; level < 12; level += 1) {
      lines.push(`a${level}: &a${level} [${Array.from({ length: 10 }, () => `*a${level - 1}`).join(', ')}]`);
    }
    expect(() => parse(lines.join('\n'))).toThrow('a.yaml: this YAML cannot be used: Excessive alias count');
  });

  test.each([
    ['lists in lists', '['.repeat(100_000)],
    ['maps in maps', '{a: '.repeat(100_000)],
    ['a list in a list by dashes', '- '.repeat(100_000)],
    ['keys below keys', Array.from({ length: 500 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')],
  ])('%s beyond any use are refused before they are followed', (_what, text) => {
    expect(() => parse(text)).toThrow('a.yaml: the YAML is nested more than 32 levels deep');
  });

  test('a text of megabytes is refused unread', () => {
    expect(() => parse('#'.repeat(4_194_305))).toThrow('a.yaml: the YAML is longer than 4194304 characters');
  });

  test.each(['a: 1\na: 2', 'a: [1', '"open', 'a: *missing'])('%j is not valid', (text) => {
    expect(() => parse(text)).toThrow(/^a\.yaml: (?:this is not valid YAML|this YAML cannot be used)/);
  });

  test('a key of the prototype stays a key', () => {
    const value = parse('__proto__: { admin: true }');
    expect(Reflect.get(Object(value), 'admin')).toBeUndefined();
  });
});
