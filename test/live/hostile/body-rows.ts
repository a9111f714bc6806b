/** Bodies that are too large, too many pieces, bombs, or no JSON. */
import { deflateSync, gzipSync } from 'node:zlib';
import { status as codes } from '@grpc/grpc-js';
import { expect } from 'vitest';
import type { ServerProcess } from '../acceptance/server-process.ts';
import { INFERENCE, simpleRequest } from '../grpc/inference-fixture.ts';
import { rawRequest } from '../http/raw-socket.ts';
import { SIMPLE } from '../open-inference/v2-client.ts';
import { errorOf, grpcClient } from './grpc-target.ts';
import { BODY_MAX, CHUNKS_MAX, INFLATED_MAX, call, expectRefused } from './hostile-target.ts';
import type { HostileRow, HostileTry } from './hostile-target.ts';

/** Where bodies go, by listener. */
export const DOORS: readonly (readonly [listener: string, protocol: string, path: string])[] = [
  ['the Open Inference Protocol', 'http', '/v2/models/simple/infer'],
  ['a path of its own', 'http', '/clothes'],
  ['management', 'http', '/rehearse/v1/models'],
  ["TorchServe's inference", 'torchserve-inference', '/predictions/simple'],
  ["TorchServe's management", 'torchserve-management', '/models'],
];

export interface Door {
  readonly listener: string;
  readonly port: number;
  readonly url: string;
  readonly path: string;
}

/** One try at every door, all at once. */
function atDoors(what: string, run: (door: Door) => Promise<unknown>): HostileTry {
  const doorsOf = (server: ServerProcess): readonly Door[] =>
    DOORS.map(([listener, protocol, path]) => {
      return { listener, path, port: server.portOf(protocol), url: `${server.addressOf(protocol)}${path}` };
    });
  return { what: `${what}, at every door`, run: (server) => Promise.all(doorsOf(server).map(run)) };
}

export function head(path: string, ...lines: readonly string[]): string {
  return [`POST ${path} HTTP/1.1`, 'host: localhost', ...lines, '', ''].join('\r\n');
}

/** Pieces of a chunked body. */
function chunks(count: number, bytes: number): Buffer {
  const piece = Buffer.from(`${bytes.toString(16)}\r\n${'x'.repeat(bytes)}\r\n`);
  return Buffer.concat([...Array.from({ length: count }, () => piece), Buffer.from('0\r\n\r\n')]);
}

const ZEROS = Buffer.alloc(20 * INFLATED_MAX);
const CHUNKED = 'transfer-encoding: chunked';

async function expectUnread({ port, path }: Door): Promise<void> {
  const { status, text, closed } = await rawRequest(port, head(path, `content-length: ${BODY_MAX + 1}`));
  expect([status, closed]).toEqual([413, true]);
  expect(text).toMatch(/connection: close/i);
}

async function expectNoContinue({ port, path }: Door): Promise<void> {
  const lines = ['content-length: 99999999999', 'expect: 100-continue'];
  expect((await rawRequest(port, head(path, ...lines))).statuses).toEqual([413]);
}

async function expectCut({ port, path }: Door): Promise<void> {
  const answer = await rawRequest(port, [head(path, CHUNKED), chunks(40, 65_536)]);
  // Who goes on sending may be cut off before the answer was read.
  expect([413, 0]).toContain(answer.status);
  expect(answer.closed).toBe(true);
}

async function expectCounted({ port, path }: Door): Promise<void> {
  const answer = await rawRequest(port, [head(path, CHUNKED), chunks(100_000, 1)]);
  expect([400, 0]).toContain(answer.status);
  expect(answer.closed).toBe(true);
}

async function expectCountTold({ port, path }: Door): Promise<void> {
  const { status, text } = await rawRequest(port, [head(path, CHUNKED), chunks(CHUNKS_MAX + 1, 1)]);
  expect([status, text]).toEqual([400, expect.stringContaining(`more than ${CHUNKS_MAX} chunks`)]);
}

async function expectGzipBombRefused({ url }: Door): Promise<void> {
  const bomb = gzipSync(ZEROS);
  expectRefused(await call(`POST ${url}`, bomb, { 'content-encoding': 'gzip' }), 413, /larger/);
}

async function expectDeflateBombRefused({ url }: Door): Promise<void> {
  const bomb = deflateSync(ZEROS);
  expectRefused(await call(`POST ${url}`, bomb, { 'content-encoding': 'deflate' }), 413, /larger/);
}

async function expectNestedRefused({ url }: Door): Promise<void> {
  const nested = gzipSync(gzipSync(JSON.stringify(SIMPLE)));
  expectRefused(await call(`POST ${url}`, nested, { 'content-encoding': 'gzip, gzip' }), 415);
}

async function expectUnknownRefused({ url }: Door): Promise<void> {
  expectRefused(await call(`POST ${url}`, 'x', { 'content-encoding': 'bzip3' }), 415);
}

async function expectBrokenRefused({ url }: Door): Promise<void> {
  expectRefused(await call(`POST ${url}`, 'not zipped', { 'content-encoding': 'gzip' }), 400);
}

export const bodyRows: readonly HostileRow[] = [
  {
    row: 'body over the limit (declared)',
    precedent: 'CVE-2025-33201, CVE-2025-33202: extra large payloads; 64 MiB is Triton’s limit, 6,553,500 TorchServe’s',
    tries: [
      atDoors('refused before a byte of it is sent', expectUnread),
      atDoors('and before the client that asks is told to continue', expectNoContinue),
      {
        what: 'over gRPC',
        run: async (server) => {
          const request = { ...simpleRequest(), raw_input_contents: [Buffer.alloc(BODY_MAX + 1)] };
          const { code } = await errorOf(grpcClient(server, 'grpc', INFERENCE).call('ModelInfer', request));
          expect(code).toBe(codes.RESOURCE_EXHAUSTED);
        },
      },
    ],
  },
  {
    row: 'body over the limit (chunked, undeclared) / 100,000 one-byte chunks',
    precedent: 'CVE-2025-23310, CVE-2025-23311: a chunked body overflowed the stack',
    tries: [
      atDoors('large chunks are cut at the limit', expectCut),
      atDoors('one-byte chunks are counted', expectCounted),
      atDoors('so are those just above the limit, which is said', expectCountTold),
    ],
  },
  {
    row: 'gzip bomb, nested encodings, unknown Content-Encoding',
    precedent: 'CVE-2026-24158',
    tries: [
      atDoors('a bomb of gzip', expectGzipBombRefused),
      atDoors('a bomb of deflate', expectDeflateBombRefused),
      atDoors('one within the other', expectNestedRefused),
      atDoors('an unknown encoding', expectUnknownRefused),
      atDoors('what is no gzip', expectBrokenRefused),
    ],
  },
  {
    row: 'broken JSON, not an object, `inputs` missing/not an array/empty',
    precedent: 'Open Inference Protocol',
    tries: [
      ['{"inputs": [', /JSON/],
      ['', /JSON|object/],
      ['[]', /object/],
      ['null', /object/],
      ['{}', /inputs/],
      ['{"inputs": {}}', /inputs/],
      ['{"inputs": []}', /inputs/],
      ['{"inputs": [7]}', /input/],
      ['{"__proto__": {"inputs": []}}', /inputs/],
    ].map(([body, why]) => bothInfer(String(body) || 'nothing', String(body), why as RegExp)),
  },
  {
    row: 'depth 120, 250,000',
    precedent: 'CVE-2025-23325: uncontrolled recursion',
    tries: [120, 250_000].flatMap((depth) => [
      bothInfer(`${depth} levels`, `{"inputs": ${'['.repeat(depth)}${']'.repeat(depth)}}`, /nested/),
      {
        what: `${depth} levels to management`,
        run: async (server: ServerProcess) => {
          const deep = `{"variant": ${'['.repeat(depth)}${']'.repeat(depth)}}`;
          expectRefused(await call(`POST ${server.url}/rehearse/v1/query`, deep), 400);
        },
      },
    ]),
  },
];

/** A body to the protocol's two forms, by Triton's rules and by TorchServe's. */
function bothInfer(what: string, body: string, why: RegExp): HostileTry {
  return {
    what,
    run: async (server) => {
      for (const protocol of ['http', 'torchserve-inference']) {
        const url = `${server.addressOf(protocol)}/v2/models/simple/infer`;
        expectRefused(await call(`POST ${url}`, body), 400, why);
      }
    },
  };
}
