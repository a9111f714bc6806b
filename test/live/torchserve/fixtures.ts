/** TorchServe's API over the stand-in service, with a model manager that keeps what it was told. */
import { milliseconds, seconds, ServingError } from '../../../core/index.ts';
import type { ListenerParts } from '../../../live/http/index.ts';
import { openGate } from '../../../live/http/index.ts';
import type {
  ModelFacts,
  ModelManagement,
  ModelRegistration,
  TokenKeys,
  TorchServeApi,
  TorchServeOptions,
} from '../../../live/torchserve/index.ts';
import { tokenGate, torchServeApi, torchServeListeners } from '../../../live/torchserve/index.ts';
import type { WorkerBounds } from '../../../live/service/index.ts';
import { listening } from '../http/listening.ts';
import { inferenceParts } from '../payloads/forms.ts';
import { identityVariant } from '../stand-in-variants.ts';
import type { StandInService } from '../stand-in-service.ts';

export const OPTIONS: TorchServeOptions = {
  startOnRequest: false,
  modelApi: true,
  openInference: false,
  defaultWorkers: 0,
  maxWorkers: 16,
  responseTimeoutNs: seconds(120),
  startupTimeoutNs: milliseconds(200),
  jobQueueSize: 100,
  top: 5,
  limits: { partsMax: 100, partMaxBytes: 1_000_000 },
};

/** Registers identity models; fails as it is told to. */
export class StandInModels implements ModelManagement {
  readonly calls: ModelRegistration[] = [];
  readonly facts = new Map<string, ModelFacts>();
  /** Code of the next failure. */
  failWith = '';
  private readonly service: StandInService;

  constructor(service: StandInService) {
    this.service = service;
  }

  async register(registration: ModelRegistration): Promise<{ name: string; version: string }> {
    this.fail();
    this.calls.push(registration);
    const { url, properties, initialWorkers, defaultWorkers } = registration;
    const name = registration.modelName ?? url.replace('.mar', '');
    await this.service.install([{ ...identityVariant('float32', name, '1.0'), source: 'registered' }]);
    const workers = initialWorkers ?? defaultWorkers;
    this.service.scale(name, '1.0', { least: workers, most: workers });
    this.facts.set(`${name}/1.0`, { url, properties });
    return { name, version: '1.0' };
  }

  async unregister(name: string, version: string | undefined): Promise<void> {
    this.fail();
    await this.service.remove([version === undefined ? { name } : { name, version }]);
  }

  async setDefault(name: string, version: string): Promise<void> {
    this.fail();
    const entries = this.service.directory
      .find(name)
      ?.versions.map((other) => this.service.directory.find(name, other));
    const variants = (entries ?? []).flatMap((entry) => (entry === undefined ? [] : entry.variants));
    await this.service.install(
      variants.map((variant) => ({ ...variant, isDefault: variant.definition.version === version })),
    );
  }

  scale(name: string, version: string, bounds: WorkerBounds): void {
    this.service.scale(name, version, bounds);
  }

  describe(name: string, version: string): ModelFacts | undefined {
    return this.facts.get(`${name}/${version}`);
  }

  private fail(): void {
    const code = this.failWith;
    this.failWith = '';
    if (code !== '') throw new ServingError({ code, message: 'in words', place: '/secret/place:1' });
  }
}

export interface Serving {
  readonly inference: string;
  readonly management: string;
  readonly service: StandInService;
  readonly models: StandInModels;
  readonly api: TorchServeApi;
}

export interface ServingOptions {
  readonly options?: Partial<TorchServeOptions>;
  readonly keys?: TokenKeys;
  readonly parts?: Partial<ListenerParts>;
  /** Both APIs behind one port. */
  readonly merged?: boolean;
}

/** Both APIs, each on a port of its own unless they are merged, until the test is over. */
export async function serving({ options = {}, keys, parts, merged = false }: ServingOptions = {}): Promise<Serving> {
  const { service, handlers } = inferenceParts();
  const models = new StandInModels(service);
  const api = torchServeApi({ service, handlers, models, options: { ...OPTIONS, ...options } }, () => 1_000_000);
  const address = { host: '127.0.0.1', port: merged ? 1 : 0 };
  const listeners = torchServeListeners({ inference: address, management: address, metrics: address }, { api, keys });
  const open = openGate({ host: '127.0.0.1', managementOpen: false });
  const gate = keys === undefined ? open : tokenGate(keys, open);
  const urls: string[] = [];
  for (const { routeSets } of listeners) urls.push((await listening(routeSets, {}, { gate, ...parts })).url);
  const [inference, management = inference] = urls;
  return { inference, management, service, models, api };
}

export interface Answered {
  readonly status: number;
  readonly json: unknown;
  readonly text: string;
  readonly headers: Headers;
}

/** One call, with what came back. @param target `POST http://...`, `GET` when there is no method. */
export async function call(
  target: string,
  body?: string | Uint8Array,
  type?: string,
  token?: string,
): Promise<Answered> {
  const [, method = 'GET', url] = /^(?:([A-Z]+) )?(.*)$/.exec(target) ?? [];
  const headers = {
    ...(type === undefined ? {} : { 'content-type': type }),
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  const sent = typeof body === 'string' || body === undefined ? body : Buffer.from(body);
  const answer = await fetch(url, { method, headers, ...(sent === undefined ? {} : { body: sent }) });
  const text = await answer.text();
  return { status: answer.status, json: jsonOf(text), text, headers: answer.headers };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function failure(code: number, type: string, message: string): object {
  return { code, type, message };
}
