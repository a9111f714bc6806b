/** What a protocol brings to a listener: routes, what they take and give, and its words for failures. Types only. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import type { LeaveSignal } from '../service/index.ts';
import type { Caller, Scope } from './gate.ts';
import type { HttpFailure } from './http-refusal.ts';
import type { RequestDetail } from './request-watch.ts';

/** One request, as a handler sees it: its body is read, inflated and admitted. */
export interface HttpExchange {
  readonly id: string;
  readonly method: string;
  /** As on the request line, before any decoding. */
  readonly target: string;
  /** Parts of the path by the names in the route's pattern, decoded once. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** Empty when there is none. Not copied: it must not be changed. */
  readonly body: Buffer;
  /** `default` on open routes. */
  readonly caller: Caller;
  /** Fires when the client leaves before its answer was sent. */
  readonly signal: LeaveSignal;
  readonly remoteAddress: string;
  /** For logs, metrics and traces. */
  readonly detail: RequestDetail;
}

export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case. `content-length` is the listener's. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Parts are sent one after the other without being joined; a stream is sent in chunks until it ends. */
  readonly body?: string | Uint8Array | readonly Uint8Array[] | Readable;
}

export interface HttpRoute {
  /** `HEAD` comes with `GET`. */
  readonly methods: readonly ('GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH' | 'OPTIONS')[];
  /** Of find-my-way: `/v2/models/:name/infer`. A trailing slash is ignored. */
  readonly path: string;
  /** What the caller must be allowed to do; a route that does not say is closed to everybody. */
  readonly scope?: Scope | 'open';
  /** Whether it counts against the application's rate and concurrency limits. */
  readonly isQuery?: boolean;
  /** Whether it takes bodies that a signature does not cover. */
  readonly unsignedPayload?: boolean;
  /** In place of the listener's limit, before and after inflation. */
  readonly bodyMaxBytes?: number;
  readonly handle: (exchange: HttpExchange) => HttpAnswer | Promise<HttpAnswer>;
}

/** The routes of a protocol. */
export interface RouteSet {
  /** For metrics and logs: `open-inference`. */
  readonly protocol: string;
  /** Failures on paths that begin so are this protocol's to render: `/v2`. The longest that fits wins. */
  readonly prefix: string;
  readonly routes: readonly HttpRoute[];
  readonly renderFailure: (failure: HttpFailure) => HttpAnswer;
}
