/**
 * Calibrates a service: one live run of a config, and the fit to it. Then judges the calibration on other configs, each
 * run live and simulated twice, with the tables as they are and with the calibration.
 */
import { rm } from 'node:fs/promises';
import type { Calibration, ReplicationResult } from '../../../core/index.ts';
import { ServingError, emptyRow } from '../../../core/index.ts';
import type { ExperimentConfig } from '../../config/experiment-config.ts';
import type { ReplicationTask } from '../../plan/tasks.ts';
import { performLive } from '../../run/live-replication.ts';
import { policyModules } from '../../run/policy-modules.ts';
import { planLiveTasks } from '../../run/run-experiment.ts';
import { performSimulation } from '../../run/simulate-replication.ts';
import { solverFor } from '../../run/solver-for.ts';
import { prepareScratch } from '../../run/write-results.ts';
import { batchWaitOf } from './batch-wait.ts';
import type { CalibrationFit } from './fit-calibration.ts';
import { fitCalibration } from './fit-calibration.ts';
import { observedBatches } from './observed-batches.ts';

/** One cell of a config that a calibration is judged on. */
export interface JudgedCell {
  readonly label: string;
  readonly live: ReplicationResult;
  /** With the latency tables as they are. */
  readonly before: ReplicationResult;
  /** With the calibration. */
  readonly after: ReplicationResult;
}

/** A calibration is fitted to batches, which are put together from all of their requests. */
const ROWS_MAX = 1_000_000;

/**
 * Fits to the first policy set at the first point of the grid. Undefined when it was interrupted.
 * @throws ServingError CALIBRATION_TOO_FEW; CALIBRATION_RUN_INVALID when the live run cannot be believed;
 *   CALIBRATION_ROWS when it had more requests than are kept.
 */
export async function calibrate(config: ExperimentConfig, signal?: AbortSignal): Promise<CalibrationFit | undefined> {
  return withTasks(config, async ([task]) => {
    const { result, record } = await performLive(
      { ...uncalibrated(task), rowsMax: ROWS_MAX },
      await modulesOf(task),
      signal,
    );
    if (signal?.aborted === true) return undefined;
    refuseInvalid(result, config.name);
    const { rows } = record.serving.recorder;
    if (!rows.complete) throw sampled(rows.offered, config.name);
    return fitCalibration({
      batches: observedBatches(Array.from({ length: rows.length }, (_, at) => rows.read(at, emptyRow()))),
      variants: task.scenario.variants,
      source: `${config.name}, ${task.cell.label}, live`,
      batchWaitNs: batchWaitOf(task.cell.policies),
    });
  });
}

/** @param onCell told before each cell. */
export async function judgeCalibration(
  config: ExperimentConfig,
  calibration: Calibration,
  { signal, onCell }: { readonly signal?: AbortSignal | undefined; readonly onCell?: (label: string) => void } = {},
): Promise<readonly JudgedCell[]> {
  return withTasks(config, async (tasks) => {
    const cells: JudgedCell[] = [];
    for (const task of tasks) {
      if (signal?.aborted === true) break;
      const { label } = task.cell;
      onCell?.(label);
      const modules = await modulesOf(task);
      const solver = await solverFor(task.cell.policies, modules);
      const plain = uncalibrated(task);
      // Policies predict with the same tables in both worlds.
      const live = await performLive(calibrated(task, calibration), modules, signal);
      // What was interrupted is no run to judge by.
      if (live.result.ending === 'interrupted') break;
      const [before, after] = [plain, calibrated(task, calibration)].map(
        (each) => performSimulation(each, modules, () => performance.now(), solver).result,
      );
      cells.push({ label, live: live.result, before, after });
    }
    return cells;
  });
}

/** Otherwise the service would be blamed for what the run did wrong. @throws ServingError CALIBRATION_RUN_INVALID. */
export function refuseInvalid({ verdict }: Pick<ReplicationResult, 'verdict'>, name: string): void {
  if (verdict.valid) return;
  const [problem] = verdict.problems;
  throw new ServingError({
    code: 'CALIBRATION_RUN_INVALID',
    message: `nothing can be fitted to the live run of ${name}`,
    found: problem === undefined ? 'an invalid run' : `${problem.code}: ${problem.message}`,
    expected: 'a valid run',
    ...(problem === undefined ? {} : { next: problem.advice }),
  });
}

function sampled(offered: number, name: string): ServingError {
  return new ServingError({
    code: 'CALIBRATION_ROWS',
    message: `the live run of ${name} is too long to be kept whole`,
    found: `${offered} requests`,
    expected: `${ROWS_MAX} at most`,
    next: 'make its live: { duration: ... } shorter',
  });
}

async function withTasks<Value>(
  config: ExperimentConfig,
  work: (tasks: readonly ReplicationTask[]) => Promise<Value>,
): Promise<Value> {
  const scratch = await prepareScratch();
  try {
    return await work(await planLiveTasks(config, scratch));
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function modulesOf({ cell }: ReplicationTask): ReturnType<typeof policyModules> {
  return policyModules({ policies: [cell.policies] });
}

function uncalibrated(task: ReplicationTask): ReplicationTask {
  return { ...task, scenario: { ...task.scenario, calibration: null } };
}

function calibrated(task: ReplicationTask, calibration: Calibration): ReplicationTask {
  return { ...task, scenario: { ...task.scenario, calibration } };
}
