/**
 * `npm run bench -- model-less`: simulated requests per second of processor time under E7 (22 architectures, 177
 * variants, three kinds of machine, autoscaling, contention, recorder, auditor and digest on), for each of its policy
 * sets, on one core. Beside it, run in turn: the kernel benchmark's model, 16 workers without policies to speak of.
 * Processor time, because the machine is shared; the part of the day that is played is named in the output.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSolver, repositoryRoot } from '../../backends/index.ts';
import type { Solver } from '../../core/index.ts';
import { NANOS_PER_SECOND, invariant, seconds } from '../../core/index.ts';
import { loadConfig } from '../../experiments/index.ts';
import type { ExperimentConfig } from '../../experiments/index.ts';
import { cellsOf, replicationSeed } from '../../experiments/plan/tasks.ts';
import type { ReplicationTask } from '../../experiments/plan/tasks.ts';
import { simulateReplication } from '../../experiments/run/simulate-replication.ts';
import { compileTrace } from '../../traces/index.ts';
import { runKernelBenchmark } from './kernel/run-once.ts';

const CONFIG = 'experiments/configs/infaas/e7-twitter-day.yaml';

export interface ModelLessFigure {
  readonly policy: string;
  readonly requests: number;
  /** Of processor time. */
  readonly requestsPerSecond: number;
  readonly attainmentPercent: number | null;
}

export interface ModelLessBenchmark {
  readonly minutes: number;
  readonly figures: readonly ModelLessFigure[];
  /** The kernel benchmark's model, of processor time. */
  readonly kernelRequestsPerSecond: number;
}

/**
 * @param minutes of the day that are played, from its beginning.
 * @param arrivalsNs of the kernel benchmark.
 * @param policies names of the sets to run; all when left out.
 */
export async function modelLessBenchmark(
  minutes: number,
  arrivalsNs: Float64Array,
  policies?: readonly string[],
): Promise<ModelLessBenchmark> {
  const config = await loadConfig(join(repositoryRoot(), CONFIG));
  const solver = await loadSolver();
  const directory = await mkdtemp(join(tmpdir(), 'rehearse-bench-'));
  try {
    const tasks = await tasksOf(config, seconds(60 * minutes), directory);
    // Until the compiler has settled.
    for (let warmUp = 0; warmUp < 10; warmUp += 1) runKernelBenchmark(arrivalsNs);
    const kernelSeconds = processorSeconds(() => runKernelBenchmark(arrivalsNs)).seconds;
    const wanted = tasks.filter(({ cell }) => policies?.includes(cell.policies.name) ?? true);
    const figures = wanted.map((task) => figureOf(task, solver));
    return { minutes, figures, kernelRequestsPerSecond: arrivalsNs.length / kernelSeconds };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** One replication of each policy set over the first part of the day. */
async function tasksOf(config: ExperimentConfig, durationNs: number, directory: string): Promise<ReplicationTask[]> {
  const [{ scenario: whole }] = config.points;
  const { arrivals } = whole.workload;
  invariant(arrivals.process === 'trace', 'the day is a trace');
  const window = { fromNs: 0, toNs: Math.min(durationNs, whole.workload.durationNs) };
  const workload = { ...whole.workload, durationNs: window.toNs, arrivals: { ...arrivals, window } };
  const scenario = { ...whole, workload, warmUpNs: Math.min(whole.warmUpNs, window.toNs / 2) };
  const seed = replicationSeed(config, 0);
  const trace = await compileTrace(workload, directory, { seed });
  return cellsOf(config).map((cell) => ({
    cell,
    replication: 0,
    seed,
    scenario,
    trace,
    single: false,
    rowsMax: 10_000,
    rowsFile: join(directory, `${cell.cell}.csv`),
    timelineMax: 0,
  }));
}

function figureOf(task: ReplicationTask, solver: Solver): ModelLessFigure {
  const { value, seconds: spent } = processorSeconds(() =>
    simulateReplication(task, new Map(), () => performance.now(), solver),
  );
  const { result } = value;
  invariant(task.trace !== null, 'the day is a trace');
  return {
    policy: task.cell.policies.name,
    requests: task.trace.rows,
    requestsPerSecond: task.trace.rows / spent,
    attainmentPercent: result.metrics.attainment_percent,
  };
}

function processorSeconds<Value>(work: () => Value): { readonly value: Value; readonly seconds: number } {
  const before = process.cpuUsage();
  const value = work();
  const { user, system } = process.cpuUsage(before);
  return { value, seconds: ((user + system) * 1000) / NANOS_PER_SECOND };
}
