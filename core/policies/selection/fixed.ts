/** Always the same variant, whatever the query asks: how most serving systems are configured. */
import type { VariantIndex } from '../../catalogue/variant.ts';
import { ServingError } from '../../errors.ts';
import { definePolicy } from '../../policy.ts';

export const fixedVariant = definePolicy({
  name: 'fixed',
  summary: 'Every request is served by one variant.',
  source: 'TorchServe, Triton: the client names the model',
  families: ['selection'],
  options: {
    variant: {
      kind: 'text',
      names: 'variant',
      default: '',
      doc: 'Name of the variant; empty takes the only one there is.',
    },
  },
  create({ options, catalogue }) {
    const variant = options.variant === '' ? onlyVariant(catalogue.listed) : catalogue.variantNamed(options.variant);
    return { selection: { select: () => variant } };
  },
});

function onlyVariant(variants: readonly VariantIndex[]): VariantIndex {
  if (variants.length === 1) return variants[0];
  throw new ServingError({
    code: 'POLICY_VARIANT_MISSING',
    message: 'selection policy "fixed" does not say which variant',
    found: `${variants.length} variants in the experiment`,
    expected: 'the option `variant`',
    next: 'name one of the variants',
  });
}
