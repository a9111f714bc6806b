/**
 * Makes a run's catalogue out of definitions: picks variants and machine types by name or filter, numbers them and
 * builds their latency models. Invariant: numbers follow the order of the definitions, not of the selection, so that
 * two configs that pick the same things in other words give the same run.
 */
import { resolve } from 'node:path';
import type { LatencyModel, MachineType, Variant } from '../../core/index.ts';
import { Catalogue, ServingError, ServingErrors } from '../../core/index.ts';
import type { Sampling } from '../table/latency-model.ts';
import { latencyModel } from '../table/latency-model.ts';
import type { CatalogueDefinitions, MachineTypeDefinition, Origin, VariantDefinition } from './definitions.ts';
import { duplicateErrors } from './duplicates.ts';
import { collisions, emptyFilter, nothingSelected, unknownName } from './selection-errors.ts';
import type { VariantFilter } from './variant-filter.ts';
import { agrees } from './variant-filter.ts';

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
 * The catalogue of a run. A config's own definitions are put beside the bundled ones by `joinDefinitions`. Artifact
 * paths become absolute; the files are not opened.
 *
 * @throws {ServingErrors} with every mistake: `CATALOGUE_UNKNOWN_NAME`, `CATALOGUE_NOTHING_SELECTED`,
 * `CATALOGUE_NAME_COLLISION`, and those of `latencyModel`.
 *
 * @example
 * selectCatalogue(bundledCatalogue(), {
 *   variants: [{ dataset: 'fashion-mnist', precision: 'int8' }],
 *   machines: ['cpu-2'],
 *   sampling: 'mean',
 *   extrapolate: false,
 * });
 */
export function selectCatalogue(definitions: CatalogueDefinitions, selection: CatalogueSelection): Catalogue {
  const errors: ServingError[] = [];
  const variants = pickVariants(definitions.variants, selection, errors);
  const machineTypes = pickMachines(definitions.machineTypes, selection, errors);
  errors.push(...collisions(variants));
  const latency = variants.flatMap((definition) => latencyOf(definition, selection, errors));
  if (errors.length > 0) throw new ServingErrors(errors);
  return new Catalogue(variants.map(variantOf), latency, machineTypes.map(machineTypeOf));
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
): readonly VariantDefinition[] {
  const picks = selection.variants;
  if (picks === undefined ? variants.length === 0 : picks.length === 0) {
    errors.push(nothingSelected('variant', selection.place));
  }
  if (picks === undefined) return variants;
  const picked = new Set<VariantDefinition>();
  for (const pick of picks) {
    const byName = typeof pick === 'string';
    const matching = variants.filter((variant) => (byName ? variant.name === pick : agrees(variant, pick)));
    for (const variant of matching) picked.add(variant);
    if (matching.length > 0) continue;
    if (byName) errors.push(unknownName('variant', pick, namesOf(variants), selection.place));
    else errors.push(...emptyFilter(pick, variants, selection.place));
  }
  return variants.filter((variant) => picked.has(variant));
}

function pickMachines(
  machineTypes: readonly MachineTypeDefinition[],
  selection: CatalogueSelection,
  errors: ServingError[],
): readonly MachineTypeDefinition[] {
  const known = namesOf(machineTypes);
  const wanted = selection.machines ?? known;
  if (wanted.length === 0) errors.push(nothingSelected('machine type', selection.place));
  for (const name of wanted) {
    if (!known.includes(name)) errors.push(unknownName('machine type', name, known, selection.place));
  }
  return machineTypes.filter((type) => wanted.includes(type.name));
}

function namesOf(definitions: readonly { readonly name: string }[]): readonly string[] {
  return definitions.map((definition) => definition.name);
}

/** The latency model of a variant, or nothing and the errors it gave. */
function latencyOf(
  { name, maxBatch, profile, origin }: VariantDefinition,
  { sampling, extrapolate, cv }: CatalogueSelection,
  errors: ServingError[],
): LatencyModel[] {
  try {
    return [latencyModel(profile, { variant: name, maxBatch, sampling, extrapolate, cv, place: origin.place })];
  } catch (error) {
    if (error instanceof ServingErrors) errors.push(...error.errors);
    else if (error instanceof ServingError) errors.push(error);
    else throw error;
    return [];
  }
}

function variantOf({ origin, artifact, ...definition }: VariantDefinition, index: number): Variant {
  if (artifact === undefined) return { index, ...definition };
  return { index, ...definition, artifact: { ...artifact, path: resolve(origin.folder, artifact.path) } };
}

function machineTypeOf(definition: MachineTypeDefinition, index: number): MachineType {
  const type: MachineType & { origin?: Origin } = { index, ...definition };
  delete type.origin;
  return type;
}
