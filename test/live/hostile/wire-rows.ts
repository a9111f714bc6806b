/** Bytes that are no HTTP, or come too slowly: what keeps a server busy without asking it anything. */
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { expect } from 'vitest';
import type { ServerProcess } from '../acceptance/server-process.ts';
import { connected, get, post, rawRequest } from '../http/raw-socket.ts';
import { SIMPLE } from '../open-inference/v2-client.ts';
import { CONNECTIONS_MAX, HEAD_TIMEOUT_MS, REQUEST_TIMEOUT_MS, expectWell } from './hostile-target.ts';
import type { HostileRow, HostileTry } from './hostile-target.ts';

const GOOD = post('/v2/models/simple/infer', JSON.stringify(SIMPLE));
/** Beyond a limit before the server has looked, on a machine that others use. */
const GRACE_MS = 5000;

const HTTP_LISTENERS = ['http', 'torchserve-inference', 'torchserve-management', 'torchserve-metrics'];

/** How long the server keeps a connection on which a part comes every so often. */
async function keptMs(port: number, parts: readonly (string | Buffer)[], everyMs: number): Promise<number> {
  const socket = await connected(connect(port, '127.0.0.1'));
  const startedMs = performance.now();
  const closed = new Promise<void>((resolve) => {
    socket.on('close', () => resolve());
    socket.on('error', () => undefined);
    socket.on('data', () => undefined);
  });
  let at = 0;
  const drip = setInterval(() => {
    if (at < parts.length && socket.writable) socket.write(parts[at]);
    at += 1;
  }, everyMs);
  await closed;
  clearInterval(drip);
  return performance.now() - startedMs;
}

/** Each of them on some connections to each listener, all at once. */
async function expectCutOff(server: ServerProcess, limitMs: number, parts: readonly string[]): Promise<void> {
  const ports = HTTP_LISTENERS.map((each) => server.portOf(each));
  const kept = ports.flatMap((port) => Array.from({ length: 10 }, () => keptMs(port, parts, 100)));
  for (const ms of await Promise.all(kept)) expect(ms).toBeLessThan(limitMs + GRACE_MS);
}

/** A pair of requests that two servers may cut differently: refused, and the connection ends. */
function smuggled(what: string, ...lines: readonly string[]): HostileTry {
  return {
    what,
    run: async (server) => {
      for (const protocol of ['http', 'torchserve-inference', 'torchserve-management']) {
        const head = ['POST /v2/models/simple/infer HTTP/1.1', 'host: localhost', ...lines, '', ''].join('\r\n');
        const hidden = get('/rehearse/v1/status');
        const answer = await rawRequest(server.portOf(protocol), `${head}0\r\n\r\n${hidden}`);
        expect([answer.statuses, answer.closed]).toEqual([[400], true]);
      }
    },
  };
}

function broken(what: string, bytes: string | Uint8Array, statuses: readonly number[]): HostileTry {
  return {
    what,
    run: async (server) => {
      for (const protocol of ['http', 'torchserve-inference']) {
        const answer = await rawRequest(server.portOf(protocol), bytes);
        expect(statuses).toContain(answer.status);
        expect(answer.closed).toBe(true);
      }
    },
  };
}

const ENDLESS_HEAD = [
  'GET /v2 HTTP/1.1\r\nhost: localhost\r\n',
  ...Array.from({ length: 200 }, (_, at) => `x-${at}: 1\r\n`),
];
const ENDLESS_BODY = [
  'POST /v2/models/simple/infer HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000\r\n\r\n',
  ...Array.from({ length: 200 }, () => 'x'),
];
const TLS_HELLO = Buffer.from('160301020001000001fc0303', 'hex');

export const wireRows: readonly HostileRow[] = [
  {
    row: 'slowloris, slow body, slow read, idle keep-alive, 10,000 connections',
    precedent: 'slowhttptest: default Node kept 300 of 300 slow sockets',
    tries: [
      {
        what: 'heads and bodies that never end, and connections that say nothing',
        run: (server) =>
          Promise.all([
            expectCutOff(server, HEAD_TIMEOUT_MS, ENDLESS_HEAD),
            expectCutOff(server, REQUEST_TIMEOUT_MS, ENDLESS_BODY),
            expectCutOff(server, HEAD_TIMEOUT_MS, []),
            expectWell(server),
          ]),
      },
      {
        what: 'connections that were asked something once',
        run: async (server) => {
          const kept = Array.from({ length: 20 }, () => keptMs(server.portOf('http'), [GOOD], 1));
          for (const ms of await Promise.all(kept)) expect(ms).toBeLessThan(1000 + GRACE_MS);
        },
      },
      {
        what: 'clients that do not read their answers',
        run: async (server) => {
          const sockets = await Promise.all(
            Array.from({ length: 10 }, () => connected(connect(server.portOf('http'), '127.0.0.1'))),
          );
          for (const socket of sockets) {
            socket.on('error', () => undefined);
            socket.pause();
            for (let at = 0; at < 16; at += 1) socket.write(get('/metrics'));
          }
          await expectWell(server);
          for (const socket of sockets) socket.destroy();
        },
      },
      {
        what: 'more connections than it takes: those it has are served, and it has room again after them',
        run: async (server) => {
          const port = server.portOf('http');
          const first = await connected(connect(port, '127.0.0.1'));
          const sockets: Socket[] = [];
          let refused = 0;
          for (let at = 0; at < CONNECTIONS_MAX * 2; at += 1) {
            const socket = connect(port, '127.0.0.1');
            socket.on('error', () => undefined);
            socket.on('close', () => (refused += 1));
            sockets.push(socket);
          }
          await expect.poll(() => refused, { timeout: 10_000 }).toBeGreaterThanOrEqual(CONNECTIONS_MAX / 2);
          first.write(get('/v2/health/live'));
          const [chunk] = (await new Promise<Buffer[]>((resolve) => first.once('data', (data) => resolve([data])))) as [
            Buffer,
          ];
          expect(chunk.toString('latin1')).toContain('200 OK');
          for (const socket of [first, ...sockets]) socket.destroy();
          await expect
            .poll(
              async () =>
                expectWell(server).then(
                  () => true,
                  () => false,
                ),
              { timeout: 10_000 },
            )
            .toBe(true);
        },
      },
      {
        what: 'a thousand requests pipelined on one connection',
        run: async (server) => {
          const many = Buffer.concat(Array.from({ length: 1000 }, () => GOOD));
          const { statuses, closed } = await rawRequest(server.portOf('http'), many, { waitMs: 10_000 });
          expect(closed).toBe(true);
          expect(statuses.every((status) => status === 200 || status === 400 || status === 503)).toBe(true);
        },
      },
    ],
  },
  {
    row: 'request smuggling pairs',
    precedent: 'Node’s strict parser; insecureHTTPParser stays off',
    tries: [
      smuggled('length and chunks', 'content-length: 5', 'transfer-encoding: chunked'),
      smuggled('chunks and length', 'transfer-encoding: chunked', 'content-length: 5'),
      smuggled('two lengths', 'content-length: 5', 'content-length: 6'),
      smuggled('two lengths in one', 'content-length: 5, 6'),
      smuggled('a negative length', 'content-length: -5'),
      smuggled('an unknown coding', 'transfer-encoding: xchunked'),
      smuggled('a coding twice', 'transfer-encoding: chunked', 'transfer-encoding: identity'),
      smuggled('a space before the colon', 'content-length : 5'),
      smuggled('a folded line', 'transfer-encoding:', ' chunked', 'content-length: 5'),
      broken('bare line ends', 'POST /v2 HTTP/1.1\nhost: localhost\ncontent-length: 0\n\n', [400]),
      broken('no host', 'GET /v2 HTTP/1.1\r\n\r\n', [400]),
      broken('an unknown method', 'HACK /v2 HTTP/1.1\r\nhost: localhost\r\n\r\n', [400]),
      broken(
        'a bad chunk',
        `POST /v2/models/simple/infer HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n`,
        [400],
      ),
      broken('TLS', TLS_HELLO, [400, 0]),
      broken('HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', [400]),
      broken('a head of 64 KB', `GET /v2 HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(65_536)}\r\n\r\n`, [431]),
      broken('NUL in the path', 'GET /v2/\0 HTTP/1.1\r\nhost: x\r\n\r\n', [400]),
      {
        what: 'bytes that are no HTTP/2 at the gRPC ports',
        run: async (server) => {
          for (const protocol of ['grpc', 'torchserve-grpc-inference', 'torchserve-grpc-management']) {
            const port = server.portOf(protocol);
            for (const bytes of [get('/v2'), TLS_HELLO, Buffer.alloc(100_000, 0xff)]) {
              expect((await rawRequest(port, bytes, { waitMs: 10_000 })).closed).toBe(true);
            }
          }
        },
      },
    ],
  },
];
