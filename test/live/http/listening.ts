/** Listeners for tests: on loopback, on a port that the system chooses, closed when the test ends. */
import { onTestFinished } from 'vitest';
import type { HttpOptions, HttpRoute, Listener, ListenerParts, RouteSet } from '../../../live/http/index.ts';
import { createListener, openGate } from '../../../live/http/index.ts';

/** Generous where a test is not about them, and quick to close. */
export function httpOptions(changes: Partial<HttpOptions> = {}): HttpOptions {
  return {
    host: '127.0.0.1',
    port: 0,
    bodyMaxBytes: 1_000_000,
    inflatedMaxBytes: 1_000_000,
    bodiesMaxBytes: 100_000_000,
    bodyChunksMax: 65_536,
    headMaxBytes: 16_384,
    headTimeoutMs: 10_000,
    requestTimeoutMs: 20_000,
    timeoutCheckMs: 100,
    keepAliveMs: 5000,
    sendTimeoutMs: 10_000,
    connectionsMax: 1000,
    requestsPerConnectionMax: 0,
    pipelinedMax: 32,
    compressFromBytes: 1024,
    closeTimeoutMs: 2000,
    ...changes,
  };
}

/** A listener that takes requests until the test is over. */
export async function listening(
  routeSets: readonly RouteSet[],
  changes: Partial<HttpOptions> = {},
  parts: Partial<ListenerParts> = {},
): Promise<Listener> {
  const gate = openGate({ host: '127.0.0.1', managementOpen: false });
  const listener = await createListener(httpOptions(changes), { name: 'test', gate, routeSets, ...parts });
  onTestFinished(async () => {
    await listener.close();
  });
  return listener;
}

/** Routes below `/`, whose failures are plain text. */
export function plainRoutes(...routes: readonly HttpRoute[]): RouteSet {
  return {
    protocol: 'plain',
    prefix: '/',
    routes,
    renderFailure: ({ status, message }) => ({ status, body: message }),
  };
}

/** `POST /echo` gives the body back, `GET /hello` greets. */
export function echoRoutes(...more: readonly HttpRoute[]): RouteSet {
  return plainRoutes(
    { methods: ['POST'], path: '/echo', scope: 'infer', handle: ({ body }) => ({ status: 200, body }) },
    { methods: ['GET'], path: '/hello', scope: 'open', handle: () => ({ status: 200, body: 'hello' }) },
    ...more,
  );
}
