/**
 * How the gate says no. The texts of a 401 are those that clients of the original scheme know; they name headers and
 * parts of the scheme, never what the client sent. The date lets a client whose clock is wrong correct itself.
 */
import { GateRefusal } from '../http/index.ts';
import { SCHEME } from './scheme.ts';

/** Nothing was signed. */
export function unsigned(nowMs: number): GateRefusal {
  return refusal401('this call must be signed with a key', SCHEME, nowMs);
}

/** What was signed does not hold. @param description printable ASCII without quotes. */
export function invalidToken(description: string, nowMs: number): GateRefusal {
  const challenge = `${SCHEME} error="invalid_token" error_description="${description}"`;
  return refusal401(description, challenge, nowMs);
}

export function forbidden(message: string): GateRefusal {
  return new GateRefusal(message, { status: 403, reason: 'forbidden' });
}

/** @param retryAfterS seconds, rounded up to whole ones. */
export function tooMany(reason: 'rate-limit' | 'concurrency-limit', message: string, retryAfterS: number): GateRefusal {
  const seconds = Math.max(1, Math.ceil(retryAfterS));
  return new GateRefusal(message, { status: 429, reason, headers: { 'Retry-After': String(seconds) } });
}

function refusal401(message: string, challenge: string, nowMs: number): GateRefusal {
  const headers = { 'WWW-Authenticate': challenge, Date: new Date(nowMs).toUTCString() };
  return new GateRefusal(message, { status: 401, reason: 'unauthenticated', headers });
}
