/** Inflates bodies that clients compressed, under a ceiling, and compresses answers for clients that accept it. */
import { promisify } from 'node:util';
import { constants, deflate, gunzip, gzip, inflate } from 'node:zlib';
import { HttpRefusal } from './http-refusal.ts';

const inflaters = { gzip: promisify(gunzip), deflate: promisify(inflate) };
const deflaters = { gzip: promisify(gzip), deflate: promisify(deflate) };

type Coding = keyof typeof inflaters;

/**
 * The body behind a `Content-Encoding`.
 * @throws HttpRefusal 415 for another encoding or more than one, 413 above the ceiling, 400 for what is not so encoded.
 */
export function inflateBody(body: Buffer, encoding: string | undefined, maxBytes: number): Buffer | Promise<Buffer> {
  const name = (encoding ?? '').trim().toLowerCase();
  if (name === '' || name === 'identity') return body;
  const coding = name === 'x-gzip' ? 'gzip' : name;
  if (coding !== 'gzip' && coding !== 'deflate') {
    throw new HttpRefusal(415, 'the content encoding is not gzip or deflate, and only one may be applied', {
      'accept-encoding': 'gzip, deflate',
    });
  }
  return inflaters[coding](body, { maxOutputLength: maxBytes }).catch((error: unknown) => {
    if (error instanceof RangeError) throw new HttpRefusal(413, `the inflated body is larger than ${maxBytes} bytes`);
    throw new HttpRefusal(400, `the body is not what its content encoding ${coding} says`);
  });
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
