// The launcher in a folder of its own: what a user forgot is said in one line, and otherwise the command runs.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

type Outcome = { readonly status: number | null; readonly stdout: string; readonly stderr: string };

let root = '';

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'rehearse-launcher-'));
  for (const folder of ['cli', 'core', 'dist/cli', 'node_modules/xstate'])
    mkdirSync(join(root, folder), { recursive: true });
  for (const script of ['rehearse.js', 'build-stamp.js']) {
    cpSync(new URL(`../../cli/${script}`, import.meta.url), join(root, 'cli', script));
  }
  writeFileSync(join(root, 'package.json'), '{"type":"module"}');
  writeFileSync(join(root, 'core/time.ts'), '');
  writeFileSync(
    join(root, 'dist/cli/main.js'),
    'export const main = async (argv) => { console.log(argv.join()); return 3; };',
  );
  writeStamp(Date.now() + 60_000, ['core/time.ts']);
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

test('a fresh build runs with the arguments, and its answer is the exit code', () => {
  expect(launch('run', 'a.yaml')).toEqual({ status: 3, stdout: 'run,a.yaml\n', stderr: '' });
});

test.each(['18.20.8', '20.18.3'])('Node %s is refused in one line', (version) => {
  const pretend = `Object.defineProperty(process, 'versions', { value: { node: '${version}' } })`;
  const node = ['--import', `data:text/javascript,${encodeURIComponent(pretend)}`];
  expect(launchOn(node)).toMatchObject({
    status: 2,
    stderr: `rehearse: needs Node 20.19 or newer, this is ${version}\n`,
  });
});

test('absent packages send the user to npm ci', () => {
  rmSync(join(root, 'node_modules'), { recursive: true });
  expect(launch()).toMatchObject({ status: 2, stderr: 'rehearse: the packages are not installed; run: npm ci\n' });
});

test.each(['dist/.build-stamp', 'dist/cli/main.js'])('without %s the build is missing', (path) => {
  rmSync(join(root, path));
  expect(launch()).toMatchObject({ status: 2, stderr: 'rehearse: the build is missing; run: npm run build\n' });
});

test('a stamp that is cut off counts as none', () => {
  writeFileSync(join(root, 'dist/.build-stamp'), '{"startedMs":');
  expect(launch().stderr).toBe('rehearse: the build is missing; run: npm run build\n');
});

test('a source that changed since makes the build stale', () => {
  const later = Date.now() / 1000 + 120;
  utimesSync(join(root, 'core/time.ts'), later, later);
  expect(launch()).toMatchObject({
    status: 2,
    stderr: 'rehearse: the build is stale: core/time.ts was changed since; run: npm run build\n',
  });
});

test('a source that was added since makes the build stale, however old it is', () => {
  writeFileSync(join(root, 'cli/main.ts'), '');
  utimesSync(join(root, 'cli/main.ts'), 1, 1);
  expect(launch().stderr).toBe('rehearse: the build is stale: cli/main.ts was added since; run: npm run build\n');
});

test('a source that was removed since makes the build stale', () => {
  rmSync(join(root, 'core/time.ts'));
  expect(launch().stderr).toBe('rehearse: the build is stale: core/time.ts was removed since; run: npm run build\n');
});

function writeStamp(startedMs: number, sources: readonly string[]): void {
  writeFileSync(join(root, 'dist/.build-stamp'), JSON.stringify({ startedMs, sources }));
}

function launch(...args: readonly string[]): Outcome {
  return launchOn([], args);
}

/** Runs the launcher from a folder that is not its own, under a Node with the given options. */
function launchOn(node: readonly string[], args: readonly string[] = []): Outcome {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...node, join(root, 'cli/rehearse.js'), ...args], {
    cwd: tmpdir(),
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}
