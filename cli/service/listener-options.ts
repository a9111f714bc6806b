/** From a service's settings to the options of its listeners. */
import { readFileSync } from 'node:fs';
import { ServingError, toMilliseconds } from '../../core/index.ts';
import type { ServiceSettings } from '../../experiments/index.ts';
import { grpcDefaults } from '../../experiments/index.ts';
import type { ServerOptions } from '../../live/lifecycle/index.ts';

type Listeners = Pick<ServerOptions, 'http' | 'grpc' | 'torchserve'>;
type GrpcSettings = NonNullable<ServiceSettings['grpc']>;
type TorchServe = NonNullable<ServiceSettings['torchserve']>;

/** @throws ServingError CONFIG_TLS when a certificate or key cannot be read. */
export function listenerOptions(settings: ServiceSettings, closeTimeoutMs: number): Listeners {
  const { http, grpc, torchserve, tls } = settings;
  const pem = tls && { certificate: readPem(tls.certificate), privateKey: readPem(tls.key) };
  const secured = pem === undefined ? {} : { tls: pem };
  const grpcOptions = { ...grpcOf(grpc ?? grpcDefaults(), closeTimeoutMs), ...secured };
  return {
    http: {
      host: http.host,
      port: http.port,
      bodyMaxBytes: http.body_max,
      inflatedMaxBytes: http.inflated_max,
      bodiesMaxBytes: http.bodies_max,
      bodyChunksMax: http.body_chunks,
      headMaxBytes: http.head_max,
      headTimeoutMs: toMilliseconds(http.head_timeout),
      requestTimeoutMs: toMilliseconds(http.request_timeout),
      timeoutCheckMs: Math.max(100, toMilliseconds(http.head_timeout) / 4),
      keepAliveMs: toMilliseconds(http.keep_alive),
      sendTimeoutMs: toMilliseconds(http.send_timeout),
      connectionsMax: http.connections,
      requestsPerConnectionMax: http.requests_per_connection,
      pipelinedMax: http.pipelined,
      compressFromBytes: http.compress_from,
      closeTimeoutMs,
      ...secured,
    },
    grpc: grpc && grpcOptions,
    torchserve: torchserve && torchserveOf(torchserve, settings, grpcOptions),
  };
}

type GrpcOptions = NonNullable<Listeners['grpc']>;

function grpcOf(grpc: GrpcSettings, closeTimeoutMs: number): GrpcOptions {
  return {
    host: grpc.host,
    port: grpc.port,
    messageMaxBytes: grpc.message_max,
    plainMaxBytes: grpc.plain_max,
    fieldsMax: grpc.fields_max,
    connectionsMax: grpc.connections,
    callsPerConnectionMax: grpc.streams_per_connection,
    queriesPerStreamMax: grpc.stream_requests,
    requestTimeoutMs: toMilliseconds(grpc.request_timeout),
    keepAliveMs: toMilliseconds(grpc.keep_alive),
    keepAliveTimeoutMs: toMilliseconds(grpc.keep_alive_timeout),
    idleMs: toMilliseconds(grpc.idle),
    closeTimeoutMs,
    unsignedStreams: grpc.unsigned_streams,
  };
}

function torchserveOf(
  torchserve: TorchServe,
  { payloads }: ServiceSettings,
  grpc: GrpcOptions,
): NonNullable<Listeners['torchserve']> {
  const { host } = torchserve;
  const services = [
    ['inference', torchserve.grpc_inference_port],
    ['management', torchserve.grpc_management_port],
  ] as const;
  return {
    addresses: {
      inference: { host, port: torchserve.inference_port },
      management: { host, port: torchserve.management_port },
      metrics: { host, port: torchserve.metrics_port },
    },
    api: {
      startOnRequest: torchserve.start_on_request,
      modelApi: torchserve.model_api,
      openInference: torchserve.open_inference,
      defaultWorkers: torchserve.default_workers,
      maxWorkers: torchserve.max_workers,
      responseTimeoutNs: torchserve.response_timeout,
      startupTimeoutNs: torchserve.startup_timeout,
      jobQueueSize: torchserve.job_queue,
      top: torchserve.top,
      limits: { partsMax: payloads.parts, partMaxBytes: payloads.part_max },
    },
    tokenExpiryMs: torchserve.token_authorization ? toMilliseconds(torchserve.token_expiry) : undefined,
    grpc: services.flatMap(([name, port]) => (port === undefined ? [] : [[name, { ...grpc, host, port }] as const])),
  };
}

function readPem(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : String(cause);
    throw new ServingError({ code: 'CONFIG_TLS', place: path, message: 'a PEM file cannot be read', found, cause });
  }
}
