/** TorchServe's management API: what models there are, their workers, the tokens. */
import type { HttpExchange, HttpRoute } from '../http/index.ts';
import { describeModel, listModels } from './describe-models.ts';
import { registerModel, setDefault, unregisterModel } from './manage-models.ts';
import { Parameters, parametersOf } from './parameters.ts';
import { answer, jsonAnswer } from './render.ts';
import { scaleWorkers } from './scale-workers.ts';
import type { StatusAnswer } from './scale-workers.ts';
import type { TokenKeys } from './token-keys.ts';
import { bearerToken } from './token-gate.ts';
import { badRequest, tokenRefused } from './torchserve-failure.ts';
import type { TorchServeApi } from './torchserve-api.ts';

const MODEL_PATHS = ['/models/:model', '/models/:model/:version'];

export function managementRoutes(api: TorchServeApi): readonly HttpRoute[] {
  return [
    manage('POST', '/models', async (exchange) => statusAnswer(await registerModel(api, parametersOf(exchange)))),
    manage('GET', '/models', ({ query }) => jsonAnswer(listModels(api, new Parameters(query)))),
    ...MODEL_PATHS.flatMap((path) => [
      manage('GET', path, (exchange) => jsonAnswer(describeModel(api, calledOn(exchange)))),
      manage('PUT', path, async (exchange) => statusAnswer(await scaleWorkers(api, calledOn(exchange)))),
      manage('DELETE', path, async (exchange) => statusAnswer(await unregisterModel(api, calledOn(exchange)))),
    ]),
    manage('PUT', '/models/:model/:version/set-default', async ({ params }) =>
      statusAnswer(await setDefault(api, { name: params['model'], version: params['version'] })),
    ),
  ];
}

/** `GET /token?type=`: makes one of the keys anew. Its own key lets it in, so that a key that ran out can be replaced. */
export function tokenRoute(keys: TokenKeys): HttpRoute {
  return {
    methods: ['GET'],
    path: '/token',
    scope: 'open',
    handle: ({ headers, query }) => {
      if (!keys.admits('API', bearerToken(headers))) throw tokenRefused();
      const type = query.get('type');
      if (type !== 'management' && type !== 'inference')
        throw badRequest('Parameter type must be management or inference.');
      keys.renew(type);
      // The new key is in the file, for those who may read it.
      return answer(200, '');
    },
  };
}

function manage(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, handle: HttpRoute['handle']): HttpRoute {
  return { methods: [method], path, scope: 'manage', handle };
}

function calledOn({ params, query }: HttpExchange): {
  readonly name: string;
  readonly version: string | undefined;
  readonly parameters: Parameters;
} {
  return { name: params['model'], version: params['version'], parameters: new Parameters(query) };
}

function statusAnswer({ status, json }: StatusAnswer): ReturnType<typeof jsonAnswer> {
  return jsonAnswer(json, status);
}
