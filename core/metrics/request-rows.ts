/**
 * One row for each request that ended, in columns, up to a maximum. Beyond it the rows become a sample: a
 * request is kept when a hash of its ordinal and the run's seed is below a threshold, and the threshold halves
 * whenever the rows are full. Which requests are kept depends on nothing else, so two policies under one seed
 * keep the same requests and can be compared row by row.
 */
import type { Outcome, Reason } from '../outcome.ts';
import type { Nanos } from '../time.ts';

const HASH_RANGE = 4_294_967_296;

/** What is written of one request. The recorder reuses one object. */
export interface RequestRow {
  ordinal: number;
  kind: number;
  variant: number;
  worker: number;
  machine: number;
  inputs: number;
  batchInputs: number;
  /** Latency objective, or -1 for none. */
  objectiveNs: Nanos;
  scheduledNs: Nanos;
  queueNs: Nanos;
  loadWaitNs: Nanos;
  preprocessNs: Nanos;
  inferNs: Nanos;
  postprocessNs: Nanos;
  latencyNs: Nanos;
  outcome: Outcome;
  reason: Reason;
}

const LONG_COLUMNS = [
  'ordinal',
  'objectiveNs',
  'scheduledNs',
  'queueNs',
  'loadWaitNs',
  'preprocessNs',
  'inferNs',
  'postprocessNs',
  'latencyNs',
] as const;
const SHORT_COLUMNS = ['kind', 'variant', 'worker', 'machine', 'inputs', 'batchInputs', 'outcome', 'reason'] as const;

export class RequestRows {
  readonly maximum: number;
  /** Rows kept. */
  length = 0;
  /** Requests offered; more than `length` once the rows are a sample. */
  offered = 0;
  private readonly salt: number;
  private threshold = HASH_RANGE;
  private capacity = 0;
  private long: Float64Array[] = LONG_COLUMNS.map(() => new Float64Array(0));
  private short: Int32Array[] = SHORT_COLUMNS.map(() => new Int32Array(0));

  /** @param maximum rows to keep at most; 0 keeps none. @param salt any 32 bits, from the run's seed. */
  constructor(maximum: number, salt: number) {
    this.maximum = maximum;
    this.salt = salt;
  }

  /** True when the rows are all the requests offered. */
  get complete(): boolean {
    return this.length === this.offered;
  }

  /** Whether the request of that ordinal is kept at present. Call before filling a row. */
  wants(ordinal: number): boolean {
    this.offered += 1;
    return this.maximum > 0 && (this.threshold === HASH_RANGE || this.hash(ordinal) < this.threshold);
  }

  /** Appends a row that `wants` accepted. */
  append(row: RequestRow): void {
    if (this.length === this.maximum) {
      this.halve();
      if (this.hash(row.ordinal) >= this.threshold) return;
    }
    if (this.length === this.capacity) this.grow();
    const at = this.length;
    const long = this.long;
    const short = this.short;
    long[0][at] = row.ordinal;
    long[1][at] = row.objectiveNs;
    long[2][at] = row.scheduledNs;
    long[3][at] = row.queueNs;
    long[4][at] = row.loadWaitNs;
    long[5][at] = row.preprocessNs;
    long[6][at] = row.inferNs;
    long[7][at] = row.postprocessNs;
    long[8][at] = row.latencyNs;
    short[0][at] = row.kind;
    short[1][at] = row.variant;
    short[2][at] = row.worker;
    short[3][at] = row.machine;
    short[4][at] = row.inputs;
    short[5][at] = row.batchInputs;
    short[6][at] = row.outcome;
    short[7][at] = row.reason;
    this.length = at + 1;
  }

  /** Copies a row into `into` and returns it. */
  read(at: number, into: RequestRow): RequestRow {
    const values: Partial<Record<keyof RequestRow, number>> = into;
    for (const [column, name] of LONG_COLUMNS.entries()) values[name] = this.long[column][at];
    for (const [column, name] of SHORT_COLUMNS.entries()) values[name] = this.short[column][at];
    return into;
  }

  private hash(ordinal: number): number {
    let h = Math.imul(ordinal ^ this.salt, 0x9e3779b1);
    h = Math.imul(h ^ (h >>> 15), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    return (h ^ (h >>> 16)) >>> 0;
  }

  /** Halves the threshold until some rows fall out, and closes the gaps. */
  private halve(): void {
    while (this.length === this.maximum) {
      this.threshold /= 2;
      let kept = 0;
      for (let at = 0; at < this.length; at += 1) {
        if (this.hash(this.long[0][at]) >= this.threshold) continue;
        for (const column of this.long) column[kept] = column[at];
        for (const column of this.short) column[kept] = column[at];
        kept += 1;
      }
      this.length = kept;
    }
  }

  private grow(): void {
    this.capacity = Math.min(this.maximum, Math.max(4096, this.capacity * 2));
    this.long = this.long.map((column) => widened(column, new Float64Array(this.capacity)));
    this.short = this.short.map((column) => widened(column, new Int32Array(this.capacity)));
  }
}

/** A row with nothing in it, to be filled. */
export function emptyRow(): RequestRow {
  return {
    ordinal: 0,
    kind: 0,
    variant: -1,
    worker: -1,
    machine: -1,
    inputs: 0,
    batchInputs: 0,
    objectiveNs: -1,
    scheduledNs: 0,
    queueNs: 0,
    loadWaitNs: 0,
    preprocessNs: 0,
    inferNs: 0,
    postprocessNs: 0,
    latencyNs: 0,
    outcome: 1,
    reason: 0,
  };
}

function widened<Column extends Float64Array | Int32Array>(from: Column, to: Column): Column {
  to.set(from);
  return to;
}
