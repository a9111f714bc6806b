/**
 * The verifier of the signing scheme: who signed this request, and when. Knows nothing of what the signer may do. The
 * body is signed by its digest, which the head states: so the head can be verified before there is a body, and a body
 * be compared with it afterwards. Invariant: a head that passes has the method, target, date, host, digest and signed
 * headers that the owner of the secret signed; comparisons of secrets take the same time, and an unknown key costs and
 * reads like a wrong signature.
 *
 * It reads `rawHeaders` alone, so that a repeated header cannot mean one thing here and another one later.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { GateHead } from '../http/index.ts';
import { readAuthorization } from './authorization.ts';
import { invalidToken } from './refusals.ts';
import { DATE_FORM, EXTRAS, HASH_FORM, NONCE_HEADER, contentHash, signatureOf, stringToSign } from './scheme.ts';

export interface VerifyOptions {
  readonly nowMs: number;
  /** How far the date may be from now, either way. */
  readonly windowMs: number;
  /**
   * Names of this service as clients write them, with or without port; none means any. A name without port stands for
   * all its ports.
   */
  readonly hosts: readonly string[];
  /** The decoded secret of a live key. */
  readonly secretOf: (accessKey: string) => Uint8Array | undefined;
}

export interface Signed {
  readonly accessKey: string;
  /** Milliseconds since 1970. */
  readonly dateMs: number;
  readonly nonce: string | undefined;
  /** The digest of the body, as it was signed, and the header that states it. */
  readonly hash: string;
  readonly hashHeader: string;
}

/** What a request is signed with when its key is unknown: nobody has it. */
const NOBODY = randomBytes(32);
/** They change what the bytes of the body mean, so a signed request has them signed or not at all. */
const MEANING = ['inference-header-content-length', 'content-encoding'];
/** Visible characters, and no `;`, which separates values. */
const PLAIN = /^[\x20-\x3a\x3c-\x7e]+$/;

/** @throws GateRefusal 401 */
export function verify(request: GateHead, authorization: string, options: VerifyOptions): Signed {
  const { nowMs, windowMs, hosts, secretOf } = options;
  const refuse = (description: string): never => {
    throw invalidToken(description, nowMs);
  };
  const read = readAuthorization(authorization);
  if (typeof read === 'string') return refuse(read);
  const { accessKey, base, extras, signature } = read;
  const headers = headersOf(request.rawHeaders, [base.date, base.host, base.contentHash, ...EXTRAS.keys()]);
  const signed = [base.date, base.host, base.contentHash, ...extras];
  for (const name of signed) requirePlain(name, headers.get(name), refuse);
  for (const name of MEANING) {
    if (headers.has(name) && !extras.includes(name)) refuse(`${name} is required as a signed header`);
  }
  const values = signed.map((name) => headers.get(name)?.[0] ?? '');
  const [date, host, hash] = values;
  const dateMs = DATE_FORM.test(date) ? Date.parse(date) : Number.NaN;
  if (Number.isNaN(dateMs)) refuse('Invalid access token date');
  if (Math.abs(nowMs - dateMs) > windowMs) refuse('The access token has expired');

  const secret = secretOf(accessKey);
  const expected = signatureOf(stringToSign(request.method, request.target, values), secret ?? NOBODY);
  if (!sameText(signature, expected) || secret === undefined) refuse('Invalid Signature');
  if (hosts.length > 0 && !isKnownHost(host, hosts)) refuse('Invalid host');
  const nonce = extras.includes(NONCE_HEADER) ? headers.get(NONCE_HEADER)?.[0] : undefined;
  return { accessKey, dateMs, nonce, hash, hashHeader: base.contentHash };
}

/** Whether the signature covers this body. */
export function covers({ hash }: Signed, body: Uint8Array): boolean {
  return hash === contentHash(body);
}

/** The values of some headers, by name in lower case. */
export function headersOf(
  rawHeaders: readonly string[],
  names: readonly string[],
): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index].toLowerCase();
    if (!names.includes(name)) continue;
    const values = found.get(name);
    if (values === undefined) found.set(name, [rawHeaders[index + 1]]);
    else values.push(rawHeaders[index + 1]);
  }
  return found;
}

function requirePlain(name: string, values: readonly string[] | undefined, refuse: (text: string) => never): void {
  if (values === undefined) return refuse(`Signed request header '${name}' is not provided`);
  if (values.length > 1) return refuse(`Signed request header '${name}' is repeated`);
  const form = name.endsWith('-sha256') ? HASH_FORM : (EXTRAS.get(name) ?? PLAIN);
  if (!PLAIN.test(values[0]) || !form.test(values[0])) return refuse(dateText(name) ?? `Invalid ${name}`);
}

function dateText(name: string): string | undefined {
  return name.endsWith('date') ? 'Invalid access token date' : undefined;
}

/** As texts, for two base64 texts can mean the same bytes. The length of a signature is no secret. */
function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a, 'utf8'), Buffer.from(b, 'utf8')];
  return left.length === right.length && timingSafeEqual(left, right);
}

function isKnownHost(host: string, hosts: readonly string[]): boolean {
  const sent = host.toLowerCase();
  return hosts.some((known) => [sent, sent.replace(/:\d+$/, '')].includes(known.toLowerCase()));
}
