/**
 * How wide a text is in a system font that is not known: an estimate from classes of letters, on the wide side, so
 * that what was laid out with it does not overlap whichever font the reader has. Deterministic, without a canvas.
 */

/** Advance widths in em, near those of Verdana and DejaVu Sans, the widest common system fonts. */
const NARROW = 0.36;
const DIGIT = 0.64;
const SMALL = 0.62;
const CAPITAL = 0.75;
const BROAD = 0.97;
/** Ideographs, Hangul, emoji and everything else beyond the Latin, Greek and Cyrillic letters. */
const FULL = 1.05;

/** Width in pixels of a text in one line. */
export function textWidth(text: string, fontSize: number): number {
  let width = 0;
  for (const character of text) width += widthOf(character);
  return width * fontSize;
}

function widthOf(character: string): number {
  if (/[ijlrtfI.,:;'|!()[\]\s]/.test(character)) return NARROW;
  if (/\d/.test(character)) return DIGIT;
  if (/[mwMW@%&—…]/.test(character)) return BROAD;
  if (/\p{Lu}|[=+±−<>#~^]/u.test(character)) return CAPITAL;
  return /[\u0020-\u058F]/.test(character) ? SMALL : FULL;
}
