/** Simulates one replication of one cell, from plain data to plain data: what a worker thread does. */
import type { PolicyDefinition, ReplicationResult, Solver, Timeline } from '../../core/index.ts';
import { NEVER } from '../../core/index.ts';
import type { SimulationPlan } from '../../sim/index.ts';
import { SimulatedWorld } from '../../sim/index.ts';
import type { ReplicationPlan } from '../plan/replication-plan.ts';
import { replicationPlan } from '../plan/replication-plan.ts';
import type { ReplicationTask } from '../plan/tasks.ts';
import { replicationResult } from './replication-result.ts';
import { writeRequestRows } from './request-rows-file.ts';

/** Control decisions kept for each replication. */
const DECISIONS_MAX = 2000;

export interface ReplicationOutput {
  readonly result: ReplicationResult;
  readonly timeline: Timeline | undefined;
}

/**
 * @param modules the user's policy files that the task names, loaded.
 * @param clock milliseconds of wall time, for the wall time a run took.
 * @param solver loaded where a policy of the task solves programs.
 */
export function simulateReplication(
  task: ReplicationTask,
  modules: ReadonlyMap<string, PolicyDefinition>,
  clock: () => number,
  solver?: Solver,
): ReplicationOutput {
  const { seed, cell, replication } = task;
  const plan = replicationPlan(task, modules);
  const { workload, fromNs, untilNs } = plan;
  const notes = [...plan.policyNotes, ...plan.notes];
  const startMs = clock();
  try {
    const record = new SimulatedWorld({ ...simulationPlan(task, plan), solver }, workload).run();
    const wallS = (clock() - startMs) / 1e3;
    writeRequestRows(task.rowsFile, record, { cell: cell.cell, replication });
    const result = replicationResult(record, { replication, seed, fromNs, untilNs, wallS, single: task.single, notes });
    return { result, timeline: record.serving.recorder.timeline };
  } finally {
    workload.close?.();
  }
}

function simulationPlan({ scenario, seed }: ReplicationTask, plan: ReplicationPlan): SimulationPlan {
  const { limits, network, faults } = scenario;
  return {
    serving: plan.serving,
    seed,
    bounds: {
      untilNs: limits.drainNs === NEVER ? NEVER : plan.arrivalsEndNs + limits.drainNs,
      eventsMax: limits.eventsMax,
      openMax: limits.openMax,
    },
    network: network ?? undefined,
    contention: mayContend(scenario),
    faults,
    audit: true,
    decisionsMax: DECISIONS_MAX,
  };
}

/** Contention is possible where cores are overcommitted, devices are shared, or a fault slows machines. */
function mayContend({ coreOvercommit, faults, variants }: ReplicationTask['scenario']): boolean {
  return (
    coreOvercommit > 1 ||
    faults.some(({ fault }) => fault === 'slow-machine') ||
    variants.some(({ resources: { accelerators } }) => accelerators > 0 && accelerators < 1)
  );
}
