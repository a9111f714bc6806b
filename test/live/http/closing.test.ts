// The life of a request and of its listener: clients that leave, watches, draining.
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import type { HttpExchange, HttpRoute, RequestDetail, WatchedRequest } from '../../../live/http/index.ts';
import { echoRoutes, listening, plainRoutes } from './listening.ts';
import { connected, get, post, rawRequest } from './raw-socket.ts';

/** A route that answers when told to. */
function held() {
  const exchanges: HttpExchange[] = [];
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const route: HttpRoute = {
    methods: ['GET', 'POST'],
    path: '/held',
    scope: 'infer',
    handle: async (exchange) => {
      exchanges.push(exchange);
      await released;
      return { status: 200, body: 'at last' };
    },
  };
  return { route, exchanges, release: () => release() };
}

describe('a client that leaves', () => {
  test.each([
    ['without a body', get('/held')],
    ['after its body', post('/held', 'body')],
  ])('%s fires the signal of its request', async (_name, bytes) => {
    const { route, exchanges, release } = held();
    const { port } = await listening([plainRoutes(route)]);
    await rawRequest(port, bytes, { waitMs: 100 });
    await expect.poll(() => exchanges[0]?.signal.aborted).toBe(true);
    release();
  });

  test('fires the signals of all requests that it pipelined', async () => {
    const { route, exchanges, release } = held();
    const listener = await listening([plainRoutes(route)]);
    await rawRequest(listener.port, [post('/held', 'a'), post('/held', 'b'), get('/held')], { waitMs: 100 });
    await expect.poll(() => exchanges.map(({ signal }) => signal.aborted)).toEqual([true, true, true]);
    await expect.poll(() => listener.openRequests).toBe(0);
    release();
  });

  test('is told to the watch as 499, once', async () => {
    const ends: number[] = [];
    const { route, release } = held();
    const watches = [{ began: () => (status: number) => ends.push(status) }];
    const { port } = await listening([plainRoutes(route)], {}, { watches });
    await rawRequest(port, get('/held'), { waitMs: 50 });
    await expect.poll(() => ends).toEqual([499]);
    release();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(ends).toEqual([499]);
  });

  test('a signal that nobody asked for before is fired already', async () => {
    const { route, exchanges, release } = held();
    const listener = await listening([plainRoutes(route)]);
    await rawRequest(listener.port, get('/held'), { waitMs: 50 });
    await expect.poll(() => listener.openRequests).toBe(0);
    expect(exchanges[0].signal.aborted).toBe(true);
    release();
  });
});

describe('a watch', () => {
  test('learns the route, never a raw path, and what the handler told', async () => {
    const seen: [WatchedRequest, number, RequestDetail][] = [];
    const watch = {
      began: (request: WatchedRequest) => (status: number, detail: Readonly<RequestDetail>) => {
        seen.push([request, status, { ...detail }]);
      },
    };
    const route: HttpRoute = {
      methods: ['POST'],
      path: '/models/:name',
      scope: 'infer',
      handle: ({ detail }) => {
        detail.model = 'known';
        return { status: 200, body: 'answer' };
      },
    };
    const { url } = await listening([plainRoutes(route)], {}, { watches: [watch], name: 'inference' });
    await (await fetch(`${url}/models/x`, { method: 'POST', body: 'abc' })).text();
    await (await fetch(`${url}/evil%0apath`)).text();
    await expect.poll(() => seen.length).toBe(2);
    expect(seen[0][0]).toMatchObject({
      listener: 'inference',
      protocol: 'plain',
      route: '/models/:name',
      method: 'POST',
    });
    expect(seen[0].slice(1)).toEqual([200, { receivedBytes: 3, sentBytes: 6, application: 'default', model: 'known' }]);
    expect(seen[1][0].route).toBe('');
    expect(seen[1][1]).toBe(404);
  });

  test('may add headers to the answer', async () => {
    const watch = {
      began: ({ answerHeaders }: WatchedRequest) => {
        answerHeaders['traceresponse'] = '00-1-2-01';
        return () => undefined;
      },
    };
    const { url } = await listening([echoRoutes()], {}, { watches: [watch] });
    const { headers } = await fetch(`${url}/hello`);
    expect(headers.get('traceresponse')).toBe('00-1-2-01');
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('streams', () => {
  test('are sent in chunks as they come', async () => {
    const handle = (): { status: number; body: Readable } => ({ status: 200, body: Readable.from(['one ', 'two']) });
    const { url } = await listening([plainRoutes({ methods: ['GET'], path: '/stream', scope: 'open', handle })]);
    expect(await (await fetch(`${url}/stream`)).text()).toBe('one two');
  });

  test('end when their client leaves', async () => {
    const body = new Readable({ read: () => undefined });
    body.push('one');
    const handle = (): { status: number; body: Readable } => ({ status: 200, body });
    const { port } = await listening([plainRoutes({ methods: ['GET'], path: '/stream', scope: 'open', handle })]);
    await rawRequest(port, get('/stream'), { waitMs: 50 });
    await expect.poll(() => body.destroyed).toBe(true);
  });
});

describe('closing', () => {
  test('takes no new connections, answers what is open, then ends', async () => {
    const { route, exchanges, release } = held();
    const listener = await listening([plainRoutes(route)]);
    const open = rawRequest(listener.port, get('/held'));
    await expect.poll(() => exchanges.length).toBe(1);
    const closed = listener.close();
    await expect(fetch(`${listener.url}/held`)).rejects.toThrow('fetch failed');
    release();
    const answer = await open;
    expect([answer.status, answer.closed]).toEqual([200, true]);
    expect(answer.text.toLowerCase()).toContain('connection: close');
    expect(await closed).toBe(true);
  });

  test('ends idle connections at once', async () => {
    const listener = await listening([echoRoutes()]);
    const idle = [rawRequest(listener.port, get('/hello')), rawRequest(listener.port, '')];
    await expect.poll(() => listener.connections).toBe(2);
    await expect.poll(() => listener.openRequests).toBe(0);
    const startMs = performance.now();
    expect(await listener.close()).toBe(true);
    expect(performance.now() - startMs).toBeLessThan(1000);
    expect((await Promise.all(idle)).every(({ closed }) => closed)).toBe(true);
  });

  test('answers what a client sends on a connection that it kept, until nothing comes for a moment', async () => {
    const listener = await listening([echoRoutes()]);
    listener.drain();
    const waiting = await connected(connect(listener.port, '127.0.0.1'));
    let text = '';
    waiting.on('data', (chunk) => (text += chunk.toString('latin1')));
    const gone = new Promise((resolve) => waiting.once('close', resolve));
    await expect.poll(() => listener.connections).toBe(1);
    const closed = listener.close();
    // In two parts: who has begun a request is no idle client.
    waiting.write('GET /hello HTTP/1.1\r\n');
    await new Promise((resolve) => setTimeout(resolve, 200));
    waiting.write('host: localhost\r\n\r\n');
    await gone;
    expect(text).toMatch(/^HTTP\/1\.1 200 [^]*connection: close/i);
    expect(await closed).toBe(true);
  });

  test('clients that keep on asking lose nothing of what was read', async () => {
    let began = 0;
    const ends: number[] = [];
    const watches = [{ began: () => ((began += 1), (status: number) => ends.push(status)) }];
    const listener = await listening([echoRoutes()], {}, { watches });
    const over = new AbortController();
    const statuses: number[] = [];
    const clients = Array.from({ length: 8 }, async () => {
      while (!over.signal.aborted)
        await fetch(`${listener.url}/hello`).then(
          ({ status }) => statuses.push(status),
          () => undefined,
        );
    });
    await expect.poll(() => statuses.length).toBeGreaterThan(50);
    listener.drain();
    expect(await listener.close()).toBe(true);
    over.abort();
    await Promise.all(clients);
    expect(ends).toHaveLength(began);
    expect(new Set([...ends, ...statuses])).toEqual(new Set([200]));
    expect(statuses).toHaveLength(began);
  });

  test('cuts what does not end in time, and says so', async () => {
    const { route, exchanges, release } = held();
    const listener = await listening([plainRoutes(route)], { closeTimeoutMs: 100 });
    const open = rawRequest(listener.port, get('/held'));
    await expect.poll(() => exchanges.length).toBe(1);
    expect(await listener.close()).toBe(false);
    expect((await open).status).toBe(0);
    expect(exchanges[0].signal.aborted).toBe(true);
    release();
  });
});
