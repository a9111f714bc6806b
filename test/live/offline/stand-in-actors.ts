/**
 * The actors of an epoch as offline jobs see them, without workers: each call of `batch` runs the next files of the
 * first job that has some. The answer to a picture is the class of its number's last digit.
 */
import type { JobCounts, OfflineJob } from '../../../core/index.ts';
import type { TensorValue } from '../../../backends/index.ts';
import { ModelDirectory } from '../../../live/service/index.ts';
import type { OfflineFiles, OfflinePort, RunningJob, ServedVariant } from '../../../live/service/index.ts';
import { bundledServed } from '../service/fixtures.ts';
import { LINEAR } from './fixtures.ts';

interface Job extends Omit<OfflineJob, 'atNs' | 'cancelNs'> {
  readonly firstFile: number;
  next: number;
  done: number;
  failed: number;
  cancelled: number;
  attempts: number;
}

export class StandInActors implements OfflinePort {
  readonly directory: ModelDirectory;
  /** What was added: architecture or variant, files, files of a batch. */
  readonly added: string[] = [];
  readonly jobs: Job[] = [];
  /** Of every job: why it could not be run. */
  refusal = '';
  loads: { readonly count: number; readonly detail: string } | undefined;
  private files = 0;

  constructor(variants: readonly ServedVariant[] = bundledServed(LINEAR)) {
    this.directory = new ModelDirectory(variants);
  }

  add(asked: Omit<OfflineJob, 'atNs' | 'cancelNs'>): RunningJob {
    const job: Job = { ...asked, firstFile: this.files, next: 0, done: 0, failed: 0, cancelled: 0, attempts: 0 };
    this.added.push(`${asked.architecture || asked.variant}: ${asked.files} by ${asked.batch}`);
    this.jobs.push(job);
    this.files += asked.files;
    if (this.refusal !== '') job.failed = job.files;
    return {
      firstFile: job.firstFile,
      counts: () => countsOf(job),
      reason: () => this.refusal,
      failedLoads: () => this.loads,
      cancel: () => {
        job.cancelled += countsOf(job).waiting;
      },
    };
  }

  /** Runs the next batch. @returns the files that were executed, by their numbers here; none when nothing waits. */
  async batch(files: OfflineFiles, end: 'commit' | 'crash' = 'commit'): Promise<readonly number[]> {
    const job = this.jobs.find((each) => countsOf(each).waiting > 0);
    if (job === undefined) return [];
    const size = Math.min(job.batch, countsOf(job).waiting);
    const numbers = Array.from({ length: size }, (_, at) => job.firstFile + job.next + at);
    const prepared = await files.prepare(numbers, LINEAR);
    const usable = numbers.filter((_, at) => prepared[at] !== undefined);
    job.attempts += 1;
    try {
      if (end === 'crash') throw new Error('the worker has crashed');
      await files.commit(usable, usable.map(answerTo), LINEAR);
    } catch {
      if (end === 'crash') files.failed(usable, 'worker-crashed');
      else files.failed(usable, 'the answers could not be written');
      if (job.attempts < job.attemptsMax) return usable;
      job.failed += size;
      job.next += size;
      job.attempts = 0;
      return usable;
    }
    job.done += size;
    job.next += size;
    job.attempts = 0;
    return usable;
  }

  /** Runs batches until none waits. */
  async all(files: OfflineFiles): Promise<void> {
    while (this.jobs.some((job) => countsOf(job).waiting > 0)) await this.batch(files);
  }
}

function countsOf({ files, done, failed, cancelled }: Job): JobCounts {
  const waiting = files - done - failed - cancelled;
  return { total: files, waiting, running: 0, done, failed, cancelled };
}

function answerTo(file: number): readonly TensorValue[] {
  const logits = new Float32Array(10);
  logits[file % 10] = 5;
  return [{ name: 'logits', type: 'float32', shape: [1, 10], bytes: new Uint8Array(logits.buffer) }];
}
