/** The management calls of the main listener, all under `/rehearse/v1/`: what the command uses and operators may. */
import type { RouteSet } from '../http/index.ts';
import { catalogueRoutes } from './catalogue-calls.ts';
import type { ControlParts } from './control-parts.ts';
import { renderFailure } from './json-call.ts';
import { modelRoutes } from './model-calls.ts';
import { queryRoute } from './query-call.ts';
import { scaleRoute } from './scale-call.ts';
import { serverRoutes } from './server-calls.ts';

export function controlRoutes(parts: ControlParts): RouteSet {
  return {
    protocol: 'control',
    prefix: '/rehearse',
    routes: [
      ...serverRoutes(parts),
      ...catalogueRoutes(parts),
      ...modelRoutes(parts.models),
      scaleRoute(parts),
      queryRoute(parts),
      ...parts.more,
    ],
    renderFailure,
  };
}
