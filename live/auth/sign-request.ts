/** The client's side of the signing scheme: the headers that make a request a signed one. */
import { randomBytes } from 'node:crypto';
import { BASES, EXTRAS, NONCE_HEADER, SCHEME, contentHash, signatureOf, stringToSign } from './scheme.ts';

export interface RequestToSign {
  readonly method: string;
  /** Absolute. Its path and query must be sent as they stand here, and its host as the Host header. */
  readonly url: string | URL;
  /** As it is sent: after compression. */
  readonly body?: Uint8Array | string | undefined;
  /** Id of the key. */
  readonly accessKey: string;
  /** The key's secret, base64, as it was shown once. */
  readonly secret: string;
  readonly now: Date;
  /** 16 to 64 letters, digits, `-` and `_`, never used before; drawn when left out, none when null. */
  readonly nonce?: string | null | undefined;
  /** Other headers of the request: those that can be signed are. They must be sent as well. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/**
 * The headers to add to a request: `date`, `x-ark-content-sha256`, `x-ark-nonce` and `authorization`.
 *
 * @example
 * const headers = signRequest({ method: 'GET', url: 'https://host/v2', accessKey, secret, now: new Date() });
 * await fetch('https://host/v2', { headers });
 */
export function signRequest(request: RequestToSign): Record<string, string> {
  const { method, body = '', accessKey, secret, now, nonce = randomBytes(18).toString('base64url'), headers } = request;
  const url = new URL(request.url);
  const [base] = BASES;
  const own: Record<string, string> = {
    [base.date]: now.toUTCString(),
    [base.contentHash]: contentHash(body),
    ...(nonce === null ? {} : { [NONCE_HEADER]: nonce }),
  };
  const all: Record<string, string> = { ...lowerCased(headers ?? {}), ...own, host: url.host };
  const names = [
    base.date,
    base.host,
    base.contentHash,
    ...[...EXTRAS.keys()].filter((name) => canBeSigned(name, all)),
  ];
  const values = names.map((name) => all[name]);
  const text = stringToSign(method.toUpperCase(), url.pathname + url.search, values);
  const signature = signatureOf(text, Buffer.from(secret, 'base64'));
  const parts = [`Credential=${accessKey}`, `SignedHeaders=${names.join(';')}`, `Signature=${signature}`];
  return { ...own, authorization: `${SCHEME} ${parts.join('&')}` };
}

/** A media type with parameters holds the sign that separates values, so it stays unsigned. */
function canBeSigned(name: string, headers: Readonly<Record<string, string>>): boolean {
  return headers[name] !== undefined && EXTRAS.get(name)?.test(headers[name]) === true;
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
