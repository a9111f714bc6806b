/** Performs one run of a matrix, in either world, and keeps its rows. */
import type { ReplicationResult, RequestRow, RunRecord } from '../../../core/index.ts';
import { emptyRow } from '../../../core/index.ts';
import { policyModules } from '../../run/policy-modules.ts';
import { performLive } from '../../run/live-replication.ts';
import { performSimulation } from '../../run/simulate-replication.ts';
import { solverFor } from '../../run/solver-for.ts';
import type { ReplicationTask } from '../../plan/tasks.ts';

export interface MatrixRunResult {
  readonly result: ReplicationResult;
  /** Of all requests that ended. */
  readonly rows: readonly RequestRow[];
}

export async function runMatrixLive(task: ReplicationTask, signal?: AbortSignal): Promise<MatrixRunResult> {
  const modules = await policyModules({ policies: [task.cell.policies] });
  const { result, record } = await performLive(task, modules, signal);
  return { result, rows: rowsOf(record) };
}

export async function runMatrixSimulated(task: ReplicationTask): Promise<MatrixRunResult> {
  const modules = await policyModules({ policies: [task.cell.policies] });
  const solver = await solverFor(task.cell.policies, modules);
  const { result, record } = performSimulation(task, modules, () => performance.now(), solver);
  return { result, rows: rowsOf(record) };
}

function rowsOf({ serving }: RunRecord): readonly RequestRow[] {
  const { rows } = serving.recorder;
  return Array.from({ length: rows.length }, (_, at) => rows.read(at, emptyRow()));
}
