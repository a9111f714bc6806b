/** The routes of all protocols of a listener: each method on its path, and what a path answers to all other methods. */
import { invariant } from '../../core/index.ts';
import type { HttpRoute, RouteSet } from './http-route.ts';

/** A method on a route, and whose it is. */
export interface BoundRoute {
  readonly method: string;
  readonly route: HttpRoute;
  readonly set: RouteSet;
}

export class RouteTable {
  readonly bound: readonly BoundRoute[];
  private readonly sets: readonly RouteSet[];
  private readonly paths: readonly { readonly pattern: RegExp; readonly methods: readonly string[] }[];

  /** `HEAD` is bound beside `GET`. */
  constructor(sets: readonly RouteSet[]) {
    const byPath = new Map<string, Map<string, BoundRoute>>();
    for (const set of sets) for (const route of set.routes) bind(byPath, set, route);
    this.sets = sets;
    this.bound = [...byPath.values()].flatMap((methods) => [...methods.values()]);
    this.paths = [...byPath].map(([path, methods]) => ({ pattern: patternOf(path), methods: [...methods.keys()] }));
  }

  /** The methods that a path offers, `OPTIONS` among them; none when the path leads nowhere. */
  allowed(target: string): readonly string[] {
    const path = withoutSlash(pathOf(target));
    const methods = this.paths.filter(({ pattern }) => pattern.test(path)).flatMap((known) => known.methods);
    return methods.length === 0 ? [] : [...new Set([...methods, 'OPTIONS'])].sort();
  }

  /** The protocol that tells a failure on a path without a route: of the longest prefix; undefined when none fits. */
  protocolOf(target: string): RouteSet | undefined {
    const fitting = this.sets.filter(({ prefix }) => target.startsWith(prefix));
    return fitting.reduce<RouteSet | undefined>(
      (longest, set) => (longest === undefined || set.prefix.length > longest.prefix.length ? set : longest),
      undefined,
    );
  }
}

/** The path of a request's target, undecoded. */
export function pathOf(target: string): string {
  return target.split('?', 1)[0];
}

function bind(byPath: Map<string, Map<string, BoundRoute>>, set: RouteSet, route: HttpRoute): void {
  const path = withoutSlash(route.path);
  const methods = byPath.get(path) ?? new Map<string, BoundRoute>();
  byPath.set(path, methods);
  for (const method of route.methods) {
    const others = method === 'GET' ? ['HEAD'] : [];
    for (const each of [method, ...others]) {
      invariant(!methods.has(each), `${each} ${path} is offered twice`);
      methods.set(each, { method: each, route: { ...route, path }, set });
    }
  }
}

function withoutSlash(path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}

/** What the router takes for this path, whatever the method: a name stands for a part, a star for all the rest. */
function patternOf(path: string): RegExp {
  const parts = path.split(/(:\w+|\*)/);
  const patterns = parts.map((part) => {
    if (part === '*') return '.*';
    return part.startsWith(':') ? '[^/]*' : part.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${patterns.join('')}$`);
}
