/** Remembers on which machine each worker is, for the lines of requests: answers name the worker only. */
import type { QueryEnd, ServiceObserver, StateChange } from '../service/index.ts';

/** Workers that are remembered at most; labels are never used twice, so old ones have to go. */
const WORKERS_MOST = 10_000;

export class WorkerPlaces implements ServiceObserver {
  private readonly machines = new Map<string, string>();

  /** An end is told before the listener is done with the answer, so the place is known when the line is written. */
  queryEnded({ worker, machine }: QueryEnd): void {
    if (worker === '' || this.machines.get(worker) === machine) return;
    if (this.machines.size >= WORKERS_MOST) this.machines.clear();
    this.machines.set(worker, machine);
  }

  stateChanged({ subject, label, state }: StateChange): void {
    if (subject === 'worker' && state === 'dead') this.machines.delete(label);
  }

  machineOf(worker: string): string {
    return this.machines.get(worker) ?? '';
  }
}
