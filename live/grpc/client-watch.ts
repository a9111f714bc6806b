/**
 * Watches whether anybody still waits for a call: its client may leave, its deadline may pass. One signal says so. The
 * library tells both, and the end of a call, by one event. A deadline gives the service a moment to end the query
 * itself, as expired, before it is cancelled.
 */
import type { ServerSurfaceCall } from '@grpc/grpc-js/build/src/server-call.js';

export interface ClientWatch {
  readonly signal: AbortSignal;
  /** In milliseconds since 1970; `Infinity` without one. */
  readonly deadlineMs: number;
  /** To be called when the call has its answer. */
  readonly end: () => void;
}

/** The service was told the same deadline, so this only catches a timer that fires late. */
const EXPIRY_GRACE_MS = 50;

/** Watches a call's client from now on. */
export function watchClient(call: ServerSurfaceCall): ClientWatch {
  const left = new AbortController();
  const deadline = call.getDeadline();
  const deadlineMs = typeof deadline === 'number' ? deadline : deadline.getTime();
  let grace: NodeJS.Timeout | undefined;
  const leave = (): void => {
    if (Date.now() < deadlineMs) left.abort();
    else grace = setTimeout(() => left.abort(), EXPIRY_GRACE_MS);
  };
  call.once('cancelled', leave);
  if (call.cancelled) leave();
  const end = (): void => {
    call.off('cancelled', leave);
    clearTimeout(grace);
  };
  return { signal: left.signal, deadlineMs, end };
}
