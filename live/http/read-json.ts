/**
 * Reads JSON that clients send: valid UTF-8, bounded in size, parts and depth before it is parsed, integers exact to the
 * last digit. What a double can hold is left to `JSON.parse`, which is the fast way.
 */
import { isUtf8 } from 'node:buffer';
import { parseExactJson } from './exact-json.ts';
import { HttpRefusal } from './http-refusal.ts';
import { surveyJson } from './json-survey.ts';
import type { JsonValue } from './json-value.ts';

export interface JsonOptions {
  /** Take the words NaN, Infinity and -Infinity as numbers, which JSON does not know. */
  readonly takeNonFinite: boolean;
}

/** @throws HttpRefusal 400; 413 for a text that is too much to parse. */
export function readJson(bytes: Uint8Array, { takeNonFinite }: JsonOptions = { takeNonFinite: false }): JsonValue {
  const { hasLongNumber, mayBeNonFinite } = surveyJson(bytes);
  if (!isUtf8(bytes)) throw new HttpRefusal(400, 'the JSON is not valid UTF-8');
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
  try {
    if (hasLongNumber || (takeNonFinite && mayBeNonFinite)) return parseExactJson(text, takeNonFinite);
    // JSON has no other values than these.
    return JSON.parse(text) as JsonValue;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new HttpRefusal(400, `the body is not valid JSON: ${error.message.slice(0, 200)}`);
  }
}
