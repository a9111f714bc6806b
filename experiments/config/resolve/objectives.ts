/**
 * Reads `objectives:` and checks the names in it: applications, machine types. What comes out says for each objective
 * what is measured and which limit it has, in the unit of what is measured.
 */
import type { ValuePath } from '../../../backends/index.ts';
import type { MetricName, ObjectiveName } from '../../../core/index.ts';
import { OBJECTIVES, parsePricePerHour, toMilliseconds } from '../../../core/index.ts';
import type { WorkloadSpec } from '../../../traces/index.ts';
import type { ConfigReader, Read } from '../config-reader.ts';
import type { ObjectiveConfig } from '../experiment-config.ts';
import type { PRICES } from '../schema/objectives.ts';
import {
  BY_APPLICATION_WHAT,
  applicationObjectivesShape,
  applicationObjectivesWords,
  batteryShape,
  batteryWords,
  budgetAmountSchema,
  budgetShape,
  budgetWords,
  joulesSchema,
  objectivesShape,
  objectivesWords,
} from '../schema/objectives.ts';

const BYTES_PER_MIB = 1_048_576;

const COSTS: Readonly<Record<(typeof PRICES)[number], MetricName>> = {
  'on-demand': 'cost_usd',
  reserved: 'cost_reserved_usd',
  instance: 'instance_cost_usd',
};

export interface ObjectiveSurroundings {
  /** Names of the machine types of the run; undefined when they could not be read. */
  readonly machineTypes: readonly string[] | undefined;
  readonly workload: Pick<WorkloadSpec, 'arrivals' | 'queries'> | undefined;
}

/** The objectives that could be read: those of all requests as `OBJECTIVES` lists them, then those of applications. */
export function readObjectives(reader: ConfigReader, around: ObjectiveSurroundings): ObjectiveConfig[] {
  const path = ['objectives'];
  if (reader.at(path) === undefined || !reader.isMap(path, objectivesWords.what)) return [];
  const { memory: memorySchema, energy: energySchema } = objectivesShape;
  // What may be a map is read by itself below, so that its mistakes are told one by one.
  const plain = { ...applicationObjectivesShape, memory: memorySchema, energy: energySchema };
  reader.refuseOthers(Object.keys(objectivesShape), path);
  const read = Object.fromEntries(
    Object.entries(plain).map(([key, schema]) => [key, reader.read(schema, [...path, key])]),
  ) as Read<typeof plain>; // Each key is read by its own schema.
  const { memory, energy } = read;
  const found: (ObjectiveConfig | undefined)[] = [
    ...requestObjectives(read, null),
    memory === undefined ? undefined : atMost('memory', 'memory_peak_mib', memory / BYTES_PER_MIB),
    energy === undefined ? undefined : atMost('energy', 'energy_joules', energy),
    readBudget(reader, [...path, 'budget']),
    readBattery(reader, [...path, 'battery'], around),
  ];
  const total = found.filter((each) => each !== undefined);
  const order = (each: ObjectiveConfig): number => OBJECTIVES.indexOf(each.name);
  return [...total.toSorted((a, b) => order(a) - order(b)), ...byApplication(reader, path, around)];
}

function atMost(name: ObjectiveName, metric: MetricName, limit: number): ObjectiveConfig {
  return { name, application: null, measure: { kind: 'metric', metric }, bound: 'at most', limit };
}

/** The objectives that exist for all requests and for those of one application. */
function requestObjectives(
  read: Read<typeof applicationObjectivesShape>,
  application: string | null,
): ObjectiveConfig[] {
  const { attainment, p99_latency: p99Ns, accuracy, accuracy_floor: accuracyPercent, throughput } = read;
  const objectives: ObjectiveConfig[] = [];
  const add = (name: ObjectiveName, metric: MetricName, bound: ObjectiveConfig['bound'], limit: number): void => {
    objectives.push({ name, application, measure: { kind: 'metric', metric }, bound, limit });
  };
  if (attainment !== undefined) add('attainment', 'attainment_percent', 'at least', attainment);
  if (p99Ns !== undefined) add('p99_latency', 'latency_p99_ms', 'at most', toMilliseconds(p99Ns));
  if (accuracy !== undefined) add('accuracy', 'accuracy_percent', 'at least', accuracy);
  if (accuracyPercent !== undefined) {
    const measure = { kind: 'answers-below', accuracyPercent } as const;
    objectives.push({ name: 'accuracy_floor', application, measure, bound: 'at most', limit: 0 });
  }
  if (throughput !== undefined) add('throughput', 'goodput_rps', 'at least', throughput);
  return objectives;
}

function isMap(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readBudget(reader: ConfigReader, path: ValuePath): ObjectiveConfig | undefined {
  const written = reader.at(path);
  if (written === undefined) return undefined;
  const entry = isMap(written)
    ? reader.readKeys(budgetShape, path, budgetWords.what)
    : { amount: reader.read(budgetAmountSchema, path), price: 'on-demand' as const };
  const { amount: limit, price } = entry;
  if (limit === undefined || price === undefined) return undefined;
  const perHour = parsePricePerHour(isMap(written) ? reader.at([...path, 'amount']) : written).ok;
  const measure = { kind: perHour ? 'per-hour' : 'metric', metric: COSTS[price] } as const;
  return { name: 'budget', application: null, measure, bound: 'at most', limit };
}

function readBattery(
  reader: ConfigReader,
  path: ValuePath,
  { machineTypes }: ObjectiveSurroundings,
): ObjectiveConfig | undefined {
  const written = reader.at(path);
  if (written === undefined) return undefined;
  const entry = isMap(written)
    ? reader.readKeys(batteryShape, path, batteryWords.what)
    : { joules: reader.read(joulesSchema, path), machine: undefined };
  const { joules: limit, machine } = entry;
  if (machine !== undefined && machineTypes !== undefined && !machineTypes.includes(machine)) {
    reader.unknownName([...path, 'machine'], 'machine type of the fleet', { name: machine, known: machineTypes });
  }
  if (limit === undefined) return undefined;
  const measure =
    machine === undefined
      ? ({ kind: 'metric', metric: 'energy_machine_max_joules' } as const)
      : ({ kind: 'battery', machine } as const);
  return { name: 'battery', application: null, measure, bound: 'at most', limit };
}

function byApplication(reader: ConfigReader, above: ValuePath, { workload }: ObjectiveSurroundings): ObjectiveConfig[] {
  const path = [...above, 'by_application'];
  const written = reader.at(path);
  if (written === undefined || !reader.isMap(path, BY_APPLICATION_WHAT)) return [];
  // The rows of a trace name applications that nobody knows before it is read.
  const isOpen = workload === undefined || workload.arrivals.process === 'trace';
  const known = isOpen ? [] : [...new Set(workload.queries.map(({ kind }) => kind.application))];
  return Object.keys(written ?? {}).flatMap((application) => {
    const place = [...path, application];
    if (!isOpen && !known.includes(application)) {
      reader.unknownName(place, 'application of the queries', { name: application, known });
    }
    const read = reader.readKeys(applicationObjectivesShape, place, applicationObjectivesWords.what);
    return requestObjectives(read, application);
  });
}
