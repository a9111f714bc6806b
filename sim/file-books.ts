/**
 * The auditor's books of offline work: which files the backend was given, and which of them it ran to the end. At the
 * end of a run the job table must say the same, and every file must be somewhere.
 */
import type { JobTable, WorkerId } from '../core/index.ts';

export class FileBooks {
  private readonly jobs: JobTable;
  private readonly find: (finding: string) => void;
  /** Files that were executed. */
  private readonly done = new Set<number>();
  private readonly running = new Map<WorkerId, readonly number[]>();

  constructor(jobs: JobTable, find: (finding: string) => void) {
    this.jobs = jobs;
    this.find = find;
  }

  started(worker: WorkerId, files: Int32Array): void {
    const other = [...this.running.values()].flat();
    for (const file of files) {
      if (this.done.has(file)) this.find(`file ${file} was started again after it was done`);
      if (other.includes(file)) this.find(`file ${file} runs twice at once`);
    }
    this.running.set(worker, [...files]);
  }

  finished(worker: WorkerId): void {
    for (const file of this.running.get(worker) ?? []) this.done.add(file);
    this.running.delete(worker);
  }

  /** The worker's batch is over without having been executed; nothing happens when it was finished before. */
  broken(worker: WorkerId): void {
    this.running.delete(worker);
  }

  finish(): void {
    const { jobs } = this;
    let first = 0;
    for (const [job, { name, files }] of jobs.jobs.entries()) {
      const { total, waiting, running, done, failed, cancelled } = jobs.counts(job);
      const sum = waiting + running + done + failed + cancelled;
      if (total !== files || sum !== files) this.find(`offline job ${name} has ${files} files and accounts for ${sum}`);
      const executed = Array.from({ length: files }, (_, at) => first + at).filter((file) =>
        this.done.has(file),
      ).length;
      if (executed !== done)
        this.find(`offline job ${name} counts ${done} files as done, and ${executed} were executed`);
      const last = first + files;
      const inWork = [...this.running.values()].flat().filter((file) => file >= first && file < last).length;
      if (inWork !== running) this.find(`offline job ${name} counts ${running} files as running, and ${inWork} run`);
      first = last;
    }
  }
}
