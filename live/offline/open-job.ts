/**
 * A job that has not ended, as the server works on it: a byte for each file, what is to be written of it, and what was
 * decided over it. Invariant: each file ends once; an end that was noted is neither taken back nor noted again.
 */
import type { ItemMark, ItemState, JobRecord, JobState } from './job-record.ts';
import type { JobProgress } from './job-store.ts';

const WAITING = 0;
const ENDED = 1;
/** What a byte counts to. */
const ATTEMPTS_SHOWN = 255;

type Counts = Record<Exclude<ItemState, 'waiting'>, number>;

/** How a job ends before its files have. */
export interface Verdict {
  readonly state: 'failed' | 'cancelled';
  readonly reason: string;
}

export class OpenJob {
  readonly record: JobRecord;
  state: JobState;
  reason: string;
  startedMs: number | undefined;
  endedMs: number | undefined;
  /** Set when nothing more of it is to be begun. */
  verdict: Verdict | undefined;
  /** Answers that are being written, by number of the file: fulfilled when they are, or could not be. */
  readonly writing = new Map<number, Promise<void>>();
  /** Times in a row that the output folder could not be written. */
  outputTroubles = 0;
  /** What changed since `takeMarks`. */
  isDirty = false;
  private readonly items: Uint8Array;
  private readonly attempts: Uint8Array;
  /** Why files failed that will be tried again. */
  private readonly troubles = new Map<number, string>();
  private marks: ItemMark[] = [];
  /** Files by how they ended, and those of them whose end was taken to be written. */
  private readonly ended: Counts = { done: 0, failed: 0, cancelled: 0 };
  private readonly written: Counts = { done: 0, failed: 0, cancelled: 0 };

  constructor(record: JobRecord) {
    this.record = record;
    ({ state: this.state, reason: this.reason, startedMs: this.startedMs, endedMs: this.endedMs } = record);
    this.items = new Uint8Array(record.total);
    this.attempts = new Uint8Array(record.total);
    if (record.state === 'cancelled' || record.state === 'failed') {
      this.verdict = { state: record.state, reason: record.reason };
    }
  }

  get waiting(): number {
    const { done, failed, cancelled } = this.ended;
    return this.record.total - done - failed - cancelled;
  }

  get failed(): number {
    return this.ended.failed;
  }

  /** As it is to be written; files whose end is not written yet count as waiting. */
  get progress(): JobProgress {
    const { state, reason, startedMs, endedMs } = this;
    return { ordinal: this.record.ordinal, state, reason, ...this.written, startedMs, endedMs };
  }

  isWaiting(number: number): boolean {
    return this.items[number] === WAITING;
  }

  /** Numbers of the files that wait, ascending. */
  waitingNumbers(): Int32Array {
    const numbers = new Int32Array(this.waiting);
    let at = 0;
    for (const [number, state] of this.items.entries()) {
      if (state !== WAITING) continue;
      numbers[at] = number;
      at += 1;
    }
    return numbers;
  }

  /** Takes over that a file had ended before this server began. */
  restore(number: number, state: Exclude<ItemState, 'waiting'>): void {
    this.items[number] = ENDED;
    this.ended[state] += 1;
    this.written[state] += 1;
  }

  /** Nothing more of it is begun, and that is how it ends. The first verdict counts. */
  decide(verdict: Verdict): void {
    if (this.verdict !== undefined) return;
    this.verdict = verdict;
    ({ state: this.state, reason: this.reason } = verdict);
    this.isDirty = true;
  }

  /** A file is handed to a model. */
  tried(number: number, nowMs: number): void {
    this.attempts[number] = Math.min(ATTEMPTS_SHOWN, this.attempts[number] + 1);
    this.began(nowMs);
  }

  began(nowMs: number): void {
    if (this.startedMs !== undefined) return;
    this.startedMs = nowMs;
    if (this.state === 'queued') this.state = 'running';
    this.isDirty = true;
  }

  /** Ends a file; one that has ended stays as it is. */
  end(number: number, state: Exclude<ItemState, 'waiting'>, detail: { reason?: string; output?: string } = {}): void {
    if (!this.isWaiting(number)) return;
    this.items[number] = ENDED;
    this.ended[state] += 1;
    this.troubles.delete(number);
    const { reason = null, output = null } = detail;
    this.marks.push({ number, state, attempts: this.attempts[number], reason, output });
    this.isDirty = true;
  }

  /** Notes why a file could not be done this time. */
  troubled(number: number, why: string): void {
    if (this.isWaiting(number)) this.troubles.set(number, why);
  }

  /** Files that are given up end with the reason of their last try. */
  failTroubled(): void {
    for (const [number, reason] of this.troubles) this.end(number, 'failed', { reason });
  }

  /** Files in a range of numbers were ended in the database. @param count how many. */
  settled(
    from: number,
    to: number,
    { state, count }: { readonly state: Verdict['state']; readonly count: number },
  ): void {
    this.items.fill(ENDED, from, to);
    this.ended[state] += count;
    this.written[state] += count;
  }

  /** The ends of files that are not written yet, a number of them at most; they count as written from now on. */
  takeMarks(most: number): readonly ItemMark[] {
    const taken = this.marks.slice(0, most);
    this.marks = this.marks.slice(most);
    this.isDirty = this.marks.length > 0;
    for (const { state } of taken) this.written[state] += 1;
    return taken;
  }

  /** Takes marks back that could not be written. */
  putBack(marks: readonly ItemMark[]): void {
    this.marks = [...marks, ...this.marks];
    this.isDirty = true;
    for (const { state } of marks) this.written[state] -= 1;
  }
}
