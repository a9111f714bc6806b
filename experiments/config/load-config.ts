/**
 * Loads an experiment from its YAML file: every default filled in, every name checked, every grid point resolved. All
 * that is wrong is told at once, by line. Nothing is run here but the users' policy files, which are code.
 */
import { basename, dirname, extname, resolve } from 'node:path';
import type { ServingError } from '../../core/index.ts';
import { ServingErrors } from '../../core/index.ts';
import { checkLive } from './check-live.ts';
import { ConfigReader } from './config-reader.ts';
import type { ExperimentConfig, LiveConfig } from './experiment-config.ts';
import type { PointData } from './grid.ts';
import { gridPoints, readGrid } from './grid.ts';
import { parseYamlFile } from './parse-yaml.ts';
import { readExpectations } from './resolve/expectations.ts';
import type { PolicySetNames } from './resolve/expectations.ts';
import { loadPolicyFiles, resolvePoints } from './resolve/points.ts';
import { resolvedConfig } from './resolved-config.ts';
import { experimentSchema, experimentWords, frameShape } from './schema/experiment.ts';
import { liveShape, liveWords } from './schema/surroundings.ts';
import { valueAt, withValue } from './value-path.ts';

/** What a command line says against the file. */
export interface ConfigOverrides {
  readonly seed?: number | string | undefined;
  /** Of simulated and live runs. */
  readonly replications?: number | undefined;
  /** The experiment is to run live: what it needs for that is checked as well. */
  readonly live?: boolean | undefined;
}

/**
 * @throws {ServingErrors} with every mistake, sorted by line; each has `file:line`, the key, what was found and what
 * was expected, and the nearest valid name where one is wrong. Codes begin with `CONFIG_`, `CATALOGUE_`, `TABLE_`,
 * `TRACE_` or `POLICY_`.
 *
 * @example
 * const config = await loadConfig('experiments/configs/quickstart.yaml', { seed: 7 });
 */
export async function loadConfig(path: string, overrides: ConfigOverrides = {}): Promise<ExperimentConfig> {
  const file = resolve(path);
  const { data, locate } = parseYamlFile(file);
  const reader = new ConfigReader(overridden(data, overrides), dirname(file), locate);
  if (!reader.isMap([], experimentWords.what)) throw new ServingErrors(reader.errors);
  reader.refuseOthers(Object.keys(experimentSchema.shape), []);
  const frame = readFrame(reader, basename(file, extname(file)));
  const axes = readGrid(reader);
  const pointData = gridPoints(reader, axes);
  const files = await loadPolicyFiles(reader, pointData);
  const points = await resolvePoints(reader, pointData, { axes, files });
  const sets = policySetNames(pointData);
  const baseline = readBaseline(reader, sets);
  const expect = readExpectations(reader, { sets, axes, points });
  if (overrides.live === true && frame !== undefined) {
    for (const { scenario } of points) checkLive(reader, scenario);
  }
  if (reader.errors.length > 0 || frame === undefined) throw new ServingErrors(inOrder(reader.errors));
  const [{ scenario, policies }] = points;
  const { folder, notes } = reader;
  const parts = {
    data: pointData[0].data,
    folder,
    name: frame.name,
    baseline,
    scenario,
    policies,
    modules: files.modules,
  };
  const grid = axes.map(({ path: swept, values }) => ({ path: swept, values }));
  return { ...frame, file, baseline, expect, policies, grid, points, resolved: resolvedConfig(parts), notes };
}

/** The file's data with what the command line says in its place. */
function overridden(data: unknown, { seed, replications }: ConfigOverrides): unknown {
  if (typeof data !== 'object' || data === null) return data;
  let changed: unknown = data;
  if (seed !== undefined) changed = withValue(changed, ['seed'], seed);
  if (replications === undefined) return changed;
  const live = valueAt(data, ['live']) ?? {};
  changed = withValue(changed, ['replications'], replications);
  return typeof live === 'object' ? withValue(changed, ['live', 'replications'], replications) : changed;
}

type Frame = Pick<ExperimentConfig, 'name' | 'question' | 'seed' | 'replications' | 'confidence' | 'compare' | 'live'>;

/** What holds for the whole experiment; undefined when some of it is wrong. @param stem the name of the file. */
function readFrame(reader: ConfigReader, stem: string): Frame | undefined {
  const name = reader.at(['name']) === undefined ? nameOf(stem) : reader.read(frameShape.name, ['name']);
  const question = reader.read(frameShape.question, ['question']);
  const seed = reader.read(frameShape.seed, ['seed']);
  const replications = reader.read(frameShape.replications, ['replications']);
  const confidence = reader.read(frameShape.confidence, ['confidence']);
  const compare = reader.read(frameShape.compare, ['compare']);
  const repeated = compare?.findIndex((metric, index) => compare.indexOf(metric) < index) ?? -1;
  if (repeated >= 0) reader.refuse(['compare', repeated], 'each metric once');
  const live = readLive(reader);
  if (name === undefined || question === undefined || seed === undefined || replications === undefined)
    return undefined;
  if (confidence === undefined || compare === undefined || live === undefined) return undefined;
  return { name, question, seed: String(seed), replications, confidence, compare, live };
}

function readLive(reader: ConfigReader): LiveConfig | undefined {
  if (reader.at(['live']) !== undefined && !reader.isMap(['live'], liveWords.what)) return undefined;
  reader.refuseOthers(Object.keys(liveShape), ['live']);
  const durationNs = reader.read(liveShape.duration, ['live', 'duration']);
  const replications = reader.read(liveShape.replications, ['live', 'replications']);
  return durationNs === undefined || replications === undefined ? undefined : { durationNs, replications };
}

/** The names in the data, so that a wrong one is told beside whatever else is wrong with the sets. */
function policySetNames(points: readonly PointData[]): PolicySetNames {
  const sets = points.flatMap(({ data }) => {
    const policies = valueAt(data, ['policies']);
    return Array.isArray(policies) ? policies.map((set: unknown) => valueAt(set, ['name'])) : [];
  });
  const names = sets.filter((name) => typeof name === 'string');
  return { names: [...new Set(names)], complete: names.length > 0 && names.length === sets.length };
}

/** The set that the others are compared with: the first, unless the file names another. */
function readBaseline(reader: ConfigReader, { names, complete }: PolicySetNames): string {
  const path = ['baseline'];
  const given = reader.at(path) === undefined ? undefined : reader.read(frameShape.baseline, path);
  if (given === undefined) return names[0] ?? '';
  // A set whose name cannot be read may be the one that is meant.
  if (names.includes(given) || !complete) return given;
  reader.unknownName(path, 'policy set', { name: given, known: names });
  return given;
}

/** The name of an experiment by its file: results lie in a folder of that name. */
function nameOf(stem: string): string {
  return stem.replaceAll(/[^A-Za-z0-9._-]+/g, '-');
}

/** By line; what stands in other files comes last. Errors of one line keep the order they were found in. */
export function inOrder(errors: readonly ServingError[]): ServingError[] {
  const parts = errors.map((error) => {
    const match = /^(.*):(\d+)$/.exec(error.parts.place ?? '');
    return { error, file: match?.[1] ?? '', line: Number(match?.[2] ?? 0) };
  });
  const home = parts[0]?.file;
  return parts
    .toSorted((a, b) => Number(a.file !== home) - Number(b.file !== home) || a.line - b.line)
    .map(({ error }) => error);
}
