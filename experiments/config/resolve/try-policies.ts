/**
 * Creates the policies of every set once, on tables without traffic, and places the initial workers with them: what
 * a policy refuses, and workers that do not fit, are told with the config's line instead of at the start of a run.
 */
import { resolve } from 'node:path';
import type {
  Catalogue,
  InitialFleet,
  PolicyChoice,
  PolicyChoices,
  PolicySet,
  QueryKind,
} from '../../../core/index.ts';
import {
  FAMILIES,
  Fleet,
  NONE,
  NO_SOLVER,
  RandomStreams,
  RequestTable,
  ServingError,
  ServingErrors,
  Signals,
  UP,
  builtInPolicy,
  createPolicies,
  invariant,
} from '../../../core/index.ts';
import type { ValuePath } from '../../../backends/index.ts';
import type { ConfigReader } from '../config-reader.ts';
import { fleetOf } from '../experiment-config.ts';
import type { PolicySetConfig, ScenarioConfig } from '../experiment-config.ts';
import type { LoadedModules } from './policies.ts';

export interface Trial {
  readonly scenario: Pick<ScenarioConfig, 'machines' | 'workers' | 'coreOvercommit' | 'limits'>;
  readonly catalogue: Catalogue;
  readonly kinds: readonly QueryKind[];
  readonly modules: LoadedModules;
}

export function tryPolicies(reader: ConfigReader, sets: readonly PolicySetConfig[], trial: Trial): void {
  for (const [index, set] of sets.entries()) tryPolicySet(reader, set, { trial, index });
}

/** @param index place of the set in the config. */
export function tryPolicySet(
  reader: ConfigReader,
  set: PolicySetConfig,
  { trial, index }: { readonly trial: Trial; readonly index: number },
): void {
  const own = { ...trial, scenario: { ...trial.scenario, ...fleetOf(trial.scenario, set) } };
  const fleet = startedFleet(own);
  const path = set.fleet?.workers ? ['policies', index, 'fleet'] : ['fleet'];
  if (needsWorkers(set, own)) {
    reader.fail(selectionPath(reader, index, set), {
      code: 'CONFIG_NO_WORKERS',
      message: `chooses ${set.families.selection.policy}, which serves only what fleet.workers starts`,
      found: 'no workers at the start',
      next: 'start some, or choose another selection',
    });
    return;
  }
  try {
    placeWorkers(reader, { set, policies: created(set, fleet, own), fleet, trial: own, path });
  } catch (error) {
    reader.adopt(isOwn(set) ? ownFailure(set, error) : error, ['policies', index]);
  }
}

/** Whether the set's selection knows only what has workers at the start, and nothing has. */
function needsWorkers({ families }: PolicySetConfig, { scenario, modules }: Trial): boolean {
  const { policy, module } = families.selection;
  const definition = module === null ? builtInPolicy('selection', policy) : modules.get(module);
  return definition?.needsInitialWorkers === true && scenario.workers.every(({ count }) => count === 0);
}

/** Where the file chooses the set's selection: under the family or among the modules, of the set or of the defaults. */
function selectionPath(reader: ConfigReader, index: number, { families }: PolicySetConfig): ValuePath {
  const { policy, module } = families.selection;
  const key = module === null ? 'policy' : 'module';
  for (const home of [['policies', index], ['policy_defaults']]) {
    if (reader.at([...home, 'selection']) !== undefined) return [...home, 'selection'];
    const chosen = reader.at([...home, 'modules']) === undefined ? [] : reader.entries([...home, 'modules'], '');
    const entry = chosen.find((path) => {
      const name = reader.at([...path, key]);
      return module === null ? name === policy : typeof name === 'string' && resolve(reader.folder, name) === module;
    });
    if (entry !== undefined) return entry;
  }
  return ['policies', index];
}

/** The tables of a run whose initial machines are up. */
function startedFleet({ scenario: { machines, limits, coreOvercommit }, catalogue }: Trial): Fleet {
  const { workersMax, machinesMax } = limits;
  const fleet = new Fleet(catalogue, { workersMax, machinesMax, coreOvercommit });
  for (const { type, count } of machines) {
    const index = catalogue.machineTypes.findIndex(({ name }) => name === type);
    for (let i = 0; i < count; i += 1) fleet.machines.setState(fleet.machines.claim(index, 0), UP, 0);
  }
  return fleet;
}

function created(set: PolicySetConfig, fleet: Fleet, { scenario, catalogue, kinds, modules }: Trial): PolicySet {
  const instances = new Map<number, PolicyChoice>();
  const choices = FAMILIES.map((family) => {
    const { instance, policy, module, options } = set.families[family];
    const definition = module === null ? builtInPolicy(family, policy) : modules.get(module);
    invariant(definition !== undefined, `policy ${policy} was not loaded`);
    const chosen = instances.get(instance) ?? { definition, options };
    instances.set(instance, chosen);
    return [family, chosen] as const;
  });
  const initial: InitialFleet = {
    workers: new Map(scenario.workers.map(({ variant, count }) => [catalogue.variantNamed(variant), count])),
    machines: new Map(
      scenario.machines.map(({ type, count, max }) => [
        catalogue.machineTypes.findIndex(({ name }) => name === type),
        { initial: count, max },
      ]),
    ),
  };
  const context = {
    catalogue,
    fleet,
    requests: new RequestTable(),
    kinds,
    initial,
    signals: new Signals(),
    solver: NO_SOLVER,
  };
  const byFamily = Object.fromEntries(choices) as PolicyChoices; // FAMILIES names every key.
  return createPolicies(byFamily, context, new RandomStreams('trial'));
}

interface Placing {
  readonly set: PolicySetConfig;
  readonly policies: PolicySet;
  readonly fleet: Fleet;
  readonly trial: Trial;
  /** Of the fleet that names the workers. */
  readonly path: ValuePath;
}

/** Complains about the first initial worker that finds no machine. */
function placeWorkers(reader: ConfigReader, { set, policies, fleet, trial, path }: Placing): void {
  const { scenario, catalogue } = trial;
  for (const { variant, count } of scenario.workers) {
    const index = catalogue.variantNamed(variant);
    for (let placed = 0; placed < count; placed += 1) {
      const machine = policies.placement.place(index, 0);
      if (machine !== NONE && fleet.claim(index, machine, 0) !== NONE) continue;
      const machines = scenario.machines.filter((each) => each.count > 0).map(({ type, count: up }) => `${up} ${type}`);
      reader.fail([...path, 'workers', variant], {
        code: 'CONFIG_WORKERS_DO_NOT_FIT',
        message: 'asks for more than the machines at the start have room for',
        found: `room for ${placed} of ${count}, placed by ${set.families.placement.policy} on ${machines.join(', ') || 'no machines'}`,
        next: 'start fewer workers, more machines or larger ones',
      });
      return;
    }
  }
}

/** Whether users' code takes part in the set. */
function isOwn({ families }: PolicySetConfig): boolean {
  return Object.values(families).some(({ module }) => module !== null);
}

/** What a user's code throws is the user's to mend. */
function ownFailure({ name }: PolicySetConfig, cause: unknown): unknown {
  if (cause instanceof ServingError || cause instanceof ServingErrors) return cause;
  const found = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
  const message = `policy set ${name} fails when it is tried without traffic`;
  return new ServingError({ code: 'POLICY_TRIAL', message, found, cause });
}
