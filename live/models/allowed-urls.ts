/**
 * Which URLs models may come from: patterns of the operator's, compared part by part. Pure. A pattern is the beginning of
 * a URL, `https://models.example.com/onnx/`; its host may begin with `*.` (any name below), and where its path has a `*`
 * (anything) it is the whole of one: `https://*.example.com/*.mar`.
 *
 * Parts, not texts, are compared: `https://good.example*` as a text would let `https://good.example.evil.net` through.
 */
import { ServingError } from '../../core/index.ts';

/** What browsers and servers agree on; it also bounds what a pattern of many stars costs. */
const LONGEST_URL = 2048;

interface Pattern {
  readonly protocol: string;
  /** Without the `*.`; compared as a whole, or as the end after a dot. */
  readonly host: string;
  readonly below: boolean;
  readonly port: string;
  readonly path: RegExp;
}

export class AllowedUrls {
  private readonly patterns: readonly Pattern[];

  /** @throws ServingError MODEL_SOURCE_PATTERN when a pattern is no URL, or would allow every host. */
  constructor(patterns: readonly string[]) {
    this.patterns = patterns.map(readPattern);
  }

  /** The URL, when it may be asked for; undefined otherwise. */
  allowed(text: string): URL | undefined {
    const url = text.length > LONGEST_URL ? undefined : parsedUrl(text);
    // Names and passwords in URLs end up in logs, and what follows '@' is easily misread.
    if (url === undefined || url.username !== '' || url.password !== '' || url.hash !== '') return undefined;
    return this.patterns.some((pattern) => matches(pattern, url)) ? url : undefined;
  }
}

function readPattern(text: string): Pattern {
  const below = /^https?:\/\/\*\./.test(text);
  const url = parsedUrl(below ? text.replace('*.', '') : text);
  if (url === undefined || !/^https?:$/.test(url.protocol) || !isHost(url.hostname)) {
    throw new ServingError({
      code: 'MODEL_SOURCE_PATTERN',
      message: 'a pattern of URLs that models may come from cannot be used',
      found: JSON.stringify(text),
      expected: 'the beginning of a URL, such as "https://models.example.com/onnx/" or "https://*.example.com/"',
    });
  }
  const parts = `${url.pathname}${url.search}`.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'));
  const path = new RegExp(`^${parts.join('.*')}${parts.length > 1 ? '$' : ''}`);
  return { protocol: url.protocol, host: url.hostname, below, port: url.port, path };
}

/** A name of two words at least, an address, or this host: `https://*.com` would allow nearly everybody. */
function isHost(hostname: string): boolean {
  if (hostname.includes('*')) return false;
  return hostname === 'localhost' || hostname.startsWith('[') || /[^.]\.[^.]/.test(hostname);
}

function matches({ protocol, host, below, port, path }: Pattern, url: URL): boolean {
  if (url.protocol !== protocol || url.port !== port) return false;
  if (below ? !url.hostname.endsWith(`.${host}`) : url.hostname !== host) return false;
  return path.test(`${url.pathname}${url.search}`);
}

function parsedUrl(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}
