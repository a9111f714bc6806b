/** One of the others of a co-located batch: executes batches back to back until it is stopped. */
import type { ProfiledWorker, WorkerFailure } from './profiled-worker.ts';

export class BusyWorker {
  private going = true;
  private readonly ended: Promise<WorkerFailure | undefined>;

  /** Starts to execute. */
  constructor(worker: ProfiledWorker, batch: number) {
    this.ended = this.go(worker, batch);
  }

  /** @returns what went wrong, if anything did. */
  stop(): Promise<WorkerFailure | undefined> {
    this.going = false;
    return this.ended;
  }

  private async go(worker: ProfiledWorker, batch: number): Promise<WorkerFailure | undefined> {
    while (this.going) {
      const sample = await worker.run(batch);
      if (!sample.ok) return sample;
    }
    return undefined;
  }
}
