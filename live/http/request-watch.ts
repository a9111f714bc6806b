/** How metrics, logs and traces watch the requests of a listener, whatever protocol they speak. Types only. */
import type { IncomingHttpHeaders } from 'node:http';
import type { AnswerTimings } from '../service/index.ts';

/** A request whose head was read. Only `route`, `listener` and `protocol` are safe as labels: all else is the client's. */
export interface WatchedRequest {
  /** Unique over the process, also sent back as `x-request-id`. */
  readonly id: string;
  /** Name of the listener. */
  readonly listener: string;
  /** Name of the route set; '' when no path matched. */
  readonly protocol: string;
  readonly method: string;
  /** Pattern of the route, such as `/v2/models/:name/infer`; '' when no path matched. */
  readonly route: string;
  /** As on the request line. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly remoteAddress: string;
  /** Headers that the answer will have; a watch may add its own, such as `traceresponse`. */
  readonly answerHeaders: Record<string, string>;
}

/** What is known of a request at its end. Handlers fill in what they learn; the listener adds the sizes. */
export interface RequestDetail {
  application?: string;
  /** Name from the service's directory, never the client's text. */
  model?: string;
  /** Client's own id of the request: not a label, and to be escaped. */
  clientId?: string;
  variant?: string;
  version?: string;
  worker?: string;
  outcome?: string;
  reason?: string;
  inputs?: number;
  batchInputs?: number;
  timings?: AnswerTimings;
  /** The sentence that the client got instead of an answer. */
  failure?: string;
  /** What was thrown where it is no refusal: for the log, never for the client. */
  cause?: unknown;
  /** Body bytes as sent by the client. */
  receivedBytes: number;
  /** Body bytes of the answer as sent. */
  sentBytes: number;
}

/**
 * Called once per request, when its answer is handed to the system or its client has left.
 * @param status of the answer; 499 when the client left before it.
 */
export type RequestEnd = (status: number, detail: Readonly<RequestDetail>) => void;

/** Called synchronously on the path of every request: it only counts or queues, and must not throw. */
export interface RequestWatch {
  began(request: WatchedRequest): RequestEnd;
}
