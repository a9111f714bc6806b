/**
 * Text that a client sent, fit for a log or a terminal: cut, and with everything that does not print replaced by its
 * code. JSON escapes control characters by itself; this also stops the invisible ones that reorder or hide text.
 */

/** Control characters, formatting characters (bidirectional overrides, zero widths), line and paragraph separators. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
const PLAIN = /^[\u0020-\u007e]*$/;

/** @param most characters that are kept, from 1. */
export function shownText(text: string, most: number): string {
  const cut = text.length > most ? `${text.slice(0, most)}...` : text;
  if (PLAIN.test(cut)) return cut;
  return cut.replace(UNPRINTABLE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}
