/**
 * Writes what happened to jobs, many files in one transaction: each costs a flush of the disk, which keeps the server
 * waiting. What a crash keeps from being written is found again, for answers lie in the output folder before.
 */
import type { OpenJob } from './open-job.ts';
import type { JobStore } from './job-store.ts';

const DELAY_MS = 100;
/** After a failure: a full disk, a locked database. */
const RETRY_MS = 2000;
/** Files in one transaction. */
const MARKS_MAX = 1000;

export class JobWriter {
  private readonly store: JobStore;
  private readonly warn: (text: string) => void;
  private readonly dirty = new Set<OpenJob>();
  private timer: NodeJS.Timeout | undefined;

  constructor(store: JobStore, warn: (text: string) => void) {
    this.store = store;
    this.warn = warn;
  }

  /** Has a job written soon. */
  note(job: OpenJob): void {
    this.dirty.add(job);
    this.timer ??= setTimeout(() => this.writeSome(), DELAY_MS);
  }

  /** Writes everything now. @throws what the database throws; then nothing is lost. */
  flush(): void {
    while (this.dirty.size > 0) this.write();
    this.stopTimer();
  }

  private writeSome(): void {
    this.stopTimer();
    let delayMs = 0;
    try {
      this.write();
    } catch (error) {
      this.warn(`offline jobs could not be noted: ${error instanceof Error ? error.message : String(error)}`);
      delayMs = RETRY_MS;
    }
    if (this.dirty.size > 0) this.timer ??= setTimeout(() => this.writeSome(), delayMs);
  }

  private write(): void {
    let room = MARKS_MAX;
    const taken = [...this.dirty].map((job) => {
      const marks = job.takeMarks(room);
      room -= marks.length;
      return { open: job, job: job.progress, marks };
    });
    try {
      this.store.write(taken);
    } catch (error) {
      for (const { open, marks } of taken) open.putBack(marks);
      throw error;
    }
    for (const { open } of taken) if (!open.isDirty) this.dirty.delete(open);
  }

  private stopTimer(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}
