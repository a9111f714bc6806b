/** The fleet of a run: machines by type and workers by variant, with their names and counts checked. */
import type { z } from 'zod';
import type { ValuePath } from '../../../backends/index.ts';
import type { ScenarioConfig } from '../experiment-config.ts';
import type { ConfigReader } from '../config-reader.ts';
import type { limitsShape } from '../schema/surroundings.ts';
import {
  MACHINES_WHAT,
  WORKERS_WHAT,
  fleetShape,
  fleetWords,
  machinesSchema,
  workersSchema,
} from '../schema/surroundings.ts';
import type { ResolvedCatalogue } from './catalogue.ts';

export interface ReadFleet extends Pick<ScenarioConfig, 'coreOvercommit' | 'startOnRequest' | 'workers' | 'machines'> {}

/** Reads the fleet; machine types are checked, variants are not yet. @param defined names of all machine types. */
export function readFleet(reader: ConfigReader, defined: readonly string[] | undefined): ReadFleet | undefined {
  if (!reader.isMap(['fleet'], fleetWords.what)) return undefined;
  reader.refuseOthers(Object.keys(fleetShape), ['fleet']);
  const coreOvercommit = reader.read(fleetShape.core_overcommit, ['fleet', 'core_overcommit']);
  const startOnRequest = reader.read(fleetShape.start_on_request, ['fleet', 'start_on_request']);
  const machines = readMachineCounts(reader, ['fleet'], defined);
  const workers = readWorkerCounts(reader, ['fleet']);
  if (coreOvercommit === undefined || startOnRequest === undefined) return undefined;
  return { machines, workers, coreOvercommit, startOnRequest };
}

/** Machines by type. @param path of the fleet. @param defined names of the machine types there are. */
export function readMachineCounts(
  reader: ConfigReader,
  path: ValuePath,
  defined: readonly string[] | undefined,
): ScenarioConfig['machines'] {
  const types = reader.readMap(machinesSchema, [...path, 'machines'], MACHINES_WHAT);
  if (types?.size === 0) reader.refuse([...path, 'machines'], 'at least one machine type');
  for (const type of types?.keys() ?? []) {
    if (defined === undefined || defined.includes(type)) continue;
    reader.unknownName([...path, 'machines', type], 'machine type', { name: type, known: defined });
  }
  return [...(types ?? [])].flatMap(([type, entry]) => readMachines(reader, [...path, 'machines', type], entry));
}

/** Workers by variant; their names are not checked yet. @param path of the fleet. */
export function readWorkerCounts(reader: ConfigReader, path: ValuePath): ScenarioConfig['workers'] {
  const workers = [...path, 'workers'];
  const counts = reader.at(workers) === undefined ? undefined : reader.readMap(workersSchema, workers, WORKERS_WHAT);
  return [...(counts ?? [])].flatMap(([variant, count]) => (count === undefined ? [] : [{ variant, count }]));
}

/** Checks what the fleet names and asks for against the rest of the config. */
export function checkFleet(reader: ConfigReader, fleet: ReadFleet, resolved: ResolvedCatalogue): void {
  const { catalogue, defined } = resolved;
  const known = catalogue.variants.map(({ name }) => name);
  for (const { variant } of fleet.workers) {
    if (known.includes(variant)) continue;
    const path = ['fleet', 'workers', variant];
    if (!defined.includes(variant)) reader.unknownName(path, 'variant', { name: variant, known });
    else {
      reader.fail(path, {
        code: 'CONFIG_UNSELECTED',
        message: 'starts a variant that is not selected',
        next: 'add it to catalogue.variants',
      });
    }
  }
}

/** Checks the counts of the fleet against the limits. */
export function checkCounts(
  reader: ConfigReader,
  { machines, workers }: Pick<ReadFleet, 'machines' | 'workers'>,
  limits: { readonly workersMax: number; readonly machinesMax: number },
  path: ValuePath = ['fleet'],
): void {
  const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);
  const asked = [
    { key: 'machines', total: sum(machines.map(({ max }) => max)), limit: limits.machinesMax },
    { key: 'workers', total: sum(workers.map(({ count }) => count)), limit: limits.workersMax },
  ] as const satisfies readonly { readonly key: keyof typeof limitsShape; total: number; limit: number }[];
  for (const { key, total, limit } of asked) {
    if (total <= limit) continue;
    reader.fail([...path, key], {
      code: 'CONFIG_LIMIT',
      message: 'asks for more than limits allow',
      found: `${total} ${key}`,
      expected: `at most limits.${key}, ${limit}`,
      next: `ask for fewer or raise limits.${key}`,
    });
  }
}

function readMachines(
  reader: ConfigReader,
  path: ValuePath,
  entry: z.output<typeof machinesSchema> | undefined,
): ScenarioConfig['machines'] {
  if (entry === undefined) return [];
  const { count, max = count } = typeof entry === 'number' ? { count: entry } : entry;
  if (max < count) reader.refuse([...path, 'max'], `at least count, ${count}`);
  if (max === 0) reader.refuse(path, 'at least 1 machine, or a map such as { count: 0, max: 2 }');
  return [{ type: String(path.at(-1)), count, max }];
}
