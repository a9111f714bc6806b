// Reads the repository and holds it to its rules. The rules themselves are in architecture/rules.ts and have tests of
// their own; here they meet every file. A failure lists `path:line what is wrong; what to do`.
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import * as rules from './architecture/rules.ts';
import { parseSource } from './architecture/source.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const paths = listFiles('');
const readText = (path: string): string => readFileSync(join(root, path), 'utf8');

const texts = paths.filter((path) => isText(path)).map((path) => ({ path, text: readText(path) }));
const code = texts.filter(({ path }) => ['.ts', '.js'].includes(extname(path)));
const sources = code
  .filter(({ path }) => rules.topFolder(path) in rules.layers)
  .map((file) => parseSource(file.path, file.text));

describe('the checker', () => {
  // A checker that reads nothing finds nothing.
  test('reads every folder that holds code', () => {
    const folders = new Set(sources.map(({ path }) => rules.topFolder(path)));
    expect([...folders].sort()).toEqual(Object.keys(rules.layers).sort());
  });

  test('sees imports between folders', () => {
    const crossing = sources.flatMap(({ path, imports }) =>
      imports.filter(({ target }) => target !== undefined && rules.topFolder(target) !== rules.topFolder(path)),
    );
    expect(crossing.length).toBeGreaterThan(0);
  });
});

describe('layers', () => {
  test('a folder imports only what lies below it', () => {
    expect(sources.flatMap(rules.findLayerViolations)).toEqual([]);
  });

  test('another folder is reached through its index.ts', () => {
    const known = new Set(paths);
    expect(sources.flatMap((source) => rules.findBypassedIndexes(source, known))).toEqual([]);
  });

  test('only files that make or interpret actors import xstate', () => {
    expect(sources.flatMap(rules.findStrayXstate)).toEqual([]);
  });

  test('core and sim know no clock, no chance, no promises and no Node', () => {
    expect(sources.flatMap(rules.findNondeterminism)).toEqual([]);
  });
});

describe('files', () => {
  test('no file of code is longer than its limit', () => {
    expect(
      texts.filter(({ path }) => isCode(path)).flatMap(({ path, text }) => rules.findLongFile(path, text)),
    ).toEqual([]);
  });

  test('names are kebab-case', () => {
    const named = paths.filter((path) => ['.ts', '.js', '.md', '.yaml', '.html', '.css'].includes(extname(path)));
    expect(named.flatMap(rules.findBadName)).toEqual([]);
  });

  test('nothing is exported as default', () => {
    expect(sources.flatMap(rules.findDefaultExports)).toEqual([]);
  });

  test('no test is focused', () => {
    expect(sources.flatMap(rules.findFocusedTests)).toEqual([]);
  });

  test('a note for later has a condition', () => {
    expect(sources.flatMap(rules.findOpenEndedNotes)).toEqual([]);
  });

  test('no file names a path of somebody’s machine', () => {
    expect(texts.flatMap(({ path, text }) => rules.findMachinePaths(path, text))).toEqual([]);
  });

  test('a markdown file has exactly one title', () => {
    const documents = texts.filter(({ path }) => path.endsWith('.md'));
    expect(documents.flatMap(({ path, text }) => rules.findTitleFault(path, text))).toEqual([]);
  });
});

describe('packages', () => {
  test('the lockfile names no registry host', () => {
    expect(rules.findResolvedUrls('package-lock.json', readText('package-lock.json'))).toEqual([]);
  });

  test('every dependency is pinned to one version', () => {
    expect(rules.findUnpinned('package.json', readText('package.json'))).toEqual([]);
  });
});

/** Every file below a folder, less what is generated or installed. */
function listFiles(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (!entry.isDirectory()) return [path];
    const isForeign = ['node_modules', 'dist', 'out'].includes(entry.name);
    const isHidden = entry.name.startsWith('.') && entry.name !== '.ci';
    return isForeign || isHidden ? [] : listFiles(path);
  });
}

function isCode(path: string): boolean {
  return ['.ts', '.js', '.py', '.sh', '.cc', '.cpp', '.h', '.html', '.css', '.proto'].includes(extname(path));
}

/** What people write; the lockfile and data are not. */
function isText(path: string): boolean {
  return isCode(path) || ['.md', '.yaml', '.yml'].includes(extname(path)) || ['package.json', '.ci/run'].includes(path);
}
