/**
 * Where two resolved configs differ in what decides a comparison of their worlds. Seeds, names and the report are not
 * its business; durations written in other words are equal; policy sets are told apart by name.
 */
import { parseDuration } from '../../../core/index.ts';

export interface ConfigDifference {
  /** "workload.arrivals.rate". */
  readonly path: string;
  readonly simulated: string;
  readonly live: string;
}

/** Keys that decide how often something is run, or how it is told, but not what one run does. */
const OF_THE_REPORT: ReadonlySet<string> = new Set([
  'name',
  'question',
  'seed',
  'replications',
  'live',
  'confidence',
  'baseline',
  'compare',
  'expect',
  'objectives',
  'request_rows',
]);

/** How the simulation knows its times, and what a live run does not apply: free to differ, and to be told. */
const OF_THE_SIMULATION: readonly string[] = [
  'calibration',
  'catalogue.files',
  'catalogue.sampling',
  'catalogue.extrapolate',
  'network',
  'faults',
];

export function configDifferences(
  simulated: unknown,
  live: unknown,
): { readonly deciding: ConfigDifference[]; readonly ofTheSimulation: ConfigDifference[] } {
  const all = differencesAt('', comparable(simulated), comparable(live));
  const isFree = ({ path }: ConfigDifference): boolean =>
    OF_THE_SIMULATION.some((key) => path === key || path.startsWith(`${key}.`) || path.startsWith(`${key}[`));
  return { deciding: all.filter((each) => !isFree(each)), ofTheSimulation: all.filter(isFree) };
}

/** Without what is of the report, and with the policy sets by name: one side may lack a set that ended in a mistake. */
function comparable(config: unknown): unknown {
  if (!isMap(config)) return config;
  const entries = Object.entries(config).filter(([key]) => !OF_THE_REPORT.has(key));
  return Object.fromEntries(entries.map(([key, value]) => [key, key === 'policies' ? byName(value) : value]));
}

function byName(sets: unknown): unknown {
  if (!Array.isArray(sets) || !sets.every(isMap)) return sets;
  return Object.fromEntries(sets.map((set) => [String(set['name']), set]));
}

function differencesAt(path: string, simulated: unknown, live: unknown): ConfigDifference[] {
  if (isMap(simulated) && isMap(live)) {
    const keys = [...new Set([...Object.keys(simulated), ...Object.keys(live)])];
    return keys.flatMap((key) => differencesAt(path === '' ? key : `${path}.${key}`, simulated[key], live[key]));
  }
  if (Array.isArray(simulated) && Array.isArray(live)) {
    return Array.from({ length: Math.max(simulated.length, live.length) }, (_, index) =>
      differencesAt(`${path}[${index}]`, simulated[index], live[index]),
    ).flat();
  }
  if (isSame(simulated, live)) return [];
  return [{ path, simulated: written(simulated), live: written(live) }];
}

/** A live run states its window anew, so "60 s" may stand as "1 min", and "0 s" as "0 ns". */
function isSame(a: unknown, b: unknown): boolean {
  if (JSON.stringify(a) === JSON.stringify(b)) return true;
  const [first, second] = [parseDuration(a), parseDuration(b)];
  return first.ok && second.ok && first.value === second.value;
}

function written(value: unknown): string {
  if (value === undefined) return 'nothing';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
