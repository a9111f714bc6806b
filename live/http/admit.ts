/** Who may call a route: the gate's scopes, and a fence against pages of other origins in a user's browser. */
import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { Caller, Gate, GateHead } from './gate.ts';
import { HttpRefusal } from './http-refusal.ts';
import type { HttpRoute } from './http-route.ts';
import { isLoopbackAddress } from './loopback.ts';

const NOBODY: Caller = { application: 'default', key: '' };
const HARMLESS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Turns away, before a body is read, whoever can be known not to be let in.
 * @throws GateRefusal; HttpRefusal 403 when the route names no scope.
 */
export function screen(gate: Gate, request: IncomingMessage, { scope }: HttpRoute): void {
  if (scope === undefined) throw new HttpRefusal(403, 'this call is open to nobody');
  if (scope !== 'open') gate.screen?.(headOf(request), scope);
}

/**
 * The caller of a route.
 * @param body as sent, before inflation.
 * @throws GateRefusal; HttpRefusal 403 when the route names no scope.
 */
export function admitted(gate: Gate, request: IncomingMessage, route: HttpRoute, body: Buffer): Caller {
  const { scope, unsignedPayload = false } = route;
  if (scope === undefined) throw new HttpRefusal(403, 'this call is open to nobody');
  if (scope === 'open') return NOBODY;
  return gate.admit({ ...headOf(request), body, unsignedPayload }, scope);
}

function headOf({ method = '', url: target = '', headers, rawHeaders, socket }: IncomingMessage): GateHead {
  const secure = (socket as Partial<TLSSocket>).encrypted === true;
  return { method, target, headers, rawHeaders, secure, loopback: isLoopbackAddress(socket.remoteAddress ?? '') };
}

/**
 * Browsers send some requests across origins without asking first, but name the origin; nobody else has one.
 * @throws HttpRefusal 403 when a page of another origin wants more than to read.
 */
export function refuseOtherOrigins({ method = '', headers: { origin, host } }: IncomingMessage): void {
  if (origin === undefined || HARMLESS.has(method)) return;
  if (URL.canParse(origin) && new URL(origin).host === host?.toLowerCase()) return;
  throw new HttpRefusal(403, 'calls from pages of another origin are not taken');
}
