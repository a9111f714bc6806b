/** The routes of all protocols of a listener by path and method, and what each path answers to other methods. */
import { invariant } from '../../core/index.ts';
import { HttpRefusal } from './http-refusal.ts';
import type { HttpAnswer, HttpRoute, RouteSet } from './http-route.ts';

/** A route and whose it is. */
export interface BoundRoute {
  readonly method: string;
  readonly route: HttpRoute;
  readonly set: RouteSet;
  /** Answers without reading the body. */
  readonly isBodyless: boolean;
}

/**
 * A bound route for each of `methods` on each path: those that protocols brought, GET's for HEAD, a list of what is
 * allowed for OPTIONS, and a refusal that lists it for all others.
 */
export function routeTable(sets: readonly RouteSet[], methods: readonly string[]): BoundRoute[] {
  const byPath = new Map<string, Map<string, BoundRoute>>();
  for (const set of sets) {
    for (const route of set.routes) {
      const path = route.path.length > 1 && route.path.endsWith('/') ? route.path.slice(0, -1) : route.path;
      const offered = byPath.get(path) ?? new Map<string, BoundRoute>();
      byPath.set(path, offered);
      for (const method of route.methods) {
        invariant(!offered.has(method), `${method} ${path} is offered twice`);
        offered.set(method, { method, route, set, isBodyless: false });
      }
    }
  }
  return [...byPath].flatMap(([path, offered]) => completed(path, offered, methods));
}

/** The protocol that renders a failure on a path without a route: of the longest prefix; undefined when none fits. */
export function protocolOf(sets: readonly RouteSet[], target: string): RouteSet | undefined {
  const fitting = sets.filter(({ prefix }) => target.startsWith(prefix));
  return fitting.reduce<RouteSet | undefined>(
    (longest, set) => (longest === undefined || set.prefix.length > longest.prefix.length ? set : longest),
    undefined,
  );
}

function completed(path: string, offered: ReadonlyMap<string, BoundRoute>, methods: readonly string[]): BoundRoute[] {
  const [{ set }] = offered.values();
  const names = new Set([...offered.keys(), 'OPTIONS', ...(offered.has('GET') ? ['HEAD'] : [])]);
  const allow = [...names].sort().join(', ');
  return methods.map((method) => {
    const own = offered.get(method) ?? (method === 'HEAD' ? offered.get('GET') : undefined);
    if (own !== undefined) return { ...own, method };
    const handle = method === 'OPTIONS' ? (): HttpAnswer => ({ status: 204, headers: { allow } }) : refusal(allow);
    return { method, set, route: { methods: [], path, scope: 'open', handle }, isBodyless: true };
  });
}

function refusal(allow: string): () => never {
  return () => {
    throw new HttpRefusal(405, `this method is not offered here, but ${allow}`, { allow });
  };
}
