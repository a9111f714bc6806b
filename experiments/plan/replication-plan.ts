/** What both worlds need to perform one replication: the workload, the service's plan, and the measured window. */
import type { Nanos, PolicyDefinition, ServingPlan, Variant, Workload } from '../../core/index.ts';
import { RandomStreams, invariant } from '../../core/index.ts';
import { generatedWorkload, spooledWorkload } from '../../traces/index.ts';
import { fleetOf } from '../config/experiment-config.ts';
import { latePlanNotes } from './late-plans.ts';
import { scenarioCatalogue } from './scenario-catalogue.ts';
import { servingPlan } from './serving-plan.ts';
import type { ReplicationTask } from './tasks.ts';

export interface ReplicationPlan {
  /** Opened; whoever asked for the plan closes it. */
  readonly workload: Workload;
  readonly serving: ServingPlan;
  /** The measured window. */
  readonly fromNs: Nanos;
  readonly untilNs: Nanos;
  /** When the last request can arrive. */
  readonly arrivalsEndNs: Nanos;
  /** What a reader of the result must know from the start: of the policies, and of the latency tables. */
  readonly policyNotes: readonly string[];
  readonly notes: readonly string[];
}

/** @param modules the user's policy files that the task names, loaded. */
export function replicationPlan(
  task: ReplicationTask,
  modules: ReadonlyMap<string, PolicyDefinition>,
): ReplicationPlan {
  const { scenario, seed, cell, rowsMax, timelineMax } = task;
  const catalogue = scenarioCatalogue(scenario, fleetOf(scenario, cell.policies).machines);
  const workload = openWorkload(task);
  const { kinds } = workload;
  const rowsSalt = new RandomStreams(seed).stream('request-rows').bits();
  const { policies } = cell;
  const arrivalsEndNs = endOfArrivals(task);
  const serving = servingPlan({
    scenario,
    catalogue,
    policies,
    modules,
    kinds,
    rowsMax,
    rowsSalt,
    timelineMax,
    arrivalsEndNs,
  });
  const notes = [
    ...catalogue.latency.flatMap((model, index) =>
      model.beyondTable.map((rule) => `${catalogue.variants[index].name}: ${rule}`),
    ),
    ...synthesisedNotes(catalogue.variants),
  ];
  const { fromNs, untilNs } = serving.recorder;
  const window = { fromNs, untilNs: Math.min(untilNs, arrivalsEndNs) };
  const policyNotes = latePlanNotes(serving.policies, arrivalsEndNs);
  return { workload, serving, ...window, arrivalsEndNs, policyNotes, notes };
}

/** Tables that are told one by one; of more, only how many there are. */
const TABLES_NAMED = 3;

function synthesisedNotes(variants: readonly Variant[]): string[] {
  const computed = variants.filter(({ profile }) => profile.synthesised);
  if (computed.length <= TABLES_NAMED) {
    return computed.map(
      ({ name, profile }) => `the latency table of ${name} is in part computed, not measured: ${profile.source}`,
    );
  }
  const some = `${computed.length} of ${variants.length} latency tables`;
  return [`${some} are in part computed, not measured: \`rehearse catalogue\` says which`];
}

function openWorkload({ scenario, seed, trace }: ReplicationTask): Workload {
  const { arrivals } = scenario.workload;
  if (arrivals.process === 'trace') {
    invariant(trace !== null, 'a trace is compiled before its runs');
    return spooledWorkload(trace);
  }
  return generatedWorkload({ ...scenario.workload, arrivals }, new RandomStreams(seed));
}

/** The workload's duration, or the end of a shorter trace. */
function endOfArrivals({ scenario, trace }: ReplicationTask): Nanos {
  const { durationNs } = scenario.workload;
  return trace === null ? durationNs : Math.min(durationNs, trace.lastNs + 1);
}
