import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { builtEntry } from '../../../backends/process/index.ts';

describe('the built entry of a source', () => {
  const root = mkdtempSync(join(tmpdir(), 'rehearse-entry-'));
  const [source, built] = [join(root, 'backends'), join(root, 'dist', 'backends')];
  const caller = pathToFileURL(join(source, 'engines.ts')).href;
  for (const path of [source, built]) mkdirSync(path, { recursive: true });
  writeFileSync(join(root, 'package.json'), '{}');
  writeFileSync(join(source, 'worker.ts'), '');
  afterAll(() => rmSync(root, { recursive: true }));

  test('of a compiled caller lies beside it', () => {
    expect(builtEntry(pathToFileURL(join(built, 'engines.js')).href, 'worker')).toBe(join(built, 'worker.js'));
  });

  test('that was never built is asked for', () => {
    expect(() => builtEntry(caller, 'worker')).toThrow('dist/backends/worker.js is missing; run npm run build');
  });

  test('that is older than its source is asked for', () => {
    writeFileSync(join(built, 'worker.js'), '');
    expect(builtEntry(caller, 'worker')).toBe(join(built, 'worker.js'));
    utimesSync(join(built, 'worker.js'), 1, 1);
    expect(() => builtEntry(caller, 'worker')).toThrow('dist/backends/worker.js is older than its source');
  });
});
