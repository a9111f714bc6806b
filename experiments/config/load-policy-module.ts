/**
 * Loads a user's policy file, TypeScript or JavaScript, through tsx: without a build, in the main thread and in worker
 * threads alike. A file is code and runs when it is loaded; a definition has no state, so a file is loaded once.
 *
 * The file exports `policy`, a plain object or the result of `definePolicy`. Nothing needs to be imported; a file that
 * wants types and `definePolicy` imports `core/index.ts` of the repository by path.
 */
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
  const syntax = syntaxError(error);
  if (syntax !== undefined) {
    const place = `${shownPath(file)}${syntax.line === undefined ? '' : `:${syntax.line}`}`;
    return new ServingError({
      code: 'POLICY_SYNTAX',
      place,
      message: `the policy file does not parse: ${syntax.text}`,
      cause,
    });
  }
  const [found] = `${error.name}: ${error.message}`.split('\n');
  return new ServingError({
    code: 'POLICY_LOAD',
    place: shownPath(file),
    message: 'the policy file fails while it is loaded',
    found,
    cause,
  });
}

/** What the parser complains of, and where: esbuild writes `file:line:column: ERROR: text`. */
function syntaxError(error: Error): { readonly text: string; readonly line?: string | undefined } | undefined {
  if (error.name !== 'TransformError' && error.name !== 'SyntaxError') return undefined;
  const match = /:(\d+):\d+: ERROR: (.*)/.exec(error.message);
  return { text: match?.[2] ?? error.message, line: match?.[1] };
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
