/**
 * The three forms of a model-less query, after INFaaS (USENIX ATC 2021): a variant, an architecture, or a use case.
 * Config, traces, policies and servers all ask here, so that precedence and meaning are the same everywhere.
 */
import type { Catalogue } from '../catalogue/catalogue.ts';
import type { VariantIndex } from '../catalogue/variant.ts';
import type { QueryKind } from '../workload.ts';

/** What a query names; `any` names nothing, and every variant may serve it. */
export type QueryForm = 'variant' | 'architecture' | 'use-case' | 'any';

/** The form of a query: variant wins over architecture, architecture over use case. */
export function queryForm({ variant, architecture, useCase }: QueryKind): QueryForm {
  if (variant !== '') return 'variant';
  if (architecture !== '') return 'architecture';
  return useCase === '' ? 'any' : 'use-case';
}

/** The name a query gives, in the form that counts; '' when it names nothing. */
export function queryName(kind: QueryKind): string {
  const form = queryForm(kind);
  if (form === 'variant') return kind.variant;
  return form === 'architecture' ? kind.architecture : kind.useCase;
}

/** The variants a query may be served by, by name alone, ascending; none when the name is unknown. */
export function variantsNamed(catalogue: Catalogue, kind: QueryKind): readonly VariantIndex[] {
  switch (queryForm(kind)) {
    case 'variant': {
      const variant = catalogue.variantNamed(kind.variant);
      return variant < 0 ? [] : [variant];
    }
    case 'architecture':
      return catalogue.ofArchitecture(kind.architecture);
    case 'use-case':
      return catalogue.ofUseCase(kind.useCase);
    case 'any':
      return catalogue.listed;
  }
}
