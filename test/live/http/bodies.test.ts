// Bodies: any type, within limits of size, chunks and inflation; the server lives on after each that is refused.
import { deflateRawSync, deflateSync, gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { HttpOptions, HttpRoute } from '../../../live/http/index.ts';
import { echoRoutes, listening } from './listening.ts';
import { get, post, rawRequest } from './raw-socket.ts';

const CLOSE = ['connection: close'];
const length: HttpRoute = {
  methods: ['POST'],
  path: '/length',
  scope: 'infer',
  handle: ({ body }) => ({ status: 200, body: String(body.length) }),
};

/** Sends and then looks whether the server is alive and still right. */
async function sending(
  parts: string | Uint8Array | readonly (string | Uint8Array)[],
  changes: Partial<HttpOptions> = {},
) {
  const listener = await listening([echoRoutes(length)], changes);
  const answer = await rawRequest(listener.port, parts, {
    until: (text) => /\r\n\r\n[^]+/.test(text) && !text.startsWith('HTTP/1.1 100'),
  });
  const after = await fetch(`${listener.url}/echo`, { method: 'POST', body: 'still right' });
  expect([after.status, await after.text()]).toEqual([200, 'still right']);
  return answer;
}

function chunked(path: string, chunks: readonly string[]): string {
  const body = chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join('');
  return `POST ${path} HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n${body}0\r\n\r\n`;
}

describe('bodies', () => {
  test.each(['application/json', 'application/octet-stream', 'image/png', 'multipart/form-data', '!!; nonsense', ''])(
    'of the type "%s" come as they were sent',
    async (type) => {
      const { text } = await sending(
        post('/echo', 'a\u0000b', [...CLOSE, ...(type === '' ? [] : [`content-type: ${type}`])]),
      );
      expect(text.endsWith('\r\n\r\na\u0000b')).toBe(true);
    },
  );

  test.each([1, 3000, 65_536, 300_000, 999_999])('of %i bytes arrive whole, declared or in chunks', async (size) => {
    const body = 'x'.repeat(size);
    expect((await sending(post('/length', body, CLOSE))).text).toContain(`\r\n\r\n${size}`);
    expect((await sending(chunked('/length', body.match(/[^]{1,50000}/g) ?? []))).text).toContain(`\r\n\r\n${size}`);
  });

  test('a body that never ends is given up with its client', async () => {
    const { port, url } = await listening([echoRoutes()]);
    await rawRequest(port, 'POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nhalf', { waitMs: 50 });
    expect((await fetch(`${url}/hello`)).status).toBe(200);
  });
});

describe('limits', () => {
  test('bodies that are more together than may be held get 503, until others have ended', async () => {
    const release: (() => void)[] = [];
    const slow: HttpRoute = {
      methods: ['POST'],
      path: '/slow',
      scope: 'infer',
      handle: () => new Promise((resolve) => release.push(() => resolve({ status: 200 }))),
    };
    const { url } = await listening([echoRoutes(slow)], { bodiesMaxBytes: 10_000 });
    const send = (path: string, body: Buffer, headers: Record<string, string> = {}): Promise<Response> =>
      fetch(`${url}${path}`, { method: 'POST', body, headers });
    const first = send('/slow', Buffer.alloc(6_000));
    await expect.poll(() => release.length).toBe(1);
    const refused = await send('/echo', Buffer.alloc(6_000));
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
    // Of a compressed body the worst counts, before it is inflated.
    const gzip = { 'content-encoding': 'gzip' };
    expect((await send('/echo', gzipSync(Buffer.alloc(100)), gzip)).status).toBe(503);
    expect((await send('/echo', Buffer.alloc(4_000))).status).toBe(200);
    release[0]();
    expect((await first).status).toBe(200);
    for (let times = 0; times < 3; times += 1) expect((await send('/echo', Buffer.alloc(6_000))).status).toBe(200);
  });

  test('a body that declares too much is refused before a byte of it is read', async () => {
    const head = 'POST /echo HTTP/1.1\r\nhost: localhost\r\ncontent-length: 99999999999\r\n\r\n';
    const answer = await sending(head, { bodyMaxBytes: 100 });
    expect(answer.status).toBe(413);
    expect(answer.text).toContain('connection: close');
    expect(answer.text).toContain('the body is larger than 100 bytes');
  });

  test('a client that sends all of it can still read why', async () => {
    const answer = await sending(post('/echo', 'x'.repeat(500_000)), { bodyMaxBytes: 1000 });
    expect([answer.status, answer.text.endsWith('the body is larger than 1000 bytes')]).toEqual([413, true]);
  });

  test('a chunked body is cut at the limit', async () => {
    const answer = await sending(
      chunked(
        '/echo',
        Array.from({ length: 50 }, () => 'x'.repeat(100)),
      ),
      { bodyMaxBytes: 1000 },
    );
    expect(answer.status).toBe(413);
  });

  test('a flood of one-byte chunks is cut', async () => {
    const answer = await sending(
      chunked(
        '/echo',
        Array.from({ length: 100_000 }, () => 'x'),
      ),
    );
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('more than 65536 chunks');
  });

  test('a client that asks is told to continue only when its body will be read', async () => {
    const expecting = ['expect: 100-continue', ...CLOSE];
    expect((await sending(post('/echo', 'yes', expecting))).statuses).toEqual([100, 200]);
    expect((await sending(post('/echo', 'x'.repeat(200), expecting), { bodyMaxBytes: 100 })).statuses).toEqual([413]);
    expect((await sending(post('/none', 'no', expecting))).statuses).toEqual([404]);
    expect((await sending(post('/echo', 'no', ['expect: a miracle', ...CLOSE]))).statuses).toEqual([417]);
  });
});

describe('inflation', () => {
  test.each([
    ['gzip', gzipSync('inflated')],
    ['x-gzip', gzipSync('inflated')],
    ['GZIP', gzipSync('inflated')],
    ['deflate', deflateSync('inflated')],
    ['identity', Buffer.from('inflated')],
  ])('%s bodies are inflated', async (encoding, body) => {
    expect((await sending(post('/echo', body, [`content-encoding: ${encoding}`, ...CLOSE]))).text).toContain(
      '\r\n\r\ninflated',
    );
  });

  test.each([
    ['br', gzipSync('x'), 415],
    ['gzip, gzip', gzipSync(gzipSync('x')), 415],
    ['gzip', Buffer.from('no gzip'), 400],
    ['gzip', gzipSync('cut').subarray(0, 12), 400],
    ['deflate', deflateRawSync('raw'), 400],
    ['gzip', gzipSync(Buffer.alloc(10_000_000)), 413],
  ])('%s of %o is %i', async (encoding, body, status) => {
    const answer = await sending(post('/echo', body, [`content-encoding: ${encoding}`, ...CLOSE]));
    expect(answer.status).toBe(status);
  });
});

describe('compressed answers', () => {
  const accepting = async (accept: string | undefined, size = 5000) => {
    const big: HttpRoute = {
      methods: ['GET'],
      path: '/big',
      scope: 'open',
      handle: () => ({ status: 200, body: [Buffer.alloc(size / 2, 'a'), Buffer.alloc(size / 2, 'b')] }),
    };
    const { port } = await listening([echoRoutes(big)]);
    const { text } = await rawRequest(
      port,
      get('/big', ...CLOSE, ...(accept === undefined ? [] : [`accept-encoding: ${accept}`])),
    );
    const [head, body] = [text.slice(0, text.indexOf('\r\n\r\n')), text.slice(text.indexOf('\r\n\r\n') + 4)];
    return { coding: /content-encoding: (\w+)/.exec(head)?.[1], head, body: Buffer.from(body, 'latin1') };
  };

  test.each([
    ['gzip', 'gzip'],
    ['deflate', 'deflate'],
    ['gzip, deflate, br', 'gzip'],
    ['gzip;q=0, deflate', 'deflate'],
    ['gzip;q=0.5, deflate;q=0.9', 'deflate'],
    ['*', 'gzip'],
    ['br', undefined],
    ['gzip;q=0', undefined],
    ['identity', undefined],
    [undefined, undefined],
  ])('a client that accepts %s gets %s', async (accept, coding) => {
    expect((await accepting(accept)).coding).toBe(coding);
  });

  test('are whole, and say on what they depend', async () => {
    const { head, body } = await accepting('gzip');
    expect(gunzipSync(body).toString()).toBe('a'.repeat(2500) + 'b'.repeat(2500));
    expect(head).toContain('vary: accept-encoding');
    expect(head).toContain(`content-length: ${body.length}`);
  });

  test('below the size are sent as they are', async () => {
    expect((await accepting('gzip', 1000)).coding).toBeUndefined();
  });
});
