/**
 * Bounds on calls that the library does not have: how long a single request may take to arrive, and how many messages
 * of one stream may be in the house. A stream that is full is not read on, so that its client feels it (HTTP/2 flow
 * control) and nothing piles up here.
 */
import { ServerInterceptingCall, status } from '@grpc/grpc-js';
import type { ServerInterceptor, ServerListener } from '@grpc/grpc-js';

/** A message of a stream. */
export interface StreamedMessage {
  readonly bytes: Buffer;
  /** Makes room for the next; to be called once, when the answer is on its way. */
  readonly release: () => void;
}

export interface CallLimits {
  /** From a call's headers to the end of its request, in milliseconds. */
  readonly requestTimeoutMs: number;
  /** Messages of a stream that are answered at a time, at least 1. */
  readonly queriesPerStreamMax: number;
}

/** Enforces the limits. Messages of streams reach handlers as `StreamedMessage`, all others as `Buffer`. */
export function callLimits({ requestTimeoutMs, queriesPerStreamMax }: CallLimits): ServerInterceptor {
  return (method, call) => {
    const late = (): void => {
      const details = `the request did not arrive within ${requestTimeoutMs} ms`;
      call.sendStatus({ code: status.DEADLINE_EXCEEDED, details });
    };
    const listener = method.requestStream ? bounded(queriesPerStreamMax) : timed(requestTimeoutMs, late);
    return new ServerInterceptingCall(call, {
      start: (next) => {
        next(listener);
      },
    });
  };
}

function timed(timeoutMs: number, late: () => void): ServerListener {
  const timer = setTimeout(late, timeoutMs);
  timer.unref();
  return {
    onReceiveHalfClose: (next) => {
      clearTimeout(timer);
      next();
    },
    onCancel: () => {
      clearTimeout(timer);
    },
  };
}

function bounded(most: number): ServerListener {
  let open = 0;
  // The library hands over one message at a time, so no more than one waits.
  let waiting: (() => void) | undefined;
  const release = (): void => {
    open -= 1;
    const next = waiting;
    waiting = undefined;
    next?.();
  };
  return {
    onReceiveMessage: (bytes: Buffer, next) => {
      const enter = (): void => {
        open += 1;
        next({ bytes, release } satisfies StreamedMessage);
      };
      if (open < most) enter();
      else waiting = enter;
    },
  };
}
