/** `npm run bench -- NAME`: the benchmarks, each printing its figures beside something to compare them with. */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { repositoryRoot } from '../../backends/index.ts';
import { allowDeepInlining } from '../../experiments/index.ts';
import { decisionBenchmark } from './decisions.ts';
import type { DecisionBenchmark } from './decisions.ts';
import { engineBenchmark } from './engine.ts';
import type { EngineFigures, RoundTrip } from './engine.ts';
import { kernelBenchmark } from './kernel/kernel-benchmark.ts';
import type { KernelBenchmark } from './kernel/kernel-benchmark.ts';
import { memoryBenchmark } from './memory.ts';
import type { MemoryBenchmark } from './memory.ts';
import { microBenchmark } from './micro.ts';
import { readArrivals, toNanos } from './kernel/model.ts';
import { modelLessBenchmark } from './model-less.ts';
import type { ModelLessBenchmark } from './model-less.ts';
import { REPEATED_VARIANTS, profileRepeat, profileRepeatText } from './profile-repeat.ts';
import { SERVICE_PARTS, serviceBenchmark } from './service/service-benchmark.ts';
import { serviceText } from './service/service-text.ts';
import { solverBenchmark } from './solver.ts';
import type { SolverFigures } from './solver.ts';
import { telemetryBenchmark } from './telemetry.ts';

const HELP = `npm run bench -- kernel [--arrivals FILE] [--pairs N] [--json]
  The kernel benchmark's model through the framework, beside a loop over typed arrays.
  --arrivals  float64 seconds, little-endian (default: 100,000 arrivals in the repository)
npm run bench -- micro [--milliseconds N] [--json]
  What the pieces of the hot path cost.
npm run bench -- memory [--requests N] [--json]
  Resident memory after a long run with everything recorded.
npm run bench -- solver [--repetitions N] [--json]
  The integer program of INFaaS beside its heuristic, for 50 and 100 architectures.
npm run bench -- decisions [--decisions N] [--json]
  Selection and dispatch over 22 architectures and 100 workers, policy by policy.
npm run bench -- model-less [--minutes N] [--json]
  Simulated requests per second under E7, the whole INFaaS comparison, policy by policy.
npm run bench -- engine [--runs N] [--json]
  What an engine process adds to a run of ONNX Runtime, by shared memory and by messages.
npm run bench -- service [overhead|throughput|connections] [--runs N] [--seconds N] [--active N] [--idle N] [--json]
  The live service: what it adds to a run, how much of a bare loop it serves, how many connections it bears.
npm run bench -- profile-repeat [--samples N] [--rounds N] [--json]
  Two runs of the profiler: how well the medians at each batch agree, as they came and normalised.
npm run bench -- telemetry [--watched N] [--json]
  What metrics, logs and traces cost a request of the live service.
`;

/** Turns of the service and of the bare loop at saturation. */
const ROUNDS = 5;
/** The server tells the delay of its event loop over whole windows of ten seconds. */
const HOLD_MS = 24_000;

async function main(): Promise<number> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      arrivals: { type: 'string', default: `${repositoryRoot()}/test/bench/kernel/arrivals-100000.f64` },
      pairs: { type: 'string', default: '9' },
      milliseconds: { type: 'string', default: '300' },
      requests: { type: 'string', default: '10000000' },
      repetitions: { type: 'string', default: '9' },
      decisions: { type: 'string', default: '200000' },
      minutes: { type: 'string', default: '15' },
      runs: { type: 'string', default: '3000' },
      watched: { type: 'string', default: '100000' },
      seconds: { type: 'string', default: '4' },
      active: { type: 'string', default: '1000' },
      idle: { type: 'string', default: '10000' },
      samples: { type: 'string', default: '500' },
      rounds: { type: 'string', default: '7' },
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
    case 'model-less': {
      const result = await modelLessBenchmark(Number(values.minutes), toNanos(readArrivals(values.arrivals)));
      print(result, modelLessText(result));
      return 0;
    }
    case 'decisions': {
      const result = decisionBenchmark(Number(values.decisions));
      print(result, decisionText(result));
      return 0;
    }
    case 'engine': {
      const figures = await engineBenchmark(Number(values.runs));
      print(figures, figures.map(engineText).join(''));
      return 0;
    }
    case 'service': {
      const parts = SERVICE_PARTS.filter((part) => positionals.length < 2 || positionals.includes(part));
      const [roundMs, active, idle] = [Number(values.seconds) * 1000, Number(values.active), Number(values.idle)];
      const options = { parts, runs: Number(values.runs), roundMs, rounds: ROUNDS, active, idle, holdMs: HOLD_MS };
      const result = await serviceBenchmark(options);
      print(result, serviceText(result));
      return 0;
    }
    case 'solver': {
      const figures = await solverBenchmark(Number(values.repetitions));
      print(figures, figures.map(solverText).join(''));
      return 0;
    }
    case 'profile-repeat': {
      const [samples, rounds] = [Number(values.samples), Number(values.rounds)];
      const options = { variants: REPEATED_VARIANTS, batches: [1, 2, 4, 8, 16], samples, rounds, cellBudgetNs: 20e9 };
      const result = await profileRepeat(options);
      print(result, profileRepeatText(result));
      return 0;
    }
    case 'telemetry': {
      const figures = await telemetryBenchmark(Number(values.watched));
      const text = figures.map(({ name, perRequestUs }) => `${name.padEnd(44)}${perRequestUs.toFixed(1)} us\n`);
      print(figures, text.join(''));
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

function decisionText({ variants, clockUs, figures }: DecisionBenchmark): string {
  const [plain] = figures;
  const lines = figures.map(({ policy, medianUs, p99Us, bytesAt10, bytesAt100 }) => {
    const ratio = (medianUs / plain.medianUs).toFixed(2);
    const bytes = `${bytesAt10.toFixed(0)} and ${bytesAt100.toFixed(0)} B allocated with 10 and 100 workers`;
    return `${policy.padEnd(14)} median ${medianUs.toFixed(2)} us, p99 ${p99Us.toFixed(2)} us, ratio ${ratio}; ${bytes}\n`;
  });
  return `${variants} variants, 100 workers; the clock itself ${clockUs.toFixed(2)} us\n${lines.join('')}`;
}

function engineText(figures: EngineFigures): string {
  const { inputBytes, runs, bare, sharedMemory, messages, addedSharedMemory, addedMessages } = figures;
  const text = ({ medianUs, p99Us }: RoundTrip): string =>
    `median ${medianUs.toFixed(0)} us, p99 ${p99Us.toFixed(0)} us`;
  return (
    `${inputBytes} bytes of float32, ${runs} runs; ONNX Runtime in this process: ${text(bare)}\n` +
    `  engine by shared memory: ${text(sharedMemory)}; added: ${text(addedSharedMemory)}\n` +
    `  engine by messages:      ${text(messages)}; added: ${text(addedMessages)}\n`
  );
}

function solverText(figures: SolverFigures): string {
  const { architectures, status, ilpMs, greedyMs, ratio, ilpUsd, greedyUsd, greedyServesPercent, paperS } = figures;
  return (
    `${architectures} architectures of 8 variants: integer program ${ilpMs.toFixed(1)} ms (${status}), ` +
    `heuristic ${greedyMs.toFixed(2)} ms, ratio ${ratio.toFixed(0)}; the paper: ${paperS} s by Gurobi\n` +
    `  change of cost: integer program ${ilpUsd.toFixed(4)} USD/h, heuristic ${greedyUsd.toFixed(4)} USD/h, ` +
    `which serves ${greedyServesPercent.toFixed(1)} % of the load\n`
  );
}

function modelLessText({ minutes, figures, kernelRequestsPerSecond }: ModelLessBenchmark): string {
  const thousands = (rate: number): string => `${(rate / 1e3).toFixed(0)} k requests/s`;
  const lines = figures.map(({ policy, requests, requestsPerSecond, attainmentPercent }) => {
    const ratio = (requestsPerSecond / kernelRequestsPerSecond).toFixed(3);
    const attained = attainmentPercent === null ? '' : `, attainment ${attainmentPercent.toFixed(1)} %`;
    return `${policy.padEnd(14)} ${thousands(requestsPerSecond)} of processor time, ratio ${ratio}; ${requests} requests${attained}\n`;
  });
  return `the first ${minutes} min of E7; the kernel benchmark's model beside it ${thousands(kernelRequestsPerSecond)}\n${lines.join('')}`;
}

function memoryText(result: MemoryBenchmark): string {
  return (
    `${result.requests} requests at ${(result.requestsPerSecond / 1e6).toFixed(2)} M/s: ` +
    `${result.peakResidentMib.toFixed(0)} MiB resident at most, ${result.rowsKept} request rows kept\n` +
    `p50 ${result.p50Ms.toFixed(3)} ms, p99 ${result.p99Ms.toFixed(3)} ms, p99.9 ${result.p999Ms.toFixed(3)} ms\n`
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await main();
