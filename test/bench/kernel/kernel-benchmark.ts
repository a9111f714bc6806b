/**
 * `npm run bench -- kernel`: the model of specification.md through the framework and, in turn with it, through the typed-array
 * loop. Machines are shared and their speed drifts, so the figure to quote is the median of the ratios of neighbours.
 */
import { median } from 'simple-statistics';
import { runKernelBenchmark } from './run-once.ts';
import type { KernelRun } from './run-once.ts';
import { readArrivals, toNanos } from './model.ts';
import { runTypedArrayLoop } from './typed-array-loop.ts';

export interface KernelBenchmark extends KernelRun {
  readonly requests: number;
  readonly pairs: number;
  /** Median rate of the typed-array loop beside it. */
  readonly loopRequestsPerSecond: number;
  /** Median of the ratios, framework over loop, of runs next to each other. */
  readonly ratioToLoop: number;
}

/** @param pairs counted pairs of runs; two more go first, for the compiler. */
export function kernelBenchmark(path: string, pairs: number): KernelBenchmark {
  const arrivalsNs = toNanos(readArrivals(path));
  const runs: KernelRun[] = [];
  const loops: number[] = [];
  const ratios: number[] = [];
  for (let pair = -2; pair < pairs; pair += 1) {
    const loop = runTypedArrayLoop(arrivalsNs);
    const run = runKernelBenchmark(arrivalsNs);
    if (pair < 0) continue;
    runs.push(run);
    loops.push(loop.requestsPerSecond);
    ratios.push(run.requestsPerSecond / loop.requestsPerSecond);
  }
  return {
    ...runs[0],
    requestsPerSecond: median(runs.map(({ requestsPerSecond }) => requestsPerSecond)),
    requests: arrivalsNs.length,
    pairs,
    loopRequestsPerSecond: median(loops),
    ratioToLoop: median(ratios),
  };
}
