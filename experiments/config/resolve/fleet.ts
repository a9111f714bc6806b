/** The fleet of a run: machines by type and workers by variant, with their names and counts checked. */
import type { z } from 'zod';
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
  const types = reader.readMap(machinesSchema, ['fleet', 'machines'], MACHINES_WHAT);
  if (types?.size === 0) reader.refuse(['fleet', 'machines'], 'at least one machine type');
  for (const type of types?.keys() ?? []) {
    if (defined === undefined || defined.includes(type)) continue;
    reader.unknownName(['fleet', 'machines', type], 'machine type', { name: type, known: defined });
  }
  const machines = [...(types ?? [])].flatMap(([type, entry]) => readMachines(reader, type, entry));
  const path = ['fleet', 'workers'];
  const counts = reader.at(path) === undefined ? new Map() : reader.readMap(workersSchema, path, WORKERS_WHAT);
  const workers = [...(counts ?? [])].flatMap(([variant, count]) => (count === undefined ? [] : [{ variant, count }]));
  if (coreOvercommit === undefined || startOnRequest === undefined) return undefined;
  return { machines, workers, coreOvercommit, startOnRequest };
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
  { machines, workers }: ReadFleet,
  limits: { readonly workersMax: number; readonly machinesMax: number },
): void {
  const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);
  const asked = [
    { key: 'machines', total: sum(machines.map(({ max }) => max)), limit: limits.machinesMax },
    { key: 'workers', total: sum(workers.map(({ count }) => count)), limit: limits.workersMax },
  ] as const satisfies readonly { readonly key: keyof typeof limitsShape; total: number; limit: number }[];
  for (const { key, total, limit } of asked) {
    if (total <= limit) continue;
    reader.fail(['fleet', key], {
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
  type: string,
  entry: z.output<typeof machinesSchema> | undefined,
): ScenarioConfig['machines'] {
  if (entry === undefined) return [];
  const { count, max = count } = typeof entry === 'number' ? { count: entry } : entry;
  const path = ['fleet', 'machines', type];
  if (max < count) reader.refuse([...path, 'max'], `at least count, ${count}`);
  if (max === 0) reader.refuse(path, 'at least 1 machine, or a map such as { count: 0, max: 2 }');
  return [{ type, count, max }];
}
