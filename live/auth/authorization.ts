/** Reads the Authorization header of the signing scheme. Judges its form, not whether it holds. */
import type { BaseHeaders } from './scheme.ts';
import { BASES, EXTRAS, SCHEME } from './scheme.ts';

export interface Authorization {
  readonly accessKey: string;
  readonly base: BaseHeaders;
  /** Names of the signed headers beyond the base, in the order of the list. */
  readonly extras: readonly string[];
  readonly signature: string;
}

/** Ids of keys: also those that other programs made. */
const KEY_FORM = /^[A-Za-z0-9._-]{1,64}$/;

/** Whether a header is of this scheme at all; schemes are compared without regard to case. */
export function isSigned(header: string): boolean {
  return header.split(' ', 1)[0].toUpperCase() === SCHEME;
}

/**
 * Reads `HMAC-SHA256 Credential=..&SignedHeaders=..&Signature=..`; `, ` may stand between the parts as well.
 * @returns the parts, or what is wrong as the text of a 401.
 */
export function readAuthorization(header: string): Authorization | string {
  const parts = partsOf(header.slice(SCHEME.length).trim());
  for (const name of ['Credential', 'SignedHeaders', 'Signature']) {
    if (!parts?.has(name)) return `[${name}] is required`;
  }
  const accessKey = parts?.get('Credential') ?? '';
  if (!KEY_FORM.test(accessKey)) return 'Invalid Credential';
  const list = readList(parts?.get('SignedHeaders') ?? '');
  return typeof list === 'string' ? list : { accessKey, ...list, signature: parts?.get('Signature') ?? '' };
}

/** Undefined when a part is not known or comes twice. */
function partsOf(text: string): ReadonlyMap<string, string> | undefined {
  const parts = new Map<string, string>();
  for (const part of text.split(/&|, /)) {
    const equals = part.indexOf('=');
    const name = part.slice(0, Math.max(equals, 0));
    if (!['Credential', 'SignedHeaders', 'Signature'].includes(name) || parts.has(name)) return undefined;
    parts.set(name, part.slice(equals + 1));
  }
  return parts;
}

/** Exactly one of the known bases, then extras in their order. */
function readList(text: string): Pick<Authorization, 'base' | 'extras'> | string {
  const names = text.split(';');
  const base = BASES.find(({ date, host, contentHash }) => text.startsWith(`${date};${host};${contentHash}`));
  if (base === undefined || !isBase(names, base)) return missingIn(names);
  const extras = names.slice(3);
  const inOrder = [...EXTRAS.keys()].filter((name) => extras.includes(name));
  return inOrder.join(';') === extras.join(';') ? { base, extras } : 'Invalid SignedHeaders';
}

function isBase([date, host, hash]: readonly string[], base: BaseHeaders): boolean {
  return date === base.date && host === base.host && hash === base.contentHash;
}

function missingIn(names: readonly string[]): string {
  if (!BASES.some(({ date }) => names.includes(date))) return 'date is required as a signed header';
  if (!names.includes('host')) return 'host is required as a signed header';
  if (!BASES.some(({ contentHash }) => names.includes(contentHash))) {
    return 'x-ark-content-sha256 is required as a signed header';
  }
  return 'Invalid SignedHeaders';
}
