/**
 * The files of all jobs as one epoch runs them: it gives its actors the jobs, makes inputs of the files that they ask
 * for, and keeps the answers. Invariants: of a file that has ended nothing is begun again, also when the actors ask for
 * it; an answer is on disk before the actors hear that its batch has finished.
 */
import type { Handlers, TensorValue } from '../../backends/index.ts';
import { invariant } from '../../core/index.ts';
import type { ModelEntry, OfflineFiles, OfflinePort, RunningJob } from '../service/index.ts';
import { FileFailure, inTime, reasonOf } from './file-failure.ts';
import { inputsOf, modelOf } from './file-inputs.ts';
import { isStill } from './folders.ts';
import { readPayload } from './input-files.ts';
import type { JobStore } from './job-store.ts';
import type { JobWriter } from './job-writer.ts';
import { keepAnswers } from './keep-answers.ts';
import type { OfflineOptions } from './offline-options.ts';
import type { OpenJob, Verdict } from './open-job.ts';
import { outputName, outputState } from './outputs.ts';

export interface EpochFilesParts {
  readonly options: OfflineOptions;
  readonly handlers: Handlers;
  readonly store: JobStore;
  readonly writer: JobWriter;
  readonly warn: (text: string) => void;
  readonly nowMs: () => number;
}

/** A job in the hands of this epoch's actors. */
interface JobRun {
  readonly job: OpenJob;
  readonly running: RunningJob;
  /** Numbers of its files in the job, by their place in the run. */
  readonly numbers: Int32Array;
  /** The second round: files that failed in batches, each alone. */
  readonly isAlone: boolean;
  /** Files that the actors have asked for and not let go. */
  readonly underWay: Set<number>;
  /** Loads that had failed when its variant was chosen. */
  failedBefore: number | undefined;
}

interface Item {
  readonly run: JobRun;
  readonly number: number;
}

/** As often INFaaS tries to load the model of a job. */
const LOADS_MAX = 60;

export class EpochFiles implements OfflineFiles {
  /** Fulfilled when it has ended. */
  readonly over: Promise<void>;
  isEnding = false;
  private readonly port: OfflinePort;
  private readonly parts: EpochFilesParts;
  private readonly runs: JobRun[] = [];
  private readonly latest = new Map<OpenJob, JobRun>();
  private readonly commits = new Set<Promise<void>>();
  private isDropping = false;
  private waiters: (() => void)[] = [];
  private markOver: () => void = () => undefined;

  constructor(port: OfflinePort, parts: EpochFilesParts) {
    this.port = port;
    this.parts = parts;
    this.over = new Promise((resolve) => {
      this.markOver = resolve;
    });
  }

  /** Gives the actors what of a job is not done. */
  add(job: OpenJob, isAlone = false): void {
    const numbers = job.waitingNumbers();
    if (this.isEnding || numbers.length === 0) return;
    const { id, architecture, variant, batch, attemptsMax } = job.record;
    const asked = { name: id, architecture, variant, files: numbers.length, batch: isAlone ? 1 : batch, attemptsMax };
    const running = this.port.add(asked);
    const run: JobRun = { job, running, numbers, isAlone, underWay: new Set(), failedBefore: undefined };
    this.runs.push(run);
    this.latest.set(job, run);
  }

  async prepare(files: readonly number[], variant: string): Promise<readonly (readonly TensorValue[] | undefined)[]> {
    const items = files.map((file) => this.itemOf(file));
    for (const { run, number } of items) run.underWay.add(number);
    const model = modelOf(this.port.directory.list(), variant);
    const prepared = await Promise.all(items.map((item) => this.prepareItem(item, model)));
    this.letGo(items.filter((_, at) => prepared[at] === undefined));
    return prepared;
  }

  async commit(files: readonly number[], answers: readonly (readonly TensorValue[])[], variant: string): Promise<void> {
    const items = files.map((file) => this.itemOf(file));
    const [first] = items;
    if (first === undefined) return;
    const { job } = first.run;
    const work = this.isDropping ? Promise.resolve() : this.keep(job, { items, answers, variant });
    this.commits.add(work);
    try {
      await work;
    } finally {
      this.commits.delete(work);
      this.letGo(items);
    }
  }

  failed(files: readonly number[], why: string): void {
    const items = files.map((file) => this.itemOf(file));
    for (const { run, number } of items) run.job.troubled(number, `it could not be run: ${why}`);
    this.letGo(items);
  }

  async end(): Promise<void> {
    if (this.isEnding) return this.over;
    this.isEnding = true;
    for (const { running } of this.latest.values()) running.cancel();
    await this.idle();
    this.isDropping = true;
    await Promise.allSettled(this.commits);
    this.markOver();
    return undefined;
  }

  /** Begins nothing more of a job; what runs is finished. */
  stop(job: OpenJob): void {
    this.latest.get(job)?.running.cancel();
  }

  /** Whether something of a job runs. */
  isUnderWay(job: OpenJob): boolean {
    return (this.latest.get(job)?.underWay.size ?? 0) > 0 || job.writing.size > 0;
  }

  /** Looks how a job stands with the actors. @returns whether they have nothing left to do for it, for good. */
  isThrough(job: OpenJob): boolean {
    const run = this.latest.get(job);
    if (run === undefined || this.isEnding || this.isUnderWay(job)) return false;
    const { waiting, running } = run.running.counts();
    if (waiting + running > 0) {
      this.giveUpLoads(run);
      return false;
    }
    const refused = run.running.reason();
    if (refused !== '') this.decide(job, { state: 'failed', reason: refused });
    if (refused !== '' || job.waiting === 0 || run.isAlone) return true;
    this.add(job, true);
    return false;
  }

  /** No longer a job of this epoch. */
  forget(job: OpenJob): void {
    this.latest.delete(job);
  }

  private itemOf(file: number): Item {
    const run = this.runs.findLast(({ running }) => running.firstFile <= file);
    invariant(run !== undefined, `file ${file} belongs to a job`);
    return { run, number: run.numbers[file - run.running.firstFile] };
  }

  private letGo(items: readonly Item[]): void {
    for (const { run, number } of items) run.underWay.delete(number);
    if (!this.isBusy()) for (const waiter of this.waiters.splice(0)) waiter();
  }

  private isBusy(): boolean {
    return this.runs.some(({ underWay }) => underWay.size > 0);
  }

  /** Fulfilled when no batch runs, or when it was waited for long enough. */
  private async idle(): Promise<void> {
    if (!this.isBusy()) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.waiters.push(resolve);
      timer = setTimeout(resolve, this.parts.options.finishMs);
    });
    clearTimeout(timer);
  }

  private async prepareItem(item: Item, model: ModelEntry | undefined): Promise<readonly TensorValue[] | undefined> {
    const { job } = item.run;
    const { number } = item;
    const { store, writer, warn } = this.parts;
    await job.writing.get(number);
    if (this.isEnding || job.verdict !== undefined || !job.isWaiting(number)) return undefined;
    let file: string;
    try {
      file = store.fileOf(job.record.ordinal, number);
    } catch (error) {
      // Not the file's fault: it waits for the second round.
      warn(`offline job ${job.record.id}: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    }
    try {
      return await this.tensorsOf(item, file, model);
    } catch (error) {
      job.end(number, 'failed', { reason: reasonOf(error) });
      return undefined;
    } finally {
      writer.note(job);
    }
  }

  /** Undefined when the answer is there already: a server was killed before it could note that. */
  private async tensorsOf(
    { run: { job }, number }: Item,
    file: string,
    model: ModelEntry | undefined,
  ): Promise<readonly TensorValue[] | undefined> {
    const { handlers, options, nowMs } = this.parts;
    const { id, input, output: folder } = job.record;
    // A folder that cannot be looked into is found out when it is written to.
    const there = await outputState({ folder, job: id, item: number, file }).catch(() => 'absent');
    if (there === 'done') {
      job.began(nowMs());
      job.end(number, 'done', { output: outputName(file) });
      return undefined;
    }
    job.tried(number, nowMs());
    if (there === 'foreign') throw new FileFailure(`its answer has no place: there is another ${outputName(file)}`);
    if (model === undefined) throw new FileFailure('its model is not served any more');
    if (!(await isStill(input))) throw new FileFailure('the input folder is not there any more');
    const reading = readPayload(input, file, options.fileMaxBytes);
    return inTime(
      reading.then((payload) => inputsOf(payload, model, handlers)),
      options.fileTimeoutMs,
    );
  }

  private async keep(
    job: OpenJob,
    batch: {
      readonly items: readonly Item[];
      readonly answers: readonly (readonly TensorValue[])[];
      readonly variant: string;
    },
  ): Promise<void> {
    const model = modelOf(this.port.directory.list(), batch.variant);
    invariant(model !== undefined, 'what ran in an epoch is in its directory');
    const { handlers, store, writer, options } = this.parts;
    const numbers = batch.items.map(({ number }) => number);
    try {
      await keepAnswers(job, { numbers, answers: batch.answers, model, handlers, store });
    } catch (error) {
      const reason = `the output folder cannot be written: ${reasonOf(error)}`;
      for (const number of numbers) job.troubled(number, reason);
      if (job.outputTroubles >= options.attemptsMax) this.decide(job, { state: 'failed', reason });
      throw error;
    } finally {
      writer.note(job);
    }
  }

  /** A model that cannot be loaded would be tried for ever. */
  private giveUpLoads(run: JobRun): void {
    const failed = run.running.failedLoads();
    if (failed === undefined) return;
    run.failedBefore ??= failed.count;
    if (failed.count - run.failedBefore < LOADS_MAX) return;
    this.decide(run.job, { state: 'failed', reason: `its model cannot be loaded: ${failed.detail}` });
  }

  private decide(job: OpenJob, verdict: Verdict): void {
    job.decide(verdict);
    this.parts.writer.note(job);
    this.stop(job);
  }
}
