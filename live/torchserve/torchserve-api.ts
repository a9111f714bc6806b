/** What all of TorchServe's calls act on, and the calls themselves for those who do not speak HTTP: the gRPC services. */
import type { Handlers } from '../../backends/index.ts';
import { HttpRefusal } from '../http/index.ts';
import type { RequestDetail } from '../http/index.ts';
import type { ServicePort } from '../service/index.ts';
import { describeModel, listModels } from './describe-models.ts';
import { registerModel, setDefault, unregisterModel } from './manage-models.ts';
import type { ModelManagement } from './model-management.ts';
import { Parameters } from './parameters.ts';
import { OpenJobs, predict, predictionBody } from './predict.ts';
import { failureAnswer, jsonText } from './render.ts';
import { scaleWorkers } from './scale-workers.ts';
import type { StatusAnswer } from './scale-workers.ts';
import type { TorchServeOptions } from './torchserve-options.ts';
import { WorkerIds } from './worker-ids.ts';

export interface TorchServeParts {
  readonly service: ServicePort;
  readonly handlers: Handlers;
  readonly models: ModelManagement;
  readonly options: TorchServeOptions;
}

export interface TorchServeApi extends TorchServeParts {
  readonly workerIds: WorkerIds;
  readonly openJobs: OpenJobs;
  readonly nowMs: () => number;
}

export function torchServeApi(parts: TorchServeParts, nowMs: () => number = Date.now): TorchServeApi {
  return { ...parts, workerIds: new WorkerIds(), openJobs: new OpenJobs(), nowMs };
}

/** `GET /ping`: whether every default version has the workers that it should have at least. */
export function ping({ service }: Pick<TorchServeApi, 'service'>): StatusAnswer {
  const { variants } = service.snapshot();
  const isShort = variants.some(
    ({ isDefault, scaling, ready }) => isDefault && scaling !== 'auto' && ready < scaling.least,
  );
  return service.isReady && !isShort
    ? { status: 200, json: { status: 'Healthy' } }
    : { status: 500, json: { status: 'Unhealthy' } };
}

type Said = Readonly<Record<string, string>>;

/** Input by name, as form fields: `data` or `body` for a single one. */
interface PredictionQuery {
  readonly application: string;
  readonly model: string;
  readonly version: string | undefined;
  readonly input: ReadonlyMap<string, Uint8Array>;
  readonly timeoutNs: number | undefined;
  readonly signal: AbortSignal;
  readonly detail?: RequestDetail | undefined;
}

interface TextAnswer {
  readonly status: number;
  readonly text: string;
}

/**
 * The calls without HTTP. They never reject: a failure is an answer with its status. Management calls are as closed or
 * open as whoever offers them sees to.
 */
export class TorchServeCalls {
  private readonly api: TorchServeApi;

  constructor(api: TorchServeApi) {
    this.api = api;
  }

  ping(): Promise<TextAnswer> {
    return answered(() => ping(this.api));
  }

  async predict(query: PredictionQuery): Promise<{ readonly status: number; readonly body: Uint8Array }> {
    const { input, ...rest } = query;
    const payloads = [...input].map(([name, bytes]) => {
      return { name: name === 'data' || name === 'body' ? '' : name, contentType: '', bytes };
    });
    try {
      const { answers } = await predict(this.api, { ...rest, payloads });
      return { status: 200, body: Buffer.from(predictionBody(answers).body) };
    } catch (cause) {
      const { status, text } = failureAnswer(cause);
      // Who calls gets no more than the text.
      if (rest.detail !== undefined && !(cause instanceof HttpRefusal)) rest.detail.cause = cause;
      return { status, body: Buffer.from(text) };
    }
  }

  describeModel(name: string, version: string | undefined, said: Said): Promise<TextAnswer> {
    return answered(() => ({
      status: 200,
      json: describeModel(this.api, { name, version, parameters: parametersFrom(said) }),
    }));
  }

  listModels(said: Said): Promise<TextAnswer> {
    return answered(() => ({ status: 200, json: listModels(this.api, parametersFrom(said)) }));
  }

  registerModel(said: Said): Promise<TextAnswer> {
    return answered(() => registerModel(this.api, parametersFrom(said)));
  }

  scaleWorkers(name: string, version: string | undefined, said: Said): Promise<TextAnswer> {
    return answered(() => scaleWorkers(this.api, { name, version, parameters: parametersFrom(said) }));
  }

  setDefault(name: string, version: string): Promise<TextAnswer> {
    return answered(() => setDefault(this.api, { name, version }));
  }

  unregisterModel(name: string, version: string | undefined): Promise<TextAnswer> {
    return answered(() => unregisterModel(this.api, { name, version }));
  }
}

interface JsonAnswer {
  readonly status: number;
  readonly json: object;
}

async function answered(call: () => JsonAnswer | Promise<JsonAnswer>): Promise<TextAnswer> {
  try {
    const { status, json } = await call();
    return { status, text: jsonText(json) };
  } catch (cause) {
    return failureAnswer(cause);
  }
}

function parametersFrom(said: Said): Parameters {
  return new Parameters(Object.entries(said));
}
