/**
 * TorchServe's `config.properties` as values of a service's config, as if each had been given with `--set`: so that what
 * an installation has starts this service on the same ports. What the file leaves out is as TorchServe has it.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { ServingError } from '../../core/index.ts';
import { readConfigProperties } from '../../live/torchserve/index.ts';
import type { ConfigProperties, PropertiesAddress } from '../../live/torchserve/index.ts';

export interface TorchServeConfig {
  /** Assignments, `service.models.store="/models"`. */
  readonly set: readonly string[];
  /** Sentences for the user: what was not read, and why. */
  readonly notes: readonly string[];
}

/** Relative paths in the file start at the working folder, as in TorchServe. @throws ServingError, ServingErrors */
export function torchServeConfig(path: string): TorchServeConfig {
  const properties = readConfigProperties(textOf(path), path);
  const { modelStore, loadModels, maxRequestBytes, notes } = properties;
  const values: readonly (readonly [string, unknown])[] = [
    ['service.torchserve', listenersOf(properties, path)],
    ['service.tls', tlsOf(properties)],
    ['service.models.store', modelStore === undefined ? undefined : resolve(modelStore)],
    ['service.models.load_archives', loadModels],
    ['service.http.body_max', maxRequestBytes === undefined ? undefined : `${maxRequestBytes} B`],
  ];
  const set = values.flatMap(([at, value]) => (value === undefined ? [] : [`${at}=${JSON.stringify(value)}`]));
  return { set, notes };
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : String(cause);
    throw new ServingError({ code: 'TORCHSERVE_FILE', place: path, message: 'the file cannot be read', found, cause });
  }
}

function listenersOf(properties: ConfigProperties, path: string): object {
  const inference = properties.inference ?? address(8080);
  const management = properties.management ?? address(8081);
  const metrics = properties.metrics ?? address(8082);
  requireAlike([inference, management, metrics], path);
  const { defaultWorkers, jobQueueSize, tokenExpiryMin, defaultResponseTimeoutS, defaultStartupTimeoutS } = properties;
  const seconds = (count: number | undefined): string | undefined => (count === undefined ? count : `${count} s`);
  return {
    host: inference.host,
    inference_port: inference.port,
    management_port: management.port,
    metrics_port: metrics.port,
    grpc_inference_port: properties.grpcInferencePort ?? 7070,
    grpc_management_port: properties.grpcManagementPort ?? 7071,
    token_authorization: properties.disableTokenAuthorization !== true,
    token_expiry: tokenExpiryMin === undefined ? undefined : `${tokenExpiryMin} min`,
    model_api: properties.modelApi ?? false,
    open_inference: properties.openInference ?? false,
    default_workers: defaultWorkers,
    job_queue: jobQueueSize,
    response_timeout: seconds(defaultResponseTimeoutS),
    startup_timeout: seconds(defaultStartupTimeoutS),
  };
}

function address(port: number): PropertiesAddress {
  return { host: '127.0.0.1', port, tls: false };
}

/** One host for all, for nothing may be reached from farther than the file says; and TLS for all listeners or for none. */
function requireAlike([first, ...others]: readonly PropertiesAddress[], place: string): void {
  if (others.every(({ host, tls }) => host === first.host && tls === first.tls)) return;
  throw new ServingError({
    code: 'TORCHSERVE_ADDRESSES',
    place,
    message: 'the addresses of the three APIs differ in more than their ports',
    found: [first, ...others].map(({ host, tls }) => `${tls ? 'https' : 'http'}://${host}`).join(', '),
    expected: 'one host and one scheme',
    next: 'name all three addresses alike; those that are left out are http://127.0.0.1',
  });
}

function tlsOf({ inference, certificateFile, privateKeyFile }: ConfigProperties): object | undefined {
  if (inference?.tls !== true) return undefined;
  const absolute = (path: string | undefined): string | undefined => (path === undefined ? path : resolve(path));
  return { certificate: absolute(certificateFile), key: absolute(privateKeyFile) };
}
