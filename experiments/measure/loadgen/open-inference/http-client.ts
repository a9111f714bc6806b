/**
 * Requests to one HTTP server over connections that are kept: a bound on how many, a time limit for each request, a
 * bound on the answer. It knows nothing of what is asked. That a server closes a connection which lay idle, just when it
 * is used again, is nobody's fault: such a request is sent once more. One that breaks on a busy connection is not.
 */
import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import type { ClientRequest, IncomingHttpHeaders, IncomingMessage, RequestOptions } from 'node:http';
import type { Socket } from 'node:net';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Nanos } from '../../../../core/index.ts';
import { formatDuration, toMilliseconds } from '../../../../core/index.ts';

/** More than any answer of a classifier; a server that sends without end is cut off. */
const ANSWER_BYTES_MAX = 268_435_456;

/** Servers close connections that lay idle for seconds; a shorter rest is no reason for one to be closed. */
const IDLE_MS = 500;

export interface HttpClientOptions {
  readonly url: URL;
  /** Connections at most, at least 1. */
  readonly connections: number;
  /** From when a request is sent until its answer is whole. */
  readonly timeoutNs: Nanos;
  /** Sent with every request. */
  readonly headers: Readonly<Record<string, string>>;
}

interface Asked {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Why no answer came: `timeout`, or the system's code such as ECONNREFUSED. */
export class NoAnswerError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = 'NoAnswerError';
    this.code = code;
  }
}

export class HttpClient {
  private readonly options: HttpClientOptions;
  private readonly agent: HttpAgent | HttpsAgent;
  /** When connections were last given back. */
  private readonly restingSinceMs = new WeakMap<Socket, number>();
  private readonly send: (options: RequestOptions, answered: (answer: IncomingMessage) => void) => ClientRequest;

  constructor(options: HttpClientOptions) {
    this.options = options;
    const limits = { keepAlive: true, maxSockets: options.connections, maxFreeSockets: options.connections };
    const isSecure = options.url.protocol === 'https:';
    this.agent = isSecure ? new HttpsAgent(limits) : new HttpAgent(limits);
    this.agent.on('free', (socket: Socket) => this.restingSinceMs.set(socket, performance.now()));
    this.send = isSecure ? httpsRequest : httpRequest;
  }

  /** @throws NoAnswerError when no whole answer came in time. */
  async get(path: string): Promise<HttpAnswer> {
    return this.attempt({ method: 'GET', path, headers: {} }, undefined);
  }

  /** @throws NoAnswerError when no whole answer came in time. */
  async post(path: string, body: Buffer, headers: Readonly<Record<string, string>>): Promise<HttpAnswer> {
    return this.attempt({ method: 'POST', path, headers: { ...headers, 'Content-Length': String(body.length) } }, body);
  }

  /** Ends all connections, those in use as well. */
  close(): void {
    this.agent.destroy();
  }

  private attempt(asked: Asked, body: Buffer | undefined, isSecond = false): Promise<HttpAnswer> {
    const { url, timeoutNs, headers } = this.options;
    const { promise, resolve, reject } = deferred<HttpAnswer>();
    const request = this.send(
      {
        ...asked,
        agent: this.agent,
        protocol: url.protocol,
        host: url.hostname.replace(/^\[|\]$/g, ''),
        port: url.port,
        path: `${url.pathname.replace(/\/+$/, '')}${asked.path}`,
        headers: { ...headers, ...asked.headers },
      },
      (answer) => collect(answer, resolve, fail),
    );
    // Once an answer has begun a request tells of no error any more.
    const fail = (error: Error): void => {
      reject(noAnswer(error));
      request.destroy(error);
    };
    const timer = setTimeout(() => {
      fail(new NoAnswerError('timeout', `no answer within ${formatDuration(timeoutNs)}`));
    }, toMilliseconds(timeoutNs));
    let restedMs = 0;
    request.once('socket', (socket) => {
      restedMs = performance.now() - (this.restingSinceMs.get(socket) ?? Number.POSITIVE_INFINITY);
    });
    request.once('close', () => clearTimeout(timer));
    request.once('error', (error: NodeJS.ErrnoException) => {
      const isClosed = error.code === 'ECONNRESET' || error.code === 'EPIPE';
      const wasIdle = isClosed && request.reusedSocket && restedMs >= IDLE_MS && !isSecond;
      if (wasIdle) resolve(this.attempt(asked, body, true));
      else reject(noAnswer(error));
    });
    request.end(body);
    return promise;
  }
}

function collect(answer: IncomingMessage, done: (answer: HttpAnswer) => void, fail: (error: Error) => void): void {
  const parts: Buffer[] = [];
  let bytes = 0;
  answer.on('data', (part: Buffer) => {
    bytes += part.length;
    if (bytes > ANSWER_BYTES_MAX) fail(new NoAnswerError('too-long', 'the answer is longer than 256 MiB'));
    else parts.push(part);
  });
  answer.on('error', fail);
  answer.on('end', () => done({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(parts) }));
}

const IN_WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection broken off',
  EPIPE: 'connection broken off',
  ENOTFOUND: 'no such host',
  ETIMEDOUT: 'no connection',
  EMFILE: 'too many open files',
};

function noAnswer(error: NodeJS.ErrnoException): NoAnswerError {
  if (error instanceof NoAnswerError) return error;
  const code = error.code ?? error.name;
  return new NoAnswerError(code, IN_WORDS[code] ?? error.message);
}

function deferred<Value>(): {
  readonly promise: Promise<Value>;
  readonly resolve: (value: Value | Promise<Value>) => void;
  readonly reject: (error: Error) => void;
} {
  let resolve: (value: Value | Promise<Value>) => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<Value>((onValue, onError) => {
    resolve = onValue;
    reject = onError;
  });
  return { promise, resolve, reject };
}
