/**
 * An HTTP listener: fastify finds the route, `serveRequest` does all else. Fastify's own reading of bodies is not used:
 * it reads before the size is judged, and refuses types of content that it does not know. Every request that was begun
 * gets one answer, also while the listener closes.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import fastify from 'fastify';
import type { FastifyInstance } from 'fastify';
import { ServingError } from '../../core/index.ts';
import { refuseBrokenRequest } from './broken-requests.ts';
import { Connections } from './connections.ts';
import { HeldBytes } from './held-bytes.ts';
import { HttpRefusal } from './http-refusal.ts';
import type { HttpAnswer } from './http-route.ts';
import type { HttpOptions, ListenerParts } from './listener-options.ts';
import { nodeServer } from './node-server.ts';
import type { BoundRoute } from './route-table.ts';
import { pathOf, RouteTable } from './route-table.ts';
import type { ServingState } from './serve-request.ts';
import { serveRequest } from './serve-request.ts';

export interface Listener {
  /** `http://127.0.0.1:8000`. */
  readonly url: string;
  readonly host: string;
  /** The port that it has, also where the system chose. */
  readonly port: number;
  /** Requests that are open now. */
  readonly openRequests: number;
  /** Connections there are now, idle ones included. */
  readonly connections: number;
  /** From now on every answer is the last of its connection; requests are taken still. */
  drain(): void;
  /**
   * Takes no new connections, lets open requests end (up to `closeTimeoutMs`), then closes the connections: those that
   * are idle after a moment without requests. A request that a client sends just as its connection closes gets no
   * answer and was not seen, and neither was one on a connection that is still being opened: they are the client's to
   * send again, as RFC 9112, section 9.3.1 has it.
   * @returns whether all open requests were answered.
   */
  close(): Promise<boolean>;
}

/** Of a closing listener: how long nothing has to come, and how long that is waited for. */
const QUIET_MS = 100;
const QUIET_MOST_MS = 1000;
/** Longer parts of a path than any name: protocols say what is wrong with them. */
const PARAMETER_MAX = 16_384;

/**
 * A listener that takes requests.
 * @throws ServingError HTTP_LISTEN_FAILED when the address cannot be bound.
 */
export async function createListener(options: HttpOptions, parts: ListenerParts): Promise<Listener> {
  const connections = new Connections();
  const table = new RouteTable(parts.routeSets);
  const held = new HeldBytes(options.bodiesMaxBytes);
  const state: ServingState = { options, parts, connections, held, isDraining: false };
  const server = fastify({
    serverFactory: (handler) => nodeServer(options, handler),
    clientErrorHandler: refuseBrokenRequest,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: PARAMETER_MAX },
    exposeHeadRoutes: false,
    return503OnClosing: false,
    frameworkErrors: (_error, request, reply) => {
      serveNoRoute(state, table, request.raw, reply.raw, new HttpRefusal(400, 'the path is not a valid URL'));
    },
  });
  const connected = options.tls === undefined ? 'connection' : 'secureConnection';
  server.server.on(connected, (socket: Socket) => connections.add(socket));
  for (const bound of table.bound) addRoute(server, state, bound);
  // A hook, since the handler of unknown paths is called too late: after the type of the content was judged.
  server.addHook('onRequest', ({ is404, raw: request }, { raw: response }, done) => {
    if (is404) serveNoRoute(state, table, request, response, noRoute(table, request));
    else done();
  });
  await listen(server, options);
  return listenerOf(server, state);
}

function addRoute(server: FastifyInstance, state: ServingState, bound: BoundRoute): void {
  const { method, route, set } = bound;
  server.route({
    method,
    url: route.path,
    // Takes the request over: what fastify would do after it is never reached.
    onRequest: ({ raw: request, params }, { raw: response }) => {
      // The router makes it of the pattern's names and the path's parts.
      const named = params as Readonly<Record<string, string>>;
      void serveRequest(state, { request, response, params: named, to: bound, set });
    },
    handler: () => undefined,
  });
}

function serveNoRoute(
  state: ServingState,
  table: RouteTable,
  request: IncomingMessage,
  response: ServerResponse,
  to: HttpRefusal | HttpAnswer,
): void {
  const set = table.protocolOf(request.url ?? '');
  void serveRequest(state, { request, response, params: {}, to, set });
}

/**
 * What a request gets that no route takes: what its path offers, 405 for another method, 404 for an unknown path, 400
 * for one that tries to climb, for whoever looks for those in a log.
 */
function noRoute(table: RouteTable, { method = '', url: target = '' }: IncomingMessage): HttpRefusal | HttpAnswer {
  const allow = table.allowed(target).join(', ');
  if (method === 'OPTIONS' && allow !== '') return { status: 204, headers: { allow } };
  if (allow !== '') return new HttpRefusal(405, `this method is not offered here, but ${allow}`, { allow });
  const climbs = pathOf(target)
    .split(/[/\\]|%2f|%5c/i)
    .some((part) => /^(\.|%2e){1,2}$/i.test(part));
  if (climbs) return new HttpRefusal(400, 'the path must not contain path traversal characters');
  return new HttpRefusal(404, 'nothing is offered at this path');
}

async function listen(server: FastifyInstance, { host, port }: HttpOptions): Promise<void> {
  try {
    await server.listen({ host, port });
  } catch (cause) {
    throw new ServingError({
      code: 'HTTP_LISTEN_FAILED',
      message: `cannot listen on ${host}:${port}`,
      found: cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause),
      expected: 'a free port and an address of this host',
      cause,
    });
  }
}

function listenerOf(server: FastifyInstance, state: ServingState): Listener {
  const { options, connections } = state;
  // A server that listens on a host and a port has such an address.
  const { port } = server.server.address() as AddressInfo;
  const { host } = options;
  const scheme = options.tls === undefined ? 'http' : 'https';
  return {
    url: `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`,
    host,
    port,
    get openRequests() {
      return connections.open;
    },
    get connections() {
      return connections.count;
    },
    drain() {
      state.isDraining = true;
    },
    async close() {
      const startMs = performance.now();
      state.isDraining = true;
      // Node would end idle connections at once, and with them requests that are on their way.
      server.server.closeIdleConnections = () => undefined;
      const closed = server.close();
      await connections.quiet(QUIET_MS, Math.min(QUIET_MOST_MS, options.closeTimeoutMs));
      const wasAnswered = await connections.settled(
        Math.max(0, options.closeTimeoutMs - (performance.now() - startMs)),
      );
      if (wasAnswered) connections.closeIdle();
      else connections.closeAll();
      await closed;
      return wasAnswered;
    },
  };
}
