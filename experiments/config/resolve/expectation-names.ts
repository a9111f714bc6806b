/** Checks the names that an expectation mentions, whatever it expects: policy sets, grid points, applications, variants. */
import type { ValuePath } from '../../../backends/index.ts';
import type { ConfigReader } from '../config-reader.ts';
import type { GridAxis, GridPoint } from '../experiment-config.ts';
import { namesToward, oneOf, shown } from '../shape-errors.ts';

export interface PolicySetNames {
  readonly names: readonly string[];
  /** False when some set has no name that could be read: it may be the one that is meant. */
  readonly complete: boolean;
}

export function checkSet(
  reader: ConfigReader,
  path: ValuePath,
  name: string,
  { names, complete }: PolicySetNames,
): void {
  if (complete && !names.includes(name)) reader.unknownName(path, 'policy set', { name, known: names });
}

/** What may be written as one name or as a list of names, each with its place. */
export function namesAt(
  reader: ConfigReader,
  path: ValuePath,
  names: readonly string[],
): { readonly name: string; readonly place: ValuePath }[] {
  const isList = Array.isArray(reader.at(path));
  return names.map((name, index) => ({ name, place: isList ? [...path, index] : path }));
}

/** The values as the grid writes them. */
export function readAt(
  reader: ConfigReader,
  path: ValuePath,
  given: Readonly<Record<string, string | number | readonly (string | number)[]>>,
  axes: readonly GridAxis[],
): Record<string, (string | number)[]> {
  const at: Record<string, (string | number)[]> = {};
  for (const [parameter, wanted] of Object.entries(given)) {
    const place = [...path, parameter];
    const axis = axes.find((each) => each.path === parameter);
    if (axis === undefined) {
      // A swept parameter that is wrong itself has been told of already.
      if (reader.at(['grid', parameter]) !== undefined) continue;
      reader.unknownName(place, 'parameter of the grid', { name: parameter, known: axes.map((each) => each.path) });
      continue;
    }
    const list = typeof wanted === 'object' ? wanted : [wanted];
    at[parameter] = list.flatMap((value, index) => {
      const known = axis.values.find((each) => String(each) === String(value));
      if (known !== undefined) return [known];
      const expected = oneOf(axis.values.map(String));
      reader.fail(typeof wanted === 'object' ? [...place, index] : place, {
        code: 'CONFIG_UNKNOWN_NAME',
        message: 'is no value of the grid',
        found: shown(value),
        ...namesToward(String(value), expected),
      });
      return [];
    });
  }
  return at;
}

export function checkApplication(
  reader: ConfigReader,
  path: ValuePath,
  application: string,
  points: readonly GridPoint[],
): void {
  const workloads = points.map(({ scenario }) => scenario.workload);
  // The rows of a trace name applications that nobody knows before it is read.
  if (workloads.length === 0 || workloads.some(({ arrivals }) => arrivals.process === 'trace')) return;
  const known = [...new Set(workloads.flatMap(({ queries }) => queries.map(({ kind }) => kind.application)))];
  if (!known.includes(application)) {
    reader.unknownName(path, 'application of the queries', { name: application, known });
  }
}

/** Each of the variants exists and is named once. */
export function checkVariants(
  reader: ConfigReader,
  path: ValuePath,
  variants: readonly string[],
  points: readonly GridPoint[],
): void {
  const known = [...new Set(points.flatMap(({ scenario }) => scenario.variants.map(({ name }) => name)))];
  for (const [index, { name, place }] of namesAt(reader, path, variants).entries()) {
    if (points.length > 0 && !known.includes(name)) reader.unknownName(place, 'variant', { name, known });
    else if (variants.indexOf(name) !== index) reader.refuse(place, 'each variant once');
  }
}
