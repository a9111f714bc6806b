/** What is not offered at all, who may not call what, and pages of other origins. */
import { connect } from 'node:net';
import { expect } from 'vitest';
import { get, post, rawRequest } from '../http/raw-socket.ts';
import { SIMPLE } from '../open-inference/v2-client.ts';
import { call, expectRefused } from './hostile-target.ts';
import type { HostileRow, HostileTry } from './hostile-target.ts';

const INTERNAL = [
  'trace/setting',
  'logging',
  'systemsharedmemory/status',
  'cudasharedmemory/status',
  'debug/pprof',
  'env',
];
const LISTENERS = [
  'http',
  'grpc',
  'torchserve-inference',
  'torchserve-management',
  'torchserve-metrics',
  'torchserve-grpc-inference',
  'torchserve-grpc-management',
] as const;

/** Whether anybody listens there. */
function listens(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host, timeout: 500 });
    const end = (is: boolean): void => {
      socket.destroy();
      resolve(is);
    };
    socket
      .on('connect', () => end(true))
      .on('error', () => end(false))
      .on('timeout', () => end(false));
  });
}

/** A state change with these headers, as a browser would send it. */
function fromPage(what: string, ...headers: readonly string[]): HostileTry {
  return {
    what,
    run: async (server) => {
      const body = JSON.stringify({ replicas: 5 });
      const requests: readonly (readonly [port: number, bytes: Buffer])[] = [
        [server.portOf('http'), post('/rehearse/v1/scale/simple', body, [...headers, 'connection: close'])],
        [server.portOf('http'), post('/rehearse/v1/stop', '{}', [...headers, 'connection: close'])],
        [server.portOf('torchserve-management'), post('/models?url=x.mar', '', [...headers, 'connection: close'])],
      ];
      for (const [port, bytes] of requests) {
        const { status, text } = await rawRequest(port, bytes);
        expect(status).toBe(403);
        expect(text).not.toMatch(/access-control-allow/i);
      }
      const { service } = await server.status();
      expect([service.state, service.variants.find(({ name }) => name === 'simple')?.ready]).toEqual(['ready', 1]);
    },
  };
}

export const fenceRows: readonly HostileRow[] = [
  {
    row: 'endpoints that change logging/tracing paths, shared-memory registration, env dump, stack traces',
    precedent: 'CVE-2024-0087 (a log’s path), -0100, -0088; CVE-2025-23319, -23320, -23334',
    tries: [
      {
        what: 'are not offered',
        run: async ({ url }) => {
          for (const path of INTERNAL) {
            for (const verb of ['GET', 'POST']) {
              expectRefused(await call(`${verb} ${url}/v2/${path}`, verb === 'POST' ? '{}' : undefined), [404, 405]);
            }
          }
        },
      },
      {
        what: 'shared memory is refused where a request asks for it',
        run: async ({ url }) => {
          const [first, second] = SIMPLE.inputs;
          const { data: _data, ...rest } = first;
          const region = { shared_memory_region: 'region', shared_memory_byte_size: 64 };
          const body = JSON.stringify({ inputs: [{ ...rest, parameters: region }, second] });
          expectRefused(await call(`POST ${url}/v2/models/simple/infer`, body), 400, /shared memory is not offered/);
        },
      },
      {
        what: 'a failure of the inside tells nothing of it',
        run: async (server) => {
          const tooDeep = `POST ${server.url}/rehearse/v1/query`;
          expectRefused(await call(tooDeep, '{"variant": 7}'), 400);
          const image = Buffer.from('GIF89a no image').toString('base64');
          expectRefused(
            await call(tooDeep, JSON.stringify({ variant: 'fmnist-linear-fp32', images: [{ base64: image }] })),
            400,
          );
          const form = new FormData();
          form.append('content', new Blob(['<svg onload="x">']), 'x.svg');
          const answer = await fetch(`${server.url}/clothes`, { method: 'POST', body: form });
          expectRefused({ status: answer.status, text: await answer.text(), headers: answer.headers }, 400);
        },
      },
    ],
  },
  {
    row: 'management API open, bound to 0.0.0.0 (gRPC too), tokens in query strings, one port forgotten by auth',
    precedent: 'CVE-2024-35199 (gRPC ports on all interfaces), CVE-2026-24206, -24207 (CWE-288)',
    tries: [
      {
        what: 'every listener is at the loopback address alone',
        run: async (server) => {
          for (const protocol of LISTENERS) {
            const port = server.portOf(protocol);
            // Another address of the same loopback network: who listens everywhere, listens there as well.
            expect([protocol, await listens(port, '127.0.0.2')]).toEqual([protocol, false]);
            expect([protocol, await listens(port, '127.0.0.1')]).toEqual([protocol, true]);
          }
        },
      },
      {
        what: 'management is for who knows the host by its own name',
        run: async (server) => {
          const paths = ['/rehearse/v1/models', '/rehearse/v1/architectures'];
          for (const path of paths) {
            const rebound = get(path, 'connection: close').replace('localhost', 'evil.example.com');
            expect((await rawRequest(server.portOf('http'), rebound)).status).toBe(403);
          }
          const rebound = get('/models', 'connection: close').replace('localhost', 'evil.example.com');
          expect((await rawRequest(server.portOf('torchserve-management'), rebound)).status).toBe(403);
        },
      },
    ],
  },
  {
    row: 'cross-origin browser calls',
    precedent: 'no CORS; simple requests change nothing',
    tries: [
      fromPage('from another origin', 'origin: https://evil.example.com', 'content-type: text/plain'),
      fromPage('from a page without an origin', 'origin: null', 'content-type: application/x-www-form-urlencoded'),
      {
        what: 'a preflight is not answered with a permission',
        run: async (server) => {
          const line = get(
            '/rehearse/v1/models',
            'origin: https://evil.example.com',
            'access-control-request-method: POST',
            'connection: close',
          );
          const { text } = await rawRequest(server.portOf('http'), line.replace('GET', 'OPTIONS'));
          expect(text).not.toMatch(/access-control-allow/i);
        },
      },
    ],
  },
];
