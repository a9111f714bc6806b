/**
 * The layout of a spooled trace: a header and then one record of 32 bytes for each arrival, in order of time. Numbers
 * are in the byte order of the machine: the file is scratch, written and read on one machine. The header's row count
 * is written last.
 */
import type { Arrival } from '../core/index.ts';

export const RECORD_BYTES = 32;
/** Records moved at once: 128 KiB. */
export const BLOCK_RECORDS = 4096;

const MAGIC = 0x52_48_53_50;
const VERSION = 1;
const DOUBLES = RECORD_BYTES / 8;
const WORDS = RECORD_BYTES / 4;

/** A block of records in memory, reused for every block of the file. */
export class SpoolBlock {
  readonly bytes = new Uint8Array(BLOCK_RECORDS * RECORD_BYTES);
  private readonly doubles = new Float64Array(this.bytes.buffer);
  private readonly words = new Uint32Array(this.bytes.buffer);

  write(index: number, arrival: Arrival): void {
    const at = index * DOUBLES;
    this.doubles[at] = arrival.atNs;
    this.doubles[at + 1] = arrival.latencyNs;
    this.doubles[at + 2] = arrival.accuracyPercent;
    const word = index * WORDS + 6;
    this.words[word] = arrival.kind;
    this.words[word + 1] = arrival.inputs;
  }

  read(index: number, into: Arrival): void {
    const at = index * DOUBLES;
    into.atNs = this.doubles[at];
    into.latencyNs = this.doubles[at + 1];
    into.accuracyPercent = this.doubles[at + 2];
    const word = index * WORDS + 6;
    into.kind = this.words[word];
    into.inputs = this.words[word + 1];
  }
}

/** The header of a file with so many records; as long as a record. */
export function spoolHeader(rows: number): Uint8Array {
  const bytes = new Uint8Array(RECORD_BYTES);
  new Uint32Array(bytes.buffer).set([MAGIC, VERSION]);
  new Float64Array(bytes.buffer)[1] = rows;
  return bytes;
}

/** The number of records a header announces; NaN if it is no header of ours. */
export function rowsOfHeader(header: Uint8Array): number {
  const bytes = Uint8Array.from(header);
  const words = new Uint32Array(bytes.buffer);
  return words[0] === MAGIC && words[1] === VERSION ? new Float64Array(bytes.buffer)[1] : Number.NaN;
}
