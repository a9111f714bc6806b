/** TorchServe's inference API: predictions by all the paths that lead to one, health, and what a model takes. */
import type { Payload } from '../../backends/index.ts';
import type { HttpAnswer, HttpExchange, HttpRoute } from '../http/index.ts';
import { requestPayloads } from '../payloads/index.ts';
import { modelNamed } from './find-model.ts';
import { instancesOf } from './kserve-v1.ts';
import { readV2Request, v2Answer } from './kserve-v2.ts';
import { modelDescription } from './open-api.ts';
import { Parameters } from './parameters.ts';
import { predict, predictionBody, torchServeValue, workersOf } from './predict.ts';
import type { Predicted } from './predict.ts';
import { answer, jsonAnswer } from './render.ts';
import { TorchServeFailure, badRequest, resourceNotFound, shown } from './torchserve-failure.ts';
import type { TorchServeApi } from './torchserve-api.ts';
import { ping } from './torchserve-api.ts';

type Handle = (exchange: HttpExchange) => HttpAnswer | Promise<HttpAnswer>;

export function inferenceRoutes(api: TorchServeApi): readonly HttpRoute[] {
  const predictions = query(['GET', 'POST', 'PUT'], (exchange) => predictionOf(api, exchange, exchange.params));
  const explanations = query(['GET', 'POST', 'PUT'], ({ params }) =>
    noExplanations(api, params['model'], params['version']),
  );
  const description = open('OPTIONS', ({ params }) => {
    return jsonAnswer(modelDescription(modelNamed(api.service.directory, params['model'], params['version'])));
  });
  return [
    { ...open('GET', () => pong(api)), path: '/ping' },
    ...['/:model', '/:model/:version', '/:model/:version/*'].flatMap((rest) => [
      { ...predictions, path: `/predictions${rest}` },
      { ...description, path: `/predictions${rest}` },
      { ...explanations, path: `/explanations${rest}` },
    ]),
    { ...query(['POST'], (exchange) => predictionOf(api, exchange, invoked(api, exchange))), path: '/invocations' },
    { ...query(['POST'], (exchange) => predictionOf(api, exchange, exchange.params)), path: '/models/:model/invoke' },
    { ...query(['POST'], (exchange) => predictionOf(api, exchange, exchange.params)), path: '/:model/predict' },
    {
      ...query(['POST'], (exchange) => predictionOf(api, exchange, exchange.params)),
      path: '/:model/:version/predict',
    },
    { ...query(['POST'], (exchange) => kserveV1(api, exchange)), path: '/v1/models/:model' },
    { ...query(['POST'], (exchange) => kserveV2(api, exchange)), path: '/v2/models/:model/infer' },
    { ...query(['POST'], ({ params }) => noExplanations(api, params['model'])), path: '/v2/models/:model/explain' },
    ...(api.options.openInference ? openInferenceRoutes(api) : []),
  ];
}

/** `GET /v1/models/{model}`: whether a model has a worker. TorchServe's management answers it. */
export function readinessRoute(api: TorchServeApi, scope: 'infer' | 'manage'): HttpRoute {
  return {
    methods: ['GET'],
    path: '/v1/models/:model',
    scope,
    handle: ({ params }) => {
      const entry = modelNamed(api.service.directory, params['model']);
      return jsonAnswer({ name: entry.name, ready: workersOf(api.service, entry) > 0 });
    },
  };
}

/** The server's calls of the Open Inference Protocol, as TorchServe has them. */
function openInferenceRoutes({ service }: TorchServeApi): readonly HttpRoute[] {
  const noVersions: Handle = () => jsonAnswer({ error: 'Model versioning is not yet supported.' }, 501);
  const versions = query(['GET', 'POST'], noVersions);
  return [
    // The misspelt name is TorchServe's.
    {
      ...open('GET', () => jsonAnswer({ name: 'Torchserve', version: '0.12.0', extenstion: ['kserve', 'kubeflow'] })),
      path: '/v2',
    },
    { ...open('GET', () => jsonAnswer({ live: true })), path: '/v2/health/live' },
    {
      ...open('GET', () => jsonAnswer({ ready: service.isReady }, service.isReady ? 200 : 503)),
      path: '/v2/health/ready',
    },
    { ...versions, path: '/v2/models/:model/versions' },
    { ...versions, path: '/v2/models/:model/versions/*' },
  ];
}

function query(methods: HttpRoute['methods'], handle: Handle): Omit<HttpRoute, 'path'> {
  return { methods, scope: 'infer', isQuery: true, handle };
}

/** What tells nothing but that the server is there, and how it is spoken to. */
function open(method: 'GET' | 'OPTIONS', handle: Handle): Omit<HttpRoute, 'path'> {
  return { methods: [method], scope: 'infer', handle };
}

function pong(api: TorchServeApi): HttpAnswer {
  const { status, json } = ping(api);
  return jsonAnswer(json, status);
}

interface Target {
  readonly model?: string;
  readonly version?: string;
}

async function predictionOf(
  api: TorchServeApi,
  exchange: HttpExchange,
  { model = '', version }: Target,
): Promise<HttpAnswer> {
  // First, so that an unknown model is told as such whatever the body is.
  modelNamed(api.service.directory, model, version);
  const predicted = await predicting(api, exchange, { model, version, payloads: await payloadsOf(api, exchange) });
  const { body, contentType } = predictionBody(predicted.answers);
  return answer(200, body, contentType);
}

/** The body's payloads; without a body, those that the query string has. */
function payloadsOf(
  { options }: TorchServeApi,
  exchange: HttpExchange,
): Promise<readonly Payload[]> | readonly Payload[] {
  if (exchange.body.length > 0) return requestPayloads(exchange, options);
  return ['data', 'body'].flatMap((name) =>
    exchange.query.getAll(name).map((text) => ({ name: '', contentType: '', bytes: Buffer.from(text) })),
  );
}

function predicting(
  api: TorchServeApi,
  { caller, signal, detail }: HttpExchange,
  {
    model,
    version,
    payloads,
  }: { readonly model: string; readonly version?: string | undefined; readonly payloads: readonly Payload[] },
): Promise<Predicted> {
  return predict(api, { application: caller.application, model, version, payloads, signal, detail });
}

/** The model that a parameter names, or the only one that was there at the start. */
function invoked({ service }: TorchServeApi, { query: parameters }: HttpExchange): Target {
  const named = new Parameters(parameters).text('model_name');
  if (named !== undefined) return { model: named };
  const started = service.directory
    .list()
    .filter(({ form, variants }) => form === 'variant' && variants[0].source === 'config');
  const names = new Set(started.map(({ name }) => name));
  if (names.size !== 1) throw badRequest('Parameter model_name is required.');
  return { model: [...names][0] };
}

async function kserveV1(api: TorchServeApi, exchange: HttpExchange): Promise<HttpAnswer> {
  // A name may hold a colon, a verb may not.
  const [, model, verb] = /^(.*):(\w+)$/s.exec(exchange.params['model']) ?? [];
  if (verb !== 'predict' && verb !== 'explain') throw resourceNotFound();
  if (verb === 'explain') return noExplanations(api, model);
  modelNamed(api.service.directory, model);
  const { answers } = await predicting(api, exchange, { model, payloads: instancesOf(exchange.body) });
  return jsonAnswer({ predictions: answers.map(torchServeValue) });
}

async function kserveV2(api: TorchServeApi, exchange: HttpExchange): Promise<HttpAnswer> {
  const entry = modelNamed(api.service.directory, exchange.params['model']);
  const request = readV2Request(exchange.body, entry);
  if (request.id !== undefined) exchange.detail.clientId = request.id;
  return jsonAnswer(
    v2Answer(request, await predicting(api, exchange, { model: entry.name, payloads: request.payloads })),
  );
}

function noExplanations(api: TorchServeApi, model: string, version?: string): never {
  const { name } = modelNamed(api.service.directory, model, version);
  throw new TorchServeFailure(501, 'UnsupportedOperationException', `Model "${shown(name)}" has no explanations.`);
}
