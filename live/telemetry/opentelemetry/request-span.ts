/**
 * The span of a request and its children. Names and attributes are those of OpenTelemetry's HTTP conventions (stable);
 * what only an inference service knows is under `rehearse.*`, since no convention covers it.
 */
import { SpanKind, SpanStatusCode, isSpanContextValid, trace } from '@opentelemetry/api';
import type { Attributes, Context, Span, Tracer } from '@opentelemetry/api';
import { NANOS_PER_MILLISECOND } from '../../../core/index.ts';
import type { RequestDetail, WatchedRequest } from '../../http/index.ts';
import type { AnswerTimings } from '../../service/index.ts';
import { contextOf, headersOf } from './trace-context.ts';

export interface RequestSpan {
  /** For logs; '' when there is no trace. */
  readonly traceId: string;
  readonly end: (status: number, detail: Readonly<RequestDetail>) => void;
}

/** Parts of an answer in the order of time, and what their spans are called. */
const PARTS = [
  ['loadWaitNs', 'wait for load'],
  ['queueNs', 'queue'],
  ['preprocessNs', 'preprocess'],
  ['inferNs', 'infer'],
  ['postprocessNs', 'postprocess'],
] as const satisfies readonly (readonly [keyof AnswerTimings, string])[];

/** @param nowMs milliseconds since 1970 with fractions. */
export function beginSpan(tracer: Tracer, request: WatchedRequest, nowMs: () => number): RequestSpan {
  const { method, route, target, headers, answerHeaders, listener } = request;
  const parent = contextOf(headers);
  const span = tracer.startSpan(
    route === '' ? method : `${method} ${route}`,
    {
      kind: SpanKind.SERVER,
      startTime: nowMs(),
      attributes: {
        'http.request.method': method,
        // Without the query: it may carry tokens.
        'url.path': target.split('?', 1)[0],
        ...(route !== '' && { 'http.route': route }),
        'rehearse.listener': listener,
        'rehearse.request.id': request.id,
      },
    },
    parent,
  );
  const context = trace.setSpan(parent, span);
  const { traceparent } = headersOf(context);
  // What a server may answer by the second level of W3C Trace Context.
  if (traceparent !== undefined) answerHeaders['traceresponse'] = traceparent;
  const spanContext = span.spanContext();
  return {
    traceId: isSpanContextValid(spanContext) ? spanContext.traceId : '',
    end: (status, detail) => {
      const endMs = nowMs();
      if (span.isRecording()) describe(span, status, detail);
      if (span.isRecording() && detail.timings) addParts({ tracer, context, timings: detail.timings, endMs });
      span.end(endMs);
    },
  };
}

function describe(span: Span, status: number, detail: Readonly<RequestDetail>): void {
  const attributes: Attributes = {
    'http.response.status_code': status,
    'http.request.body.size': detail.receivedBytes,
    'http.response.body.size': detail.sentBytes,
  };
  const known = {
    'rehearse.application': detail.application,
    'rehearse.model': detail.model,
    'rehearse.variant': detail.variant,
    'rehearse.version': detail.version,
    'rehearse.worker': detail.worker,
    'rehearse.outcome': detail.outcome,
    'rehearse.reason': detail.reason,
    'rehearse.inputs': detail.inputs,
    'rehearse.batch.inputs': detail.batchInputs,
  };
  for (const [name, value] of Object.entries(known)) if (value !== undefined && value !== '') attributes[name] = value;
  if (status >= 500) {
    attributes['error.type'] = detail.reason ?? String(status);
    span.setStatus({ code: SpanStatusCode.ERROR });
  }
  span.setAttributes(attributes);
}

/** The parts end when the answer is handed over, which is microseconds after the service gave it. */
function addParts(parts: {
  readonly tracer: Tracer;
  readonly context: Context;
  readonly timings: AnswerTimings;
  readonly endMs: number;
}): void {
  const { tracer, context, timings, endMs } = parts;
  let atMs = endMs - timings.latencyNs / NANOS_PER_MILLISECOND;
  for (const [part, name] of PARTS) {
    const tookMs = timings[part] / NANOS_PER_MILLISECOND;
    if (tookMs <= 0) continue;
    tracer.startSpan(name, { startTime: atMs }, context).end(atMs + tookMs);
    atMs += tookMs;
  }
}
