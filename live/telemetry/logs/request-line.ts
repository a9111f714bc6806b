/**
 * The line of a request in the log. What a client wrote is cut and escaped; the query of its target, its headers and
 * its body are left out, since they may carry secrets.
 */
import { toMilliseconds } from '../../../core/index.ts';
import type { RequestDetail, WatchedRequest } from '../../http/index.ts';
import { shownText } from './shown-text.ts';

/** Characters kept of what a client wrote. */
const SHOWN_MOST = 120;
/** Of a sentence of ours that may quote a client. */
const SENTENCE_MOST = 400;

export interface RequestLineParts {
  readonly request: WatchedRequest;
  readonly status: number;
  readonly detail: Readonly<RequestDetail>;
  /** '' when there is none. */
  readonly traceId: string;
  /** '' when it is not known. */
  readonly machine: string;
  readonly durationMs: number;
}

export function requestLine({ request, status, detail, traceId, machine, durationMs }: RequestLineParts): object {
  const { timings, cause } = detail;
  // Undefined members are left out by the writer.
  return {
    event: 'request',
    request_id: request.id,
    trace_id: traceId === '' ? undefined : traceId,
    client_id: detail.clientId === undefined ? undefined : shownText(detail.clientId, SHOWN_MOST),
    listener: request.listener,
    remote: request.remoteAddress,
    application: detail.application,
    method: request.method,
    route: request.route,
    path: request.route === '' ? shownText(request.target.split('?', 1)[0], SHOWN_MOST) : undefined,
    status,
    model: detail.model,
    variant: detail.variant,
    version: detail.version,
    worker: detail.worker,
    machine: machine === '' ? undefined : machine,
    outcome: detail.outcome,
    reason: detail.reason,
    inputs: detail.inputs,
    batch_inputs: detail.batchInputs,
    duration_ms: rounded(durationMs),
    ...(timings && {
      latency_ms: rounded(toMilliseconds(timings.latencyNs)),
      load_wait_ms: rounded(toMilliseconds(timings.loadWaitNs)),
      queue_ms: rounded(toMilliseconds(timings.queueNs)),
      preprocess_ms: rounded(toMilliseconds(timings.preprocessNs)),
      infer_ms: rounded(toMilliseconds(timings.inferNs)),
      postprocess_ms: rounded(toMilliseconds(timings.postprocessNs)),
    }),
    received_bytes: detail.receivedBytes,
    sent_bytes: detail.sentBytes,
    failure: detail.failure === undefined ? undefined : shownText(detail.failure, SENTENCE_MOST),
    // What a client caused is told by the failure; a stack is for what nobody should see.
    error: cause === undefined || status < 500 ? undefined : errorText(cause),
  };
}

/** To the microsecond: enough for a reader, and shorter to write. */
function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}

function errorText(cause: unknown): string {
  if (!(cause instanceof Error)) return shownText(String(cause), SENTENCE_MOST);
  return (cause.stack ?? cause.message)
    .split('\n')
    .map((line) => shownText(line, SENTENCE_MOST))
    .join('\n');
}
