/**
 * Offline jobs and their files in the service's database. Each call is one transaction of bounded size, for a database
 * call keeps the whole server waiting; what is long is done in steps by the callers. Invariant: a job's counts are those
 * of its files.
 */
import { randomBytes } from 'node:crypto';
import { invariant } from '../../core/index.ts';
import { numberOf, optionalNumberOf, optionalTextOf, textOf } from '../store/index.ts';
import type { Row, Store } from '../store/index.ts';
import type { ItemFailure, ItemMark, JobRecord, JobState, NewJob } from './job-record.ts';

const ID_BYTES = 6;
const INSERT_JOB = `
  INSERT INTO jobs (id, application, input, output, architecture, variant, batch, attempts_max, state, created_ms)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'queued', ?)`;
const INSERT_ITEM = 'INSERT INTO job_items (job, number, file) VALUES (?, ?, ?)';
const MARK_ITEM = `
  UPDATE job_items SET state = ?, attempts = ?, reason = ?, output = ? WHERE job = ? AND number = ?`;
const WRITE_JOB = `
  UPDATE jobs SET state = ?, reason = ?, done = ?, failed = ?, cancelled = ?, started_ms = ?, ended_ms = ?
  WHERE ordinal = ?`;
const SETTLE_ITEMS = `
  UPDATE job_items SET state = ?, reason = ? WHERE job = ? AND number >= ? AND number < ? AND state = 'waiting'`;
const OLDEST_ENDED = `
  SELECT ordinal FROM jobs WHERE ended_ms IS NOT NULL AND total IS NOT NULL ORDER BY ordinal DESC LIMIT -1 OFFSET ?`;

/** What of a job changes while it is worked on. */
export type JobProgress = Pick<
  JobRecord,
  'ordinal' | 'state' | 'reason' | 'done' | 'failed' | 'cancelled' | 'startedMs' | 'endedMs'
>;

export class JobStore {
  private readonly store: Store;

  constructor(store: Store) {
    this.store = store;
  }

  /** Begins a job, without files yet: until it is accepted it does not count. @returns its ordinal. */
  create(job: NewJob, nowMs: number): number {
    const { application, input, output, architecture, variant, batch, attemptsMax } = job;
    const id = randomBytes(ID_BYTES).toString('hex');
    return this.store.transaction(() => {
      this.store.run(INSERT_JOB, [id, application, input, output, architecture, variant, batch, attemptsMax, nowMs]);
      return this.number('SELECT ordinal FROM jobs WHERE id = ?', [id]);
    });
  }

  addItems(ordinal: number, first: number, files: readonly string[]): void {
    this.store.transaction(() => {
      for (const [at, file] of files.entries()) this.store.run(INSERT_ITEM, [ordinal, first + at, file]);
    });
  }

  /** From now on the job outlives the server. */
  accept(ordinal: number, total: number): JobRecord {
    this.store.run('UPDATE jobs SET total = ? WHERE ordinal = ?', [total, ordinal]);
    const [job] = this.jobs('ordinal = ?', [ordinal]);
    invariant(job !== undefined, 'a job that was accepted is found');
    return job;
  }

  /** Jobs that have not ended, in their order. */
  open(): readonly JobRecord[] {
    return this.jobs('ended_ms IS NULL ORDER BY ordinal', []);
  }

  find(id: string): JobRecord | undefined {
    return this.jobs('id = ?', [id])[0];
  }

  /** The latest jobs, in their order. */
  list(limit: number): readonly JobRecord[] {
    return this.jobs('1 ORDER BY ordinal DESC LIMIT ?', [limit]).toReversed();
  }

  fileOf(ordinal: number, item: number): string {
    const row = this.store.get('SELECT file FROM job_items WHERE job = ? AND number = ?', [ordinal, item]);
    invariant(row !== undefined, `job ${ordinal} has an item ${item}`);
    return textOf(row, 'file');
  }

  /** The items in a range of numbers that have ended. */
  ended(ordinal: number, from: number, to: number): readonly Pick<ItemMark, 'number' | 'state'>[] {
    const query = `SELECT number, state FROM job_items WHERE job = ? AND number >= ? AND number < ? AND state <> 'waiting'`;
    const rows = this.store.all(query, [ordinal, from, to]);
    return rows.map((row) => ({ number: numberOf(row, 'number'), state: textOf(row, 'state') as ItemMark['state'] }));
  }

  failures(ordinal: number, limit: number): readonly ItemFailure[] {
    const query = `SELECT * FROM job_items WHERE job = ? AND state = 'failed' ORDER BY number LIMIT ?`;
    return this.store.all(query, [ordinal, limit]).map((row) => ({
      number: numberOf(row, 'number'),
      file: textOf(row, 'file'),
      attempts: numberOf(row, 'attempts'),
      reason: optionalTextOf(row, 'reason') ?? '',
    }));
  }

  /** Writes how jobs stand, and the ends of some of their files. */
  write(changes: readonly { readonly job: JobProgress; readonly marks: readonly ItemMark[] }[]): void {
    this.store.transaction(() => {
      for (const { job, marks } of changes) {
        const { ordinal, state, reason, done, failed, cancelled, startedMs = null, endedMs = null } = job;
        for (const mark of marks) {
          const { number, attempts, output } = mark;
          this.store.run(MARK_ITEM, [mark.state, attempts, mark.reason, output, ordinal, number]);
        }
        this.store.run(WRITE_JOB, [state, reason, done, failed, cancelled, startedMs, endedMs, ordinal]);
      }
    });
  }

  /** Ends the files in a range of numbers that still wait. @returns how many there were. */
  settle(
    { ordinal, from, to }: { readonly ordinal: number; readonly from: number; readonly to: number },
    state: 'failed' | 'cancelled',
    reason: string | null,
  ): number {
    return this.store.transaction(() => {
      const changed = this.store.run(SETTLE_ITEMS, [state, reason, ordinal, from, to]);
      this.store.run(`UPDATE jobs SET ${state} = ${state} + ? WHERE ordinal = ?`, [changed, ordinal]);
      return changed;
    });
  }

  /** Jobs to be forgotten: those that were never accepted, and the oldest that have ended. */
  forgettable(endedKept: number): readonly number[] {
    const ended = this.store.all(OLDEST_ENDED, [endedKept]);
    return ended.map((row) => numberOf(row, 'ordinal'));
  }

  /** Jobs whose submission a crash cut off. */
  unaccepted(): readonly number[] {
    return this.store.all('SELECT ordinal FROM jobs WHERE total IS NULL').map((row) => numberOf(row, 'ordinal'));
  }

  /** Forgets some files of a job, and with the last of them the job. @returns whether it is forgotten. */
  forgetSome(ordinal: number, most: number): boolean {
    const query = `DELETE FROM job_items WHERE job = ? AND number IN
      (SELECT number FROM job_items WHERE job = ? ORDER BY number DESC LIMIT ?)`;
    return this.store.transaction(() => {
      if (this.store.run(query, [ordinal, ordinal, most]) === most) return false;
      this.store.run('DELETE FROM jobs WHERE ordinal = ?', [ordinal]);
      return true;
    });
  }

  private jobs(where: string, values: readonly (string | number)[]): readonly JobRecord[] {
    return this.store.all(`SELECT * FROM jobs WHERE total IS NOT NULL AND ${where}`, values).map(recordOf);
  }

  private number(query: string, values: readonly (string | number)[]): number {
    const row = this.store.get(query, values);
    invariant(row !== undefined, 'a job that was created is found');
    return numberOf(row, 'ordinal');
  }
}

function recordOf(row: Row): JobRecord {
  return {
    ordinal: numberOf(row, 'ordinal'),
    id: textOf(row, 'id'),
    application: textOf(row, 'application'),
    input: textOf(row, 'input'),
    output: textOf(row, 'output'),
    architecture: textOf(row, 'architecture'),
    variant: textOf(row, 'variant'),
    batch: numberOf(row, 'batch'),
    attemptsMax: numberOf(row, 'attempts_max'),
    state: textOf(row, 'state') as JobState, // The table allows no other.
    reason: textOf(row, 'reason'),
    total: numberOf(row, 'total'),
    done: numberOf(row, 'done'),
    failed: numberOf(row, 'failed'),
    cancelled: numberOf(row, 'cancelled'),
    createdMs: numberOf(row, 'created_ms'),
    startedMs: optionalNumberOf(row, 'started_ms'),
    endedMs: optionalNumberOf(row, 'ended_ms'),
  };
}
