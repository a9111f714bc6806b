/**
 * Reads TorchServe's `config.properties`, so that an installation's own file starts this service the same way. Keys
 * that mean something here are read; those that are TorchServe's and mean nothing here, or are said otherwise, are named,
 * so that nobody believes that they count; unknown keys are named as such. Mistakes in what is read are told together, by line.
 */
import { ServingError, ServingErrors } from '../../core/index.ts';
import { NO_MEANING, SAID_ELSEWHERE } from './ignored-properties.ts';
import { readProperties } from './properties-text.ts';
import type { Property } from './properties-text.ts';

/** Where an API listens, as an address says it. */
export interface PropertiesAddress {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
}

/** What the file says; what it does not say is left out. */
export interface ConfigProperties {
  readonly inference?: PropertiesAddress;
  readonly management?: PropertiesAddress;
  readonly metrics?: PropertiesAddress;
  readonly grpcInferencePort?: number;
  readonly grpcManagementPort?: number;
  readonly modelStore?: string;
  /** File names of the store, or `all`. */
  readonly loadModels?: 'all' | readonly string[];
  readonly defaultWorkers?: number;
  readonly defaultResponseTimeoutS?: number;
  readonly defaultStartupTimeoutS?: number;
  readonly jobQueueSize?: number;
  readonly maxRequestBytes?: number;
  readonly openInference?: boolean;
  readonly disableTokenAuthorization?: boolean;
  readonly tokenExpiryMin?: number;
  readonly modelApi?: boolean;
  readonly certificateFile?: string;
  readonly privateKeyFile?: string;
  /** Sentences for the user: keys that were left alone, and why. */
  readonly notes: readonly string[];
}

type Settings = { -readonly [Name in keyof Omit<ConfigProperties, 'notes'>]: ConfigProperties[Name] };
/** Sets what a value means. @returns what would have been accepted, when it is not. */
type Reader = (settings: Settings, value: string) => string | undefined;

const ADDRESS = 'an address such as http://127.0.0.1:8080';
const FLAG = 'true or false';

const READERS: Readonly<Record<string, Reader>> = {
  inference_address: address('inference'),
  management_address: address('management'),
  metrics_address: address('metrics'),
  grpc_inference_port: whole('grpcInferencePort', { least: 0, most: 65_535 }),
  grpc_management_port: whole('grpcManagementPort', { least: 0, most: 65_535 }),
  model_store: text('modelStore'),
  load_models: (settings, value) => {
    if (value === '' || value === 'none') settings.loadModels = [];
    else settings.loadModels = value === 'all' ? 'all' : listOf(value);
    return undefined;
  },
  default_workers_per_model: whole('defaultWorkers', { least: 0 }),
  default_response_timeout: whole('defaultResponseTimeoutS', { least: 1 }),
  default_startup_timeout: whole('defaultStartupTimeoutS', { least: 1 }),
  job_queue_size: whole('jobQueueSize', { least: 1 }),
  max_request_size: whole('maxRequestBytes', { least: 1 }),
  ts_open_inference_protocol: flag('openInference'),
  disable_token_authorization: flag('disableTokenAuthorization'),
  token_expiration_min: whole('tokenExpiryMin', { least: 1 }),
  enable_model_api: flag('modelApi'),
  certificate_file: text('certificateFile'),
  private_key_file: text('privateKeyFile'),
};

/**
 * @param file how the file is called in messages.
 * @throws ServingErrors TORCHSERVE_PROPERTIES.
 */
export function readConfigProperties(content: string, file: string): ConfigProperties {
  const properties = readProperties(content);
  if (properties === undefined) {
    const found = `${content.length} characters`;
    throw new ServingErrors([
      failure(file, { message: 'this is no config.properties', found, expected: 'a short text' }),
    ]);
  }
  const settings: Settings = {};
  const notes: string[] = [];
  const errors: ServingError[] = [];
  // As in Java, the last of equal keys counts.
  const last = new Map(properties.map((property) => [property.key, property]));
  for (const property of last.values()) {
    const reader = Object.hasOwn(READERS, property.key) ? READERS[property.key] : undefined;
    const expected = reader?.(settings, property.value);
    const place = `${file}:${property.line}`;
    if (reader === undefined) notes.push(`${place}: ${ignored(property)}`);
    if (expected !== undefined) {
      const found = JSON.stringify(property.value.slice(0, 200));
      errors.push(failure(place, { message: `${property.key} has a wrong value`, found, expected }));
    }
  }
  if (errors.length > 0) throw new ServingErrors(errors);
  return { ...settings, notes };
}

function ignored({ key }: Property): string {
  const shown = JSON.stringify(key.slice(0, 100));
  const instead = SAID_ELSEWHERE.get(key);
  if (instead !== undefined) return `${shown} is not read: ${instead}`;
  return NO_MEANING.has(key) ? `${shown} has no meaning here and is ignored` : `${shown} is not known and is ignored`;
}

function failure(place: string, parts: { message: string; found: string; expected: string }): ServingError {
  return new ServingError({ code: 'TORCHSERVE_PROPERTIES', place, ...parts });
}

function address(name: 'inference' | 'management' | 'metrics'): Reader {
  return (settings, value) => {
    if (!URL.canParse(value)) return ADDRESS;
    const { protocol, hostname, port, pathname } = new URL(value);
    const tls = protocol === 'https:';
    if ((protocol !== 'http:' && !tls) || pathname !== '/') return ADDRESS;
    const fallback = tls ? 443 : 80;
    settings[name] = { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? fallback : Number(port), tls };
    return undefined;
  };
}

type NumberKey = { [Key in keyof Settings]-?: Settings[Key] extends number | undefined ? Key : never }[keyof Settings];
type FlagKey = { [Key in keyof Settings]-?: Settings[Key] extends boolean | undefined ? Key : never }[keyof Settings];

function whole(key: NumberKey, { least, most = Number.MAX_SAFE_INTEGER }: { least: number; most?: number }): Reader {
  return (settings, value) => {
    const number = /^\d+$/.test(value) ? Number(value) : NaN;
    if (!(number >= least && number <= most)) return `a whole number from ${least}${most < 1e6 ? ` to ${most}` : ''}`;
    settings[key] = number;
    return undefined;
  };
}

function flag(key: FlagKey): Reader {
  return (settings, value) => {
    if (!/^(?:true|false)$/i.test(value)) return FLAG;
    settings[key] = value.toLowerCase() === 'true';
    return undefined;
  };
}

function text(key: 'modelStore' | 'certificateFile' | 'privateKeyFile'): Reader {
  return (settings, value) => {
    if (value === '') return 'a path';
    settings[key] = value;
    return undefined;
  };
}

function listOf(value: string): string[] {
  return value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
