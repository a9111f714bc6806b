/** The fleet of a run: machines by type and workers by variant, with their names and counts checked. */
import type { ScenarioConfig } from '../experiment-config.ts';
import type { ConfigReader } from '../config-reader.ts';
import type { limitsShape } from '../schema/surroundings.ts';
import { fleetShape, fleetWords } from '../schema/surroundings.ts';
import type { ResolvedCatalogue } from './catalogue.ts';

export interface ReadFleet extends Pick<ScenarioConfig, 'coreOvercommit' | 'startOnRequest' | 'workers' | 'machines'> {}

/** Reads the fleet; machine types are checked, variants are not yet. @param defined names of all machine types. */
export function readFleet(reader: ConfigReader, defined: readonly string[] | undefined): ReadFleet | undefined {
  const read = reader.readKeys(fleetShape, ['fleet'], fleetWords.what);
  const { machines, workers, core_overcommit: coreOvercommit, start_on_request: startOnRequest } = read;
  const types = Object.entries(machines ?? {}).map(([type, entry]) => readMachines(reader, type, entry));
  if (machines !== undefined && types.length === 0) reader.refuse(['fleet', 'machines'], 'at least one machine type');
  for (const { type } of types) {
    if (defined === undefined || defined.includes(type)) continue;
    reader.unknownName(['fleet', 'machines', type], 'machine type', { name: type, known: defined });
  }
  if (machines === undefined || workers === undefined) return undefined;
  if (coreOvercommit === undefined || startOnRequest === undefined) return undefined;
  const counts = Object.entries(workers).map(([variant, count]) => ({ variant, count }));
  return { machines: types, workers: counts, coreOvercommit, startOnRequest };
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
  entry: number | { readonly count: number; readonly max?: number | undefined },
): ScenarioConfig['machines'][number] {
  const { count, max = count } = typeof entry === 'number' ? { count: entry } : entry;
  const path = ['fleet', 'machines', type];
  if (max < count) reader.refuse([...path, 'max'], `at least count, ${count}`);
  if (max === 0) reader.refuse(path, 'at least 1 machine, or a map such as { count: 0, max: 2 }');
  return { type, count, max };
}
