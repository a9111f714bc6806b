// The scanner under the rules: prose and literals may say anything, code may not.
import { describe, expect, test } from 'vitest';
import { splitSource } from './lexer.ts';

/** Whether a word planted in a source counts as code. */
function isCode(source: string): boolean {
  return splitSource(source).code.includes('PLANTED');
}

describe('splitSource', () => {
  test.each([
    ['a line comment', '// PLANTED\nrun();'],
    ['a block comment', '/** PLANTED\n * ** */ run();'],
    ['a single-quoted string', "run('it\\'s PLANTED');"],
    ['a double-quoted string', 'run("// PLANTED");'],
    ['a template', 'run(`/* PLANTED`);'],
    ['a template around an expression', 'run(`a ${b} PLANTED`);'],
    ['a template inside a template', 'run(`a ${ok ? `PLANTED` : {}} b`);'],
    ['a regular expression', 'run(/[/]PLANTED"/g);'],
    ['a regular expression after return', 'return /PLANTED/;'],
    ['a shebang', '#!/usr/bin/env PLANTED\nrun();'],
  ])('%s is no code', (_, source) => {
    expect(isCode(source)).toBe(false);
  });

  test.each([
    ['after a string with a comment mark', "run('//'); PLANTED();"],
    ['after a regular expression with a quote', "run(/'/); PLANTED();"],
    ['between two divisions', 'x = a / PLANTED / b;'],
    ['after a division by a call', 'x = f(a) / 2; PLANTED(); y = 1 / 2;'],
    ['in a template’s expression', 'run(`a ${{ b: PLANTED }} c`);'],
    ['after a template with nested braces', 'run(`${{ a: `${{}}` }}`); PLANTED();'],
    ['after an unclosed quote’s line', "// it's\nPLANTED();"],
  ])('a word %s is code', (_, source) => {
    expect(isCode(source)).toBe(true);
  });

  test('both parts keep every position and line break', () => {
    const source = "const a = 'x\\n'; // one\n/* two\nthree */ const b = `\n${a}`;\n";
    const { code, comments } = splitSource(source);
    expect(code).toHaveLength(source.length);
    expect(comments.split('\n').map((line) => line.trim())).toEqual(['// one', '/* two', 'three */', '', '']);
    expect(code.indexOf('const b')).toBe(source.indexOf('const b'));
  });
});
