/** Triton's repository calls: what models there are, load one, unload one. */
import type { HttpAnswer, HttpExchange, HttpRoute, JsonObject } from '../http/index.ts';
import { HttpRefusal, isJsonObject, jsonKind, memberOf, readJson } from '../http/index.ts';
import { quoted } from './client-text.ts';
import { refuseBadName } from './find-model.ts';
import type { ModelRepository, RepositoryParameters } from './model-repository.ts';

const FILE = 'file:';
const MODEL = '/v2/repository/models/:name';

export function repositoryRoutes(repository: ModelRepository): HttpRoute[] {
  return [
    {
      methods: ['POST'],
      path: '/v2/repository/index',
      scope: 'infer',
      handle: async (exchange) => {
        const isReadyOnly = memberOf(bodyOf(exchange), 'ready') === true;
        const entries = await repository.index();
        const shown = isReadyOnly ? entries.filter(({ state }) => state === 'READY') : entries;
        return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(shown) };
      },
    },
    changing(`${MODEL}/load`, (name, parameters) => repository.load(name, parameters)),
    changing(`${MODEL}/unload`, (name, parameters) => repository.unload(name, parameters)),
  ];
}

function changing(path: string, change: (name: string, parameters: RepositoryParameters) => Promise<void>): HttpRoute {
  const handle = async (exchange: HttpExchange): Promise<HttpAnswer> => {
    const { name } = exchange.params;
    refuseBadName('model name', name);
    await change(name, parametersOf(bodyOf(exchange)));
    return { status: 200, headers: { 'content-type': 'application/json' }, body: '{}' };
  };
  return { methods: ['POST'], path, scope: 'manage', handle };
}

function bodyOf({ body }: HttpExchange): JsonObject {
  if (body.length === 0) return {};
  const value = readJson(body);
  if (!isJsonObject(value)) throw new HttpRefusal(400, `the request got ${jsonKind(value)}, expected an object`);
  return value;
}

function parametersOf(request: JsonObject): RepositoryParameters {
  const parameters = memberOf(request, 'parameters');
  if (parameters === undefined) return new Map();
  if (!isJsonObject(parameters))
    throw new HttpRefusal(400, `parameters got ${jsonKind(parameters)}, expected an object`);
  return new Map(
    Object.entries(parameters).map(([name, value]) => {
      if (value === null || typeof value === 'object') {
        throw new HttpRefusal(400, `parameter ${quoted(name)} got ${jsonKind(value)}, expected a string`);
      }
      return [name, name.startsWith(FILE) && typeof value === 'string' ? Buffer.from(value, 'base64') : value];
    }),
  );
}
