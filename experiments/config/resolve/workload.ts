/** The workload of a run: arrivals, queries and popularity as the specification that `traces` takes, checked. */
import { accessSync, constants, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ValuePath } from '../../../backends/index.ts';
import type { Catalogue, Nanos } from '../../../core/index.ts';
import { formatDuration, useCaseName, variantsNamed } from '../../../core/index.ts';
import type { ArrivalSpec, PopularitySpec, QuerySpec, TraceArrivals, WorkloadSpec } from '../../../traces/index.ts';
import { checkWorkload, detectFormat } from '../../../traces/index.ts';
import type { z } from 'zod';
import type { ConfigReader, Read } from '../config-reader.ts';
import { fileProblem, shownPath } from '../parse-yaml.ts';
import { workloadShape, workloadWords } from '../schema/experiment.ts';
import { snakeCase } from '../schema/policies.ts';
import { querySchema } from '../schema/queries.ts';
import { shown } from '../shape-errors.ts';
import { traceLengthNs } from '../trace-length.ts';

const QUERIES = ['workload', 'queries'];

type RawQuery = z.output<typeof querySchema>;

/** A workload whose duration is not known yet: a trace is played to its end. */
export interface ReadWorkload extends Omit<WorkloadSpec, 'durationNs'> {
  readonly arrivals: ArrivalSpec;
}

/** Reads the workload; undefined when something in it is missing or wrong. */
export function readWorkload(reader: ConfigReader): ReadWorkload | undefined {
  const before = reader.errors.length;
  const { queries: _, ...shape } = workloadShape;
  if (!reader.isMap(['workload'], workloadWords.what)) return undefined;
  reader.refuseOthers(Object.keys(workloadShape), ['workload']);
  const read: Read<typeof shape> = {
    arrivals: reader.read(shape.arrivals, ['workload', 'arrivals']),
    popularity: reader.read(shape.popularity, ['workload', 'popularity']),
    limit: reader.read(shape.limit, ['workload', 'limit']),
  };
  const queries = reader.readEach(querySchema, QUERIES, 'a list of queries');
  for (const [index, query] of queries.entries()) if (query !== undefined) checkTarget(reader, query, index);
  if (queries.length === 0 && read.arrivals !== undefined && read.arrivals.process !== 'trace') {
    reader.refuse(QUERIES, 'at least one query, such as { use_case: classification-fashion-mnist, latency: 20 ms }');
  }
  const known = queries.filter((query) => query !== undefined);
  const popularity = popularityOf(reader, known, read.popularity);
  const { arrivals, limit } = read;
  if (arrivals === undefined || reader.errors.length > before) return undefined;
  const located =
    arrivals.process === 'trace' ? { ...arrivals, file: resolve(reader.folder, arrivals.file) } : arrivals;
  return { arrivals: located, queries: known.map(queryOf), popularity, limit };
}

/** Opens a trace as far as its head, and reads it whole when only that tells how long the run is. */
export async function traceDuration(
  reader: ConfigReader,
  arrivals: TraceArrivals,
  durationNs: Nanos | undefined,
): Promise<Nanos | undefined> {
  const path = ['workload', 'arrivals', 'file'];
  const { format } = arrivals;
  if ((format === 'csv' || format === 'jsonl' || format === 'counts') && arrivals.columns === undefined) {
    const example = format === 'counts' ? '{ count: requests, interval: 1 min }' : '{ time: timestamp, time_unit: s }';
    reader.refuse(['workload', 'arrivals', 'columns'], `the columns of a ${format} file, such as ${example}`);
    return undefined;
  }
  const problem = unreadable(arrivals.file);
  if (problem !== undefined) {
    const expected = `a trace; the path starts from ${shownPath(reader.folder) || 'the folder of the config'}`;
    reader.fail(path, { code: 'CONFIG_TRACE', message: 'cannot be read', found: problem, expected });
    return undefined;
  }
  try {
    await detectFormat(arrivals.file, arrivals);
    return durationNs ?? (await traceLengthNs(arrivals.file, arrivals));
  } catch (error) {
    reader.adopt(error, path);
    return undefined;
  }
}

function unreadable(file: string): string | undefined {
  try {
    accessSync(file, constants.R_OK);
    return statSync(file).isFile() ? undefined : 'a folder';
  } catch (cause) {
    return fileProblem(cause);
  }
}

/** Judges the whole; what `traces` finds is told by the keys of the file. */
export function checkSpec(reader: ConfigReader, spec: WorkloadSpec): void {
  for (const { parts } of checkWorkload(spec)) {
    const path = pathOfField(reader, parts.place ?? '');
    const value = reader.at(path);
    const found = typeof value === 'object' || value === undefined ? parts.found : shown(value);
    reader.fail(path, {
      code: 'CONFIG_VALUE',
      message: 'cannot be used',
      ...(found === undefined ? {} : { found }),
      ...(parts.expected === undefined ? {} : { expected: inUnits(parts.expected) }),
    });
  }
}

/** Checks that queries ask for what is there. */
export function checkQueries(reader: ConfigReader, queries: readonly QuerySpec[], catalogue: Catalogue): void {
  for (const [index, query] of queries.entries()) checkNames(reader, [...QUERIES, index], { query, catalogue });
}

function checkTarget(reader: ConfigReader, query: RawQuery, index: number): void {
  if (query.variant !== undefined || query.architecture !== undefined || query.use_case !== undefined) return;
  reader.refuse([...QUERIES, index, 'use_case'], 'a use_case, an architecture or a variant to ask for');
}

function queryOf(raw: RawQuery): QuerySpec {
  const { application, use_case: useCase = '', architecture = '', variant = '', inputs, latency, accuracy } = raw;
  return { kind: { application, useCase, architecture, variant }, inputs, latency, accuracyPercent: accuracy };
}

function popularityOf(
  reader: ConfigReader,
  queries: readonly RawQuery[],
  popularity: Read<typeof workloadShape>['popularity'],
): PopularitySpec {
  const weighted = queries.some(({ weight }) => weight !== undefined);
  if (popularity === undefined || popularity === 'by-weight') {
    return weighted ? { law: 'weights', weights: queries.map(({ weight = 1 }) => weight) } : { law: 'uniform' };
  }
  if (weighted) {
    const law = popularity === 'uniform' ? 'uniform' : 'zipf';
    reader.fail(['workload', 'popularity'], {
      code: 'CONFIG_CONFLICT',
      message: 'and the weights of the queries both say how often each is asked',
      found: `${law}, and queries with a weight`,
      expected: 'by-weight, or queries without weights',
    });
  }
  return popularity === 'uniform' ? { law: 'uniform' } : popularity;
}

/** What a query names must have a variant that may answer it. */
function checkNames(
  reader: ConfigReader,
  path: ValuePath,
  { query, catalogue }: { readonly query: QuerySpec; readonly catalogue: Catalogue },
): void {
  if (variantsNamed(catalogue, query.kind).length > 0) return;
  const { variant, architecture, useCase } = query.kind;
  const { variants } = catalogue;
  const unknown = (key: string, name: string, known: readonly string[]): void =>
    reader.unknownName([...path, key], `selected ${key.replace('_', ' ')}`, { name, known: [...new Set(known)] });
  if (variant !== '')
    unknown(
      'variant',
      variant,
      variants.map(({ name }) => name),
    );
  else if (architecture !== '')
    unknown(
      'architecture',
      architecture,
      variants.map((each) => each.architecture),
    );
  else
    unknown(
      'use_case',
      useCase,
      variants.map((each) => useCaseName(each.useCase)),
    );
}

/** Words about nanoseconds in the words of the file. */
function inUnits(expected: string): string {
  return expected
    .replaceAll(
      /a whole number of nanoseconds, at least (\d+)/g,
      (_, ns) => `a duration of at least ${formatDuration(+ns)}`,
    )
    .replaceAll(/(\w+)Ns, (\d+)/g, (_, field, ns) => `${snakeCase(field)}, ${formatDuration(+ns)}`);
}

/** The key of the file that a field of the specification was made from, such as `arrivals.states[1].rateRps`. */
function pathOfField(reader: ConfigReader, field: string): ValuePath {
  const steps = field.replaceAll(/\[(\d+)\]/g, '.$1').split('.');
  const keys = steps.map((step) => (/^\d+$/.test(step) ? Number(step) : snakeCase(step).replace(/_(ns|rps)$/, '')));
  if (keys[0] === 'duration') return ['duration'];
  const path: (string | number)[] = ['workload'];
  for (const key of keys) {
    if (reader.at([...path, key]) === undefined) break;
    path.push(key);
  }
  return path;
}
