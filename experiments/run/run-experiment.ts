/**
 * Runs an experiment in either world: compiles its traces, performs every replication of every cell, and writes
 * the result files. Interrupted, it keeps what was finished and marks the result incomplete.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExperimentResult, Problem, ReplicationResult, Timeline } from '../../core/index.ts';
import { ServingError, formatDuration } from '../../core/index.ts';
import { compileTrace } from '../../traces/index.ts';
import type { CompiledTrace } from '../../traces/index.ts';
import type { ExperimentConfig, GridPoint } from '../config/experiment-config.ts';
import { cellsOf, replicationSeed } from '../plan/tasks.ts';
import type { ReplicationTask } from '../plan/tasks.ts';
import { assembleResult } from './assemble.ts';
import type { TaskAnswer } from './cell-worker.ts';
import { environmentOf } from './environment.ts';
import { problemOf } from './failed-replication.ts';
import { liveReplication } from './live-replication.ts';
import { policyModules } from './policy-modules.ts';
import { runTasks } from './pool.ts';
import type { ReplicationOutput } from './simulate-replication.ts';
import { prepareOutput, prepareScratch, writeRequests, writeResult } from './write-results.ts';

/** Entries of a timeline: enough for minutes of a busy service, small enough for Perfetto. */
const TIMELINE_MAX = 500_000;

/** What replications of a trace can and cannot say. */
const SAME_ARRIVALS =
  'all replications replay the same arrivals: intervals cover what is drawn besides, not how traffic varies';

export interface RunOptions {
  readonly directory: string;
  /** Threads at most. */
  readonly jobs: number;
  /** The command that repeats the run, for the result. */
  readonly command: string;
  readonly signal?: AbortSignal | undefined;
  /** Keep the timeline of the first replication of the first cell. */
  readonly timeline?: boolean | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

export interface Progress {
  readonly finished: number;
  readonly total: number;
  /** The cell and replication that finished last. */
  readonly label: string;
  readonly replication: number;
  /** Requests simulated so far. */
  readonly requests: number;
}

export interface ExperimentRun {
  readonly result: ExperimentResult;
  /** Of the first replication of the first cell, when it was asked for. */
  readonly timeline: Timeline | undefined;
}

/** Runs an experiment in simulation, in worker threads. */
export async function runExperiment(config: ExperimentConfig, options: RunOptions): Promise<ExperimentRun> {
  return perform(config, options, 'simulated', (tasks, onFinished) =>
    runTasks(tasks, { jobs: options.jobs, signal: options.signal, onFinished }),
  );
}

/** Runs an experiment live: one replication after the other, since they share the machine. */
export async function runLiveExperiment(config: ExperimentConfig, options: RunOptions): Promise<ExperimentRun> {
  return perform(forLive(config), options, 'live', async (tasks, onFinished) => {
    const modules = await policyModules({ policies: config.points.flatMap(({ policies }) => policies) });
    const outputs: ReplicationOutput[] = [];
    for (const task of tasks) {
      if (options.signal?.aborted === true) break;
      const output = await liveReplication(task, modules, options.signal);
      outputs.push(output);
      onFinished(task, output);
    }
    return outputs;
  });
}

/** The live replications of an experiment, for those who perform them themselves. @param scratch folder for traces. */
export async function planLiveTasks(config: ExperimentConfig, scratch: string): Promise<readonly ReplicationTask[]> {
  return (await planTasks(forLive(config), scratch, {})).tasks;
}

/** How tasks become outputs: one for each, in their order, undefined or missing where it was not run. */
type Executor = (
  tasks: readonly ReplicationTask[],
  onFinished: (task: ReplicationTask, answer: TaskAnswer) => void,
) => Promise<readonly (TaskAnswer | undefined)[]>;

async function perform(
  config: ExperimentConfig,
  options: RunOptions,
  world: 'simulated' | 'live',
  execute: Executor,
): Promise<ExperimentRun> {
  const startedAt = new Date();
  const startMs = performance.now();
  await prepareOutput(options.directory);
  const scratch = await prepareScratch();
  try {
    const { tasks, notes } = await planTasks(config, scratch, options);
    let requests = 0;
    let finished = 0;
    const answers = await execute(tasks, ({ cell, replication }, answer) => {
      finished += 1;
      if ('failure' in answer) return;
      requests += Object.values(answer.result.outcomes).reduce((sum, count) => sum + count, 0);
      options.onProgress?.({ finished, total: tasks.length, label: cell.label, replication, requests });
    });
    const outputs = answers.map((answer) => (answer !== undefined && 'result' in answer ? answer : undefined));
    const failures = failuresOf(tasks, answers);
    const done = tasks.filter((_, index) => outputs[index] !== undefined);
    const result = assembleResult({
      config,
      world,
      cells: cellsOf(config),
      replications: byCell(
        tasks,
        outputs.map((output) => output?.result),
      ),
      // A live run that was cut off gives an output all the same.
      complete: answers.length === tasks.length && answers.every(isWhole),
      failures,
      notes: [...config.notes, ...notes],
      environment: environmentOf(startedAt, (performance.now() - startMs) / 1e3),
      command: options.command,
    });
    await writeRequests(
      options.directory,
      done.map(({ rowsFile }) => rowsFile),
    );
    await writeResult(options.directory, result);
    return { result, timeline: outputs[0]?.timeline };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function isWhole(answer: TaskAnswer | undefined): boolean {
  if (answer === undefined) return false;
  return 'failure' in answer || answer.result.ending !== 'interrupted';
}

/**
 * What went wrong with the policies, by cell.
 * @throws ServingError the first of them when there is nothing else to tell.
 */
function failuresOf(
  tasks: readonly ReplicationTask[],
  answers: readonly (TaskAnswer | undefined)[],
): Map<number, Problem[]> {
  const failures = new Map<number, Problem[]>();
  for (const [index, answer] of answers.entries()) {
    if (answer === undefined || 'result' in answer) continue;
    if (answers.every((each) => each === undefined || 'failure' in each)) throw new ServingError(answer.failure);
    const { cell } = tasks[index].cell;
    failures.set(cell, [...(failures.get(cell) ?? []), problemOf(tasks[index], answer)]);
  }
  return failures;
}

/** The live form of a config: its `live:` duration and replications in place of the simulated ones. */
function forLive(config: ExperimentConfig): ExperimentConfig {
  const { durationNs } = config.live;
  const points = config.points.map((point) => {
    const { scenario } = point;
    const workload = { ...scenario.workload, durationNs: Math.min(durationNs, scenario.workload.durationNs) };
    // Warm-up and cool-down shrink with the duration, so that the same share of the run is measured.
    const share = workload.durationNs / scenario.workload.durationNs;
    const [warmUpNs, coolDownNs] = [scenario.warmUpNs, scenario.coolDownNs].map((ns) => Math.round(ns * share));
    return { ...point, scenario: { ...scenario, workload, warmUpNs, coolDownNs } };
  });
  const { warmUpNs, coolDownNs, workload } = points[0].scenario;
  const window = {
    duration: formatDuration(workload.durationNs),
    warm_up: formatDuration(warmUpNs),
    cool_down: formatDuration(coolDownNs),
  };
  // The result states the window that was measured, not the simulated one.
  const resolved = typeof config.resolved === 'object' ? { ...config.resolved, ...window } : config.resolved;
  return { ...config, points, resolved, replications: config.live.replications };
}

interface PlannedTasks {
  readonly tasks: ReplicationTask[];
  readonly notes: readonly string[];
}

async function planTasks(
  config: ExperimentConfig,
  scratch: string,
  options: Pick<RunOptions, 'signal' | 'timeline'>,
): Promise<PlannedTasks> {
  const traces = new Map<string, CompiledTrace | null>();
  const notes = new Set<string>();
  for (const [index, point] of config.points.entries()) {
    for (let replication = 0; replication < config.replications; replication += 1) {
      // Nothing will run any more, so no task will look for its trace.
      if (options.signal?.aborted === true) break;
      const trace = await compiled(point, scratch, `${index}-${replication}`, replicationSeed(config, replication));
      traces.set(`${index}-${replication}`, trace);
      if (trace !== null) for (const note of traceNotes(trace)) notes.add(note);
    }
  }
  const tasks = cellsOf(config).flatMap((cell) =>
    Array.from({ length: config.replications }, (_, replication): ReplicationTask => {
      const { scenario } = config.points[cell.point];
      const first = cell.cell === 0 && replication === 0;
      return {
        cell,
        replication,
        seed: replicationSeed(config, replication),
        scenario,
        trace: traces.get(`${cell.point}-${replication}`) ?? null,
        single: config.replications === 1,
        rowsMax: Math.floor(scenario.rowsMax / config.replications),
        rowsFile: join(scratch, `rows-${cell.cell}-${replication}.csv`),
        timelineMax: first && options.timeline === true ? TIMELINE_MAX : 0,
      };
    }),
  );
  const isFixed = config.points.some(({ scenario }) => scenario.workload.arrivals.process === 'loadgen-server');
  const repeats = isFixed || [...traces.values()].some((trace) => trace !== null);
  if (config.replications > 1 && repeats) notes.add(SAME_ARRIVALS);
  return { tasks, notes: [...notes] };
}

/** The point's trace under a replication's seed: what a row leaves open is drawn, so each seed has its own. */
async function compiled(
  { scenario: { workload } }: GridPoint,
  directory: string,
  name: string,
  seed: string,
): Promise<CompiledTrace | null> {
  const { arrivals } = workload;
  return arrivals.process === 'trace' ? compileTrace({ ...workload, arrivals }, directory, { seed, name }) : null;
}

function traceNotes({ badRows }: CompiledTrace): string[] {
  if (badRows.total === 0) return [];
  return [
    badRows.total === 1 ? '1 bad row of the trace was skipped' : `${badRows.total} bad rows of the trace were skipped`,
  ];
}

function byCell(
  tasks: readonly ReplicationTask[],
  results: readonly (ReplicationResult | undefined)[],
): Map<number, ReplicationResult[]> {
  const cells = new Map<number, ReplicationResult[]>();
  for (const [index, result] of results.entries()) {
    const { cell } = tasks[index].cell;
    if (result !== undefined) cells.set(cell, [...(cells.get(cell) ?? []), result]);
  }
  return cells;
}
