/**
 * Who may come in: what every listener asks before it does anything for a client. `auth` implements it; a listener
 * without keys has a gate that lets everybody in as `default`. Types only.
 */
import type { IncomingHttpHeaders } from 'node:http';

/** What a caller wants to do. */
export type Scope = 'infer' | 'manage' | 'metrics';

/** What is known of a request before its body. */
export interface GateHead {
  /** As on the request line, before any decoding: `GET`, `/v2/models/a?b=%20c`. */
  readonly method: string;
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  /** Names and values in turn, so that repeated headers are seen. */
  readonly rawHeaders: readonly string[];
  /** Over TLS. */
  readonly secure: boolean;
  /** The client's address is this host's own. */
  readonly loopback: boolean;
}

export interface GateRequest extends GateHead {
  /** The body as it was sent: before inflation. */
  readonly body: Uint8Array;
  /** The route takes bodies that the signature does not cover. */
  readonly unsignedPayload: boolean;
}

export interface Caller {
  /** Owner of the key; `default` where nobody signs. */
  readonly application: string;
  /** Public id of the key; '' where nobody signs. */
  readonly key: string;
}

export interface Gate {
  /**
   * Judges a request by its head alone, so that nobody who may not come in makes the server keep a body. It uses nothing
   * up, and who passes is still to be admitted. Left out by gates that look at bodies only.
   *
   * @returns who it seems to be.
   * @throws GateRefusal
   */
  screen?(head: GateHead, scope: Scope): Caller;
  /** @throws GateRefusal */
  admit(request: GateRequest, scope: Scope): Caller;
  /**
   * Counts a query of an application against its rate and concurrency limits; undo with the function it returns.
   * @throws GateRefusal with status 429.
   */
  enter(caller: Caller): () => void;
}

/** A caller that may not come in; each protocol says it in its own words. */
export class GateRefusal extends Error {
  override readonly name = 'GateRefusal';
  readonly status: 400 | 401 | 403 | 429;
  readonly reason: 'unauthenticated' | 'forbidden' | 'rate-limit' | 'concurrency-limit';
  /** `WWW-Authenticate`, `Date`, `Retry-After`. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    message: string,
    refusal: Pick<GateRefusal, 'status' | 'reason'> & { readonly headers?: Readonly<Record<string, string>> },
  ) {
    super(message);
    this.status = refusal.status;
    this.reason = refusal.reason;
    this.headers = refusal.headers ?? {};
  }
}
