/** Always the same variant, whatever the query asks: how most serving systems are configured. */
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
    const variant =
      options.variant === '' ? onlyVariant(catalogue.variants.length) : catalogue.variantNamed(options.variant);
    return { selection: { select: () => variant } };
  },
});

function onlyVariant(variants: number): number {
  if (variants === 1) return 0;
  throw new ServingError({
    code: 'POLICY_VARIANT_MISSING',
    message: 'selection policy "fixed" does not say which variant',
    found: `${variants} variants in the experiment`,
    expected: 'the option `variant`',
    next: 'name one of the variants',
  });
}
