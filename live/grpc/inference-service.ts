/**
 * The Open Inference Protocol V2 over gRPC: every call of the protocol, the stream of queries, and the calls for
 * configurations, statistics and the repository. Health is open, whatever reads or infers needs the scope `infer`,
 * loading and unloading needs `manage`: as over HTTP.
 */
import type { ModelRepository, ParameterValue, RepositoryParameters, Statistics } from '../open-inference/index.ts';
import {
  EXTENSIONS,
  findModel,
  isModelReady,
  modelConfig,
  modelMetadata,
  refuseBadName,
} from '../open-inference/index.ts';
import type { ModelEntry, ServicePort } from '../service/index.ts';
import { loadService } from './definitions.ts';
import { inferCall } from './infer-call.ts';
import { readParameters } from './infer-parameters.ts';
import type {
  ModelInferRequest,
  ModelRequest,
  ModelStreamInferResponse,
  RepositoryIndexRequest,
  RepositoryModelRequest,
} from './messages.ts';
import type { CallContext, GrpcService, UnaryMethod } from './method.ts';

export interface InferenceParts {
  readonly service: ServicePort;
  /** Observes the service. */
  readonly statistics: Statistics;
  readonly repository: ModelRepository;
  /** The server's name in its metadata. */
  readonly serverName: string;
  readonly serverVersion: string;
}

/** Where ModelInferRequest has its raw tensors, and RepositoryModelLoadRequest its files. */
const RAW_INPUT_CONTENTS = 7;
const REPOSITORY_PARAMETERS = 3;

/** A query has one answer; clients made for models that answer in parts look for the last one by this parameter. */
const FINAL = { triton_final_response: { bool_param: true } };

/** Declares `GRPCInferenceService`. */
export function inferenceService(parts: InferenceParts): GrpcService {
  const { service, repository, serverName, serverVersion } = parts;
  // Requests are decoded by this service's own codec: each has the type that its call declares.
  return {
    codec: loadService('inference.GRPCInferenceService'),
    methods: {
      ServerLive: { kind: 'unary', scope: 'open', rawField: 0, run: () => ({ live: true }) },
      ServerReady: { kind: 'unary', scope: 'open', rawField: 0, run: () => ({ ready: service.isReady }) },
      ServerMetadata: reading(() => ({ name: serverName, version: serverVersion, extensions: EXTENSIONS })),
      ModelReady: ofModel(service, (entry) => ({ ready: isModelReady(service, entry) })),
      ModelMetadata: ofModel(service, modelMetadata),
      ModelConfig: ofModel(service, (entry) => ({ config: modelConfig(entry) })),
      ModelStatistics: reading((request, context) => modelStatistics(parts, request as ModelRequest, context)),
      ModelInfer: {
        kind: 'unary',
        scope: 'infer',
        rawField: RAW_INPUT_CONTENTS,
        isQuery: true,
        run: (request, context) => inferCall(service, request as ModelInferRequest, context),
      },
      ModelStreamInfer: {
        kind: 'exchange',
        scope: 'infer',
        rawField: RAW_INPUT_CONTENTS,
        isQuery: true,
        ordered: false,
        async run(request, context): Promise<ModelStreamInferResponse> {
          const answer = await inferCall(service, request as ModelInferRequest, context);
          const parameters = { ...answer.parameters, ...FINAL };
          return { error_message: '', infer_response: { ...answer, parameters } };
        },
        refuse({ message }, request): ModelStreamInferResponse {
          const { id = '' } = (request ?? {}) as Partial<ModelInferRequest>;
          return { error_message: message, infer_response: { id } };
        },
      },
      RepositoryIndex: reading(async (request) => {
        const entries = await repository.index();
        const { ready } = request as RepositoryIndexRequest;
        return { models: ready ? entries.filter(({ state }) => state === 'READY') : entries };
      }),
      RepositoryModelLoad: changing((name, parameters) => repository.load(name, parameters)),
      RepositoryModelUnload: changing((name, parameters) => repository.unload(name, parameters)),
    },
  };
}

function reading(run: UnaryMethod['run']): UnaryMethod {
  return { kind: 'unary', scope: 'infer', rawField: 0, run };
}

function ofModel(service: ServicePort, run: (entry: ModelEntry) => object): UnaryMethod {
  return reading((request, { detail }) => {
    const { name, version } = request as ModelRequest;
    const entry = findModel(service.directory, name, version);
    detail.model = entry.name;
    return run(entry);
  });
}

function modelStatistics(
  { service: { directory }, statistics }: InferenceParts,
  { name, version }: ModelRequest,
  { detail }: CallContext,
): object {
  if (name === '') {
    const entries = directory.list();
    statistics.keepOnly(entries);
    return { model_stats: entries.map((entry) => statistics.read(entry)) };
  }
  const entry = findModel(directory, name, version);
  detail.model = entry.name;
  return { model_stats: [statistics.read(entry)] };
}

function changing(change: (name: string, parameters: RepositoryParameters) => Promise<void>): UnaryMethod {
  return {
    kind: 'unary',
    scope: 'manage',
    rawField: REPOSITORY_PARAMETERS,
    async run(request) {
      const { model_name: name, parameters } = request as RepositoryModelRequest;
      refuseBadName('model name', name);
      await change(name, repositoryParameters(parameters));
      return {};
    },
  };
}

/** Files come as bytes, all else as in any other message. */
function repositoryParameters(parameters: RepositoryModelRequest['parameters']): RepositoryParameters {
  const files = Object.entries(parameters).flatMap(([name, { bytes_param }]) =>
    bytes_param === undefined ? [] : [[name, bytes_param] as const],
  );
  return new Map<string, ParameterValue | Uint8Array>([...readParameters(parameters), ...files]);
}
