/**
 * Looks over the bytes of a JSON text once, before anything parses it: whether parsing it would cost out of proportion,
 * and how it must be parsed. What is no JSON at all may confuse it: the parser says so afterwards.
 */
import { HttpRefusal } from './http-refusal.ts';

/** As deep as Triton goes. */
const DEPTH_MAX = 100;
/** A parser keeps the process from all else: this much takes half a second. Larger tensors travel as bytes. */
const TEXT_BYTES_MAX = 33_554_432;
/** Lists, objects and members. A text of nothing else takes ten times as long to parse, and its values fifteen times its room. */
const NODES_MAX = 1_000_000;
/** An integer of fewer digits is below 2^53. */
const EXACT_DIGITS = 15;

export interface JsonSurvey {
  /** Lists, objects and members. */
  readonly nodes: number;
  /** An integer that a double may not hold exactly. */
  readonly hasLongNumber: boolean;
  /** Something that may be NaN or Infinity: their first letters, or an exponent that `JSON.parse` would make Infinity of. */
  readonly mayBeNonFinite: boolean;
}

/** @throws HttpRefusal 413 for a text that is too much to parse, 400 for one that is nested too deep. */
export function surveyJson(bytes: Uint8Array): JsonSurvey {
  if (bytes.length > TEXT_BYTES_MAX) throw tooMuch(`is larger than ${TEXT_BYTES_MAX} bytes`);
  let open = 0;
  let nodes = 0;
  let digits = 0;
  let hasLongNumber = false;
  let mayBeNonFinite = false;
  for (let at = 0; at < bytes.length; at += 1) {
    const code = bytes[at];
    if (code >= 0x30 && code <= 0x39) {
      digits += 1;
      if (digits > EXACT_DIGITS) hasLongNumber = true;
      continue;
    }
    if (code === 0x4e || code === 0x49 || (digits !== 0 && (code === 0x65 || code === 0x45))) mayBeNonFinite = true;
    // The digits of a fraction do not count: doubles are printed with many.
    digits = code === 0x2e ? -Infinity : 0;
    if (code === 0x22) at = endOfString(bytes, at);
    else if (code === 0x5b || code === 0x7b) {
      nodes += 1;
      open += 1;
      if (open > DEPTH_MAX) throw new HttpRefusal(400, `the JSON is nested more than ${DEPTH_MAX} levels deep`);
    } else if (code === 0x5d || code === 0x7d) open -= 1;
    else if (code === 0x3a) nodes += 1;
    if (nodes > NODES_MAX) throw tooMuch(`has more than ${NODES_MAX} lists, objects and members`);
  }
  return { nodes, hasLongNumber, mayBeNonFinite };
}

/** Texts of one request that somebody else parses: together they are bounded like one. @throws HttpRefusal 413, 400 */
export function refuseHeavyJson(texts: readonly Uint8Array[]): void {
  const bytes = texts.reduce((sum, text) => sum + text.length, 0);
  if (bytes > TEXT_BYTES_MAX) throw tooMuch(`is larger than ${TEXT_BYTES_MAX} bytes`);
  const nodes = texts.reduce((sum, text) => sum + surveyJson(text).nodes, 0);
  if (nodes > NODES_MAX) throw tooMuch(`has more than ${NODES_MAX} lists, objects and members`);
}

/** Index of the closing quote, or of the end. */
function endOfString(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  while (at < bytes.length && bytes[at] !== 0x22) at += bytes[at] === 0x5c ? 2 : 1;
  return at;
}

function tooMuch(what: string): HttpRefusal {
  return new HttpRefusal(413, `the JSON ${what}; send tensors of that size flat, or as binary data`);
}
