/** How the runs of a series follow one another; the processes that take turns share the clock that they go by. */
import { monotonicNs } from '../../../backends/index.ts';

export interface Series {
  readonly runs: number;
  /** From one begin to the next; 0 for back to back. */
  readonly periodNs: number;
  /** When the first one begins, by `monotonicNs`; 0 for now. */
  readonly startNs: number;
}

/** Does something so often. @returns what each took, in microseconds. */
export async function timed({ runs, periodNs, startNs }: Series, once: () => Promise<unknown>): Promise<Float64Array> {
  const timesUs = new Float64Array(runs);
  for (let run = 0; run < runs; run += 1) {
    if (startNs > 0) await until(startNs + run * periodNs);
    const beganNs = monotonicNs();
    await once();
    timesUs[run] = (monotonicNs() - beganNs) / 1000;
  }
  return timesUs;
}

/** A timer's millisecond late does not matter: what is timed begins after it. */
async function until(atNs: number): Promise<void> {
  const leftMs = (atNs - monotonicNs()) / 1e6;
  if (leftMs > 0) await new Promise((resolve) => setTimeout(resolve, leftMs));
}
