/** What is wrong with a selection, in words; the selecting itself is in `select-catalogue`. */
import { ServingError, useCaseName } from '../../core/index.ts';
import type { VariantDefinition } from './definitions.ts';
import { nearestName, nearestNames } from './nearest-name.ts';
import type { VariantFilter } from './variant-filter.ts';
import { unmetFields } from './variant-filter.ts';

export type Kind = 'variant' | 'machine type' | 'architecture' | 'use case' | 'hardware';

/** The catalogue knows GPUs by their model. */
const OTHER_HARDWARE = ['cpu', 'inferentia'];
const WORDS_FOR_GPU = ['gpu', 'gpus', 'cuda', 'nvidia'];

/** A name that nothing has. @param place where the selection stands, if it is known. */
export function unknownName(kind: Kind, name: string, known: readonly string[], place?: string): ServingError {
  return unknownValue(`unknown ${kind} ${JSON.stringify(name)}`, { wanted: name, known }, place);
}

/** A filter that picks nothing: each value that nobody has, or else the combination. */
export function emptyFilter(
  filter: VariantFilter,
  variants: readonly VariantDefinition[],
  place?: string,
): ServingError[] {
  const unmet = unmetFields(filter, variants);
  if (unmet.length > 0) {
    return unmet.map((field) =>
      unknownValue(`no variant has ${field.field} ${JSON.stringify(field.wanted)}`, field, place),
    );
  }
  return [
    new ServingError({
      code: 'CATALOGUE_NOTHING_SELECTED',
      ...(place === undefined ? {} : { place }),
      message: 'no variant agrees with the whole filter',
      found: JSON.stringify(filter),
      next: 'leave one of its fields out',
    }),
  ];
}

/** A selection without members. */
export function nothingSelected(kind: Kind, place?: string): ServingError {
  return new ServingError({
    code: 'CATALOGUE_NOTHING_SELECTED',
    ...(place === undefined ? {} : { place }),
    message: `no ${kind} is selected`,
    expected: `at least one ${kind}, or no list at all for every one that is defined`,
  });
}

/** Names on the wire are one space: what names a variant must not name an architecture or a use case too. */
export function collisions(variants: readonly VariantDefinition[]): ServingError[] {
  const architectures = new Set(variants.map((variant) => variant.architecture));
  const useCases = new Set(variants.map((variant) => useCaseName(variant.useCase)));
  const colliding = (name: string, place: string, kinds: string): ServingError =>
    new ServingError({
      code: 'CATALOGUE_NAME_COLLISION',
      place,
      message: `${name} is the name of ${kinds}`,
      expected: 'different names, so that a query says which it asks for',
      next: 'rename one of them',
    });
  return variants.flatMap(({ name, architecture, origin }) => [
    ...(architectures.has(name) ? [colliding(name, origin.place, 'a variant and of an architecture')] : []),
    ...(useCases.has(name) ? [colliding(name, origin.place, 'a variant and of a use case')] : []),
    ...(useCases.has(architecture) ? [colliding(architecture, origin.place, 'an architecture and of a use case')] : []),
  ]);
}

function unknownValue(
  message: string,
  { wanted, known }: { readonly wanted: string; readonly known: readonly string[] },
  place: string | undefined,
): ServingError {
  const meant = meantOf(wanted, known);
  return new ServingError({
    code: 'CATALOGUE_UNKNOWN_NAME',
    ...(place === undefined ? {} : { place }),
    message,
    expected:
      known.length > 0
        ? `one of ${nearestNames(wanted, known, ' (see: rehearse catalogue)')}`
        : 'nothing, since none is defined',
    ...(meant === undefined ? {} : { meant }),
  });
}

/** The name that was probably meant. Who asks for "a GPU" means the first kind of GPU there is, and never a CPU. */
function meantOf(wanted: string, known: readonly string[]): string | undefined {
  const isHardware = OTHER_HARDWARE.some((name) => known.includes(name));
  if (!isHardware || !WORDS_FOR_GPU.includes(wanted.toLowerCase())) return nearestName(wanted, known);
  return known.find((name) => !OTHER_HARDWARE.includes(name));
}
