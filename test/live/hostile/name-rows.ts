/** Names and addresses that lead elsewhere: models, versions, paths, URLs of models. */
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { status as codes } from '@grpc/grpc-js';
import { expect } from 'vitest';
import type { ServerProcess } from '../acceptance/server-process.ts';
import { INFERENCE, simpleRequest } from '../grpc/inference-fixture.ts';
import { get, post, rawRequest } from '../http/raw-socket.ts';
import { SIMPLE } from '../open-inference/v2-client.ts';
import { errorOf, grpcClient } from './grpc-target.ts';
import { call, expectRefused } from './hostile-target.ts';
import type { HostileRow, HostileTry } from './hostile-target.ts';

const JSON_BODY = JSON.stringify(SIMPLE);
const UNKNOWN = 'nobody-knows-this';

/** As they stand in a request line, and what they say once decoded. */
const CLIMBING = [
  '..%2Fx',
  'a%2F..%2Fb',
  '%2Fetc%2Fpasswd',
  'model%2Fsub',
  '%20..',
  '..',
  '',
  '%20%20',
  'x'.repeat(300),
  '%2e%2e%2f',
  '%252e%252e%252f',
  'a%00b',
  'a%0Ab',
  'a%5Cb',
];

function lookedUp(name: string): HostileTry {
  return {
    what: `"${name.slice(0, 40)}"`,
    run: async (server) => {
      const mainPort = server.portOf('http');
      const lines: readonly (readonly [port: number, line: string | Buffer])[] = [
        [mainPort, post(`/v2/models/${name}/infer`, JSON_BODY, ['connection: close'])],
        [mainPort, get(`/v2/models/${name}/ready`, 'connection: close')],
        [mainPort, post(`/v2/repository/models/${name}/load`, '{}', ['connection: close'])],
        [server.portOf('torchserve-inference'), post(`/predictions/${name}`, 'x', ['connection: close'])],
        [server.portOf('torchserve-management'), get(`/models/${name}/1.0`, 'connection: close')],
      ];
      for (const [port, line] of lines) {
        const { status, text } = await rawRequest(port, line);
        expect([400, 404, 405]).toContain(status);
        expect(text).not.toMatch(/root:|ENOENT|EACCES/);
      }
      if (name === '') return;
      const decoded = decodeURIComponent(name);
      const { code } = await errorOf(
        grpcClient(server, 'grpc', INFERENCE).call('ModelInfer', simpleRequest({ model_name: decoded })),
      );
      expect([codes.INVALID_ARGUMENT, codes.NOT_FOUND]).toContain(code);
    },
  };
}

/** Registers a model by its URL, as TorchServe's clients do. */
export function register(server: ServerProcess, url: string, more = ''): ReturnType<typeof call> {
  const query = `url=${encodeURIComponent(url)}${more}`;
  return call(`POST ${server.addressOf('torchserve-management')}/models?${query}`);
}

export function storeOf({ folder }: ServerProcess): readonly string[] {
  return readdirSync(join(folder.path, 'store')).toSorted();
}

function registeredAs(name: string): HostileTry {
  return {
    what: `registered as ${JSON.stringify(name.slice(0, 40))}`,
    run: async (server) => {
      const variant = { ...PROFILE.variants[0], name };
      const body = { kind: 'profile', text: JSON.stringify({ variants: [variant] }), file: 'a.yaml' };
      expectRefused(await call(`POST ${server.url}/rehearse/v1/models`, JSON.stringify(body)), 400);
      const before = storeOf(server);
      expectRefused(await register(server, 'none.mar', `&model_name=${encodeURIComponent(name)}`), [400, 404]);
      expect(storeOf(server)).toEqual(before);
      expect(existsSync(join(server.folder.path, 'x'))).toBe(false);
    },
  };
}

function fromUrl(url: string): HostileTry {
  return { what: url, run: (server) => expectNothingFetched(server, url) };
}

/** @param path at the host that models may come from. */
function fromElsewhere(what: string, path: string): HostileTry {
  return { what, run: (server, elsewhere) => expectNothingFetched(server, `${elsewhere}${path}`) };
}

async function expectNothingFetched(server: ServerProcess, url: string): Promise<void> {
  const before = storeOf(server);
  expectRefused(await register(server, url), [400, 403, 404]);
  expect(storeOf(server)).toEqual(before);
  expect(readdirSync(join(server.folder.state, 'scratch'))).toEqual([]);
}

const ATTACKS: readonly (readonly [what: string, path: string])[] = [
  ['a redirect to the metadata of a cloud', '/redirect.onnx'],
  ['an answer of 10 GB', '/huge.onnx'],
  ['an answer that never ends', '/endless.onnx'],
  ['an answer that never begins', '/silent.onnx'],
];

/** The host that models may come from, and that is hostile itself. */
export async function startElsewhere(): Promise<Server> {
  const server = createServer(({ url }, response) => {
    response.on('error', () => undefined);
    if (url === '/redirect.onnx') response.writeHead(302, { location: 'http://169.254.169.254/latest' }).end();
    if (url === '/huge.onnx') response.writeHead(200, { 'content-length': '10000000000' }).write('x');
    if (url === '/endless.onnx') {
      const timer = setInterval(() => response.write('x'.repeat(1000)), 5);
      response.on('close', () => clearInterval(timer));
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

export function urlOf(server: Server): string {
  // A server that listens on a port has such an address.
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export const nameRows: readonly HostileRow[] = [
  {
    row: 'unknown model / version / path / verb',
    precedent: 'CVE-2024-0095: log injection through a model’s name',
    tries: [
      {
        what: 'are told apart, and verbs are named',
        run: async ({ url }) => {
          expectRefused(await call(`POST ${url}/v2/models/${UNKNOWN}/infer`, JSON_BODY), 404, /unknown|not/i);
          expectRefused(await call(`POST ${url}/v2/models/simple/versions/7/infer`, JSON_BODY), 404);
          expectRefused(await call(`GET ${url}/v2/nothing/here`), 404);
          const verb = await call(`DELETE ${url}/v2/models/simple/infer`);
          expectRefused(verb, 405);
          expect(verb.headers.get('allow')).toContain('POST');
        },
      },
      {
        what: "are told in TorchServe's words",
        run: async (server) => {
          const [inference, management] = ['torchserve-inference', 'torchserve-management'].map((protocol) =>
            server.addressOf(protocol),
          );
          expectRefused(await call(`POST ${inference}/predictions/${UNKNOWN}`, 'x'), 404, /ModelNotFoundException/);
          expectRefused(await call(`POST ${inference}/predictions/simple/7`, 'x'), 404, /ModelVersionNotFound/);
          expectRefused(await call(`GET ${inference}/nothing/here`), 404, /ResourceNotFoundException/);
          expectRefused(await call(`DELETE ${management}/models`), 405, /MethodNotAllowedException/);
        },
      },
      {
        what: 'are told over gRPC',
        run: async (server) => {
          const client = grpcClient(server, 'grpc', INFERENCE);
          const asked = (changes: object): Promise<{ code: codes }> =>
            errorOf(client.call('ModelInfer', simpleRequest({ ...changes })));
          expect(await asked({ model_name: UNKNOWN })).toMatchObject({ code: codes.NOT_FOUND });
          expect(await asked({ model_version: '7' })).toMatchObject({ code: codes.NOT_FOUND });
        },
      },
      {
        what: 'stand in no log line unescaped, and in no label of a metric',
        run: async (server) => {
          const name = 'x%0A%7B%22level%22%3A%22error%22%7D%1B[31m';
          await rawRequest(server.portOf('http'), post(`/v2/models/${name}/infer`, JSON_BODY, ['connection: close']));
          await call(`POST ${server.url}/v2/models/${UNKNOWN}/infer`, JSON_BODY);
          const { text } = await call(`GET ${server.url}/metrics`);
          expect(text).not.toContain(UNKNOWN);
          const lines = server.log().trimEnd().split('\n');
          expect(lines.every((line) => typeof JSON.parse(line) === 'object')).toBe(true);
          expect(lines).not.toContain('{"level":"error"}');
          expect(lines.join('')).not.toContain('\u001B');
        },
      },
    ],
  },
  {
    row: 'model name `../x`, `a/../b`, `/etc/passwd`, `model/sub`, ` ..`, empty, blanks, 300 chars, `%2e%2e%2f`, NUL, newline',
    precedent: 'CVE-2023-31036, -2026-24208, -24209, -47606, -47627; CVE-2025-23316: code through a model’s name',
    tries: [
      ...CLIMBING.map(lookedUp),
      ...['../x', '/etc/passwd', 'a\0b', 'a\nb', '', ' ', 'x'.repeat(300)].map(registeredAs),
    ],
  },
  {
    row: 'register url http(s) to a metadata address, localhost, file://, redirect to those, `..` in url, unlisted host, 10 GB answer, never-ending answer',
    precedent: 'ShellTorch, CVE-2023-43654 (SSRF); CVE-2024-35198: fetched first, refused later',
    tries: [
      ...[
        'http://169.254.169.254/latest/meta-data/model.mar',
        'http://[::ffff:169.254.169.254]/model.mar',
        'http://localhost/model.mar',
        'http://127.0.0.1:22/model.mar',
        'http://2130706433/model.mar',
        'https://example.com/model.mar',
        'file:///etc/passwd',
        'file:///etc/passwd.mar',
        'ftp://127.0.0.1/model.mar',
        '../service.yaml',
        '..%2Fmodels.mar',
        '/etc/passwd',
        's3://bucket/model.mar',
        '',
      ].map(fromUrl),
      ...ATTACKS.map(([what, path]) => fromElsewhere(what, path)),
      {
        what: 'the same through a folder of management',
        run: async (server) => {
          for (const folder of ['/etc', '../..', server.folder.path, join(server.folder.state, 'incoming', '..')]) {
            const body = { kind: 'profile', text: JSON.stringify(PROFILE), file: 'a.yaml', folder };
            expectRefused(await call(`POST ${server.url}/rehearse/v1/models`, JSON.stringify(body)), [400, 403]);
          }
        },
      },
    ],
  },
];

const PROFILE = {
  variants: [
    {
      name: 'climber',
      use_case: { task: 'test', dataset: 'names' },
      architecture: 'climber-network',
      framework: 'onnx',
      hardware: 'cpu',
      precision: 'fp32',
      max_batch: 1,
      accuracy_percent: 90,
      resources: { cores: 1 },
      profile: {
        source: 'a test',
        load: '1 ms',
        peak_memory: '1 MB',
        host_overhead: '0 us',
        rows: [{ batch: 1, mean: '1 ms' }],
      },
    },
  ],
};
