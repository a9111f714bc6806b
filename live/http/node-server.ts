/** The bare Node server under a listener: limits and timeouts, plain or over TLS. */
import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { HttpOptions } from './listener-options.ts';

/** Not listening yet. A request that asks to continue is handled like others: the body's reader tells it to. */
export function nodeServer(options: HttpOptions, handler: RequestListener): Server {
  const { tls } = options;
  const limits = {
    maxHeaderSize: options.headMaxBytes,
    headersTimeout: options.headTimeoutMs,
    requestTimeout: options.requestTimeoutMs,
    connectionsCheckingInterval: options.timeoutCheckMs,
    keepAliveTimeout: options.keepAliveMs,
    noDelay: true,
  };
  const server =
    tls === undefined
      ? createServer(limits, handler)
      : createSecureServer(
          { ...limits, cert: tls.certificate, key: tls.privateKey, handshakeTimeout: options.headTimeoutMs },
          handler,
        );
  server.maxConnections = options.connectionsMax;
  server.on('checkContinue', handler);
  return server;
}
