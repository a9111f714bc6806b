/**
 * 64-bit integers as the protobuf library hands them over: two halves. Here they become numbers, big integers or bytes;
 * nothing is rounded on the way.
 */

/** The library's 64-bit integer: both halves are signed 32-bit integers, of which `low` stands for its bits. */
export interface Long64 {
  readonly low: number;
  readonly high: number;
  readonly unsigned: boolean;
}

/** The value, exactly. */
export function longToBigInt({ low, high, unsigned }: Long64): bigint {
  const bits = (BigInt(high) << 32n) | BigInt(low >>> 0);
  return unsigned ? BigInt.asUintN(64, bits) : bits;
}

/** The value where a number holds it exactly, otherwise undefined. */
export function longToNumber({ low, high, unsigned }: Long64): number | undefined {
  const value = (unsigned ? high >>> 0 : high) * 0x1_0000_0000 + (low >>> 0);
  return Number.isSafeInteger(value) ? value : undefined;
}
