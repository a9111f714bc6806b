/**
 * Keeps offline jobs through epochs, restarts and kills: accepts them, hands them to the epoch of the moment, ends them.
 * Invariants: a job that was accepted is in the database with all its files; each of its files ends once; one epoch at a
 * time works on them.
 */
import type { Handlers } from '../../backends/index.ts';
import { ServingError } from '../../core/index.ts';
import { HttpRefusal } from '../http/index.ts';
import type { ModelDirectory, OfflineFiles, OfflineKeeper, OfflinePort } from '../service/index.ts';
import type { Store } from '../store/index.ts';
import { EpochFiles } from './epoch-files.ts';
import { removeGrants, takeGrant } from './folder-grant.ts';
import { fileNames } from './input-files.ts';
import { inSteps, untilDone } from './in-steps.ts';
import type { ItemFailure, JobRecord, NewJob } from './job-record.ts';
import type { JobRequest } from './job-request.ts';
import { checkedJob } from './job-request.ts';
import { JobStore } from './job-store.ts';
import { JobWriter } from './job-writer.ts';
import type { OfflineOptions } from './offline-options.ts';
import { OpenJob } from './open-job.ts';
import { removeTemporaries } from './outputs.ts';

export interface OfflineJobsParts {
  readonly store: Store;
  readonly handlers: Handlers;
  readonly options: OfflineOptions;
  /** Told what operators should know. */
  readonly warn: (text: string) => void;
  /** Milliseconds since 1970. */
  readonly nowMs?: () => number;
}

/** How often it looks how jobs stand with the actors. */
const POLL_MS = 100;
/** Files in one transaction: some milliseconds. */
const STEP = 500;
const RETRY_AFTER_S = 60;

export class OfflineJobs implements OfflineKeeper {
  readonly plan: OfflineKeeper['plan'];
  private readonly parts: Required<OfflineJobsParts>;
  private readonly store: JobStore;
  private readonly writer: JobWriter;
  /** Jobs that have not ended, in their order. */
  private readonly open = new Map<string, OpenJob>();
  /** Jobs that are being ended. */
  private readonly closing = new Map<OpenJob, Promise<void>>();
  /** Output folders of jobs whose files are being listed. */
  private readonly coming = new Set<string>();
  private resumed: Promise<void> | undefined;
  private turn: Promise<void> = Promise.resolve();
  private current: EpochFiles | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(parts: OfflineJobsParts) {
    this.parts = { nowMs: Date.now, ...parts };
    const { framework, throttle } = parts.options;
    this.plan = { framework, throttle };
    this.store = new JobStore(parts.store);
    this.writer = new JobWriter(this.store, parts.warn);
    removeGrants(parts.store.folder);
  }

  begin(port: OfflinePort): OfflineFiles {
    const { options, handlers, warn, nowMs } = this.parts;
    const files = new EpochFiles(port, { options, handlers, warn, nowMs, store: this.store, writer: this.writer });
    this.turn = this.turn.then(() => this.handOver(files));
    return files;
  }

  /**
   * Accepts a job: it is done from now on, whatever happens to the server.
   * @param grant of the command that sent it, '' for none.
   * @throws ServingError what `checkedJob` throws, OFFLINE_OUTPUT_IN_USE, OFFLINE_TOO_MANY_FILES; HttpRefusal 503 when
   * too many jobs are open.
   */
  async submit(request: JobRequest, directory: ModelDirectory, grant = ''): Promise<JobRecord> {
    const { options, handlers, store } = this.parts;
    const anywhere = grant !== '' && takeGrant(store.folder, grant);
    await this.resume();
    const rules = { roots: options.roots, anywhere };
    const job = await checkedJob(request, { directory, handlers, options, rules });
    if (this.open.size + this.coming.size >= options.jobsMax) {
      const headers = { 'retry-after': String(RETRY_AFTER_S) };
      throw new HttpRefusal(503, `${this.open.size} offline jobs have not ended, and no more are taken`, headers);
    }
    const isTaken = [...this.open.values()].some(({ record: { output } }) => output === job.output);
    if (isTaken || this.coming.has(job.output)) throw outputInUse();
    this.coming.add(job.output);
    try {
      const record = await this.listed(job);
      const open = new OpenJob(record);
      this.open.set(record.id, open);
      this.current?.add(open);
      return record;
    } finally {
      this.coming.delete(job.output);
    }
  }

  /** The latest jobs, oldest first. */
  list(limit: number): readonly JobRecord[] {
    this.writer.flush();
    return this.store.list(limit);
  }

  /**
   * A job and some of its files that failed.
   * @throws ServingError OFFLINE_UNKNOWN_JOB.
   */
  show(id: string, failuresMax: number): { readonly job: JobRecord; readonly failures: readonly ItemFailure[] } {
    this.writer.flush();
    const job = this.known(id);
    return { job, failures: this.store.failures(job.ordinal, failuresMax) };
  }

  /**
   * Begins nothing more of a job. Its files that run are finished, the others are cancelled. A cancelled job stays so.
   * @throws ServingError OFFLINE_UNKNOWN_JOB, OFFLINE_ENDED_CONFLICT.
   */
  async cancel(id: string): Promise<JobRecord> {
    await this.resume();
    const job = this.open.get(id);
    if (job !== undefined && !this.closing.has(job)) {
      job.decide({ state: 'cancelled', reason: '' });
      this.writer.note(job);
      this.current?.stop(job);
    }
    this.writer.flush();
    const record = this.known(id);
    if (record.state === 'cancelled') return record;
    throw new ServingError({
      code: 'OFFLINE_ENDED_CONFLICT',
      message: 'the job has ended and cannot be cancelled',
      found: `a job that is ${record.state}`,
    });
  }

  /** Writes what is not written. After the service has stopped, before its store closes. */
  async close(): Promise<void> {
    await this.turn;
    clearInterval(this.timer);
    await Promise.all(this.closing.values());
    this.writer.flush();
  }

  private known(id: string): JobRecord {
    const record = this.store.find(id);
    if (record !== undefined) return record;
    throw new ServingError({
      code: 'OFFLINE_UNKNOWN_JOB',
      message: 'there is no such offline job',
      next: 'see rehearse jobs list for those there are',
    });
  }

  /** Puts a job and its files into the database, step by step; of one that cannot be accepted nothing stays. */
  private async listed(job: NewJob): Promise<JobRecord> {
    const { filesMax } = this.parts.options;
    const ordinal = this.store.create(job, this.parts.nowMs());
    try {
      let total = 0;
      let names: string[] = [];
      const add = (): void => {
        this.store.addItems(ordinal, total, names);
        total += names.length;
        names = [];
      };
      for await (const name of fileNames(job.input)) {
        names.push(name);
        if (total + names.length > filesMax) throw tooMany(filesMax);
        if (names.length === STEP) add();
      }
      add();
      return this.store.accept(ordinal, total);
    } catch (error) {
      await this.forget(ordinal);
      throw error;
    }
  }

  /** Takes over what an earlier server left, once. */
  private resume(): Promise<void> {
    this.resumed ??= this.takeUp();
    return this.resumed;
  }

  private async takeUp(): Promise<void> {
    for (const ordinal of this.store.unaccepted()) await this.forget(ordinal);
    for (const record of this.store.open()) {
      const job = new OpenJob(record);
      await inSteps(record.total, STEP, (from, to) => {
        for (const { number, state } of this.store.ended(record.ordinal, from, to)) job.restore(number, state);
      });
      await removeTemporaries(record.output, record.id);
      this.open.set(record.id, job);
    }
    // It keeps no process alive: the service does.
    this.timer = setInterval(() => this.look(), POLL_MS).unref();
  }

  /** The jobs are this epoch's until it has ended. */
  private async handOver(files: EpochFiles): Promise<void> {
    try {
      await this.resume();
    } catch (error) {
      this.parts.warn(`offline jobs cannot be taken up: ${error instanceof Error ? error.message : String(error)}`);
    }
    if (!files.isEnding) {
      this.current = files;
      for (const job of this.open.values()) if (job.verdict === undefined) files.add(job);
    }
    await files.over;
    this.current = undefined;
  }

  /** Ends the jobs that are through. */
  private look(): void {
    const { current } = this;
    for (const job of this.open.values()) {
      if (this.closing.has(job) || current?.isUnderWay(job) === true || job.writing.size > 0) continue;
      if (job.verdict === undefined && job.waiting > 0 && current?.isThrough(job) !== true) continue;
      const closed = this.finish(job)
        .catch((error: unknown) => {
          // It is tried again.
          const text = error instanceof Error ? error.message : String(error);
          this.parts.warn(`offline job ${job.record.id} cannot be ended: ${text}`);
        })
        .finally(() => this.closing.delete(job));
      this.closing.set(job, closed);
    }
  }

  private async finish(job: OpenJob): Promise<void> {
    const { ordinal, id, total } = job.record;
    const state = job.verdict?.state ?? 'failed';
    if (state === 'failed') job.failTroubled();
    this.writer.note(job);
    this.writer.flush();
    const reason = state === 'failed' ? job.verdict?.reason || 'it could not be run' : null;
    if (job.waiting > 0) {
      await inSteps(total, STEP, (from, to) => {
        job.settled(from, to, { state, count: this.store.settle({ ordinal, from, to }, state, reason) });
      });
    }
    if (job.verdict === undefined) {
      job.state = job.failed > 0 ? 'failed' : 'done';
      job.reason = job.failed > 0 ? `${job.failed} of ${total} files failed` : '';
    }
    job.endedMs = this.parts.nowMs();
    this.writer.note(job);
    this.writer.flush();
    this.open.delete(id);
    this.current?.forget(job);
    for (const old of this.store.forgettable(this.parts.options.endedKept)) await this.forget(old);
  }

  private forget(ordinal: number): Promise<void> {
    return untilDone(() => this.store.forgetSome(ordinal, STEP));
  }
}

function outputInUse(): ServingError {
  return new ServingError({
    code: 'OFFLINE_OUTPUT_IN_USE',
    message: 'another offline job writes into the output folder',
    expected: 'a folder of its own',
    next: 'see rehearse jobs list',
  });
}

function tooMany(filesMax: number): ServingError {
  return new ServingError({
    code: 'OFFLINE_TOO_MANY_FILES',
    message: 'the input folder has too many files for one job',
    expected: `at most ${filesMax}`,
    next: 'split it, or raise the limit in the config of the service',
  });
}
