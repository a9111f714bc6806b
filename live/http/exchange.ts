/** A request under way: what its handler sees, and its one end, whether it was answered or its client has left. */
import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { LeaveSignal } from '../service/index.ts';
import type { Caller } from './gate.ts';
import type { HttpExchange } from './http-route.ts';
import { Leaving } from './leaving.ts';
import type { RequestDetail, RequestEnd, RequestWatch } from './request-watch.ts';

/** Of a request without an answer because its client left: nginx's number, for logs only. */
export const CLIENT_LEFT_STATUS = 499;

export interface ExchangeParts {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly params: Readonly<Record<string, string>>;
  readonly listener: string;
  readonly protocol: string;
  readonly route: string;
  readonly watches: readonly RequestWatch[];
}

const NOBODY: Caller = { application: 'default', key: '' };
const NONE = Buffer.alloc(0);

export class Exchange implements HttpExchange {
  readonly id: string = randomUUID();
  readonly method: string;
  readonly target: string;
  readonly params: Readonly<Record<string, string>>;
  readonly headers: IncomingHttpHeaders;
  readonly remoteAddress: string;
  readonly detail: RequestDetail = { receivedBytes: 0, sentBytes: 0 };
  readonly answerHeaders: Record<string, string> = { 'x-request-id': this.id };
  body: Buffer = NONE;
  caller: Caller = NOBODY;
  /** Set when all of the answer was written and only the connection is kept for a while. */
  isAnswered = false;
  private hasLeft = false;
  private isOpen = true;
  private readonly ends: readonly RequestEnd[];
  private readonly response: ServerResponse;
  private leaving: Leaving | undefined;
  private searchParams: URLSearchParams | undefined;

  constructor(parts: ExchangeParts) {
    const { request, response, listener, protocol, route } = parts;
    this.response = response;
    this.method = request.method ?? '';
    this.target = request.url ?? '';
    this.params = parts.params;
    this.headers = request.headers;
    this.remoteAddress = request.socket.remoteAddress ?? '';
    const { id, method, target, headers, remoteAddress, answerHeaders } = this;
    const watched = { id, listener, protocol, method, route, target, headers, remoteAddress, answerHeaders };
    this.ends = parts.watches.map((watch) => watch.began(watched));
  }

  /**
   * Ends it, once: the answer is handed to the system, or the connection is gone.
   * @returns whether it was open.
   */
  end(): boolean {
    if (!this.isOpen) return false;
    this.isOpen = false;
    this.hasLeft = !this.response.writableFinished && !this.isAnswered;
    if (this.hasLeft) this.leaving?.leave();
    for (const end of this.ends) end(this.hasLeft ? CLIENT_LEFT_STATUS : this.response.statusCode, this.detail);
    return true;
  }

  get signal(): LeaveSignal {
    if (this.leaving === undefined) {
      this.leaving = new Leaving();
      if (this.hasLeft) this.leaving.leave();
    }
    return this.leaving;
  }

  get query(): URLSearchParams {
    if (this.searchParams === undefined) {
      const start = this.target.indexOf('?');
      this.searchParams = new URLSearchParams(start < 0 ? '' : this.target.slice(start + 1));
    }
    return this.searchParams;
  }
}
