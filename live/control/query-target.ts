/**
 * What a model-less query asks for, by the rules of INFaaS: a variant before an architecture before a use case, each with
 * the objectives it needs, and INFaaS's words for what is not there.
 */
import { useCaseName } from '../../core/index.ts';
import { meantName } from '../../backends/index.ts';
import type { ModelDirectory, ModelEntry } from '../service/index.ts';
import { refusal, shown } from './json-call.ts';
import { noSuchVersion } from './variant-named.ts';
import type { QueryBody } from './query-shape.ts';

/** @throws ServingError CONTROL_REQUEST for an incomplete combination, CONTROL_UNKNOWN_MODEL for a name that is not there. */
export function queryTarget(directory: ModelDirectory, query: QueryBody): ModelEntry {
  const entry = targetOf(directory, query);
  const { inputDim } = query;
  const side = imageSide(entry);
  if (inputDim === undefined || side === undefined || inputDim === side) return entry;
  throw refusal({
    message: `${entry.name} takes images of another side`,
    found: String(inputDim),
    expected: String(side),
    next: 'images of any size are scaled to it: leave inputDim (-d) out',
  });
}

function targetOf(directory: ModelDirectory, query: QueryBody): ModelEntry {
  const { variant, version, architecture, task, dataset, latencyMs, accuracyPercent } = query;
  if (variant !== '') return found(directory, { names: [variant], version, form: 'variant' }, 'Model');
  if (architecture !== '') {
    if (latencyMs === undefined) throw invalidCombination('an architecture and latencyMs');
    return found(directory, { names: [architecture], form: 'architecture' }, 'Parent model');
  }
  if (task === '' || dataset === '' || latencyMs === undefined || accuracyPercent === undefined) {
    throw invalidCombination('variant; architecture and latencyMs; or task, dataset, accuracyPercent and latencyMs');
  }
  const { inputDim } = query;
  const sized = inputDim === undefined ? [] : [useCaseName({ task, dataset, size: String(inputDim) })];
  return found(directory, { names: [...sized, useCaseName({ task, dataset })], form: 'use-case' }, 'Grandparent model');
}

/** The side that a use case states, or that of the images its models take; undefined where any will do. */
function imageSide(entry: ModelEntry): number | undefined {
  const stated = Number(entry.variants[0].definition.useCase.size);
  if (Number.isInteger(stated)) return stated;
  if (entry.handler === undefined) return undefined;
  const extents = (entry.inputs[0]?.shape ?? []).slice(1).map((extent) => extent ?? -1);
  // Channels come first, last or not at all.
  const sides = extents.filter((extent) => extent > 4);
  return sides.length === 2 && sides[0] === sides[1] ? sides[0] : undefined;
}

interface Wanted {
  /** The first that is there counts. */
  readonly names: readonly string[];
  readonly version?: string;
  readonly form: ModelEntry['form'];
}

function found(directory: ModelDirectory, { names, version, form }: Wanted, what: string): ModelEntry {
  for (const name of names) {
    const entry = directory.find(name, version);
    if (entry?.form === form) return entry;
  }
  const other = names.length === 1 ? directory.find(names[0]) : undefined;
  if (version !== undefined && other?.form === form) throw noSuchVersion(other, version);
  // A use case without its size, where only one size is there.
  const known = directory.list().filter((each) => each.form === form);
  const base = names.at(-1) ?? '';
  const sized = form === 'use-case' ? known.filter(({ name }) => name.startsWith(`${base}-`)) : [];
  if (names.length === 1 && sized.length === 1) return sized[0];
  const all = [...new Set(known.map(({ name }) => name))];
  throw refusal({
    code: 'CONTROL_UNKNOWN_MODEL',
    message: `${what} has not been registered`,
    found: shown(names[0]),
    ...meantName(names[0], all),
    next: 'see rehearse status for what is served',
  });
}

function invalidCombination(expected: string): Error {
  return refusal({ message: 'Invalid input combination', expected });
}
