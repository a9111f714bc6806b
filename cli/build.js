// Builds the repository: compiles every TypeScript file into dist/, copies what has to lie beside the compiled code,
// removes outputs whose source is gone and leaves a stamp that the launcher checks. It does not lint or run tests.
// Invariant: when types fail nothing in dist/ changes (noEmitOnError) and no stamp is written.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, rmdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { listAssets, listSources, root, writeStamp } from './build-stamp.js';

const dist = join(root, 'dist');

process.exitCode = build();

/** @returns {number} The exit code: 0 after a whole build, 1 otherwise. */
function build() {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  if (!existsSync(tsc)) {
    process.stderr.write('build: the compiler is not installed; run: npm ci\n');
    return 1;
  }
  const startedMs = Date.now();
  const sources = listSources();
  const compiled = compile(tsc);
  if (compiled === undefined || compiled.length < sources.length) {
    // Fewer outputs than sources would mean that the compiler's list was misread: nothing is removed on such a list.
    process.stderr.write('build: failed\n');
    return 1;
  }
  const assets = listAssets();
  const outputs = [...compiled, ...assets.map(copyAsset)];
  removeStale(dist, new Set(outputs));
  writeStamp(startedMs, [...sources, ...assets]);
  process.stdout.write(`build: ${outputs.length} files in dist/, ${((Date.now() - startedMs) / 1000).toFixed(1)} s\n`);
  return 0;
}

/**
 * Runs the compiler and passes its complaints on.
 *
 * @param {string} tsc The compiler's script.
 * @returns {string[] | undefined} The absolute paths it wrote, or undefined when types failed.
 */
function compile(tsc) {
  const args = [
    tsc,
    '-p',
    root,
    '--noEmitOnError',
    '--listEmittedFiles',
    '--pretty',
    process.stdout.isTTY ? 'true' : 'false',
  ];
  const { status, stdout, stderr, error } = spawnSync(process.execPath, args, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
  });
  const [emitted, complaints] = splitOutput(stdout ?? '');
  process.stderr.write(complaints + (stderr ?? '') + (error ? `build: ${error.message}\n` : ''));
  return status === 0 ? emitted : undefined;
}

/** @param {string} stdout @returns {[string[], string]} The emitted paths, and everything else tsc said. */
function splitOutput(stdout) {
  const mark = 'TSFILE: ';
  const lines = stdout.split('\n');
  const emitted = lines
    .filter((line) => line.startsWith(mark))
    .map((line) => resolve(root, line.slice(mark.length).trim()));
  return [emitted, lines.filter((line) => !line.startsWith(mark)).join('\n')];
}

/** @param {string} path @returns {string} Where the copy lies. */
function copyAsset(path) {
  const target = join(dist, path);
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(join(root, path), target);
  return target;
}

/**
 * Deletes what this build did not write. Links are removed, never followed: dist/ may not reach outside itself.
 *
 * @param {string} folder
 * @param {ReadonlySet<string>} outputs
 */
function removeStale(folder, outputs) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      removeStale(path, outputs);
      if (readdirSync(path).length === 0) rmdirSync(path);
    } else if (!outputs.has(path)) {
      rmSync(path, { force: true });
    }
  }
}
