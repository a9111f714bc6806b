/** Inflates bodies that clients compressed, under a ceiling, and compresses answers for clients that accept it. */
import { promisify } from 'node:util';
import { constants, deflate, gunzip, gzip, inflate as inflateZlib } from 'node:zlib';
import type { HeldShare } from './held-bytes.ts';
import { HttpRefusal } from './http-refusal.ts';

const inflaters = { gzip: promisify(gunzip), deflate: promisify(inflateZlib) };
const deflaters = { gzip: promisify(gzip), deflate: promisify(deflate) };

type Coding = keyof typeof inflaters;

/** The most that a byte of deflated data becomes (zlib's own figure). */
const INFLATION_MAX = 1032;

export interface InflationLimits {
  readonly maxBytes: number;
  /** Where the inflated bytes are counted. */
  readonly share: HeldShare;
}

/**
 * The body behind a `Content-Encoding`.
 * @throws HttpRefusal 415 for another encoding or more than one, 413 above the ceiling, 400 for what is not so encoded,
 * 503 when there is no room for it.
 */
export function inflateBody(
  body: Buffer,
  encoding: string | undefined,
  { maxBytes, share }: InflationLimits,
): Buffer | Promise<Buffer> {
  const name = (encoding ?? '').trim().toLowerCase();
  if (name === '' || name === 'identity') return body;
  const coding = name === 'x-gzip' ? 'gzip' : name;
  if (coding !== 'gzip' && coding !== 'deflate') {
    throw new HttpRefusal(415, 'the content encoding is not gzip or deflate, and only one may be applied', {
      'accept-encoding': 'gzip, deflate',
    });
  }
  return inflate(body, coding, { maxBytes, share });
}

/** Takes the room for the worst case first, since many bodies are inflated at once, and gives back what was not needed. */
async function inflate(body: Buffer, coding: Coding, { maxBytes, share }: InflationLimits): Promise<Buffer> {
  const worst = Math.min(maxBytes, body.length * INFLATION_MAX);
  share.take(worst);
  try {
    const inflated = await inflaters[coding](body, { maxOutputLength: maxBytes });
    share.give(worst - inflated.length);
    return inflated;
  } catch (error) {
    share.give(worst);
    if (error instanceof RangeError) throw new HttpRefusal(413, `the inflated body is larger than ${maxBytes} bytes`);
    throw new HttpRefusal(400, `the body is not what its content encoding ${coding} says`);
  }
}

/** The coding to answer in; undefined for none. Of RFC 9110, 12.5.3: what has no weight of 0 is accepted. */
export function acceptedCoding(acceptEncoding: string | undefined): Coding | undefined {
  if (acceptEncoding === undefined) return undefined;
  const weights = new Map(acceptEncoding.split(',').map(weightOf));
  const weight = (coding: string): number => weights.get(coding) ?? weights.get('*') ?? 0;
  if (weight('gzip') === 0 && weight('deflate') === 0) return undefined;
  return weight('gzip') >= weight('deflate') ? 'gzip' : 'deflate';
}

/** Fast rather than small: the client waits for it. */
export function compress(coding: Coding, body: Uint8Array): Promise<Buffer> {
  return deflaters[coding](body, { level: constants.Z_BEST_SPEED });
}

function weightOf(item: string): [string, number] {
  const [coding, ...parameters] = item.trim().toLowerCase().split(';');
  const quality = parameters.map((text) => text.trim()).find((text) => text.startsWith('q='));
  return [coding.trim(), quality === undefined ? 1 : Number(quality.slice(2)) || 0];
}
