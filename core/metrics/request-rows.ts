/**
 * One row for each request that ended, up to a maximum. Beyond it the rows become a sample: a request is kept when
 * a hash of its ordinal and the run's seed is below a threshold, and the threshold halves whenever the rows are full.
 * Which requests are kept depends on nothing else, so two policies under one seed keep the same requests and can
 * be compared row by row.
 *
 * Rows are stored in chunks, so that growing copies nothing: the long values of a row side by side in one array,
 * the short ones in another.
 */
import type { Outcome, Reason } from '../outcome.ts';
import type { Nanos } from '../time.ts';

const HASH_RANGE = 4_294_967_296;
const CHUNK_BITS = 13;
const CHUNK_ROWS = 1 << CHUNK_BITS;
const LONGS = 9;
const SHORTS = 8;

/** What is written of one request. The ledger reuses one object. */
export interface RequestRow {
  ordinal: number;
  /** Latency objective, or -1 for none. */
  objectiveNs: Nanos;
  scheduledNs: Nanos;
  queueNs: Nanos;
  loadWaitNs: Nanos;
  preprocessNs: Nanos;
  inferNs: Nanos;
  postprocessNs: Nanos;
  latencyNs: Nanos;
  kind: number;
  variant: number;
  worker: number;
  machine: number;
  inputs: number;
  batchInputs: number;
  outcome: Outcome;
  reason: Reason;
}

export class RequestRows {
  readonly maximum: number;
  /** Rows kept. */
  length = 0;
  /** Requests offered; more than `length` once the rows are a sample. */
  offered = 0;
  private readonly salt: number;
  private threshold = HASH_RANGE;
  private readonly longs: Float64Array[] = [];
  private readonly shorts: Int32Array[] = [];

  /** @param maximum rows to keep at most; 0 keeps none. @param salt any 32 bits, from the run's seed. */
  constructor(maximum: number, salt: number) {
    this.maximum = maximum;
    this.salt = salt;
  }

  /** True when the rows are all the requests offered. */
  get complete(): boolean {
    return this.length === this.offered;
  }

  /** Keeps the row, or leaves it out of the sample. */
  offer(row: RequestRow): void {
    this.offered += 1;
    if (this.maximum === 0) return;
    if (this.threshold < HASH_RANGE && this.hash(row.ordinal) >= this.threshold) return;
    // Only as far as this row needs: halving further would make the sample depend on the order of the ends.
    while (this.length === this.maximum) {
      this.halve();
      if (this.hash(row.ordinal) >= this.threshold) return;
    }
    this.write(this.length, row);
    this.length += 1;
  }

  /** Copies a row into `into` and returns it. */
  read(at: number, into: RequestRow): RequestRow {
    const longs = this.longs[at >>> CHUNK_BITS];
    const shorts = this.shorts[at >>> CHUNK_BITS];
    const l = (at & (CHUNK_ROWS - 1)) * LONGS;
    const s = (at & (CHUNK_ROWS - 1)) * SHORTS;
    into.ordinal = longs[l];
    into.objectiveNs = longs[l + 1];
    into.scheduledNs = longs[l + 2];
    into.queueNs = longs[l + 3];
    into.loadWaitNs = longs[l + 4];
    into.preprocessNs = longs[l + 5];
    into.inferNs = longs[l + 6];
    into.postprocessNs = longs[l + 7];
    into.latencyNs = longs[l + 8];
    into.kind = shorts[s];
    into.variant = shorts[s + 1];
    into.worker = shorts[s + 2];
    into.machine = shorts[s + 3];
    into.inputs = shorts[s + 4];
    into.batchInputs = shorts[s + 5];
    into.outcome = shorts[s + 6] as Outcome; // Written from a row, below.
    into.reason = shorts[s + 7];
    return into;
  }

  private write(at: number, row: RequestRow): void {
    const chunk = at >>> CHUNK_BITS;
    if (chunk === this.longs.length) {
      this.longs.push(new Float64Array(CHUNK_ROWS * LONGS));
      this.shorts.push(new Int32Array(CHUNK_ROWS * SHORTS));
    }
    const longs = this.longs[chunk];
    const shorts = this.shorts[chunk];
    const l = (at & (CHUNK_ROWS - 1)) * LONGS;
    const s = (at & (CHUNK_ROWS - 1)) * SHORTS;
    longs[l] = row.ordinal;
    longs[l + 1] = row.objectiveNs;
    longs[l + 2] = row.scheduledNs;
    longs[l + 3] = row.queueNs;
    longs[l + 4] = row.loadWaitNs;
    longs[l + 5] = row.preprocessNs;
    longs[l + 6] = row.inferNs;
    longs[l + 7] = row.postprocessNs;
    longs[l + 8] = row.latencyNs;
    shorts[s] = row.kind;
    shorts[s + 1] = row.variant;
    shorts[s + 2] = row.worker;
    shorts[s + 3] = row.machine;
    shorts[s + 4] = row.inputs;
    shorts[s + 5] = row.batchInputs;
    shorts[s + 6] = row.outcome;
    shorts[s + 7] = row.reason;
  }

  private hash(ordinal: number): number {
    let h = Math.imul(ordinal ^ this.salt, 0x9e3779b1);
    h = Math.imul(h ^ (h >>> 15), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    return (h ^ (h >>> 16)) >>> 0;
  }

  /** Halves the threshold, drops the rows that fall out, and closes the gaps. */
  private halve(): void {
    const row = emptyRow();
    this.threshold /= 2;
    let kept = 0;
    for (let at = 0; at < this.length; at += 1) {
      this.read(at, row);
      if (this.hash(row.ordinal) >= this.threshold) continue;
      this.write(kept, row);
      kept += 1;
    }
    this.length = kept;
  }
}

/** A row with nothing in it, to be filled. */
export function emptyRow(): RequestRow {
  return {
    ordinal: 0,
    objectiveNs: -1,
    scheduledNs: 0,
    queueNs: 0,
    loadWaitNs: 0,
    preprocessNs: 0,
    inferNs: 0,
    postprocessNs: 0,
    latencyNs: 0,
    kind: 0,
    variant: -1,
    worker: -1,
    machine: -1,
    inputs: 0,
    batchInputs: 0,
    outcome: 1,
    reason: 0,
  };
}
