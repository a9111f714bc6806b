/**
 * Which variants a service can begin with: those of its config, and of the registered ones all that go with them. A
 * config may have changed since a model was registered; one that fits no more must not keep the others from serving.
 */
import { ServingError, ServingErrors } from '../../core/index.ts';
import { NO_HERITAGE, epochPlan } from './epoch-plan.ts';
import { merged } from './merge-variants.ts';
import type { ServedVariant } from './served-variant.ts';
import type { ServiceBlueprint } from './service-blueprint.ts';

export interface LeftOut {
  readonly name: string;
  readonly version: string;
  readonly reason: string;
}

/** @throws ServingError or ServingErrors when the config's own variants do not go together. */
export function startable(
  blueprint: ServiceBlueprint,
  registered: readonly ServedVariant[],
): { readonly variants: readonly ServedVariant[]; readonly leftOut: readonly LeftOut[] } {
  const all = merged(blueprint.variants, registered);
  if (problemOf(blueprint, all) === undefined) return { variants: all, leftOut: [] };
  const problem = problemOf(blueprint, blueprint.variants);
  if (problem !== undefined) throw problem;
  const leftOut: LeftOut[] = [];
  let variants = blueprint.variants;
  for (const variant of registered) {
    const more = merged(variants, [variant]);
    const refused = problemOf(blueprint, more);
    if (refused === undefined) variants = more;
    else leftOut.push({ name: variant.name, version: variant.definition.version, reason: refused.message });
  }
  return { variants, leftOut };
}

function problemOf(
  blueprint: ServiceBlueprint,
  variants: readonly ServedVariant[],
): ServingError | ServingErrors | undefined {
  try {
    epochPlan(blueprint, variants, NO_HERITAGE);
    return undefined;
  } catch (error) {
    if (error instanceof ServingError || error instanceof ServingErrors) return error;
    throw error;
  }
}
