/** From a resolved scenario and a set of policies to the plan of a service: names become indexes. */
import type {
  Catalogue,
  Family,
  Nanos,
  PolicyChoice,
  PolicyChoices,
  QueryKind,
  ServingPlan,
} from '../../core/index.ts';
import { FAMILIES, NEVER, builtInPolicy, invariant } from '../../core/index.ts';
import type { PolicyDefinition } from '../../core/index.ts';
import { fleetOf } from '../config/experiment-config.ts';
import type { PolicySetConfig, ScenarioConfig } from '../config/experiment-config.ts';

/** Bins of the time series over the workload's duration; the drain after it may fill as many again. */
const BINS = 256;
const BIN_MIN_NS = 1_000_000;

/** The policy files of users that a set names, by absolute path. */
export type PolicyModules = ReadonlyMap<string, PolicyDefinition>;

export interface ServingPlanParts {
  readonly scenario: ScenarioConfig;
  readonly catalogue: Catalogue;
  readonly policies: PolicySetConfig;
  readonly modules: PolicyModules;
  readonly kinds: readonly QueryKind[];
  /** Request rows this run may keep. */
  readonly rowsMax: number;
  readonly rowsSalt: number;
  readonly timelineMax: number;
  /** When the last request can arrive; the cool-down ends here. */
  readonly arrivalsEndNs: Nanos;
}

export function servingPlan(parts: ServingPlanParts): ServingPlan {
  const { scenario, catalogue, kinds } = parts;
  const { limits, workload } = scenario;
  const { machines, workers } = fleetOf(scenario, parts.policies);
  const binNs = Math.max(BIN_MIN_NS, Math.ceil(workload.durationNs / BINS));
  return {
    catalogue,
    kinds,
    policies: policyChoices(parts.policies, parts.modules),
    initial: {
      workers: new Map(workers.map(({ variant, count }) => [catalogue.variantNamed(variant), count])),
      machines: new Map(
        machines.map(({ type, count, max }) => [machineTypeNamed(catalogue, type), { initial: count, max }]),
      ),
    },
    limits: {
      workersMax: limits.workersMax,
      machinesMax: limits.machinesMax,
      coreOvercommit: scenario.coreOvercommit,
      holdMax: limits.holdMax,
      timeoutNs: limits.timeoutNs,
    },
    monitorPeriodNs: scenario.monitorPeriodNs,
    samplePeriodNs: Math.ceil(binNs / 2),
    startOnRequest: scenario.startOnRequest,
    offline: scenario.offline ?? undefined,
    rollouts: scenario.rollouts.map(({ atNs, from, to, patienceNs }) => ({
      atNs,
      from: catalogue.variantNamed(from),
      to: catalogue.variantNamed(to),
      patienceNs,
    })),
    recorder: {
      fromNs: scenario.warmUpNs,
      untilNs: scenario.coolDownNs === 0 ? NEVER : parts.arrivalsEndNs - scenario.coolDownNs,
      rowsMax: parts.rowsMax,
      rowsSalt: parts.rowsSalt,
      binNs,
      timelineMax: parts.timelineMax,
    },
  };
}

/** The definitions that a set names; families that share an instance share a choice. */
export function policyChoices(set: PolicySetConfig, modules: PolicyModules): PolicyChoices {
  const instances = new Map<number, PolicyChoice>();
  const choices: Partial<Record<Family, PolicyChoice>> = {};
  for (const family of FAMILIES) {
    const { instance, policy, module, options } = set.families[family];
    const definition = module === null ? builtInPolicy(family, policy) : modules.get(module);
    invariant(definition !== undefined, `the config names policy ${policy}, which was not loaded`);
    const choice = instances.get(instance) ?? { definition, options };
    instances.set(instance, choice);
    choices[family] = choice;
  }
  return choices as PolicyChoices; // The loop fills in every family.
}

function machineTypeNamed(catalogue: Catalogue, name: string): number {
  const index = catalogue.machineTypes.findIndex((type) => type.name === name);
  invariant(index >= 0, `the config names machine type ${name}, which is not in the catalogue`);
  return index;
}
