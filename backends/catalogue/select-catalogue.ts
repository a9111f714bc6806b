/**
 * Makes a run's catalogue out of definitions: picks variants and machine types by name or filter, numbers them and
 * builds their latency models. Invariant: numbers follow the order of the definitions, not of the selection, so that
 * two configs that pick the same things in other words give the same run.
 */
import { resolve } from 'node:path';
import type { LatencyModel, MachineType, Variant } from '../../core/index.ts';
import { Catalogue, ServingError, ServingErrors, useCaseName } from '../../core/index.ts';
import type { Sampling } from '../table/latency-model.ts';
import { latencyModel } from '../table/latency-model.ts';
import type { CatalogueDefinitions, MachineTypeDefinition, VariantDefinition } from './definitions.ts';
import { duplicateErrors } from './duplicates.ts';
import { nearestName } from './nearest-name.ts';

/** Variants that agree with every field given. */
export interface VariantFilter {
  readonly task?: string | undefined;
  readonly dataset?: string | undefined;
  readonly architecture?: string | undefined;
  readonly framework?: string | undefined;
  readonly hardware?: string | undefined;
  readonly precision?: string | undefined;
}

export interface CatalogueSelection {
  /** Names and filters; a variant is in when any of them picks it. Default: all. */
  readonly variants?: readonly (string | VariantFilter)[] | undefined;
  /** Names. Default: all. */
  readonly machines?: readonly string[] | undefined;
  /** How batches are drawn from the tables. */
  readonly sampling: Sampling;
  /** Whether tables are continued beyond their batches; see `latencyModel`. */
  readonly extrapolate: boolean;
  /** Spread of rows with a mean only under `lognormal`; see `latencyModel`. */
  readonly cv?: number | undefined;
  /** Where the selection stands, for messages. */
  readonly place?: string | undefined;
}

/**
 * The catalogue of a run. A config's own definitions are appended to the bundled ones by `joinDefinitions`.
 *
 * @throws {ServingErrors} with every mistake: `CATALOGUE_UNKNOWN_NAME`, `CATALOGUE_NOTHING_SELECTED`,
 * `CATALOGUE_NAME_COLLISION`, and those of `latencyModel`.
 */
export function selectCatalogue(definitions: CatalogueDefinitions, selection: CatalogueSelection): Catalogue {
  const errors: ServingError[] = [];
  const pickedVariants = pickVariants(definitions.variants, selection, errors);
  const pickedMachines = pickMachines(definitions.machineTypes, selection, errors);
  errors.push(...collisions(pickedVariants));
  const latency = pickedVariants.flatMap((definition) => latencyOf(definition, selection, errors));
  if (errors.length > 0) throw new ServingErrors(errors);
  return new Catalogue(pickedVariants.map(variantOf), latency, pickedMachines.map(machineTypeOf));
}

/**
 * One list of definitions out of several, such as the bundled ones and a config's own.
 *
 * @throws {ServingErrors} `CATALOGUE_DUPLICATE` for names that occur twice.
 */
export function joinDefinitions(...parts: readonly CatalogueDefinitions[]): CatalogueDefinitions {
  const variants = parts.flatMap((part) => part.variants);
  const machineTypes = parts.flatMap((part) => part.machineTypes);
  const errors = [...duplicateErrors('variant', variants), ...duplicateErrors('machine type', machineTypes)];
  if (errors.length > 0) throw new ServingErrors(errors);
  return { variants, machineTypes, warnings: parts.flatMap((part) => part.warnings) };
}

function pickVariants(
  variants: readonly VariantDefinition[],
  selection: CatalogueSelection,
  errors: ServingError[],
): VariantDefinition[] {
  const picked = new Set<VariantDefinition>();
  for (const pick of selection.variants ?? [{}]) {
    const matching = variants.filter((variant) => (typeof pick === 'string' ? variant.name === pick : agrees(variant, pick)));
    for (const variant of matching) picked.add(variant);
    if (matching.length > 0) continue;
    errors.push(typeof pick === 'string' ? unknownName('variant', pick, variants, selection) : emptyFilter(pick, variants, selection));
  }
  if (picked.size === 0 && errors.length === 0) errors.push(nothingSelected('variant', selection));
  return variants.filter((variant) => picked.has(variant));
}

function pickMachines(
  machineTypes: readonly MachineTypeDefinition[],
  selection: CatalogueSelection,
  errors: ServingError[],
): MachineTypeDefinition[] {
  const wanted = selection.machines ?? machineTypes.map((type) => type.name);
  if (wanted.length === 0) errors.push(nothingSelected('machine type', selection));
  for (const name of wanted) {
    if (!machineTypes.some((type) => type.name === name)) {
      errors.push(unknownName('machine type', name, machineTypes, selection));
    }
  }
  return machineTypes.filter((type) => wanted.includes(type.name));
}

function agrees(variant: VariantDefinition, filter: VariantFilter): boolean {
  return FILTERS.every(({ field, read }) => filter[field] === undefined || filter[field] === read(variant));
}

/** The fields of a filter, and where a variant has them. */
const FILTERS: readonly { readonly field: keyof VariantFilter; readonly read: (variant: VariantDefinition) => string }[] =
  [
    { field: 'task', read: (variant) => variant.useCase.task },
    { field: 'dataset', read: (variant) => variant.useCase.dataset },
    { field: 'architecture', read: (variant) => variant.architecture },
    { field: 'framework', read: (variant) => variant.framework },
    { field: 'hardware', read: (variant) => variant.hardware },
    { field: 'precision', read: (variant) => variant.precision },
  ];

/** Names on the wire are one space: a query that names a variant must not mean an architecture or a use case. */
function collisions(variants: readonly VariantDefinition[]): ServingError[] {
  const architectures = new Set(variants.map((variant) => variant.architecture));
  const useCases = new Set(variants.map((variant) => useCaseName(variant.useCase)));
  const colliding = (name: string, place: string, kinds: string): ServingError =>
    new ServingError({
      code: 'CATALOGUE_NAME_COLLISION',
      place,
      message: `${name} names ${kinds}`,
      expected: 'names that say which of variant, architecture and use case a query asks for',
      next: 'rename one of them',
    });
  return variants.flatMap(({ name, architecture, origin }) => [
    ...(architectures.has(name) ? [colliding(name, origin.place, 'a variant and an architecture')] : []),
    ...(useCases.has(name) ? [colliding(name, origin.place, 'a variant and a use case')] : []),
    ...(useCases.has(architecture) ? [colliding(architecture, origin.place, 'an architecture and a use case')] : []),
  ]);
}

/** The latency model of a variant, or nothing and the errors it gave. */
function latencyOf(
  { name, maxBatch, profile, origin }: VariantDefinition,
  selection: CatalogueSelection,
  errors: ServingError[],
): LatencyModel[] {
  const { sampling, extrapolate, cv } = selection;
  try {
    return [latencyModel(profile, { variant: name, maxBatch, sampling, extrapolate, cv, place: origin.place })];
  } catch (error) {
    if (error instanceof ServingErrors) errors.push(...error.errors);
    else if (error instanceof ServingError) errors.push(error);
    else throw error;
    return [];
  }
}

function variantOf({ origin, ...definition }: VariantDefinition, index: number): Variant {
  const { artifact, ...rest } = definition;
  if (artifact === undefined) return { index, ...rest };
  return { index, ...rest, artifact: { ...artifact, path: resolve(origin.folder, artifact.path) } };
}

function machineTypeOf({ origin: _origin, ...definition }: MachineTypeDefinition, index: number): MachineType {
  return { index, ...definition };
}

function unknownName(
  kind: 'variant' | 'machine type',
  name: string,
  known: readonly { readonly name: string }[],
  { place }: CatalogueSelection,
): ServingError {
  const names = known.map((definition) => definition.name);
  const nearest = nearestName(name, names);
  return new ServingError({
    code: 'CATALOGUE_UNKNOWN_NAME',
    ...(place === undefined ? {} : { place }),
    message: `unknown ${kind} ${JSON.stringify(name)}`,
    expected: names.length > 0 ? `one of ${names.join(', ')}` : `a ${kind}, but none is defined`,
    ...(nearest === undefined ? {} : { next: `did you mean ${JSON.stringify(nearest)}?` }),
  });
}

/** A filter that picks nothing: the field whose value nobody has, or the values together. */
function emptyFilter(
  filter: VariantFilter,
  variants: readonly VariantDefinition[],
  { place }: CatalogueSelection,
): ServingError {
  for (const { field, read } of FILTERS) {
    const wanted = filter[field];
    const known = [...new Set(variants.map(read))].sort();
    if (wanted === undefined || known.includes(wanted)) continue;
    const nearest = nearestName(wanted, known);
    return new ServingError({
      code: 'CATALOGUE_UNKNOWN_NAME',
      ...(place === undefined ? {} : { place }),
      message: `no variant has ${field} ${JSON.stringify(wanted)}`,
      expected: `one of ${known.join(', ')}`,
      ...(nearest === undefined ? {} : { next: `did you mean ${JSON.stringify(nearest)}?` }),
    });
  }
  return new ServingError({
    code: 'CATALOGUE_NOTHING_SELECTED',
    ...(place === undefined ? {} : { place }),
    message: 'no variant agrees with the whole filter',
    found: JSON.stringify(filter),
    next: 'leave one of its fields out',
  });
}

function nothingSelected(kind: 'variant' | 'machine type', { place }: CatalogueSelection): ServingError {
  return new ServingError({
    code: 'CATALOGUE_NOTHING_SELECTED',
    ...(place === undefined ? {} : { place }),
    message: `no ${kind} is selected`,
    found: 'an empty list',
    expected: `at least one ${kind}, or no list for all of them`,
  });
}
