/** Services at paths of their own. */
export type { PathOptions } from './path-options.ts';
export { checkPaths } from './path-problems.ts';
export { pathRoutes } from './path-routes.ts';
