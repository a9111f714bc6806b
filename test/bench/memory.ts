/**
 * Memory over the length of a run: the kernel benchmark's model fed by a generated workload, which keeps nothing, with
 * everything recorded that a cell of an experiment records. What is resident must not grow with the requests.
 */
import { RandomStreams, seconds, toMilliseconds } from '../../core/index.ts';
import { SimulatedWorld } from '../../sim/index.ts';
import { generatedWorkload } from '../../traces/index.ts';
import { kernelBenchmarkPlan } from './kernel/model.ts';

/** Request rows of one cell by default. */
const ROWS_MAX = 1_000_000;
/** Nine tenths of what the sixteen workers can do in full batches. */
const RATE_RPS = 9000;
const BYTES_PER_MIB = 1_048_576;

export interface MemoryBenchmark {
  readonly requests: number;
  readonly requestsPerSecond: number;
  /** Largest resident set of the whole process so far, in MiB. */
  readonly peakResidentMib: number;
  /** Resident set when the run was over and its quantiles read, in MiB. */
  readonly residentMib: number;
  readonly rowsKept: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
}

/** Simulates a Poisson stream of that many requests and says what it took. */
export function memoryBenchmark(requests: number): MemoryBenchmark {
  const spec = {
    arrivals: { process: 'poisson', rateRps: RATE_RPS },
    queries: [
      {
        kind: { application: 'default', useCase: '', architecture: '', variant: 'benchmark' },
        inputs: { draw: 'fixed', value: 1 },
        latency: { draw: 'fixed', valueNs: seconds(0.025) },
        accuracyPercent: { draw: 'fixed', value: 0 },
      },
    ],
    popularity: { law: 'uniform' },
    durationNs: seconds((2 * requests) / RATE_RPS + 1),
    limit: requests,
  } as const;
  const workload = generatedWorkload(spec, new RandomStreams('memory'));
  const world = new SimulatedWorld(kernelBenchmarkPlan(ROWS_MAX), workload);
  const startMs = performance.now();
  const { ending, serving } = world.run();
  const elapsedMs = performance.now() - startMs;
  if (ending !== 'drained') throw new Error(`the benchmark ended ${ending}`);
  const { latency, rows } = serving.recorder;
  const [p50Ms, p99Ms, p999Ms] = [0.5, 0.99, 0.999].map((probability) =>
    toMilliseconds(latency.quantileNs(probability)),
  );
  return {
    requests: latency.count,
    requestsPerSecond: (requests / elapsedMs) * 1e3,
    peakResidentMib: process.resourceUsage().maxRSS / 1024,
    residentMib: process.memoryUsage.rss() / BYTES_PER_MIB,
    rowsKept: rows.length,
    p50Ms,
    p99Ms,
    p999Ms,
  };
}
