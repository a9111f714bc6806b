/**
 * The server that hostile inputs are tried on: every listener open, small models, limits small enough to be reached. And
 * the two checks that each of them ends with: the server is alive, and a good request still gets the right answer.
 */
import { expect } from 'vitest';
import { addSubModel, countingModel, identityModel } from '../../backends/onnx/tiny-model.ts';
import { ServerProcess, ServiceFolder } from '../acceptance/server-process.ts';
import { modelFiles, spec } from '../acceptance/test-models.ts';
import { COUNT_TO_16, ONES, SIMPLE, postJson, send } from '../open-inference/v2-client.ts';

/** A row of the table of bad inputs. */
export interface HostileRow {
  readonly row: string;
  /** The incident behind it. */
  readonly precedent: string;
  readonly tries: readonly HostileTry[];
}

export interface HostileTry {
  readonly what: string;
  /** @param elsewhere URL of a hostile host that models may be fetched from. */
  readonly run: (server: ServerProcess, elsewhere: string) => Promise<unknown>;
}

export const BODY_MAX = 1_000_000;
export const INFLATED_MAX = 2_000_000;
export const CHUNKS_MAX = 1000;
export const CONNECTIONS_MAX = 200;
export const OPEN_MAX = 40;
export const HEAD_TIMEOUT_MS = 2500;
export const REQUEST_TIMEOUT_MS = 4000;

const IDENTITIES = ['int8', 'int64', 'float32', 'float16', 'string'] as const;
const MODELS = [
  {
    name: 'simple',
    bytes: addSubModel(),
    inputs: [spec('INPUT0', 'int32', null, 16), spec('INPUT1', 'int32', null, 16)],
    outputs: [spec('OUTPUT0', 'int32', null, 16), spec('OUTPUT1', 'int32', null, 16)],
    maxBatch: 8,
  },
  {
    name: 'counting',
    bytes: countingModel(),
    inputs: [spec('INPUT0', 'int64', null, 1)],
    outputs: [spec('OUTPUT0', 'int64', null, 1)],
    maxBatch: 1,
  },
  ...IDENTITIES.map((type) => ({
    name: `identity-${type}`,
    bytes: identityModel(type, ['N', 'length']),
    inputs: [spec('INPUT0', type, null, -1)],
    outputs: [spec('OUTPUT0', type, null, -1)],
    maxBatch: 8,
  })),
];
/** These have a worker, always; the others get one when they are asked. */
const WORKERS = ['simple', 'counting', 'fmnist-linear-fp32'];

/** @param elsewhere URL of the host that models may be fetched from. */
export function startTarget(elsewhere: string): Promise<ServerProcess> {
  const listener = { head_timeout: `${HEAD_TIMEOUT_MS} ms`, request_timeout: `${REQUEST_TIMEOUT_MS} ms` };
  const folder = new ServiceFolder(
    {
      catalogue: { files: ['models.yaml'], variants: [...MODELS.map(({ name }) => name), 'fmnist-linear-fp32'] },
      fleet: {
        machines: { 'cpu-8': 1 },
        core_overcommit: 4,
        workers: Object.fromEntries(WORKERS.map((name) => [name, 1])),
      },
      limits: { open_requests: OPEN_MAX, timeout: '30 s' },
      service: {
        http: {
          port: 0,
          ...listener,
          body_max: `${BODY_MAX} B`,
          inflated_max: `${INFLATED_MAX} B`,
          body_chunks: CHUNKS_MAX,
          keep_alive: '1 s',
          send_timeout: '2 s',
          connections: CONNECTIONS_MAX,
          pipelined: 16,
        },
        grpc: { port: 0, message_max: `${BODY_MAX} B`, request_timeout: listener.request_timeout },
        torchserve: {
          inference_port: 0,
          management_port: 0,
          metrics_port: 0,
          grpc_inference_port: 0,
          grpc_management_port: 0,
        },
        paths: { '/clothes': { model: 'fmnist-linear-fp32' } },
        payloads: { parts: 20, image_pixels: 1_000_000 },
        engines: { batch_timeout: '4 s', load_timeout: '20 s', memory_max: '600 MB' },
        models: {
          store: 'store',
          allowed_urls: [`${elsewhere}/`],
          private_urls: true,
          download_timeout: '1 s',
          file_max: '3 MB',
          unpacked_max: '4 MB',
          entries: 50,
          profile_time: '100 ms',
        },
        variants: Object.fromEntries(WORKERS.map((name) => [name, { workers: { least: 1 } }])),
      },
    },
    { ...modelFiles(MODELS), 'store/README': 'Archives for TorchServe.' },
  );
  return ServerProcess.start(folder);
}

/** What a server that is well says: that it lives, and the sums and differences of a good request. */
export const WELL = {
  live: [200, { live: true }],
  good: [200, [COUNT_TO_16.map((value, at) => value + ONES[at]), COUNT_TO_16.map((value, at) => value - ONES[at])]],
};

/** What a server says to be compared with `WELL`. */
export async function look({ url }: ServerProcess): Promise<object> {
  const live = await send(`${url}/v2/health/live`);
  const { status, json } = await postJson(`${url}/v2/models/simple/infer`, SIMPLE);
  const outputs = json['outputs'] as readonly { readonly data: unknown }[] | undefined; // The protocol's shape.
  return { live: [live.status, live.json], good: [status, outputs?.map(({ data }) => data) ?? json] };
}

export async function expectWell(server: ServerProcess): Promise<void> {
  expect(await look(server)).toEqual(WELL);
}

export interface Said {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
}

/** Any request. @param target `POST http://...`. */
export async function call(
  target: string,
  body?: string | Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): Promise<Said> {
  const [method, url] = target.split(' ');
  const sent = body === undefined ? {} : { body: typeof body === 'string' ? body : new Uint8Array(body) };
  const answer = await fetch(url, { method, headers, redirect: 'manual', ...sent });
  return { status: answer.status, text: await answer.text(), headers: answer.headers };
}

/** What is refused says why, as an error of its protocol, and tells nothing of the inside. */
export function expectRefused({ status, text }: Said, statuses: number | readonly number[], why: RegExp = /./): void {
  expect([statuses].flat()).toContain(status);
  expect(text).toMatch(why);
  expect(text).not.toMatch(/\n\s+at |node:internal|\/tmp\/|\/dist\/|\.ts:\d/);
}

/** A request of the Open Inference Protocol with one input. */
export function giving(datatype: string, shape: unknown, data: unknown): string {
  return JSON.stringify({ inputs: [{ name: 'INPUT0', datatype, shape, data }] });
}
