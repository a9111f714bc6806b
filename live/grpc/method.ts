/**
 * What a service declares about each of its calls: who may make it, and what it does with a decoded message. How
 * messages come and go, limits and refusals are the listener's business. Types only.
 */
import type { Caller, RequestDetail, Scope } from '../http/index.ts';
import type { ServiceCodec } from './definitions.ts';

/** What a method learns of its call. */
export interface CallContext {
  readonly caller: Caller;
  /** The client's text metadata. */
  readonly headers: Readonly<Record<string, string>>;
  /** When the client gives up, in milliseconds since 1970; `Infinity` when it waits. */
  readonly deadlineMs: number;
  /** Fires when the client has left or its deadline has passed. */
  readonly signal: AbortSignal;
  /** Fires when the listener is told to close: calls that would last for ever end then. */
  readonly stopping: AbortSignal;
  /** For logs, metrics and traces. */
  readonly detail: RequestDetail;
}

interface Access {
  /** `open` for calls that need no key. */
  readonly scope: Scope | 'open';
  /** Number of the request's field that holds raw tensors; 0 for none. Its bytes are free of the bound on messages. */
  readonly rawField: number;
  /** Whether a message counts against the application's rate and concurrency limits. */
  readonly isQuery?: boolean;
}

/** One message in, one out. Throws `CallFailure`, `HttpRefusal`, `GateRefusal` or `ServingError`. */
export interface UnaryMethod extends Access {
  readonly kind: 'unary';
  run(request: object, context: CallContext): object | Promise<object>;
}

/** One message in, many out, until the promise is fulfilled. */
export interface ServerStreamMethod extends Access {
  readonly kind: 'server-stream';
  /** @param send fulfilled when the message is on its way; wait for it before the next. */
  run(request: object, context: CallContext, send: (answer: object) => Promise<void>): Promise<void>;
}

/** Many messages in, one answer to each. */
export interface ExchangeMethod extends Access {
  readonly kind: 'exchange';
  /** Whether answers keep the order of the messages; otherwise each goes out when it is ready. */
  readonly ordered: boolean;
  run(request: object, context: CallContext): object | Promise<object>;
  /**
   * The answer to a message that failed, so that the others go on.
   * @param request the message; undefined when it could not be decoded.
   */
  refuse(failure: { readonly code: number; readonly message: string }, request: object | undefined): object;
}

export type Method = UnaryMethod | ServerStreamMethod | ExchangeMethod;

/** A service: its wire form, and what each call does. Calls without an entry answer UNIMPLEMENTED. */
export interface GrpcService {
  readonly codec: ServiceCodec;
  readonly methods: Readonly<Record<string, Method>>;
}
