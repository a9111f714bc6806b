// A source file as the rules see it: its text, its code and comments apart, and what it imports. Reading files is the
// caller's task. Invariant: imports are found in code only, so an import quoted in a string or a comment is none.
import { posix } from 'node:path';
import { splitSource } from './lexer.ts';

/** One `import`, `export ... from`, `import(...)` or `new URL('./file', ...)`. */
export type Import = {
  readonly specifier: string;
  readonly line: number;
  /** Relative to the root for a file of ours, undefined for a package. */
  readonly target: string | undefined;
  /** True for `new URL(...)`: the file is named to be loaded elsewhere, as a thread or a process. */
  readonly byUrl: boolean;
};

export type Source = {
  /** Relative to the root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly code: string;
  readonly comments: string;
  readonly imports: readonly Import[];
};

/** Parses one JavaScript or TypeScript file. */
export function parseSource(path: string, text: string): Source {
  const { code, comments } = splitSource(text);
  const imports = [
    ...findSpecifiers(text, code, /\b(?:from|import)\s*\(?\s*(['"])( *)\1/g).map((found) => ({
      ...found,
      byUrl: false,
    })),
    ...findSpecifiers(text, code, /\bnew\s+URL\(\s*(['"])( *)\1/g)
      .filter(({ specifier }) => specifier.startsWith('.'))
      .map((found) => ({ ...found, byUrl: true })),
  ].map((found) => ({ ...found, target: resolveTarget(path, found.specifier) }));
  return { path, text, code, comments, imports };
}

/** The line of a position, counted from 1. */
export function lineAt(text: string, position: number): number {
  return text.slice(0, position).split('\n').length;
}

function findSpecifiers(text: string, code: string, pattern: RegExp): { specifier: string; line: number }[] {
  return [...code.matchAll(pattern)].map((match) => {
    // The code has blanks where the specifier stands; the text has it at the same place, before the closing quote.
    const end = match.index + match[0].length - 1;
    return { specifier: text.slice(end - (match[2] ?? '').length, end), line: lineAt(text, match.index) };
  });
}

function resolveTarget(path: string, specifier: string): string | undefined {
  return specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : undefined;
}
