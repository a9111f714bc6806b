/**
 * Loads a user's policy file, TypeScript or JavaScript, through tsx: without a build, in the main thread and in worker
 * threads alike. A file is code and runs when it is loaded; a definition has no state, so a file is loaded once.
 *
 * The file exports `policy`, a plain object or the result of `definePolicy`. Nothing needs to be imported; a file that
 * wants types and `definePolicy` imports `core/index.ts` of the repository by path.
 */
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { PolicyDefinition } from '../../core/index.ts';
import { ServingError, ServingErrors } from '../../core/index.ts';
import { fileProblem, shownPath } from './parse-yaml.ts';
import { judgeDefinition } from './policy-definition.ts';

const EXTENSIONS = ['.ts', '.mts', '.js', '.mjs'];

// Modules are loaded once by Node as well: a second load would give the same definition.
const loaded = new Map<string, PolicyDefinition>();

/**
 * The policy that a file exports. Its `create` reports what fails in it as the user's mistake, not as a crash.
 *
 * @param path absolute, or relative to the working folder.
 * @throws {ServingErrors} `POLICY_FILE` when the file is missing or of another kind, `POLICY_SYNTAX` when it does not
 * parse, `POLICY_LOAD` when it throws while it is loaded, `POLICY_EXPORT` without an export `policy`, and one error for
 * every mistake in the definition.
 */
export async function loadPolicyModule(path: string): Promise<PolicyDefinition> {
  const file = resolve(path);
  const known = loaded.get(file);
  if (known !== undefined) return known;
  refuseOtherFiles(file);
  const exported = await exportsOf(file);
  if (!('policy' in exported)) throw new ServingErrors([noPolicy(file, Object.keys(exported))]);
  const { definition, errors } = judgeDefinition(exported['policy'], shownPath(file));
  if (definition === undefined) throw new ServingErrors(errors);
  loaded.set(file, definition);
  return definition;
}

function refuseOtherFiles(file: string): void {
  const problem = { code: 'POLICY_FILE', place: shownPath(file), message: 'the policy file cannot be read' };
  try {
    if (!statSync(file).isFile()) throw new ServingErrors([new ServingError({ ...problem, found: 'a folder' })]);
  } catch (cause) {
    if (cause instanceof ServingErrors) throw cause;
    throw new ServingErrors([new ServingError({ ...problem, found: fileProblem(cause), cause })]);
  }
  if (EXTENSIONS.includes(extname(file))) return;
  const expected = `a file that ends in ${EXTENSIONS.join(', ')}`;
  throw new ServingErrors([new ServingError({ ...problem, found: JSON.stringify(extname(file)), expected })]);
}

async function exportsOf(file: string): Promise<Record<string, unknown>> {
  const url = pathToFileURL(file).href;
  try {
    const { tsImport } = await import('tsx/esm/api');
    // Without a tsconfig: what the user's folder holds must not change how the file is read.
    return (await tsImport(url, { parentURL: import.meta.url, tsconfig: false })) as Record<string, unknown>;
  } catch (cause) {
    throw new ServingErrors([loadError(file, cause)]);
  }
}

/** A file that could not be loaded: one that does not parse names its line, one that throws says what. */
function loadError(file: string, cause: unknown): ServingError {
  const error = cause instanceof Error ? cause : new Error(String(cause));
  const syntax = error.name === 'TransformError' ? parsed(error.message) : checked(file, error);
  if (syntax !== undefined) {
    const message = `the policy file does not parse: ${syntax.text}`;
    return new ServingError({ code: 'POLICY_SYNTAX', place: syntax.place, message, cause });
  }
  const [found] = `${error.name}: ${error.message}`.split('\n');
  const message = 'the policy file fails while it is loaded';
  return new ServingError({ code: 'POLICY_LOAD', place: shownPath(file), message, found, cause });
}

interface SyntaxComplaint {
  readonly place: string;
  readonly text: string;
}

/** What esbuild complains of, in this file or one that it imports: `path:line:column: ERROR: text`. */
function parsed(message: string): SyntaxComplaint | undefined {
  const match = /^(.*):(\d+):\d+: ERROR: (.*)$/m.exec(message);
  return match === null ? undefined : { place: `${shownPath(match[1])}:${match[2]}`, text: match[3] };
}

/** Node does not say where a module fails to parse, but `node --check` does. */
function checked(file: string, error: Error): SyntaxComplaint | undefined {
  if (error.name !== 'SyntaxError') return undefined;
  const { stderr } = spawnSync(process.execPath, ['--check', file], { encoding: 'utf8' });
  const line = /:(\d+)$/m.exec(stderr)?.[1];
  return line === undefined ? undefined : { place: `${shownPath(file)}:${line}`, text: error.message };
}

function noPolicy(file: string, names: readonly string[]): ServingError {
  const exported = names.filter((name) => name !== 'default');
  return new ServingError({
    code: 'POLICY_EXPORT',
    place: shownPath(file),
    message: 'the policy file exports no policy',
    found: exported.length === 0 ? 'no named exports' : `exports named ${exported.join(', ')}`,
    expected: 'an export named policy',
    next: 'write: export const policy = definePolicy({ ... })',
  });
}
