/** `npm run bench -- NAME`: the benchmarks, each printing its figures beside something to compare them with. */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { repositoryRoot } from '../../backends/index.ts';
import { allowDeepInlining } from '../../experiments/index.ts';
import { kernelBenchmark } from './kernel/kernel-benchmark.ts';
import type { KernelBenchmark } from './kernel/kernel-benchmark.ts';
import { memoryBenchmark } from './memory.ts';
import type { MemoryBenchmark } from './memory.ts';
import { microBenchmark } from './micro.ts';

const HELP = `npm run bench -- kernel [--arrivals FILE] [--pairs N] [--json]
  The kernel benchmark's model through the framework, beside a loop over typed arrays.
  --arrivals  float64 seconds, little-endian (default: 100,000 arrivals in the repository)
npm run bench -- micro [--milliseconds N] [--json]
  What the pieces of the hot path cost.
npm run bench -- memory [--requests N] [--json]
  Resident memory after a long run with everything recorded.
`;

async function main(): Promise<number> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      arrivals: { type: 'string', default: `${repositoryRoot()}/test/bench/kernel/arrivals-100000.f64` },
      pairs: { type: 'string', default: '9' },
      milliseconds: { type: 'string', default: '300' },
      requests: { type: 'string', default: '10000000' },
      json: { type: 'boolean', default: false },
    },
  });
  const print = (result: object, text: string): void => {
    process.stdout.write(values.json ? `${JSON.stringify(result)}\n` : text);
  };
  allowDeepInlining();
  switch (positionals[0]) {
    case 'kernel': {
      const result = kernelBenchmark(values.arrivals, Number(values.pairs));
      print(result, kernelText(result));
      return 0;
    }
    case 'micro': {
      const figures = await microBenchmark(Number(values.milliseconds));
      print(figures, figures.map(({ name, medianNs }) => `${name.padEnd(36)}${medianNs.toFixed(1)} ns\n`).join(''));
      return 0;
    }
    case 'memory': {
      const result = memoryBenchmark(Number(values.requests));
      print(result, memoryText(result));
      return 0;
    }
    default:
      process.stderr.write(HELP);
      return 2;
  }
}

function kernelText(result: KernelBenchmark): string {
  const millions = (rate: number): string => `${(rate / 1e6).toFixed(2)} M/s`;
  return (
    `framework ${millions(result.requestsPerSecond)}, typed-array loop ${millions(result.loopRequestsPerSecond)}, ` +
    `ratio ${result.ratioToLoop.toFixed(3)} (median of ${result.pairs} pairs)\n` +
    `mean ${result.meanMs.toFixed(6)} ms, p50 ${result.p50Ms.toFixed(6)} ms, p99 ${result.p99Ms.toFixed(6)} ms, ` +
    `mean batch ${result.meanBatch.toFixed(5)}, ${result.events} events, digest ${result.digest}\n`
  );
}

function memoryText(result: MemoryBenchmark): string {
  return (
    `${result.requests} requests at ${(result.requestsPerSecond / 1e6).toFixed(2)} M/s: ` +
    `${result.peakResidentMib.toFixed(0)} MiB resident at most, ${result.rowsKept} request rows kept\n` +
    `p50 ${result.p50Ms.toFixed(3)} ms, p99 ${result.p99Ms.toFixed(3)} ms, p99.9 ${result.p999Ms.toFixed(3)} ms\n`
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await main();
