/** Telemetry over the stand-in service, and the figures of a query that tests set a few of. */
import type { QueryEnd, ServiceAnswer } from '../../../live/service/index.ts';
import type { RequestDetail, WatchedRequest } from '../../../live/http/index.ts';
import { startTelemetry } from '../../../live/telemetry/index.ts';
import type { Telemetry, TelemetryOptions, TelemetryParts } from '../../../live/telemetry/index.ts';
import { spec, servedVariant } from '../served-variant.ts';
import { StandInService } from '../stand-in-service.ts';

export const OPTIONS: TelemetryOptions = {
  peers: [],
  applicationsMost: 3,
  logs: { level: 'off', destination: 'stderr', requests: true },
  otlp: { endpoint: '', sampleRatio: 1, metricsPeriodMs: 60_000 },
};

export interface Watched {
  readonly service: StandInService;
  readonly telemetry: Telemetry;
  /** The exposition's lines that begin so. */
  lines(start: string): Promise<string[]>;
}

export async function watchedService(
  options: Partial<TelemetryOptions> = {},
  parts: Partial<TelemetryParts> = {},
): Promise<Watched> {
  const service = new StandInService([variant('squeezenet'), variant('resnet50')]);
  const telemetry = await startTelemetry(
    { ...OPTIONS, ...options },
    { service, version: '1.2.3', priceUsdPerHour: () => undefined, connections: () => [], environment: {}, ...parts },
  );
  const lines = async (start: string): Promise<string[]> => {
    const { text } = await telemetry.page(['rehearse']);
    return text.split('\n').filter((line) => line.startsWith(start));
  };
  return { service, telemetry, lines };
}

/** One float32 input of four values and one output like it. */
export function variant(name: string, version = '1'): ReturnType<typeof servedVariant> {
  const inputs = [spec('INPUT0', 'float32', null, 4)];
  return servedVariant({ name, version, inputs, outputs: [spec('OUTPUT0', 'float32', null, 4)] });
}

export async function ask(
  service: StandInService,
  {
    model = 'squeezenet',
    application = 'default',
    latencyNs = 1e9,
    answer = undefined as ServiceAnswer | undefined,
  } = {},
): Promise<ServiceAnswer> {
  if (answer !== undefined) service.answerNext(answer);
  const entry = service.directory.find(model);
  if (entry === undefined) throw new Error(`no ${model}`);
  const tensors = [{ name: 'INPUT0', type: 'float32' as const, shape: [2, 4], bytes: new Uint8Array(32) }];
  return service.infer({ application, model: entry, tensors, latencyNs, accuracyPercent: 0 });
}

export const QUERY_END: QueryEnd = {
  ordinal: 0,
  application: 'default',
  model: 'squeezenet',
  variant: 'squeezenet',
  version: '1',
  worker: 'squeezenet#0',
  machine: 'local-0',
  outcome: 'served',
  reason: 'none',
  inputs: 2,
  batchInputs: 4,
  objectiveNs: 5e7,
  accuracyPercent: 0,
  loadWaitNs: 0,
  queueNs: 2e6,
  preprocessNs: 1e6,
  inferNs: 6e6,
  postprocessNs: 1e6,
  latencyNs: 1e7,
};

export const DETAIL: RequestDetail = {
  application: 'default',
  model: 'squeezenet',
  variant: 'squeezenet',
  version: '1',
  worker: 'squeezenet#0',
  outcome: 'served',
  reason: 'none',
  inputs: 2,
  batchInputs: 4,
  receivedBytes: 3000,
  sentBytes: 500,
  timings: {
    loadWaitNs: 0,
    queueNs: 2e6,
    preprocessNs: 1e6,
    inferNs: 6e6,
    postprocessNs: 1e6,
    latencyNs: 1e7,
  },
};

export function watchedRequest(parts: Partial<WatchedRequest> = {}): WatchedRequest {
  return {
    id: 'r-1',
    listener: 'inference',
    protocol: 'open-inference',
    method: 'POST',
    route: '/v2/models/:name/infer',
    target: '/v2/models/squeezenet/infer?token=secret',
    headers: {},
    remoteAddress: '127.0.0.1',
    answerHeaders: {},
    ...parts,
  };
}
