/** Picks variants by what they are instead of by name. */
import type { VariantDefinition } from './definitions.ts';

/** Variants that agree with every field given; an empty filter picks all. */
export interface VariantFilter {
  readonly task?: string | undefined;
  readonly dataset?: string | undefined;
  readonly architecture?: string | undefined;
  readonly framework?: string | undefined;
  readonly hardware?: string | undefined;
  readonly precision?: string | undefined;
}

/** A field of a filter whose value no variant has. */
export interface UnmetField {
  readonly field: string;
  readonly wanted: string;
  /** The values that variants have, sorted. */
  readonly known: readonly string[];
}

type Read = (variant: VariantDefinition) => string;

/** Where a variant has the fields of a filter. */
const FIELDS: readonly (readonly [keyof VariantFilter, Read])[] = [
  ['task', (variant) => variant.useCase.task],
  ['dataset', (variant) => variant.useCase.dataset],
  ['architecture', (variant) => variant.architecture],
  ['framework', (variant) => variant.framework],
  ['hardware', (variant) => variant.hardware],
  ['precision', (variant) => variant.precision],
];

export function agrees(variant: VariantDefinition, filter: VariantFilter): boolean {
  return FIELDS.every(([field, read]) => filter[field] === undefined || filter[field] === read(variant));
}

/** The fields of a filter that no variant meets by itself. */
export function unmetFields(filter: VariantFilter, variants: readonly VariantDefinition[]): UnmetField[] {
  return FIELDS.flatMap(([field, read]) => {
    const wanted = filter[field];
    const known = [...new Set(variants.map(read))].sort();
    return wanted === undefined || known.includes(wanted) ? [] : [{ field, wanted, known }];
  });
}
