// Knows what a build was made from: which sources there were and when the compiler started. It neither compiles
// nor runs anything. Invariant: a stamp is written only after a whole build, so a stamp that matches the sources
// means that dist/ is what these sources compile to.
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root folder, wherever the command was started. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const stampPath = join(root, 'dist', '.build-stamp');

/** The folders whose TypeScript the command runs; `test` is compiled too, but no command depends on it. */
const sourceFolders = ['backends', 'cli', 'core', 'experiments', 'live', 'reports', 'sim', 'traces'];

/**
 * Kinds of files that are not TypeScript and have to lie beside the compiled code. Data (.json, .csv, .onnx, .u8) is
 * none of them: it stays in the source tree and is located relative to the root.
 */
const assetEndings = ['.proto', '.html', '.css', '.icon.svg', '.mjs'];

/**
 * Records a finished build.
 *
 * @param {number} startedMs When the compiler was started (milliseconds since 1970): an edit made while it ran
 *   then counts as later than the build.
 * @param {readonly string[]} sources What `listSources` and `listAssets` gave at that moment.
 */
export function writeStamp(startedMs, sources) {
  writeFileSync(stampPath, `${JSON.stringify({ startedMs, sources })}\n`);
}

/**
 * Says why `dist/` cannot be trusted.
 *
 * @returns {string | undefined} The reason as a clause, or undefined when the build is fresh.
 */
export function findStaleness() {
  const stamp = readStamp();
  if (stamp === undefined || !existsSync(join(root, 'dist', 'cli', 'main.js'))) return 'the build is missing';
  const sources = [...listSources(), ...listAssets()];
  const built = new Set(stamp.sources);
  const added = sources.find((path) => !built.has(path));
  if (added !== undefined) return `the build is stale: ${added} was added since`;
  const present = new Set(sources);
  const removed = stamp.sources.find((path) => !present.has(path));
  if (removed !== undefined) return `the build is stale: ${removed} was removed since`;
  const changed = sources.find((path) => statSync(join(root, path)).mtimeMs > stamp.startedMs);
  return changed === undefined ? undefined : `the build is stale: ${changed} was changed since`;
}

/**
 * Lists the sources a build depends on.
 *
 * @returns {string[]} Paths relative to the root with forward slashes, sorted.
 */
export function listSources() {
  return sourceFolders.flatMap((folder) => listFiles(folder, ['.ts'])).toSorted();
}

/**
 * Lists the files that a build copies.
 *
 * @returns {string[]} Paths relative to the root with forward slashes, sorted.
 */
export function listAssets() {
  return sourceFolders.flatMap((folder) => listFiles(folder, assetEndings)).toSorted();
}

/** @param {string} folder @param {readonly string[]} endings @returns {string[]} */
function listFiles(folder, endings) {
  // Git keeps no empty folders, so one of them may be absent.
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return listFiles(path, endings);
    return endings.some((ending) => entry.name.endsWith(ending)) ? [path] : [];
  });
}

/** @returns {{ startedMs: number, sources: string[] } | undefined} Undefined without a readable stamp. */
function readStamp() {
  try {
    return JSON.parse(readFileSync(stampPath, 'utf8'));
  } catch {
    // Absent or cut off: both mean that no build finished.
    return undefined;
  }
}
