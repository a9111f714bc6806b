/**
 * The signing scheme, shared by those who sign and those who verify: HMAC-SHA256 over method, target, date, host and
 * the digest of the body. It is the scheme of Azure App Configuration with `x-ark-` in the place of `x-ms-`, plus
 * headers that may be signed beside.
 *
 * The list of signed headers is not signed itself, so the same signature could be shown under another list. Invariant:
 * that changes no meaning, because only the lists built here are accepted and no value fits under two names.
 */
import { createHash, createHmac } from 'node:crypto';

export const SCHEME = 'HMAC-SHA256';
export const NONCE_HEADER = 'x-ark-nonce';

/** Names of the headers that every signature covers, in their order. */
export interface BaseHeaders {
  readonly date: string;
  readonly host: 'host';
  readonly contentHash: string;
}

/** Ours, and what clients of the original scheme send. */
export const BASES: readonly BaseHeaders[] = [
  { date: 'date', host: 'host', contentHash: 'x-ark-content-sha256' },
  { date: 'x-ark-date', host: 'host', contentHash: 'x-ark-content-sha256' },
  { date: 'date', host: 'host', contentHash: 'x-ms-content-sha256' },
  { date: 'x-ms-date', host: 'host', contentHash: 'x-ms-content-sha256' },
];

/**
 * Headers that may follow the base, each at most once and in this order, with the form of their values. The forms
 * exclude one another: a media type has a slash, a length has no letters, a coding no digits, a nonce is longer than
 * both and has no slash.
 */
export const EXTRAS: ReadonlyMap<string, RegExp> = new Map([
  [NONCE_HEADER, /^[A-Za-z0-9_-]{16,64}$/],
  ['content-type', /^[^;]*\/[^;]*$/],
  ['inference-header-content-length', /^\d{1,12}$/],
  ['content-encoding', /^[a-z]{1,12}$/],
]);

/** `Fri, 20 Nov 2026 04:00:00 GMT`; Java writes days below ten with one digit. */
export const DATE_FORM = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{1,2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;
/** base64 of 32 bytes. */
export const HASH_FORM = /^[A-Za-z0-9+/]{43}=$/;

/** base64 of the SHA-256 of a body as it is sent. */
export function contentHash(body: Uint8Array | string): string {
  return createHash('sha256').update(body).digest('base64');
}

/**
 * @param method in upper case, as on the request line.
 * @param target path and query exactly as on the request line.
 * @param values of the signed headers, in the order of their list.
 */
export function stringToSign(method: string, target: string, values: readonly string[]): string {
  return `${method}\n${target}\n${values.join(';')}`;
}

/** @param secret the decoded secret key. */
export function signatureOf(text: string, secret: Uint8Array): string {
  return createHmac('sha256', secret).update(text, 'utf8').digest('base64');
}
