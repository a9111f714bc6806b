/**
 * Turns calls away by their head, before their message is read: nobody who may not come in makes the server keep one. A
 * stream is admitted whole before its first message, and needs no such look.
 */
import { ServerInterceptingCall } from '@grpc/grpc-js';
import type { ServerInterceptor } from '@grpc/grpc-js';
import type { Scope } from '../http/index.ts';
import { factsOf, screenCall } from './admission.ts';
import { callFailureOf, statusOfFailure } from './call-failure.ts';
import type { CallHouse } from './call-house.ts';
import { recordRequest } from './request-record.ts';

/** @param scopeOf what a call needs, by its path; undefined for calls that nobody offers. */
export function callScreening(
  house: CallHouse,
  scopeOf: (path: string) => Scope | 'open' | undefined,
): ServerInterceptor {
  return ({ path, requestStream }, call) => {
    const scope = requestStream ? undefined : scopeOf(path);
    return new ServerInterceptingCall(call, {
      start: (next) => {
        next({
          onReceiveMetadata: (metadata, pass) => {
            const head = {
              metadata,
              getPath: () => path,
              getHost: () => call.getHost(),
              getPeer: () => call.getPeer(),
            };
            const facts = factsOf(head);
            try {
              if (scope !== undefined) screenCall(house, facts, scope);
            } catch (error) {
              const failure = callFailureOf(error);
              recordRequest(house, facts, 0).end(failure, error);
              const { details = '', metadata: headers } = statusOfFailure(failure);
              return call.sendStatus({ code: failure.code, details, metadata: headers ?? null });
            }
            return pass(metadata);
          },
        });
      },
    });
  };
}
