/** Performs one replication of one cell on the wall clock, with real engines, through the same actors. */
import type { PolicyDefinition } from '../../core/index.ts';
import { runLive } from '../../live/world/index.ts';
import { replicationPlan } from '../plan/replication-plan.ts';
import type { ReplicationTask } from '../plan/tasks.ts';
import { withPunctuality } from './punctuality.ts';
import { replicationResult } from './replication-result.ts';
import { writeRequestRows } from './request-rows-file.ts';
import type { PerformedReplication, ReplicationOutput } from './simulate-replication.ts';
import { solverFor } from './solver-for.ts';

/** Performs a replication and writes its rows. */
export async function liveReplication(
  task: ReplicationTask,
  modules: ReadonlyMap<string, PolicyDefinition>,
  signal: AbortSignal | undefined,
): Promise<ReplicationOutput> {
  const { record, result } = await performLive(task, modules, signal);
  writeRequestRows(task.rowsFile, record, { cell: task.cell.cell, replication: task.replication });
  return { result, timeline: record.serving.recorder.timeline };
}

export async function performLive(
  task: ReplicationTask,
  modules: ReadonlyMap<string, PolicyDefinition>,
  signal: AbortSignal | undefined,
): Promise<PerformedReplication> {
  const { seed, cell, replication, scenario } = task;
  const { workload, serving, fromNs, untilNs, policyNotes } = replicationPlan(task, modules);
  const startMs = performance.now();
  try {
    const solver = await solverFor(cell.policies, modules);
    const plan = { serving, seed, drainNs: scenario.limits.drainNs, solver };
    const record = await runLive(plan, workload, { signal, notApplied: notApplied(scenario) });
    const wallS = (performance.now() - startMs) / 1e3;
    // Notes about latency tables do not concern a run that used none.
    const result = replicationResult(record, {
      replication,
      seed,
      fromNs,
      untilNs,
      wallS,
      single: task.single,
      notes: policyNotes,
    });
    return { record, result: withPunctuality(result, record.issueDelay) };
  } finally {
    workload.close?.();
  }
}

/** What the scenario models of the world and a real world has of its own. */
function notApplied({ faults, network, coreOvercommit }: ReplicationTask['scenario']): string[] {
  return [
    ...(faults.length > 0 ? ['faults'] : []),
    ...(network === null ? [] : ['network']),
    ...(coreOvercommit > 1 ? ['contention as modelled'] : []),
  ];
}
