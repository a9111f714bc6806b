/** Finds names that are defined twice, within a file or across several. */
import { ServingError } from '../../core/index.ts';
import type { Origin } from './definitions.ts';

/** One error for each definition whose name an earlier one has. */
export function duplicateErrors(
  kind: 'variant' | 'machine type',
  definitions: readonly { readonly name: string; readonly origin: Origin }[],
): ServingError[] {
  const first = new Map<string, Origin>();
  const errors: ServingError[] = [];
  for (const { name, origin } of definitions) {
    const earlier = first.get(name);
    if (earlier === undefined) {
      first.set(name, origin);
      continue;
    }
    errors.push(
      new ServingError({
        code: 'CATALOGUE_DUPLICATE',
        place: origin.place,
        message: `${kind} ${name} is defined twice`,
        found: `the first at ${earlier.place}`,
        next: 'rename one of them',
      }),
    );
  }
  return errors;
}
