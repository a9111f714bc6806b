/**
 * The grid: every combination of the swept parameters, each as a whole config with the values put in place. Whether a
 * value fits its place is not judged here: a grid point is read and checked like any config.
 */
import type { ValuePath } from '../../backends/index.ts';
import { ServingError } from '../../core/index.ts';
import type { ConfigReader } from './config-reader.ts';
import type { GridAxis } from './experiment-config.ts';
import { GRID_WHAT, axisSchema, pointShape } from './schema/experiment.ts';
import { namesToward, oneOf, shown } from './shape-errors.ts';
import { findPath, isWithin, valueAt, withValue } from './value-path.ts';

/** Cells beyond this are a mistake in the grid, not an experiment. */
const POINTS_MAX = 10_000;

/** A swept parameter and where in the data it stands. */
export interface PlacedAxis extends GridAxis {
  readonly target: ValuePath;
}

/** One combination: the config's data with its values in place. */
export interface PointData {
  readonly parameters: Readonly<Record<string, string | number>>;
  readonly data: unknown;
  /** `file:line` of a value: in the grid for what the grid put there. */
  readonly locate: (path: ValuePath) => string;
}

/** The axes of the grid that can be swept; what is wrong with the others is told to the reader. */
export function readGrid(reader: ConfigReader): PlacedAxis[] {
  const grid = reader.at(['grid']) === undefined ? undefined : reader.readMap(axisSchema, ['grid'], GRID_WHAT);
  const axes: PlacedAxis[] = [];
  for (const [path, values] of grid ?? []) {
    const target = findTarget(reader, path);
    if (target === undefined || values === undefined) continue;
    const repeated = values.findIndex((value, index) => values.indexOf(value) < index);
    if (repeated >= 0) reader.refuse(['grid', path, repeated], 'each value once');
    axes.push({ path, values, target });
  }
  const points = axes.reduce((product, { values }) => product * values.length, 1);
  if (points <= POINTS_MAX) return axes;
  reader.fail(['grid'], {
    code: 'CONFIG_GRID_TOO_LARGE',
    message: 'has too many combinations',
    found: String(points),
    expected: `at most ${POINTS_MAX}`,
  });
  return [];
}

/** Every combination, the last axis moving fastest; one without parameters when nothing is swept. */
export function gridPoints(reader: ConfigReader, axes: readonly PlacedAxis[]): PointData[] {
  let points: PointData[] = [{ parameters: {}, data: reader.data, locate: reader.locate }];
  for (const axis of axes) {
    points = points.flatMap((point) => axis.values.map((value, index) => withParameter(point, axis, { value, index })));
  }
  return points;
}

function withParameter(
  { parameters, data, locate }: PointData,
  { path, target }: PlacedAxis,
  { value, index }: { readonly value: string | number; readonly index: number },
): PointData {
  return {
    parameters: { ...parameters, [path]: value },
    data: withValue(data, target, value),
    locate: (place) => {
      // A map that is only there because the grid's path leads through it is the grid's as well.
      const made = place.some((_, at) => {
        const above = place.slice(0, at + 1);
        return isWithin(target, above) && valueAt(data, above) === undefined;
      });
      return locate(made || isWithin(place, target) ? ['grid', path, index] : place);
    },
  };
}

function findTarget(reader: ConfigReader, path: string): ValuePath | undefined {
  const target = findPath(reader.data, path);
  const sweepable = Object.keys(pointShape);
  const first = target?.[0];
  if (target === undefined || typeof first !== 'string') {
    reader.errors.push(badPath(reader, path, 'the path of a value in this file, such as workload.arrivals.rate'));
    return undefined;
  }
  if (sweepable.includes(first)) return target;
  reader.errors.push(badPath(reader, path, oneOf(sweepable), first));
  return undefined;
}

function badPath(reader: ConfigReader, path: string, expected: string, first?: string): ServingError {
  const message = first === undefined ? 'leads nowhere' : `sweeps ${first}, which is no part of a run`;
  const words = namesToward(first, expected);
  return new ServingError({
    code: 'CONFIG_GRID_PATH',
    place: reader.locate(['grid', path]),
    message: `grid: ${path} ${message}`,
    ...words,
    expected: first === undefined ? expected : `a path that begins with ${words.expected}`,
  });
}

/** A parameter's path as it labels values: for messages about one point of the grid. */
export function parametersText(parameters: Readonly<Record<string, string | number>>): string {
  return Object.entries(parameters)
    .map(([path, value]) => `${path} = ${typeof value === 'string' ? value : shown(value)}`)
    .join(', ');
}
