/** What can be set of an HTTP listener, and what it needs. Types only; the defaults live in the service's config. */
import type { Bytes } from '../../core/index.ts';
import type { Gate } from './gate.ts';
import type { RouteSet } from './http-route.ts';
import type { RequestWatch } from './request-watch.ts';

export interface HttpOptions {
  /** Address to bind to: `127.0.0.1` unless the service is to be reached from elsewhere. */
  readonly host: string;
  /** 0 to 65535; 0 lets the system choose. */
  readonly port: number;
  /** Largest body, as sent. */
  readonly bodyMaxBytes: Bytes;
  /** Largest body after inflation. */
  readonly inflatedMaxBytes: Bytes;
  /** Of all bodies that are held at once, as sent and inflated; a request beyond it gets 503. */
  readonly bodiesMaxBytes: Bytes;
  /** Most chunks of a chunked body: a flood of tiny ones costs more than their bytes. */
  readonly bodyChunksMax: number;
  /** Largest head of a request. */
  readonly headMaxBytes: Bytes;
  /** Time for the head of a request to arrive, in milliseconds. */
  readonly headTimeoutMs: number;
  /** Time for a whole request to arrive. */
  readonly requestTimeoutMs: number;
  /** How often the two timeouts above are looked at. */
  readonly timeoutCheckMs: number;
  /** How long an idle connection is kept. */
  readonly keepAliveMs: number;
  /** Time for a client to take an answer. */
  readonly sendTimeoutMs: number;
  /** Connections at once; further ones are closed unanswered. */
  readonly connectionsMax: number;
  /** Requests per connection, after which it is closed; 0 for any number. */
  readonly requestsPerConnectionMax: number;
  /** Requests of one connection that are open at once: pipelining beyond it is refused. */
  readonly pipelinedMax: number;
  /** Answers from this size are compressed for clients that accept it; 0 compresses none. */
  readonly compressFromBytes: Bytes;
  /** At close: time for open requests to end before they are cut. */
  readonly closeTimeoutMs: number;
  /** Certificate chain and private key in PEM; plain HTTP when left out. */
  readonly tls?: { readonly certificate: string; readonly privateKey: string };
}

export interface ListenerParts {
  /** For metrics and logs: `inference`, `management`. */
  readonly name: string;
  readonly gate: Gate;
  readonly routeSets: readonly RouteSet[];
  readonly watches?: readonly RequestWatch[];
}
