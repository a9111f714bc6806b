/**
 * A gate that asks for TorchServe's tokens. A request that is signed goes to the gate behind it instead, and so do
 * limits: a token says what may be done, and not who does it.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { Caller, Gate } from '../http/index.ts';
import { GateRefusal } from '../http/index.ts';
import type { TokenKeys } from './token-keys.ts';
import { tokenRefused } from './torchserve-failure.ts';

const BEARER: Caller = { application: 'default', key: '' };

/** @param inner for signed requests, metrics, and limits. */
export function tokenGate(keys: TokenKeys, inner: Gate): Gate {
  return {
    admit(request, scope) {
      const { authorization = '' } = request.headers;
      // TorchServe's metrics need no token.
      if (scope === 'metrics' || /^HMAC-SHA256\s/i.test(authorization)) return inner.admit(request, scope);
      const kind = scope === 'infer' ? 'inference' : 'management';
      if (keys.admits(kind, bearerToken(request.headers))) return BEARER;
      throw new GateRefusal(tokenRefused().message, { status: 400, reason: 'unauthenticated' });
    },
    enter: (caller) => inner.enter(caller),
  };
}

/** The second word of `Authorization: Bearer KEY`; undefined when there is none. */
export function bearerToken({ authorization }: IncomingHttpHeaders): string | undefined {
  return authorization === undefined ? undefined : /^Bearer ([\w=-]+)$/i.exec(authorization)?.[1];
}
