/**
 * The variants that no machine of a fleet can hold, however empty it is. Queries do not find them by architecture or
 * use case, so that who asks is not offered what cannot be loaded; what is said of such a query names them.
 */
import type { Catalogue } from '../catalogue/catalogue.ts';
import type { Variant, VariantIndex } from '../catalogue/variant.ts';
import { useCaseName } from '../catalogue/variant.ts';
import { canHost } from '../tables/machine-columns.ts';
import type { QueryKind } from '../workload.ts';
import { queryForm } from './query-form.ts';

/** @param types indexes of the fleet's machine types. */
export function homelessVariants(
  { variants, machineTypes }: Pick<Catalogue, 'variants' | 'machineTypes'>,
  types: Iterable<number>,
  coreOvercommit: number,
): VariantIndex[] {
  const hosts = Array.from(types, (type) => machineTypes[type]);
  const isHomeless = (variant: Variant): boolean => !hosts.some((type) => canHost(type, variant, coreOvercommit));
  return variants.filter(isHomeless).map(({ index }) => index);
}

/** Whether a query names the variant, as it would find it if it were listed. */
export function isNamedBy(kind: QueryKind, { name, architecture, useCase }: Variant): boolean {
  switch (queryForm(kind)) {
    case 'variant':
      return kind.variant === name;
    case 'architecture':
      return kind.architecture === architecture;
    case 'use-case':
      return kind.useCase === useCaseName(useCase);
    case 'any':
      return true;
  }
}
