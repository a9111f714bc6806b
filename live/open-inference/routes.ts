/**
 * The Open Inference Protocol V2 over HTTP with Triton's extensions for binary tensors, classification, statistics,
 * configuration and the repository. Sequences, shared memory, trace and log settings are not offered: the first need
 * state between requests, the others let clients reach into the host.
 */
import type { HttpAnswer, HttpExchange, HttpRoute, RouteSet } from '../http/index.ts';
import type { ModelEntry, ServicePort } from '../service/index.ts';
import { findModel } from './find-model.ts';
import { inferRoute } from './infer-route.ts';
import { EXTENSIONS, modelMetadata } from './metadata.ts';
import { modelConfig } from './model-config.ts';
import type { ModelRepository } from './model-repository.ts';
import { isModelReady } from './readiness.ts';
import { repositoryRoutes } from './repository-routes.ts';
import type { Statistics } from './statistics.ts';
import type { NonFinite } from './tensor-json.ts';

export interface OpenInferenceOptions {
  /** The server's name in its metadata: `rehearse`, or `triton` for clients that look for it. */
  readonly serverName: string;
  readonly serverVersion: string;
  /**
   * What becomes of NaN and the infinities in JSON answers: an error that names binary data, `null`, or the bare words,
   * which no JSON is but what Triton writes; with `bare` they are also taken in requests.
   */
  readonly nonFinite: NonFinite;
}

export interface OpenInferenceParts {
  readonly service: ServicePort;
  /** Observes the service. */
  readonly statistics: Statistics;
  readonly repository: ModelRepository;
}

const MODEL = '/v2/models/:name';
const VERSION = `${MODEL}/versions/:version`;

export function openInferenceRoutes(options: OpenInferenceOptions, parts: OpenInferenceParts): RouteSet {
  const { service } = parts;
  return {
    protocol: 'open-inference',
    prefix: '/v2',
    routes: [
      ...serverRoutes(options, service),
      ...statisticsRoutes(parts),
      ...modelRoutes(service, '', (entry) => json(200, modelMetadata(entry))),
      ...modelRoutes(service, '/config', (entry) => json(200, modelConfig(entry))),
      ...modelRoutes(service, '/ready', (entry) => {
        const ready = isModelReady(service, entry);
        return json(ready ? 200 : 503, { name: entry.name, ready });
      }),
      ...inferRoute([`${MODEL}/infer`, `${VERSION}/infer`], service, options.nonFinite),
      ...repositoryRoutes(parts.repository),
    ],
    renderFailure: ({ status, message }) => json(status, { error: message }),
  };
}

function serverRoutes({ serverName, serverVersion }: OpenInferenceOptions, service: ServicePort): HttpRoute[] {
  const health = (path: string, handle: () => HttpAnswer): HttpRoute => {
    return { methods: ['GET'], path: `/v2/health/${path}`, scope: 'open', handle };
  };
  return [
    health('live', () => json(200, { live: true })),
    health('ready', () => json(service.isReady ? 200 : 503, { ready: service.isReady })),
    reading('/v2', () => json(200, { name: serverName, version: serverVersion, extensions: EXTENSIONS })),
    reading('/v2/models', () => {
      return json(200, { models: [...new Set(service.directory.list().map(({ name }) => name))] });
    }),
  ];
}

function statisticsRoutes({ service, statistics }: OpenInferenceParts): HttpRoute[] {
  return [
    reading('/v2/models/stats', () => {
      const entries = service.directory.list();
      statistics.keepOnly(entries);
      return json(200, { model_stats: entries.map((entry) => statistics.read(entry)) });
    }),
    ...modelRoutes(service, '/stats', (entry) => json(200, { model_stats: [statistics.read(entry)] })),
  ];
}

/** A call on a model, with and without its version. */
function modelRoutes(service: ServicePort, call: string, handle: (entry: ModelEntry) => HttpAnswer): HttpRoute[] {
  return [MODEL, VERSION].map((path) =>
    reading(`${path}${call}`, ({ params, detail }) => {
      const entry = findModel(service.directory, params['name'], params['version']);
      detail.model = entry.name;
      return handle(entry);
    }),
  );
}

function reading(path: string, handle: (exchange: HttpExchange) => HttpAnswer): HttpRoute {
  return { methods: ['GET'], path, scope: 'infer', handle };
}

function json(status: number, value: unknown): HttpAnswer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) };
}
