/** W3C Trace Context: what a client said about the trace that its request is part of. */
import { ROOT_CONTEXT } from '@opentelemetry/api';
import type { Context } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';

/** Headers, or gRPC metadata in the same form. */
export type Carrier = Readonly<Record<string, string | readonly string[] | undefined>>;

const propagator = new W3CTraceContextPropagator();

const getter = {
  keys: (carrier: Carrier): string[] => Object.keys(carrier),
  get: (carrier: Carrier, key: string): string | string[] | undefined => {
    const value = carrier[key];
    return typeof value === 'object' ? [...value] : value;
  },
};

/** The context that a request arrived with; the root where it had none, or one that cannot be read. */
export function contextOf(carrier: Carrier): Context {
  return carrier['traceparent'] === undefined ? ROOT_CONTEXT : propagator.extract(ROOT_CONTEXT, carrier, getter);
}

/** The headers that hand a context on. */
export function headersOf(context: Context): Record<string, string> {
  const headers: Record<string, string> = {};
  propagator.inject(context, headers, {
    set: (carrier: Record<string, string>, key, value) => {
      carrier[key] = value;
    },
  });
  return headers;
}
