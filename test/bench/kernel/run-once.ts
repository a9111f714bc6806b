/** One run of the kernel benchmark's model through the framework, timed. */
import { toMilliseconds } from '../../../core/index.ts';
import { SimulatedWorld } from '../../../sim/index.ts';
import { ListedArrivals, kernelBenchmarkPlan } from './model.ts';

export interface KernelRun {
  readonly requestsPerSecond: number;
  readonly meanMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly meanBatch: number;
  readonly events: number;
  readonly digest: string;
}

/** Request rows kept: what one of ten replications of a cell keeps by default. Every request is recorded all the same. */
const ROWS_MAX = 100_000;

/** Runs once; the time is that of the event loop with recording and digest, percentiles excluded. */
export function runKernelBenchmark(arrivalsNs: Float64Array): KernelRun {
  const world = new SimulatedWorld(kernelBenchmarkPlan(ROWS_MAX), new ListedArrivals(arrivalsNs));
  const start = performance.now();
  const { ending } = world.run();
  const elapsedMs = performance.now() - start;
  if (ending !== 'drained') throw new Error(`the benchmark ended ${ending}`);
  const { latency, batchSizes } = world.serving.recorder;
  const batches = batchSizes.reduce((sum, count) => sum + count, 0);
  return {
    requestsPerSecond: (arrivalsNs.length / elapsedMs) * 1e3,
    meanMs: toMilliseconds(latency.meanNs),
    p50Ms: toMilliseconds(latency.quantileNs(0.5)),
    p99Ms: toMilliseconds(latency.quantileNs(0.99)),
    meanBatch: arrivalsNs.length / batches,
    // The specification counts timers that were cancelled before they fired as events: they left the heap.
    events: world.kernel.events + world.kernel.calendar.dropped,
    digest: world.kernel.digest.toString(),
  };
}
