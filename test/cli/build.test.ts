// The build in a folder of its own: whole or not at all, and nothing of yesterday left behind.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';

let root = '';

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'rehearse-build-'));
  for (const folder of ['cli', 'core']) mkdirSync(join(root, folder));
  for (const path of ['cli/build.js', 'cli/build-stamp.js', 'tsconfig.json', 'package.json']) {
    cpSync(new URL(`../../${path}`, import.meta.url), join(root, path));
  }
  symlinkSync(fileURLToPath(new URL('../../node_modules', import.meta.url)), join(root, 'node_modules'));
  writeFileSync(join(root, 'core/time.ts'), "export const unit = 'ns';\n");
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

test('a build compiles the sources and stamps what it was made from', () => {
  expect(build().status).toBe(0);
  expect(read('dist/core/time.js')).toContain("export const unit = 'ns'");
  expect(JSON.parse(read('dist/.build-stamp'))).toEqual({ startedMs: expect.any(Number), sources: ['core/time.ts'] });
});

test('a .proto file is copied beside the compiled code and counts as a source', () => {
  writeFileSync(join(root, 'core/time.proto'), 'syntax = "proto3";\n');
  expect(build().status).toBe(0);
  expect(read('dist/core/time.proto')).toBe('syntax = "proto3";\n');
  expect(JSON.parse(read('dist/.build-stamp')).sources).toEqual(['core/time.ts', 'core/time.proto']);
});

test('an output whose source is gone is removed with its empty folder', () => {
  mkdirSync(join(root, 'dist/sim/old'), { recursive: true });
  writeFileSync(join(root, 'dist/sim/old/kernel.js'), '');
  expect(build().status).toBe(0);
  expect(existsSync(join(root, 'dist/sim'))).toBe(false);
  expect(existsSync(join(root, 'dist/core/time.js'))).toBe(true);
});

test('a link inside dist is removed, and what it points to stays', () => {
  mkdirSync(join(root, 'dist'));
  symlinkSync(join(root, 'core'), join(root, 'dist/elsewhere'));
  expect(build().status).toBe(0);
  expect(existsSync(join(root, 'dist/elsewhere'))).toBe(false);
  expect(existsSync(join(root, 'core/time.ts'))).toBe(true);
});

test('when types fail the compiler’s words are shown and the last build stays as it was', () => {
  build();
  const stamp = read('dist/.build-stamp');
  writeFileSync(join(root, 'core/time.ts'), 'export const unit: number = "ms";\n');
  const { status, stderr } = build();
  expect(status).toBe(1);
  expect(stderr).toMatch(/core\/time\.ts\(1,14\): error TS2322/);
  expect(stderr).toContain('build: failed\n');
  expect(read('dist/core/time.js')).toContain("'ns'");
  expect(read('dist/.build-stamp')).toBe(stamp);
});

test('without the compiler the user is sent to npm ci', () => {
  rmSync(join(root, 'node_modules'));
  expect(build()).toMatchObject({ status: 1, stderr: 'build: the compiler is not installed; run: npm ci\n' });
});

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** Runs the build from a folder that is not its own. */
function build(): { status: number | null; stderr: string } {
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'cli/build.js')], {
    cwd: tmpdir(),
    encoding: 'utf8',
  });
  return { status, stderr };
}
