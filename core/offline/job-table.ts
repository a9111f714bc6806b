/**
 * The files of all offline jobs and where they are. Invariant, after every call: the files of a job that wait, run, are
 * done, failed or cancelled sum to its total; no file is lost and none is done twice. Workers take batches and say how
 * they ended; which worker runs a job is the runner's business.
 */
import type { VariantIndex } from '../catalogue/variant.ts';
import { invariant } from '../errors.ts';
import { NEVER } from '../time.ts';
import type { Nanos } from '../time.ts';
import type { JobIndex, OfflineJob } from './job.ts';

/** Files that are executed together; tried again they stay together. */
export interface FileBatch {
  readonly job: JobIndex;
  /** Numbers of the files, unique over all jobs of the run. */
  readonly files: Int32Array;
  /** Executions so far that count against the maximum. */
  attempts: number;
}

/** A job's files by where they are. */
export interface JobCounts {
  readonly total: number;
  readonly waiting: number;
  readonly running: number;
  readonly done: number;
  readonly failed: number;
  readonly cancelled: number;
}

interface Progress {
  waiting: number;
  running: number;
  done: number;
  failed: number;
  cancelled: number;
  /** Executions of batches, and how many of them were not the first. */
  attempts: number;
  retries: number;
  startedNs: Nanos;
  endedNs: Nanos;
  stopped: boolean;
  variant: VariantIndex | null;
  reason: string;
  /** The next file that was never taken, counted from the job's first. */
  next: number;
  /** Batches to be tried again, before fresh files. */
  readonly again: FileBatch[];
}

export class JobTable {
  private readonly list: OfflineJob[] = [];
  private readonly firstFile: number[] = [];
  private readonly progress: Progress[] = [];
  private fileCount = 0;

  constructor(jobs: readonly OfflineJob[]) {
    for (const job of jobs) this.add(job);
  }

  get jobs(): readonly OfflineJob[] {
    return this.list;
  }

  /** Files of all jobs together. */
  get files(): number {
    return this.fileCount;
  }

  /** Adds a job behind those there are; its files get the next numbers. */
  add(job: OfflineJob): JobIndex {
    this.firstFile.push(this.fileCount);
    this.fileCount += job.files;
    this.progress.push({
      waiting: job.files,
      running: 0,
      done: 0,
      failed: 0,
      cancelled: 0,
      attempts: 0,
      retries: 0,
      startedNs: NEVER,
      endedNs: NEVER,
      stopped: false,
      variant: null,
      reason: '',
      next: 0,
      again: [],
    });
    return this.list.push(job) - 1;
  }

  /** The number of a job's first file; the others follow. */
  firstFileOf(job: JobIndex): number {
    return this.firstFile[job];
  }

  counts(job: JobIndex): JobCounts {
    const { waiting, running, done, failed, cancelled } = this.progress[job];
    return { total: this.jobs[job].files, waiting, running, done, failed, cancelled };
  }

  /** Executions of batches, and how many of them were not the first of their batch. */
  attempts(job: JobIndex): { readonly attempts: number; readonly retries: number } {
    const { attempts, retries } = this.progress[job];
    return { attempts, retries };
  }

  /** When the first batch started and the last file ended; `NEVER` for not yet. */
  times(job: JobIndex): { readonly startedNs: Nanos; readonly endedNs: Nanos } {
    const { startedNs, endedNs } = this.progress[job];
    return { startedNs, endedNs };
  }

  /** Why a job could not be run, or ''. */
  reason(job: JobIndex): string {
    return this.progress[job].reason;
  }

  /** The variant that runs the job; null before one was chosen. */
  variant(job: JobIndex): VariantIndex | null {
    return this.progress[job].variant;
  }

  /** Notes which variant runs the job. */
  choose(job: JobIndex, variant: VariantIndex): void {
    this.progress[job].variant = variant;
  }

  /** Whether some file has not ended. */
  isOpen(job: JobIndex): boolean {
    const { waiting, running } = this.progress[job];
    return waiting + running > 0;
  }

  get anyOpen(): boolean {
    return this.jobs.some((_, job) => this.isOpen(job));
  }

  /** Takes the next files to execute; undefined when none waits. @param sizeMax files in a fresh batch at most. */
  take(job: JobIndex, sizeMax: number, now: Nanos): FileBatch | undefined {
    const progress = this.progress[job];
    if (progress.waiting === 0) return undefined;
    const tried = progress.again.shift();
    const batch = tried ?? this.freshBatch(job, sizeMax);
    const inputs = batch.files.length;
    batch.attempts += 1;
    progress.attempts += 1;
    if (tried !== undefined) progress.retries += 1;
    progress.waiting -= inputs;
    progress.running += inputs;
    progress.startedNs = Math.min(progress.startedNs, now);
    return batch;
  }

  /** The batch was executed. */
  finish(batch: FileBatch, now: Nanos): void {
    const progress = this.leave(batch);
    progress.done += batch.files.length;
    this.noteEnd(progress, now);
  }

  /** The execution failed: the same files wait for another try, unless this was the last one. */
  fail(batch: FileBatch, now: Nanos): void {
    if (batch.attempts < this.jobs[batch.job].attemptsMax) return this.putBack(batch, now);
    const progress = this.leave(batch);
    progress.failed += batch.files.length;
    this.noteEnd(progress, now);
  }

  /** The batch lost its machine, for which it cannot be blamed: its files wait again, and the try does not count. */
  lose(batch: FileBatch, now: Nanos): void {
    batch.attempts -= 1;
    this.putBack(batch, now);
  }

  /** Nothing more of the job is started; what runs may finish. Nothing happens to a job that has ended. */
  cancel(job: JobIndex, now: Nanos): void {
    const progress = this.progress[job];
    if (!this.isOpen(job)) return;
    progress.stopped = true;
    progress.cancelled += progress.waiting;
    progress.waiting = 0;
    progress.again.length = 0;
    this.noteEnd(progress, now);
  }

  /** The job cannot be run at all: its files fail. */
  refuse(job: JobIndex, reason: string, now: Nanos): void {
    const progress = this.progress[job];
    invariant(progress.running === 0, 'a job that runs was not refused');
    progress.reason = reason;
    progress.failed += progress.waiting;
    progress.waiting = 0;
    progress.again.length = 0;
    this.noteEnd(progress, now);
  }

  private freshBatch(job: JobIndex, sizeMax: number): FileBatch {
    const progress = this.progress[job];
    const first = progress.next;
    const size = Math.min(sizeMax, this.jobs[job].files - first);
    invariant(size > 0, 'a file that waits was put back or never taken');
    progress.next += size;
    const files = Int32Array.from({ length: size }, (_, at) => this.firstFile[job] + first + at);
    return { job, files, attempts: 0 };
  }

  private putBack(batch: FileBatch, now: Nanos): void {
    const progress = this.leave(batch);
    if (progress.stopped) progress.cancelled += batch.files.length;
    else {
      progress.waiting += batch.files.length;
      progress.again.push(batch);
    }
    this.noteEnd(progress, now);
  }

  private leave(batch: FileBatch): Progress {
    const progress = this.progress[batch.job];
    invariant(progress.running >= batch.files.length, 'a batch ends once');
    progress.running -= batch.files.length;
    return progress;
  }

  private noteEnd(progress: Progress, now: Nanos): void {
    if (progress.waiting + progress.running === 0) progress.endedNs = now;
  }
}
