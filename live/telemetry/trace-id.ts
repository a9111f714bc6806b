/**
 * The trace that a client named, for the lines of the log: read also where nothing is traced, so without OpenTelemetry.
 * The form is that of W3C Trace Context, `traceparent`.
 */
import type { IncomingHttpHeaders } from 'node:http';

const TRACEPARENT = /^(?!ff)[\da-f]{2}-(?!0{32})([\da-f]{32})-(?!0{16})[\da-f]{16}-[\da-f]{2}(?:-.*)?$/;

/** '' where the client named none. */
export function traceIdOf({ traceparent }: IncomingHttpHeaders): string {
  return typeof traceparent === 'string' ? (TRACEPARENT.exec(traceparent)?.[1] ?? '') : '';
}
