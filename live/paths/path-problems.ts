/** Which paths a service may be published at: plain ones that nothing else answers. */
import { ServingError, ServingErrors } from '../../core/index.ts';
import type { PathOptions } from './path-options.ts';

/** Segments of letters, digits, '.', '_', '~' and '-': nothing to decode, and no pattern of a router. */
const PLAIN = /^(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._~-]+)+$/;

/**
 * Checks all paths of a service.
 * @param taken patterns of the routes that the listener has anyway, `/v2/models/:name`.
 * @throws ServingErrors PATH_INVALID, PATH_TAKEN, PATH_TWICE.
 */
export function checkPaths(options: readonly Pick<PathOptions, 'path'>[], taken: readonly string[]): void {
  const errors: ServingError[] = [];
  const seen = new Set<string>();
  for (const { path } of options) {
    const problem = pathProblem(path, { taken, seen });
    if (problem !== undefined) errors.push(problem);
    seen.add(path);
  }
  if (errors.length > 0) throw new ServingErrors(errors);
}

function pathProblem(
  path: string,
  { taken, seen }: { readonly taken: readonly string[]; readonly seen: ReadonlySet<string> },
): ServingError | undefined {
  const found = JSON.stringify(path);
  if (!PLAIN.test(path)) {
    const expected = 'a path such as /flowers, of letters, digits, ".", "_", "~" and "-"';
    return new ServingError({ code: 'PATH_INVALID', message: 'this is no path for a service', found, expected });
  }
  if (seen.has(path)) return new ServingError({ code: 'PATH_TWICE', message: 'two services have one path', found });
  const [, root] = path.split('/');
  if (!taken.some((pattern) => covers(pattern, path))) return undefined;
  const expected = `a path that does not begin with /${root}`;
  return new ServingError({ code: 'PATH_TAKEN', message: 'the service itself answers at this path', found, expected });
}

/** Whether a route is at the path, or begins with the same plain segment: such a tree belongs to one protocol. */
function covers(pattern: string, path: string): boolean {
  const [, root, ...rest] = pattern.split('/');
  const [, own, ...others] = path.split('/');
  if (root === own) return true;
  const fits = (part: string, other: string | undefined): boolean =>
    part === '*' || part.startsWith(':') || part === other;
  return rest.length === others.length && fits(root, own) && rest.every((part, at) => fits(part, others[at]));
}
