/**
 * A gate that asks for TorchServe's tokens. A request that a key signed is taken without one, as the gate behind this one
 * judges, and that gate keeps limits: a token says what may be done, and not who does it.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { Caller, Gate, GateHead, Scope } from '../http/index.ts';
import { GateRefusal } from '../http/index.ts';
import type { TokenKeys } from './token-keys.ts';
import { tokenRefused } from './torchserve-failure.ts';

const BEARER: Caller = { application: 'default', key: '' };

/** @param inner for signed requests, metrics, and limits. */
export function tokenGate(keys: TokenKeys, inner: Gate): Gate {
  const judged = (head: GateHead, scope: Scope, behind: () => Caller): Caller => {
    // TorchServe's metrics need no token.
    if (scope === 'metrics') return behind();
    const caller = /^HMAC-SHA256\s/i.test(head.headers.authorization ?? '') ? behind() : undefined;
    // A gate that asks for no signature lets everybody in as nobody: what looks like one is then no substitute for a token.
    if (caller !== undefined && caller.key !== '') return caller;
    if (keys.admits(scope === 'infer' ? 'inference' : 'management', bearerToken(head.headers))) return BEARER;
    throw new GateRefusal(tokenRefused().message, { status: 400, reason: 'unauthenticated' });
  };
  const screen: Gate['screen'] = inner.screen?.bind(inner);
  return {
    ...(screen && { screen: (head, scope) => judged(head, scope, () => screen(head, scope)) }),
    admit: (request, scope) => judged(request, scope, () => inner.admit(request, scope)),
    enter: (caller) => inner.enter(caller),
  };
}

/** The second word of `Authorization: Bearer KEY`; undefined when there is none. */
export function bearerToken({ authorization }: IncomingHttpHeaders): string | undefined {
  return authorization === undefined ? undefined : /^Bearer ([\w=-]+)$/i.exec(authorization)?.[1];
}
