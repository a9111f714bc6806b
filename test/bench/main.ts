/** `npm run bench -- NAME`: the benchmarks, each printing its figures as a ratio to something run beside it. */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { repositoryRoot } from '../../backends/index.ts';
import { allowDeepInlining } from '../../experiments/index.ts';
import { kernelBenchmark } from './kernel/kernel-benchmark.ts';

const HELP = `npm run bench -- kernel [--arrivals FILE] [--pairs N] [--json]
  The kernel benchmark's model through the framework, beside a loop over typed arrays.
  --arrivals  float64 seconds, little-endian (default: 100,000 arrivals in the repository)
`;

function main(): number {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      arrivals: { type: 'string', default: `${repositoryRoot()}/test/bench/kernel/arrivals-100000.f64` },
      pairs: { type: 'string', default: '9' },
      json: { type: 'boolean', default: false },
    },
  });
  if (positionals[0] !== 'kernel') {
    process.stderr.write(HELP);
    return 2;
  }
  allowDeepInlining();
  const result = kernelBenchmark(values.arrivals, Number(values.pairs));
  if (values.json) process.stdout.write(`${JSON.stringify(result)}\n`);
  else {
    const millions = (rate: number) => `${(rate / 1e6).toFixed(2)} M/s`;
    process.stdout.write(
      `framework ${millions(result.requestsPerSecond)}, typed-array loop ${millions(result.loopRequestsPerSecond)}, ` +
        `ratio ${result.ratioToLoop.toFixed(3)} (median of ${result.pairs} pairs)\n` +
        `mean ${result.meanMs.toFixed(6)} ms, p50 ${result.p50Ms.toFixed(6)} ms, p99 ${result.p99Ms.toFixed(6)} ms, ` +
        `mean batch ${result.meanBatch.toFixed(5)}, ${result.events} events, digest ${result.digest}\n`,
    );
  }
  return 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = main();
