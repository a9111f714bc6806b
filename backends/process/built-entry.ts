/**
 * Where a module that plain Node must run lies. A child process has no TypeScript loader, so when our own code runs
 * from sources (tests, tsx) the compiled file in dist/ is taken, and it must not be older than its source.
 */
import { existsSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ServingError } from '../../core/index.ts';

/**
 * Path of the JavaScript of a module beside the caller's.
 *
 * @param callerUrl the caller's `import.meta.url`.
 * @param name the module's file name without its ending: `engine-process`.
 * @throws ServingError BUILD_MISSING or BUILD_STALE when the caller is a source and dist/ cannot be trusted.
 */
export function builtEntry(callerUrl: string, name: string): string {
  const caller = fileURLToPath(callerUrl);
  const folder = dirname(caller);
  if (!caller.endsWith('.ts')) return join(folder, `${name}.js`);
  const root = packageRoot(folder);
  const entry = join(root, 'dist', relative(root, folder), `${name}.js`);
  if (!existsSync(entry)) throw unbuilt('BUILD_MISSING', `${relative(root, entry)} is missing`);
  if (statSync(entry).mtimeMs < statSync(join(folder, `${name}.ts`)).mtimeMs) {
    throw unbuilt('BUILD_STALE', `${relative(root, entry)} is older than its source`);
  }
  return entry;
}

function packageRoot(from: string): string {
  if (existsSync(join(from, 'package.json'))) return from;
  const above = dirname(from);
  if (above === from) throw unbuilt('BUILD_MISSING', 'no package.json lies above the sources');
  return packageRoot(above);
}

function unbuilt(code: string, message: string): ServingError {
  return new ServingError({ code, message, next: 'run npm run build' });
}
