/** Long work on the database in steps, between which the server goes on serving. */
import { setImmediate as breathe } from 'node:timers/promises';

/** Calls `step` with ranges that cover 0 to `end`, one after the other. */
export async function inSteps(end: number, size: number, step: (from: number, to: number) => void): Promise<void> {
  for (let from = 0; from < end; from += size) {
    step(from, Math.min(end, from + size));
    await breathe();
  }
}

/** Calls `step` until it says that it is done. */
export async function untilDone(step: () => boolean): Promise<void> {
  while (!step()) await breathe();
}
