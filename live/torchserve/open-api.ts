/** What the APIs offer, as OpenAPI 3.0.1: short, in words of our own, and complete in paths and parameters. */
import type { ModelEntry } from '../service/index.ts';

export type Api = 'inference' | 'management';

interface Operation {
  readonly method: 'get' | 'post' | 'put' | 'delete' | 'options';
  readonly path: string;
  readonly id: string;
  readonly summary: string;
  /** Names of query parameters; one with a star is required. */
  readonly query?: readonly string[];
  /** What a body is; none when left out. */
  readonly body?: string;
}

const JSON_BODY = 'application/json';
const ANY_BODY = '*/*';

const OPERATIONS: Readonly<Record<Api, readonly Operation[]>> = {
  inference: [
    { method: 'get', path: '/ping', id: 'ping', summary: 'Whether every model has the workers that it should have.' },
    { method: 'get', path: '/api-description', id: 'apiDescription', summary: 'This description.' },
    { method: 'post', path: '/predictions/{model}', id: 'predictions', summary: 'A prediction.', body: ANY_BODY },
    {
      method: 'post',
      path: '/predictions/{model}/{version}',
      id: 'versionPredictions',
      summary: 'A prediction of one version.',
      body: ANY_BODY,
    },
    { method: 'options', path: '/predictions/{model}', id: 'modelDescription', summary: 'What a model takes.' },
    {
      method: 'post',
      path: '/invocations',
      id: 'invocations',
      summary: 'A prediction, in the form of SageMaker.',
      query: ['model_name'],
      body: ANY_BODY,
    },
    { method: 'post', path: '/models/{model}/invoke', id: 'invoke', summary: 'The same, by path.', body: ANY_BODY },
    {
      method: 'post',
      path: '/v1/models/{model}:predict',
      id: 'kserveV1Predict',
      summary: 'Predictions of a list of instances, in the form of KServe V1.',
      body: JSON_BODY,
    },
    {
      method: 'post',
      path: '/v2/models/{model}/infer',
      id: 'kserveV2Infer',
      summary: 'A prediction in the form of KServe V2.',
      body: JSON_BODY,
    },
  ],
  management: [
    {
      method: 'get',
      path: '/models',
      id: 'listModels',
      summary: 'The models by name, a page of them.',
      query: ['limit', 'next_page_token'],
    },
    {
      method: 'post',
      path: '/models',
      id: 'registerModel',
      summary: 'Registers a model from its archive.',
      query: [
        'url*',
        'model_name',
        'handler',
        'runtime',
        'batch_size',
        'max_batch_delay',
        'initial_workers',
        'synchronous',
        'response_timeout',
        'startup_timeout',
      ],
    },
    {
      method: 'get',
      path: '/models/{model}',
      id: 'describeModel',
      summary: 'A model and its workers.',
      query: ['customized'],
    },
    {
      method: 'get',
      path: '/models/{model}/{version}',
      id: 'describeVersion',
      summary: 'One version, or all of them.',
      query: ['customized'],
    },
    {
      method: 'put',
      path: '/models/{model}',
      id: 'setAutoScale',
      summary: 'Sets how many workers a model has.',
      query: ['min_worker', 'max_worker', 'synchronous', 'timeout'],
    },
    {
      method: 'put',
      path: '/models/{model}/{version}',
      id: 'setVersionAutoScale',
      summary: 'The same of one version.',
      query: ['min_worker', 'max_worker', 'synchronous', 'timeout'],
    },
    {
      method: 'put',
      path: '/models/{model}/{version}/set-default',
      id: 'setDefault',
      summary: 'Makes a version the default.',
    },
    { method: 'delete', path: '/models/{model}', id: 'unregisterModel', summary: 'Unregisters a model.' },
    { method: 'delete', path: '/models/{model}/{version}', id: 'unregisterVersion', summary: 'Unregisters a version.' },
    { method: 'get', path: '/v1/models/{model}', id: 'kserveV1Ready', summary: 'Whether a model has a worker.' },
  ],
};

/** @param apis of the listener that is asked. */
export function apiDescription(apis: readonly Api[]): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const operation of apis.flatMap((api) => OPERATIONS[api])) {
    paths[operation.path] = { ...paths[operation.path], [operation.method]: operationObject(operation) };
  }
  return openApi(`TorchServe's ${apis.join(' and ')} API`, paths);
}

/** What one model takes and gives. */
export function modelDescription({ name, version, inputs, outputs, handler, labels }: ModelEntry): object {
  const tensors = (specs: ModelEntry['inputs']): string =>
    specs
      .map((spec) => `${spec.name} ${spec.type} [${spec.shape.map((extent) => extent ?? -1).join(', ')}]`)
      .join(', ');
  const takes = handler === undefined || handler === 'tensor' ? tensors(inputs) : `what the handler ${handler} takes`;
  const description = `Takes ${takes}; gives ${labels === undefined ? tensors(outputs) : `labels, ${labels.length} there are`}.`;
  const operation = operationObject({ method: 'post', path: '', id: 'predict', summary: description, body: ANY_BODY });
  return openApi(`Model ${name}, version ${version}`, { [`/predictions/${name}`]: { post: operation } });
}

function openApi(title: string, paths: object): object {
  return { openapi: '3.0.1', info: { title, version: '1' }, paths };
}

function operationObject({ path, id, summary, query = [], body }: Operation): object {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => parameter(name, 'path', true));
  const inQuery = query.map((name) => parameter(name.replace('*', ''), 'query', name.endsWith('*')));
  const parameters = [...inPath, ...inQuery];
  const schema = body === JSON_BODY ? { type: 'object' } : { type: 'string', format: 'binary' };
  return {
    operationId: id,
    summary,
    parameters: parameters.length > 0 ? parameters : undefined,
    requestBody: body === undefined ? undefined : { required: true, content: { [body]: { schema } } },
    responses: {
      200: { description: 'Done.' },
      default: { description: 'Not done: an object of code, type and message.' },
    },
  };
}

function parameter(name: string, place: 'path' | 'query', required: boolean): object {
  return { in: place, name, required, schema: { type: 'string' } };
}
