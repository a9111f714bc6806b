/** Resolves every point of the grid and brings together what is wrong with them, each mistake told once. */
import { ServingError } from '../../../core/index.ts';
import { ConfigReader } from '../config-reader.ts';
import type { GridPoint } from '../experiment-config.ts';
import type { PlacedAxis, PointData } from '../grid.ts';
import { parametersText } from '../grid.ts';
import { loadPolicyModule } from '../load-policy-module.ts';
import { modulePaths } from './policies.ts';
import { resolvePoint } from './point.ts';
import type { PolicyDefinition } from '../../../core/index.ts';

/** The users' policy files of an experiment: what each defines, or why it cannot be used. */
export interface PolicyFiles {
  readonly modules: ReadonlyMap<string, PolicyDefinition>;
  readonly failures: ReadonlyMap<string, unknown>;
}

/** A mistake, and the points that have it. */
interface Mistake {
  readonly error: ServingError;
  readonly points: PointData[];
}

/** Loads every policy file that some point names. */
export async function loadPolicyFiles(reader: ConfigReader, points: readonly PointData[]): Promise<PolicyFiles> {
  const modules = new Map<string, PolicyDefinition>();
  const failures = new Map<string, unknown>();
  const files = points.flatMap((point) => modulePaths(readerOf(reader, point)).map(({ file }) => file));
  for (const file of new Set(files)) {
    try {
      modules.set(file, await loadPolicyModule(file));
    } catch (error) {
      failures.set(file, error);
    }
  }
  return { modules, failures };
}

/** The points that could be resolved; all of them unless the reader has errors. */
export async function resolvePoints(
  reader: ConfigReader,
  points: readonly PointData[],
  { axes, files }: { readonly axes: readonly PlacedAxis[]; readonly files: PolicyFiles },
): Promise<GridPoint[]> {
  const mistakes = new Map<string, Mistake>();
  const notes = new Set<string>();
  const resolved: GridPoint[] = [];
  for (const point of points) {
    const own = readerOf(reader, point);
    for (const { file, path } of modulePaths(own)) {
      const failure = files.failures.get(file);
      if (failure !== undefined) own.adopt(failure, path);
    }
    const result = await resolvePoint(own, files.modules);
    if (result !== undefined) resolved.push({ parameters: point.parameters, ...result });
    for (const note of own.notes) notes.add(note);
    for (const error of own.errors) {
      const known = mistakes.get(error.message);
      if (known === undefined) mistakes.set(error.message, { error, points: [point] });
      else if (known.points.at(-1) !== point) known.points.push(point);
    }
  }
  const swept = axes.flatMap(({ path, values }) => values.map((_, index) => reader.locate(['grid', path, index])));
  for (const mistake of mistakes.values()) reader.errors.push(toldOf(mistake, { all: points.length, swept }));
  reader.notes.push(...notes);
  return resolved;
}

function readerOf({ folder }: ConfigReader, { data, locate }: PointData): ConfigReader {
  return new ConfigReader(data, folder, locate);
}

/** What only some points have, away from the grid's own lines, says at which point it was found. */
function toldOf(
  { error, points }: Mistake,
  { all, swept }: { readonly all: number; readonly swept: readonly string[] },
): ServingError {
  const { parts } = error;
  if (points.length === all || (parts.place !== undefined && swept.includes(parts.place))) return error;
  return new ServingError({ ...parts, message: `${parts.message} where ${parametersText(points[0].parameters)}` });
}
