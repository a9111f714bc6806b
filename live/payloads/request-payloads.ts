/**
 * What a client sent to a model, in whichever form: a multipart form, a form of fields, or the body as it is. Any number
 * of payloads is one query.
 */
import type { Payload } from '../../backends/index.ts';
import { HttpRefusal } from '../http/index.ts';
import type { HttpExchange } from '../http/index.ts';
import type { MultipartLimits, Part } from './multipart.ts';
import { plainType, readMultipart } from './multipart.ts';

/** Fields of one form; each costs more than its bytes. */
const FIELDS_MAX = 1000;
const FORM = 'application/x-www-form-urlencoded';

/** What payloads are read from. */
export type PayloadSource = Pick<HttpExchange, 'body' | 'headers'>;

/**
 * The payloads of a request.
 *
 * @param field of a form, the fields of that name; all files when left out, or all fields where there is no file.
 * @throws HttpRefusal 400 for none, or a broken form; 413 beyond the limits.
 */
export async function requestPayloads(
  { body, headers }: PayloadSource,
  { limits, field }: { readonly limits: MultipartLimits; readonly field?: string },
): Promise<readonly Payload[]> {
  const header = headers['content-type'] ?? '';
  const contentType = plainType(header);
  if (contentType === 'multipart/form-data') return chosen(await readMultipart(body, header, limits), field);
  if (contentType === FORM && !looksLikeJson(body)) return chosen(formFields(body), field);
  if (body.length === 0) throw new HttpRefusal(400, 'the request has no body');
  // `curl -d` calls everything a form, JSON as well.
  return [{ name: '', contentType: contentType === FORM ? 'application/json' : contentType, bytes: body }];
}

function chosen(parts: readonly Part[], field: string | undefined): readonly Payload[] {
  const named = field === undefined ? parts : parts.filter(({ name }) => name === field);
  const files = named.filter(({ isFile }) => isFile);
  const payloads = field === undefined && files.length > 0 ? files : named;
  if (payloads.length > 0) return payloads;
  throw new HttpRefusal(400, field === undefined ? 'the form has no parts' : `the form has no field ${field}`);
}

function formFields(body: Buffer): Part[] {
  // Counted before they are taken apart: that costs a hundred times their bytes.
  let fields = 1;
  for (let at = body.indexOf('&'); at >= 0 && fields <= FIELDS_MAX; at = body.indexOf('&', at + 1)) fields += 1;
  if (fields > FIELDS_MAX) throw new HttpRefusal(413, `the form has more than ${FIELDS_MAX} fields`);
  return [...new URLSearchParams(body.toString('utf8'))].map(([name, value]) => {
    return { name, contentType: '', bytes: Buffer.from(value), isFile: false };
  });
}

function looksLikeJson(body: Buffer): boolean {
  return body[0] === 0x7b || body[0] === 0x5b;
}
