/**
 * A gRPC listener: binds, offers services, and closes without losing a call. The library serves calls on the
 * connections it is given; the socket that listens is ours, so that connections can be counted and cut.
 */
import { once, setMaxListeners } from 'node:events';
import { createServer } from 'node:net';
import type { Server as SocketServer, Socket } from 'node:net';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import type { ServiceDefinition, UntypedHandleCall } from '@grpc/grpc-js';
import { ServingError } from '../../core/index.ts';
import type { CallHouse } from './call-house.ts';
import { callLimits } from './call-limits.ts';
import { callScreening } from './call-screening.ts';
import type { MethodCodec } from './definitions.ts';
import { exchangeHandler } from './exchange-handler.ts';
import type { GrpcOptions, GrpcParts } from './grpc-options.ts';
import { serverStreamHandler, unaryHandler } from './handlers.ts';
import type { GrpcService, Method } from './method.ts';

export interface GrpcServer {
  readonly host: string;
  /** The port that was bound. */
  readonly port: number;
  /**
   * Takes no further call, waits for open ones, cuts those that take longer. Fulfilled when everything is closed;
   * calling it again waits for the same end.
   */
  close(): Promise<void>;
}

/**
 * Starts a listener.
 * @throws ServingError GRPC_LISTEN when the address cannot be had.
 */
export async function startGrpcServer(parts: GrpcParts, options: GrpcOptions): Promise<GrpcServer> {
  const stopping = new AbortController();
  // Every open stream listens to it.
  setMaxListeners(0, stopping.signal);
  const server = serverOf(parts, options, stopping.signal);
  const connections = server.createConnectionInjector(credentialsOf(options));
  const sockets = new Set<Socket>();
  const listener = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    // Calls are told by their own streams; without a listener a reset before the first of them would end the process.
    socket.on('error', () => undefined);
    connections.injectConnection(socket);
  });
  listener.maxConnections = options.connectionsMax;
  const port = await listen(listener, options);
  let closed: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    listener.close();
    stopping.abort();
    await Promise.race([shutDown(server), afterMs(options.closeTimeoutMs)]);
    for (const socket of sockets) socket.destroy();
  };
  return { host: options.host, port, close: () => (closed ??= close()) };
}

function serverOf(
  { name, gate, services, watches = [] }: GrpcParts,
  options: GrpcOptions,
  stopping: AbortSignal,
): Server {
  const house: CallHouse = {
    name,
    gate,
    watches,
    stopping,
    secure: options.tls !== undefined,
    unsignedStreams: options.unsignedStreams,
    bounds: { plainBytes: options.plainMaxBytes, fields: options.fieldsMax },
    answerMaxBytes: options.messageMaxBytes,
  };
  const server = new Server({
    'grpc.max_receive_message_length': options.messageMaxBytes,
    'grpc.max_send_message_length': options.messageMaxBytes,
    'grpc.max_concurrent_streams': options.callsPerConnectionMax,
    'grpc.keepalive_time_ms': options.keepAliveMs,
    'grpc.keepalive_timeout_ms': options.keepAliveTimeoutMs,
    'grpc.max_connection_idle_ms': options.idleMs,
    // Books about every connection, which nobody reads here.
    'grpc.enable_channelz': 0,
    interceptors: [callLimits(options), callScreening(house, scopesOf(services))],
  });
  for (const { codec, methods } of services) {
    server.addService(definitionOf(codec.values()), handlersOf(codec, methods, house));
  }
  return server;
}

function scopesOf(services: GrpcParts['services']): (path: string) => Method['scope'] | undefined {
  const byPath = new Map<string, Method['scope']>();
  for (const { codec, methods } of services) {
    for (const [name, { path }] of codec) if (Object.hasOwn(methods, name)) byPath.set(path, methods[name].scope);
  }
  return (path) => byPath.get(path);
}

/** Calls with their messages as bytes: they are decoded behind the gate. */
function definitionOf(codecs: Iterable<MethodCodec>): ServiceDefinition {
  const asIs = (bytes: Buffer): Buffer => bytes;
  return Object.fromEntries(
    [...codecs].map(({ path, requestStream, responseStream }) => [
      path,
      {
        path,
        requestStream,
        responseStream,
        requestSerialize: asIs,
        requestDeserialize: asIs,
        responseSerialize: asIs,
        responseDeserialize: asIs,
      },
    ]),
  );
}

function handlersOf(
  codec: GrpcService['codec'],
  methods: GrpcService['methods'],
  house: CallHouse,
): Record<string, UntypedHandleCall> {
  const handlers: Record<string, UntypedHandleCall> = {};
  for (const [name, method] of Object.entries(methods)) {
    const call = codec.get(name);
    if (call !== undefined) handlers[call.path] = handlerOf(call, method, house);
  }
  return handlers;
}

function handlerOf(codec: MethodCodec, method: Method, house: CallHouse): UntypedHandleCall {
  switch (method.kind) {
    case 'unary':
      return unaryHandler(codec, method, house);
    case 'server-stream':
      return serverStreamHandler(codec, method, house);
    case 'exchange':
      return exchangeHandler(codec, method, house);
  }
}

function credentialsOf({ tls }: GrpcOptions): ServerCredentials {
  if (tls === undefined) return ServerCredentials.createInsecure();
  return ServerCredentials.createSsl(null, [
    { private_key: Buffer.from(tls.privateKey), cert_chain: Buffer.from(tls.certificate) },
  ]);
}

async function listen(listener: SocketServer, { host, port }: GrpcOptions): Promise<number> {
  try {
    listener.listen({ host, port });
    await once(listener, 'listening');
  } catch (cause) {
    throw new ServingError({
      code: 'GRPC_LISTEN',
      message: `gRPC cannot listen on ${host}:${port}`,
      found: cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause),
      expected: 'a free port and an address of this host',
      cause,
    });
  }
  const address = listener.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

function shutDown(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.tryShutdown(() => resolve());
  });
}

function afterMs(delayMs: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, delayMs).unref());
}
