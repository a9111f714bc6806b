/**
 * Reads JSON that clients send: valid UTF-8, at most 100 levels deep (judged on the bytes, before anything recurses
 * over them), integers exact to the last digit. What a double can hold is left to `JSON.parse`, which is the fast way.
 */
import { isUtf8 } from 'node:buffer';
import { parseExactJson } from './exact-json.ts';
import { HttpRefusal } from './http-refusal.ts';
import type { JsonValue } from './json-value.ts';

export interface JsonOptions {
  /** Take the words NaN, Infinity and -Infinity as numbers, which JSON does not know. */
  readonly takeNonFinite: boolean;
}

/** As deep as Triton goes. */
const DEPTH_MAX = 100;
/** An integer of fewer digits is below 2^53. */
const EXACT_DIGITS = 15;

/** @throws HttpRefusal 400 */
export function readJson(bytes: Uint8Array, { takeNonFinite }: JsonOptions = { takeNonFinite: false }): JsonValue {
  if (!isUtf8(bytes)) throw new HttpRefusal(400, 'the JSON is not valid UTF-8');
  const { depth, hasLongNumber, hasWord } = survey(bytes);
  if (depth > DEPTH_MAX) throw new HttpRefusal(400, `the JSON is nested more than ${DEPTH_MAX} levels deep`);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
  try {
    if (hasLongNumber || (takeNonFinite && hasWord)) return parseExactJson(text, takeNonFinite);
    // JSON has no other values than these.
    return JSON.parse(text) as JsonValue;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new HttpRefusal(400, `the body is not valid JSON: ${error.message.slice(0, 200)}`);
  }
}

interface Survey {
  readonly depth: number;
  /** An integer that a double may not hold exactly. */
  readonly hasLongNumber: boolean;
  /** Something that may be NaN or Infinity. */
  readonly hasWord: boolean;
}

/** Looks over the bytes once. What is no JSON at all may confuse it: the parser says so afterwards. */
function survey(bytes: Uint8Array): Survey {
  let open = 0;
  let depth = 0;
  let digits = 0;
  let hasLongNumber = false;
  let hasWord = false;
  for (let at = 0; at < bytes.length; at += 1) {
    const code = bytes[at];
    if (code >= 0x30 && code <= 0x39) {
      digits += 1;
      if (digits > EXACT_DIGITS) hasLongNumber = true;
      continue;
    }
    // The digits of a fraction do not count: doubles are printed with many.
    digits = code === 0x2e ? -Infinity : 0;
    if (code === 0x22) at = endOfString(bytes, at);
    else if (code === 0x5b || code === 0x7b) {
      open += 1;
      if (open > depth) depth = open;
    } else if (code === 0x5d || code === 0x7d) open -= 1;
    else if (code === 0x4e || code === 0x49) hasWord = true;
  }
  return { depth, hasLongNumber, hasWord };
}

/** Index of the closing quote, or of the end. */
function endOfString(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  while (at < bytes.length && bytes[at] !== 0x22) at += bytes[at] === 0x5c ? 2 : 1;
  return at;
}
