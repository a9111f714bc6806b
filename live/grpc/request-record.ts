/**
 * Tells the listener's watches (metrics, logs, traces) of each request: a call with one message, or one message of a
 * stream. They see it as they see HTTP requests; a gRPC code is told as the HTTP status that means the same.
 */
import { randomUUID } from 'node:crypto';
import { status } from '@grpc/grpc-js';
import type { RequestDetail, RequestWatch } from '../http/index.ts';
import type { CallFacts } from './admission.ts';
import type { CallFailure } from './call-failure.ts';
import { httpOfCode } from './call-failure.ts';

export interface RequestRecord {
  /** Filled in by those who answer. */
  readonly detail: RequestDetail;
  /** What the watches want the client to get. */
  readonly answerHeaders: Readonly<Record<string, string>>;
  /**
   * Tells the end, once.
   * @param failure undefined for a good answer.
   * @param cause what was thrown.
   */
  readonly end: (failure: CallFailure | undefined, cause?: unknown) => void;
}

export interface WatchedListener {
  /** Name of the listener, for metrics and logs. */
  readonly name: string;
  readonly watches: readonly RequestWatch[];
}

/** Begins the record of a request. */
export function recordRequest(
  { name, watches }: WatchedListener,
  facts: CallFacts,
  receivedBytes: number,
): RequestRecord {
  const answerHeaders: Record<string, string> = {};
  const { path, headers, remoteAddress } = facts;
  const request = {
    id: randomUUID(),
    listener: name,
    protocol: path.slice(1, path.indexOf('/', 1)),
    method: 'POST',
    route: path,
    target: path,
    headers,
    remoteAddress,
    answerHeaders,
  };
  const detail: RequestDetail = { receivedBytes, sentBytes: 0 };
  const ends = watches.map((watch) => watch.began(request));
  return {
    detail,
    answerHeaders,
    end(failure, cause) {
      if (failure !== undefined) detail.failure = failure.message;
      // Only what no client caused is worth a stack in a log.
      if (failure?.code === status.INTERNAL) detail.cause ??= cause;
      for (const end of ends) end(httpOfCode(failure?.code ?? status.OK), detail);
    },
  };
}
