// What is no HTTP, is meant to smuggle, or comes too slowly: an error or an end, and the server lives on.
import { describe, expect, test } from 'vitest';
import type { Listener } from '../../../live/http/index.ts';
import { echoRoutes, listening } from './listening.ts';
import { get, rawRequest } from './raw-socket.ts';

async function expectAlive({ url }: Listener): Promise<void> {
  const answer = await fetch(`${url}/echo`, { method: 'POST', body: 'still right' });
  expect([answer.status, await answer.text()]).toEqual([200, 'still right']);
}

const HEAD = 'POST /echo HTTP/1.1\r\nhost: localhost\r\n';

describe('broken requests', () => {
  test.each([
    ['no host', 'GET /hello HTTP/1.1\r\n\r\n', 400],
    ['two lengths', `${HEAD}content-length: 1\r\ncontent-length: 2\r\n\r\nab`, 400],
    ['two equal lengths', `${HEAD}content-length: 1\r\ncontent-length: 1\r\n\r\na`, 400],
    ['a negative length', `${HEAD}content-length: -1\r\n\r\n`, 400],
    ['a length that is no number', `${HEAD}content-length: 1e3\r\n\r\n`, 400],
    ['length and chunks', `${HEAD}content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`, 400],
    ['chunks after another coding', `${HEAD}transfer-encoding: chunked, gzip\r\n\r\n0\r\n\r\n`, 400],
    ['an unknown transfer coding', `${HEAD}transfer-encoding: xchunked\r\n\r\n0\r\n\r\n`, 400],
    ['a bad chunk size', `${HEAD}transfer-encoding: chunked\r\n\r\nzz\r\nab\r\n0\r\n\r\n`, 400],
    ['a space before the colon', `${HEAD}content-length : 1\r\n\r\na`, 400],
    ['bare line feeds', 'GET /hello HTTP/1.1\nhost: localhost\n\n', 400],
    ['an unknown method', 'GIVE /hello HTTP/1.1\r\nhost: localhost\r\n\r\n', 400],
    ['NUL in the path', 'GET /hel\0lo HTTP/1.1\r\nhost: localhost\r\n\r\n', 400],
    ['TLS', Buffer.from('160301020001', 'hex'), 400],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
    ['a huge head', get('/hello', `x-long: ${'x'.repeat(20_000)}`), 431],
  ])('%s ends in an error and the connection', async (_name, bytes, status) => {
    const listener = await listening([echoRoutes()]);
    const answer = await rawRequest(listener.port, bytes);
    expect(answer.status).toBe(status);
    expect(answer.closed).toBe(true);
    await expectAlive(listener);
  });

  test('what is wrong is told as JSON', async () => {
    const { port } = await listening([echoRoutes()]);
    const { text } = await rawRequest(port, `${HEAD}content-length: -1\r\n\r\n`);
    expect(text).toContain('connection: close');
    expect(text.endsWith('{"error":"the request is not valid HTTP"}')).toBe(true);
  });

  test('a smuggled second request is not taken', async () => {
    const listener = await listening([echoRoutes()]);
    const smuggled = `${HEAD}content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /hello HTTP/1.1\r\nhost: x\r\n\r\n`;
    expect((await rawRequest(listener.port, smuggled)).text).not.toContain('hello');
    await expectAlive(listener);
  });

  test('pipelined requests are answered in order, up to a number', async () => {
    const listener = await listening([echoRoutes()], { pipelinedMax: 8 });
    const few = await rawRequest(listener.port, [get('/hello'), get('/none'), get('/hello', 'connection: close')]);
    expect(few.statuses).toEqual([200, 404, 200]);
    const many = await rawRequest(listener.port, get('/hello').repeat(50));
    expect(many.statuses.slice(0, 8)).toEqual(Array(8).fill(200));
    expect(many.statuses.slice(8).every((status) => status === 400)).toBe(true);
    expect(many.closed).toBe(true);
    await expectAlive(listener);
  });
});

describe('slow clients', () => {
  test('a head that does not come is given up', async () => {
    const listener = await listening([echoRoutes()], { headTimeoutMs: 300, requestTimeoutMs: 600 });
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => rawRequest(listener.port, 'GET /hello HTTP/1.1\r\nx-slow: ')),
    );
    expect(answers.every(({ closed, status }) => closed && status === 408)).toBe(true);
    await expectAlive(listener);
  });

  test('a body that does not come is given up', async () => {
    const listener = await listening([echoRoutes()], { headTimeoutMs: 300, requestTimeoutMs: 500 });
    const answer = await rawRequest(listener.port, `${HEAD}content-length: 10\r\n\r\nab`);
    expect([answer.closed, answer.status]).toEqual([true, 408]);
    await expectAlive(listener);
  });

  test('an idle connection is closed', async () => {
    const listener = await listening([echoRoutes()], { keepAliveMs: 200 });
    const answer = await rawRequest(listener.port, get('/hello'));
    expect([answer.closed, answer.status]).toEqual([true, 200]);
  });

  test('a client that does not read its answer is cut', async () => {
    const big = Buffer.alloc(50_000_000);
    const listener = await listening(
      [echoRoutes({ methods: ['GET'], path: '/big', scope: 'open', handle: () => ({ status: 200, body: big }) })],
      { sendTimeoutMs: 300 },
    );
    const { connect } = await import('node:net');
    const socket = connect(listener.port, '127.0.0.1');
    const cut = new Promise((resolve) => socket.on('close', resolve).on('error', () => undefined));
    socket.pause().write(get('/big'));
    await expect.poll(() => listener.openRequests).toBe(1);
    await expect.poll(() => listener.openRequests, { timeout: 5000 }).toBe(0);
    socket.resume();
    await cut;
    await expectAlive(listener);
  });

  test('connections beyond the limit are closed, the others served', async () => {
    const listener = await listening([echoRoutes()], { connectionsMax: 2 });
    const answers = await Promise.all(Array.from({ length: 4 }, () => rawRequest(listener.port, '', { waitMs: 300 })));
    expect(answers.filter(({ closed }) => closed)).toHaveLength(2);
    await expect.poll(() => listener.connections).toBe(0);
    await expectAlive(listener);
  });

  test('a connection ends after its number of requests', async () => {
    const listener = await listening([echoRoutes()], { requestsPerConnectionMax: 2 });
    const answer = await rawRequest(listener.port, [get('/hello'), get('/hello'), get('/hello')]);
    expect(answer.closed).toBe(true);
    expect(answer.statuses.filter((status) => status === 200)).toHaveLength(2);
  });
});
