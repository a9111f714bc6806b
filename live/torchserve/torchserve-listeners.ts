/**
 * Which listeners TorchServe's three APIs need: one for each address, so that APIs of one address share a listener, as
 * TorchServe's connectors do.
 */
import type { HttpRoute, RouteSet } from '../http/index.ts';
import { inferenceRoutes, readinessRoute } from './inference-routes.ts';
import { managementRoutes, tokenRoute } from './management-routes.ts';
import type { Api } from './open-api.ts';
import { apiDescription } from './open-api.ts';
import { jsonAnswer, renderFailure } from './render.ts';
import type { TokenKeys } from './token-keys.ts';
import type { TorchServeApi } from './torchserve-api.ts';

export interface TorchServeAddress {
  readonly host: string;
  /** 0 lets the system choose, a port for each API. */
  readonly port: number;
}

export interface TorchServeAddresses {
  readonly inference: TorchServeAddress;
  readonly management: TorchServeAddress;
  readonly metrics: TorchServeAddress;
}

export interface TorchServeListener extends TorchServeAddress {
  /** `torchserve-inference`; of shared ones the first of its APIs. */
  readonly name: string;
  readonly routeSets: readonly RouteSet[];
}

export interface ListenersParts {
  readonly api: TorchServeApi;
  /** Where tokens are asked for; the gate before the listeners is `tokenGate`. */
  readonly keys?: TokenKeys | undefined;
  /** `GET /metrics`; no metrics API when left out. */
  readonly metrics?: RouteSet | undefined;
}

/** Only the two sorts of route that the APIs have; metrics bring their own. */
type Name = Api | 'metrics';

export function torchServeListeners(
  addresses: TorchServeAddresses,
  parts: ListenersParts,
): readonly TorchServeListener[] {
  const names: readonly Name[] =
    parts.metrics === undefined ? ['inference', 'management'] : ['inference', 'management', 'metrics'];
  const shared = new Map<string, { readonly address: TorchServeAddress; readonly names: Name[] }>();
  for (const name of names) {
    const address = addresses[name];
    const key = address.port === 0 ? name : `${address.host}:${address.port}`;
    const known = shared.get(key);
    if (known === undefined) shared.set(key, { address, names: [name] });
    else known.names.push(name);
  }
  return [...shared.values()].map(({ address, names: own }) => {
    const apis = own.filter((name) => name !== 'metrics');
    const routeSets = [
      ...(apis.length > 0 ? [torchServeRoutes(parts, apis)] : []),
      ...(own.includes('metrics') && parts.metrics !== undefined ? [parts.metrics] : []),
    ];
    return { ...address, name: `torchserve-${own[0]}`, routeSets };
  });
}

/** The routes of one or both APIs. */
export function torchServeRoutes({ api, keys }: Pick<ListenersParts, 'api' | 'keys'>, apis: readonly Api[]): RouteSet {
  const describe: HttpRoute['handle'] = () => jsonAnswer(apiDescription(apis));
  const infers = apis.includes('inference');
  const routes: HttpRoute[] = [
    { methods: ['OPTIONS'], path: '/', scope: 'open', handle: describe },
    { methods: ['GET'], path: '/api-description', scope: infers ? 'infer' : 'manage', handle: describe },
    ...(infers ? inferenceRoutes(api) : []),
    readinessRoute(api, infers ? 'infer' : 'manage'),
  ];
  if (apis.includes('management')) {
    routes.push(...managementRoutes(api));
    if (keys !== undefined) routes.push(tokenRoute(keys));
  }
  return { protocol: 'torchserve', prefix: '/', routes, renderFailure };
}
