/** What can be set of a gRPC listener, and what it needs. Types only; the defaults live in the service's config. */
import type { Bytes } from '../../core/index.ts';
import type { Gate, RequestWatch } from '../http/index.ts';
import type { GrpcService } from './method.ts';

export interface GrpcOptions {
  /** Address to bind to: `127.0.0.1` unless the service is to be reached from elsewhere. */
  readonly host: string;
  /** 0 to 65535; 0 lets the system choose. */
  readonly port: number;
  /** The largest message in either direction, after inflation; at most 2^31 - 1. */
  readonly messageMaxBytes: Bytes;
  /** Bytes of a message outside of raw tensors: they grow many times over when they are decoded. */
  readonly plainMaxBytes: Bytes;
  /** Fields of a message: inputs, outputs, parameters and raw tensors each count. */
  readonly fieldsMax: number;
  /** Connections at once; further ones are closed unanswered. */
  readonly connectionsMax: number;
  /** Calls of one connection that are open at once. */
  readonly callsPerConnectionMax: number;
  /** Queries of one stream that are open at once, at least 1; beyond it the stream is not read on. */
  readonly queriesPerStreamMax: number;
  /** Time for a whole request to arrive, in milliseconds. Streams may take as long as they like. */
  readonly requestTimeoutMs: number;
  /** A connection is pinged after this long without a sign of life. */
  readonly keepAliveMs: number;
  /** And is dropped when it does not answer for this long. */
  readonly keepAliveTimeoutMs: number;
  /** A connection without calls is closed after this long. */
  readonly idleMs: number;
  /** At close: time for open calls to end before they are cut. */
  readonly closeTimeoutMs: number;
  /**
   * Whether callers with keys may open streams. Their signature covers the call (path, date and host) and none of its
   * messages: without TLS somebody on the way could put in messages of their own.
   */
  readonly unsignedStreams: boolean;
  /** Certificate chain and private key in PEM; plain text when left out. */
  readonly tls?: { readonly certificate: string; readonly privateKey: string } | undefined;
}

export interface GrpcParts {
  /** For metrics and logs: `grpc`. */
  readonly name: string;
  readonly gate: Gate;
  readonly services: readonly GrpcService[];
  readonly watches?: readonly RequestWatch[];
}
