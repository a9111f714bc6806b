// Which route a request finds, what other methods and paths get, and who may come in.
import { describe, expect, test } from 'vitest';
import type { Gate, HttpRoute } from '../../../live/http/index.ts';
import { createListener, GateRefusal, openGate } from '../../../live/http/index.ts';
import { echoRoutes, httpOptions, listening, plainRoutes } from './listening.ts';
import { get, rawRequest } from './raw-socket.ts';

const echoName: HttpRoute = {
  methods: ['GET'],
  path: '/models/:name/ready',
  scope: 'open',
  handle: ({ params, query }) => ({ status: 200, body: `${params['name']} ${query.get('verbose') ?? ''}` }),
};

describe('paths', () => {
  test.each([
    ['/models/a/ready', 'a '],
    ['/models/a/ready/', 'a '],
    ['/models/a%2Fb/ready', 'a/b '],
    ['/models/%252e/ready', '%2e '],
    ['/models/a/ready?verbose=x%20y', 'a x y'],
  ])('%s is decoded once, and a trailing slash is ignored', async (path, expected) => {
    const { url } = await listening([plainRoutes(echoName)]);
    expect(await (await fetch(url + path)).text()).toBe(expected);
  });

  test('an unknown path is 404 in the words of the protocol whose prefix it has', async () => {
    const v2 = { ...plainRoutes(), protocol: 'v2', prefix: '/v2', renderFailure: () => ({ status: 404, body: 'v2' }) };
    const { url } = await listening([echoRoutes(), v2]);
    expect(await (await fetch(`${url}/v2/none`)).text()).toBe('v2');
    expect(await (await fetch(`${url}/none`)).text()).toBe('nothing is offered at this path');
  });

  test.each(['/models/../none', '/models/%2e%2e/x/y', '/models/a%2f..%2f..%2fpasswd/x'])(
    'a path that climbs is 400: %s',
    async (path) => {
      const { port } = await listening([plainRoutes(echoName)]);
      const answer = await rawRequest(port, get(path, 'connection: close'));
      expect(answer.status).toBe(400);
      expect(answer.text).toContain('path traversal');
    },
  );

  test('a path that is no URL is 400', async () => {
    const { port } = await listening([echoRoutes()]);
    expect((await rawRequest(port, get('/%zz', 'connection: close'))).status).toBe(400);
  });
});

describe('methods', () => {
  test.each(['PUT', 'DELETE', 'PATCH', 'TRACE', 'PROPFIND', 'POST'])(
    '%s is 405 with what is allowed where it is not offered',
    async (method) => {
      const { port } = await listening([echoRoutes()]);
      const { text } = await rawRequest(port, get('/hello', 'connection: close').replace('GET', method));
      expect(text).toContain('HTTP/1.1 405');
      expect(text).toContain('allow: GET, HEAD, OPTIONS');
    },
  );

  test('HEAD gives the head of GET and no body', async () => {
    const { port } = await listening([echoRoutes()]);
    const { text } = await rawRequest(port, get('/hello', 'connection: close').replace('GET', 'HEAD'));
    expect(text).toContain('content-length: 5');
    expect(text.endsWith('\r\n\r\n')).toBe(true);
  });

  test('OPTIONS lists what is allowed, and no origin', async () => {
    const { url } = await listening([echoRoutes()]);
    const answer = await fetch(`${url}/echo`, { method: 'OPTIONS', headers: { origin: 'http://elsewhere' } });
    expect(answer.status).toBe(204);
    expect(answer.headers.get('allow')).toBe('OPTIONS, POST');
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('the gate', () => {
  const manage: HttpRoute = { methods: ['POST'], path: '/load', scope: 'manage', handle: () => ({ status: 200 }) };

  test('a route that names no scope is open to nobody', async () => {
    const route: HttpRoute = { methods: ['GET'], path: '/secret', handle: () => ({ status: 200, body: 'secret' }) };
    const { url } = await listening([plainRoutes(route)]);
    expect((await fetch(`${url}/secret`)).status).toBe(403);
  });

  test('is asked with the bytes as they were sent, and its caller is the handler’s', async () => {
    const asked: unknown[] = [];
    const gate: Gate = {
      admit({ method, target, body, loopback, secure }, scope) {
        asked.push([method, target, Buffer.from(body).toString(), loopback, secure, scope]);
        return { application: 'shop', key: 'AK1' };
      },
      enter: () => () => undefined,
    };
    const who: HttpRoute = {
      methods: ['POST'],
      path: '/who',
      scope: 'infer',
      handle: ({ caller }) => ({ status: 200, body: caller.application }),
    };
    const { url } = await listening([plainRoutes(who)], {}, { gate });
    const answer = await fetch(`${url}/who?a=%20b`, { method: 'POST', body: 'bytes' });
    expect(await answer.text()).toBe('shop');
    expect(asked).toEqual([['POST', '/who?a=%20b', 'bytes', true, false, 'infer']]);
  });

  test('its refusal is the answer, with its headers', async () => {
    const refuse = (): never => {
      const headers = { 'www-authenticate': 'HMAC-SHA256' };
      throw new GateRefusal('Invalid Signature', { status: 401, reason: 'unauthenticated', headers });
    };
    const { url } = await listening([echoRoutes()], {}, { gate: { admit: refuse, enter: refuse } });
    const answer = await fetch(`${url}/echo`, { method: 'POST', body: 'x' });
    expect([answer.status, await answer.text()]).toEqual([401, 'Invalid Signature']);
    expect(answer.headers.get('www-authenticate')).toBe('HMAC-SHA256');
  });

  test('a query counts against the limits until it is answered', async () => {
    let open = 0;
    const gate: Gate = {
      admit: () => ({ application: 'default', key: '' }),
      enter() {
        if (open === 1) throw new GateRefusal('one at a time', { status: 429, reason: 'concurrency-limit' });
        open += 1;
        return () => (open -= 1);
      },
    };
    let release = (): void => undefined;
    const waiting = new Promise<void>((resolve) => {
      release = resolve;
    });
    const slow: HttpRoute = {
      methods: ['POST'],
      path: '/slow',
      scope: 'infer',
      isQuery: true,
      handle: () => waiting.then(() => ({ status: 200 })),
    };
    const { url } = await listening([plainRoutes(slow)], {}, { gate });
    const first = fetch(`${url}/slow`, { method: 'POST' });
    await expect.poll(() => open).toBe(1);
    expect((await fetch(`${url}/slow`, { method: 'POST' })).status).toBe(429);
    release();
    expect((await first).status).toBe(200);
    expect(open).toBe(0);
  });

  test('without keys, management is closed on a public address and to pages led here by name', async () => {
    const closed = openGate({ host: '0.0.0.0', managementOpen: false });
    const { url } = await listening([plainRoutes(manage)], {}, { gate: closed });
    expect((await fetch(`${url}/load`, { method: 'POST' })).status).toBe(403);
    const opened = openGate({ host: '0.0.0.0', managementOpen: true });
    const other = await listening([plainRoutes(manage)], {}, { gate: opened });
    expect((await fetch(`${other.url}/load`, { method: 'POST' })).status).toBe(200);
    const local = await listening([plainRoutes(manage)]);
    expect((await fetch(`${local.url}/load`, { method: 'POST' })).status).toBe(200);
    const rebound = 'POST /load HTTP/1.1\r\nhost: evil.example\r\ncontent-length: 0\r\nconnection: close\r\n\r\n';
    expect((await rawRequest(local.port, rebound)).status).toBe(403);
  });

  test('a page of another origin may read and not change', async () => {
    const { url } = await listening([echoRoutes()]);
    const from = (origin: string): Promise<Response> =>
      fetch(`${url}/echo`, { method: 'POST', body: 'x', headers: { origin } });
    expect((await from('http://elsewhere.example')).status).toBe(403);
    expect((await from('null')).status).toBe(403);
    expect((await from(url)).status).toBe(200);
  });
});

describe('failures', () => {
  test('what a handler throws is a bare 500, and its cause is for the watch only', async () => {
    const causes: unknown[] = [];
    const broken: HttpRoute = {
      methods: ['GET'],
      path: '/broken',
      scope: 'open',
      handle: () => {
        throw new Error('at /srv/secret.ts');
      },
    };
    const watches = [
      {
        began:
          () =>
          (_status: number, { cause }: { cause?: unknown }) =>
            causes.push(cause),
      },
    ];
    const { url } = await listening([plainRoutes(broken)], {}, { watches });
    const answer = await fetch(`${url}/broken`);
    expect([answer.status, await answer.text()]).toEqual([500, 'internal error']);
    await expect.poll(() => String(causes)).toContain('secret.ts');
  });

  test('an address in use is a user’s error', async () => {
    const { port } = await listening([echoRoutes()]);
    const gate = openGate({ host: '127.0.0.1', managementOpen: false });
    const again = createListener(httpOptions({ port }), { name: 'test', gate, routeSets: [] });
    await expect(again).rejects.toThrow(`cannot listen on 127.0.0.1:${port}; found EADDRINUSE`);
  });
});
