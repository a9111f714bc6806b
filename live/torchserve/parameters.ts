/**
 * Parameters of a call, with TorchServe's leniency: a number that does not parse is as if it were not there, and every
 * text but `true` is false.
 */
import { HttpRefusal, isJsonObject, readJson } from '../http/index.ts';
import type { HttpExchange, JsonValue } from '../http/index.ts';
import { badRequest } from './torchserve-failure.ts';

/** Java's parseInt: digits and a sign, within 32 bits. */
const INTEGER = /^[+-]?\d{1,10}$/;
const INT_MAX = 2_147_483_647;
/** Of parameters in a body: as many as fit the head of a request. */
const FORM_BYTES_MAX = 16_384;

export class Parameters {
  private readonly values: ReadonlyMap<string, string>;

  /** @param values of a name that is given twice, the first counts. */
  constructor(values: Iterable<readonly [string, string]>) {
    const first = new Map<string, string>();
    for (const [name, value] of values) if (!first.has(name)) first.set(name, value);
    this.values = first;
  }

  text(name: string): string | undefined {
    return this.values.get(name);
  }

  /** A whole number; undefined when there is none that parses. */
  whole(name: string): number | undefined {
    const text = this.values.get(name);
    if (text === undefined || !INTEGER.test(text)) return undefined;
    const value = Number(text);
    return Math.abs(value) <= INT_MAX ? value : undefined;
  }

  flag(name: string, fallback: boolean): boolean {
    const text = this.values.get(name);
    return text === undefined ? fallback : text.toLowerCase() === 'true';
  }
}

/** Those of the query string, and of a JSON body where the client says that it is one. @throws HttpRefusal 400 */
export function parametersOf({ query, headers, body }: Pick<HttpExchange, 'query' | 'headers' | 'body'>): Parameters {
  const type = (headers['content-type'] ?? '').split(';', 1)[0].trim().toLowerCase();
  if (body.length === 0) return new Parameters(query);
  if (type === 'application/x-www-form-urlencoded') {
    if (body.length > FORM_BYTES_MAX) throw new HttpRefusal(413, `the form is larger than ${FORM_BYTES_MAX} bytes`);
    return new Parameters([...query, ...new URLSearchParams(body.toString('utf8'))]);
  }
  return new Parameters(type === 'application/json' ? [...jsonParameters(body), ...query] : query);
}

function jsonParameters(body: Buffer): [string, string][] {
  const value = parsed(body);
  if (!isJsonObject(value)) throw new HttpRefusal(400, 'the request body must be a JSON object');
  return Object.entries(value).flatMap(([name, entry]) =>
    typeof entry === 'string' || typeof entry === 'number' || typeof entry === 'boolean' ? [[name, String(entry)]] : [],
  );
}

function parsed(body: Buffer): JsonValue {
  try {
    return readJson(body);
  } catch (cause) {
    if (!(cause instanceof HttpRefusal) || cause.status !== 400) throw cause;
    throw badRequest('Unable to parse request body, invalid JSON.');
  }
}
