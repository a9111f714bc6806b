/**
 * Loads a user's handler file, TypeScript or JavaScript, through tsx, as policy files are loaded: the file is code, is
 * named by the config only and runs in the server. It exports `handler`, an object with `preprocess` and `postprocess`
 * and, if it likes, `doc`; nothing needs to be imported. What it gets wrong later is `guardedHandler`'s to tell.
 */
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { basename, extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ServingError, ServingErrors } from '../../core/index.ts';
import { guardedHandler } from './guarded-handler.ts';
import type { Handler } from './handler.ts';

const EXTENSIONS = ['.ts', '.mts', '.js', '.mjs'];

/**
 * @param path absolute, or relative to the working folder.
 * @throws ServingErrors HANDLER_FILE when it is missing or of another kind, HANDLER_LOAD when it does not parse or
 * throws while it is loaded, HANDLER_EXPORT without a usable export `handler`.
 */
export async function loadHandlerModule(path: string, name: string): Promise<Handler> {
  const file = resolve(path);
  refuseOtherFiles(file, path);
  const exported = await exportsOf(file, path);
  const { handler } = exported as { readonly handler?: unknown }; // Judged below.
  if (typeof handler !== 'object' || handler === null) {
    const found = Object.keys(exported).filter((key) => key !== 'default');
    throw problem('HANDLER_EXPORT', path, {
      message: 'the handler file exports no handler',
      found: found.length === 0 ? 'no named exports' : `exports named ${found.join(', ')}`,
      expected: 'an export named handler with the functions preprocess and postprocess',
    });
  }
  for (const key of ['preprocess', 'postprocess']) {
    const method: unknown = Reflect.get(handler, key);
    if (typeof method === 'function') continue;
    throw problem('HANDLER_EXPORT', path, {
      message: `the handler lacks ${key}`,
      found: typeof method,
      expected: 'a function',
    });
  }
  const doc: unknown = Reflect.get(handler, 'doc');
  const text = typeof doc === 'string' ? doc : `Does what ${basename(file)} says.`;
  // Both functions are there; what they answer is checked at each call.
  return guardedHandler(handler as Handler, { name, doc: text });
}

function refuseOtherFiles(file: string, path: string): void {
  const message = 'the handler file cannot be read';
  const stats = statSync(file, { throwIfNoEntry: false });
  if (stats === undefined) throw problem('HANDLER_FILE', path, { message, found: 'no such file' });
  if (!stats.isFile()) throw problem('HANDLER_FILE', path, { message, found: 'a folder' });
  if (EXTENSIONS.includes(extname(file))) return;
  const expected = `a file that ends in ${EXTENSIONS.join(', ')}`;
  throw problem('HANDLER_FILE', path, { message, found: JSON.stringify(extname(file)), expected });
}

async function exportsOf(file: string, path: string): Promise<object> {
  try {
    const { tsImport } = await import('tsx/esm/api');
    // Without a tsconfig: what the user's folder holds must not change how the file is read.
    return (await tsImport(pathToFileURL(file).href, { parentURL: import.meta.url, tsconfig: false })) as object;
  } catch (cause) {
    const error = cause instanceof Error ? cause : new Error(String(cause));
    const [found] = `${error.name}: ${error.message}`.split('\n');
    const message = 'the handler file fails while it is loaded';
    throw problem('HANDLER_LOAD', placeOf(file, path, error), { message, found, cause });
  }
}

/** The line of a file that does not parse: esbuild says it, and Node's own check does. */
function placeOf(file: string, path: string, error: Error): string {
  const told = /^.*:(\d+):\d+: ERROR:/m.exec(error.message)?.[1];
  if (told !== undefined) return `${path}:${told}`;
  if (error.name !== 'SyntaxError') return path;
  const { stderr } = spawnSync(process.execPath, ['--check', file], { encoding: 'utf8' });
  const line = /:(\d+)$/m.exec(stderr)?.[1];
  return line === undefined ? path : `${path}:${line}`;
}

function problem(
  code: string,
  place: string,
  parts: { readonly message: string; readonly found?: string; readonly expected?: string; readonly cause?: unknown },
): ServingErrors {
  return new ServingErrors([new ServingError({ code, place, ...parts })]);
}
