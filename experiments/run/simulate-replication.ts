/** Simulates one replication of one cell, from plain data to plain data: what a worker thread does. */
import type { PolicyDefinition, ReplicationResult, Timeline, Workload } from '../../core/index.ts';
import { NEVER, RandomStreams, invariant } from '../../core/index.ts';
import { SimulatedWorld } from '../../sim/index.ts';
import type { SimulationPlan } from '../../sim/index.ts';
import { generatedWorkload, spooledWorkload } from '../../traces/index.ts';
import { scenarioCatalogue } from '../plan/scenario-catalogue.ts';
import { servingPlan } from '../plan/serving-plan.ts';
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
 */
export function simulateReplication(
  task: ReplicationTask,
  modules: ReadonlyMap<string, PolicyDefinition>,
  clock: () => number,
): ReplicationOutput {
  const { scenario, seed, cell } = task;
  const catalogue = scenarioCatalogue(scenario);
  const workload = openWorkload(task);
  const { rowsMax, timelineMax } = task;
  const rowsSalt = saltOf(seed);
  const { policies } = cell;
  const parts = { scenario, catalogue, policies, modules, kinds: workload.kinds, rowsMax, rowsSalt, timelineMax };
  const plan: SimulationPlan = {
    serving: servingPlan(parts),
    seed,
    bounds: {
      untilNs: scenario.limits.drainNs === NEVER ? NEVER : endOfArrivals(task) + scenario.limits.drainNs,
      eventsMax: scenario.limits.eventsMax,
      openMax: scenario.limits.openMax,
    },
    ...(scenario.network === null ? {} : { network: scenario.network }),
    contention: mayContend(scenario),
    faults: scenario.faults,
    audit: true,
    decisionsMax: DECISIONS_MAX,
  };
  const startMs = clock();
  try {
    const record = new SimulatedWorld(plan, workload).run();
    const wallS = (clock() - startMs) / 1e3;
    const { fromNs, untilNs } = plan.serving.recorder;
    const notes = catalogue.latency.flatMap((model, index) =>
      model.beyondTable.map((rule) => `${catalogue.variants[index].name}: ${rule}`),
    );
    const frame = { replication: task.replication, seed, fromNs, untilNs: Math.min(untilNs, endOfArrivals(task)), wallS, notes };
    const result = replicationResult(record, frame);
    writeRequestRows(task.rowsFile, record, { cell: cell.cell, replication: task.replication });
    return { result, timeline: record.serving.recorder.timeline };
  } finally {
    workload.close?.();
  }
}

function openWorkload({ scenario, seed, trace }: ReplicationTask): Workload {
  const { arrivals } = scenario.workload;
  if (arrivals.process === 'trace') {
    invariant(trace !== null, 'a trace is compiled before its runs');
    return spooledWorkload(trace);
  }
  return generatedWorkload({ ...scenario.workload, arrivals }, new RandomStreams(seed));
}

/** When the last request can arrive: the workload's duration, or the end of a shorter trace. */
function endOfArrivals({ scenario, trace }: ReplicationTask): number {
  return trace === null ? scenario.workload.durationNs : Math.min(scenario.workload.durationNs, trace.lastNs + 1);
}

/** Contention is possible where cores are overcommitted, devices are shared, or a fault slows machines. */
function mayContend(scenario: ReplicationTask['scenario']): boolean {
  return (
    scenario.coreOvercommit > 1 ||
    scenario.faults.some(({ fault }) => fault === 'slow-machine') ||
    scenario.variants.some(({ resources: { accelerators } }) => accelerators > 0 && accelerators < 1)
  );
}

/** 32 bits of a seed, for the sample of request rows: the same for every policy under one seed. */
function saltOf(seed: string): number {
  return new RandomStreams(seed).stream('request-rows').bits();
}
