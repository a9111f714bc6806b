/** What a service has after variants were added. Pure. */
import type { ServedVariant } from './served-variant.ts';

/** Later ones take the place of earlier ones of the same name and version. */
export function merged(before: readonly ServedVariant[], more: readonly ServedVariant[]): readonly ServedVariant[] {
  const keyOf = ({ name, definition }: ServedVariant): string => `${name}\n${definition.version}`;
  const replaced = new Set(more.map(keyOf));
  const defaults = new Set(more.filter(({ isDefault }) => isDefault).map(({ name }) => name));
  const kept = before.filter((variant) => !replaced.has(keyOf(variant)));
  // A new default takes the place of the old one.
  const demoted = kept.map((variant) => (defaults.has(variant.name) ? { ...variant, isDefault: false } : variant));
  return [...demoted, ...more];
}
