/** Simulates one policy set of a resolved config for a short while: enough to see that the set does its work. */
import type { PolicyChoice, PolicyChoices, PolicyDefinition, RunRecord } from '../../../core/index.ts';
import { FAMILIES, NEVER, RandomStreams, builtInPolicy, invariant, seconds } from '../../../core/index.ts';
import type { GridPoint, PolicySetConfig } from '../../../experiments/config/experiment-config.ts';
import { fleetOf } from '../../../experiments/config/experiment-config.ts';
import { loadPolicyModule } from '../../../experiments/config/load-policy-module.ts';
import { scenarioCatalogue } from '../../../experiments/plan/scenario-catalogue.ts';
import { solverFor } from '../../../experiments/run/solver-for.ts';
import { SimulatedWorld } from '../../../sim/index.ts';
import { generatedWorkload } from '../../../traces/index.ts';

/** @param runS simulated seconds of arrivals. The workload must not be a trace. */
export async function simulateSet({ scenario }: GridPoint, set: PolicySetConfig, runS: number): Promise<RunRecord> {
  const { arrivals } = scenario.workload;
  invariant(arrivals.process !== 'trace', 'a generated workload');
  const streams = new RandomStreams('test');
  const workload = generatedWorkload({ ...scenario.workload, arrivals, durationNs: seconds(runS) }, streams);
  const { limits, coreOvercommit } = scenario;
  const catalogue = scenarioCatalogue(scenario);
  const { machines, workers } = fleetOf(scenario, set);
  const typeNamed = (name: string): number => catalogue.machineTypes.findIndex((type) => type.name === name);
  const world = new SimulatedWorld(
    {
      serving: {
        catalogue,
        kinds: workload.kinds,
        policies: await choicesOf(set),
        initial: {
          workers: new Map(workers.map(({ variant, count }) => [catalogue.variantNamed(variant), count])),
          machines: new Map(machines.map(({ type, count, max }) => [typeNamed(type), { initial: count, max }])),
        },
        limits: { ...limits, coreOvercommit },
        monitorPeriodNs: scenario.monitorPeriodNs,
        samplePeriodNs: NEVER,
        startOnRequest: scenario.startOnRequest,
        offline: scenario.offline ?? undefined,
        recorder: { fromNs: 0, untilNs: NEVER, rowsMax: 0, rowsSalt: 1, binNs: seconds(1), timelineMax: 0 },
      },
      seed: 'test',
      bounds: { untilNs: seconds(runS) + limits.drainNs, eventsMax: limits.eventsMax, openMax: limits.openMax },
      network: scenario.network ?? undefined,
      contention: false,
      faults: scenario.faults,
      audit: true,
      solver: await solverFor(set, new Map()),
      decisionsMax: 100,
    },
    workload,
  );
  return world.run();
}

async function choicesOf({ families }: PolicySetConfig): Promise<PolicyChoices> {
  const instances = new Map<number, PolicyChoice>();
  const choices: Partial<Record<keyof PolicyChoices, PolicyChoice>> = {};
  for (const family of FAMILIES) {
    const { instance, policy, module, options } = families[family];
    const definition: PolicyDefinition | undefined =
      module === null ? builtInPolicy(family, policy) : await loadPolicyModule(module);
    invariant(definition !== undefined, `no policy ${policy}`);
    const choice = instances.get(instance) ?? { definition, options };
    instances.set(instance, choice);
    choices[family] = choice;
  }
  return choices as PolicyChoices; // The loop fills in every family.
}
