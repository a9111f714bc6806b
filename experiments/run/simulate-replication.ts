/** Simulates one replication of one cell, from plain data to plain data: what a worker thread does. */
import type { PolicyDefinition, ReplicationResult, RunRecord, Solver, Timeline } from '../../core/index.ts';
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

/** What a world recorded of one replication, and what the result file says of it. */
export interface PerformedReplication {
  readonly record: RunRecord;
  readonly result: ReplicationResult;
}

/** Simulates a replication and writes its rows. Parameters as those of `performSimulation`. */
export function simulateReplication(...parts: Parameters<typeof performSimulation>): ReplicationOutput {
  const [task] = parts;
  const { record, result } = performSimulation(...parts);
  writeRequestRows(task.rowsFile, record, { cell: task.cell.cell, replication: task.replication });
  return { result, timeline: record.serving.recorder.timeline };
}

/**
 * @param modules the user's policy files that the task names, loaded.
 * @param clock milliseconds of wall time, for the wall time a run took.
 * @param solver loaded where a policy of the task solves programs.
 */
export function performSimulation(
  task: ReplicationTask,
  modules: ReadonlyMap<string, PolicyDefinition>,
  clock: () => number,
  solver?: Solver,
): PerformedReplication {
  const { seed, replication } = task;
  const plan = replicationPlan(task, modules);
  const { workload, fromNs, untilNs } = plan;
  const notes = [...plan.policyNotes, ...plan.notes];
  const startMs = clock();
  try {
    const record = new SimulatedWorld({ ...simulationPlan(task, plan), solver }, workload).run();
    const wallS = (clock() - startMs) / 1e3;
    const result = replicationResult(record, { replication, seed, fromNs, untilNs, wallS, single: task.single, notes });
    return { record, result };
  } finally {
    workload.close?.();
  }
}

function simulationPlan({ scenario, seed }: ReplicationTask, plan: ReplicationPlan): SimulationPlan {
  const { limits, network, faults, calibration } = scenario;
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
    host: calibration ?? undefined,
    faults,
    audit: true,
    decisionsMax: DECISIONS_MAX,
  };
}

/** Contention is possible where cores are overcommitted, devices are shared, or a fault slows machines. */
export function mayContend({ coreOvercommit, faults, variants }: ReplicationTask['scenario']): boolean {
  return (
    coreOvercommit > 1 ||
    faults.some(({ fault }) => fault === 'slow-machine') ||
    variants.some(({ resources: { accelerators } }) => accelerators > 0 && accelerators < 1)
  );
}
