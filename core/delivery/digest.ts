/**
 * The running digest of a run: two 32-bit FNV-1a-style lanes over whole words instead of bytes, fed with every
 * event and every control decision in order. Two runs with the same digest did the same things at the same times.
 * It detects accidents, not forgery.
 */

const PRIME_A = 0x01000193;
/** A second odd multiplier, so that the lanes disagree about what they overlook (Knuth's 2^32 / golden ratio). */
const PRIME_B = 0x9e3779b1;
const TWO_POW_32 = 4_294_967_296;
const TWO_POW_MINUS_32 = 1 / TWO_POW_32;
/** Odd multipliers that spread small numbers over 32 bits (from MurmurHash3's mixing, public domain). */
const SPREAD_A = 0xcc9e2d51;
const SPREAD_B = 0x1b873593;

export class Digest {
  private a = 0x811c9dc5 | 0;
  private b = 0x1b873593 | 0;

  /** Feeds 32 bits. */
  word(value: number): void {
    this.a = Math.imul(this.a ^ value, PRIME_A);
    this.b = Math.imul(this.b ^ value ^ (this.b >>> 15), PRIME_B);
  }

  /** Feeds an integer of up to 53 bits. */
  integer(value: number): void {
    this.word(value | 0);
    this.word((value / TWO_POW_32) | 0);
  }

  /** Feeds a text. */
  text(value: string): void {
    for (let i = 0; i < value.length; i += 1) this.word(value.charCodeAt(i));
    this.word(value.length);
  }

  /** Feeds one event: when, in which order, to whom, what, and about which request or generation. */
  event(timeNs: number, sequence: number, to: number, code: number, id: number): void {
    const x = (timeNs | 0) ^ Math.imul(id | 0, SPREAD_A);
    const y = ((timeNs * TWO_POW_MINUS_32) | 0) ^ (to << 6) ^ code ^ Math.imul(sequence | 0, SPREAD_B);
    // Two rounds a lane, the words in opposite order: what one lane lets cancel out the other does not.
    const a = Math.imul(this.a ^ x ^ (this.a >>> 15), PRIME_A);
    const b = Math.imul(this.b ^ y ^ (this.b >>> 15), PRIME_B);
    this.a = Math.imul(a ^ y ^ (a >>> 13), PRIME_A);
    this.b = Math.imul(b ^ x ^ (b >>> 13), PRIME_B);
  }

  /** 64 bits in hexadecimal. */
  toString(): string {
    return hexadecimal(this.a) + hexadecimal(this.b);
  }
}

function hexadecimal(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}
