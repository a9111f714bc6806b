/** Which policy serves which family in a run, and their creation over the run's tables. */
import type { VariantIndex } from './catalogue/variant.ts';
import { invariant } from './errors.ts';
import { FAMILIES } from './policy.ts';
import type { BatchingPolicy, Family, PolicyContext, PolicyDefinition, PolicyModule } from './policy.ts';
import type { RandomStreams } from './random/streams.ts';
import type { FleetView } from './tables/fleet-view.ts';
import type { WorkerId } from './tables/ids.ts';

/** A policy and the options it gets. The same object under several families is one module over one state. */
export interface PolicyChoice {
  readonly definition: PolicyDefinition;
  readonly options: Readonly<Record<string, number | boolean | string>>;
}

export type PolicyChoices = Readonly<Record<Family, PolicyChoice>>;

/** One policy of every family. */
export type PolicySet = { readonly [Name in Family]-?: NonNullable<PolicyModule[Name]> };

/** Creates each chosen policy once and sorts what it serves into families. */
export function createPolicies(
  choices: PolicyChoices,
  context: Omit<PolicyContext<unknown>, 'options' | 'random'>,
  streams: RandomStreams,
  batchingOf: ReadonlyMap<VariantIndex, PolicyChoice> = new Map(),
): PolicySet {
  const created = new Map<PolicyChoice, PolicyModule>();
  const set: Partial<Record<Family, unknown>> = {};
  for (const family of FAMILIES) {
    const choice = choices[family];
    const { definition, options } = choice;
    const random = streams.stream(`policy/${family}/${definition.name}`);
    // The config layer made the values from the definition's own declaration.
    const values = options as Parameters<typeof definition.create>[0]['options'];
    const module = created.get(choice) ?? definition.create({ ...context, options: values, random });
    created.set(choice, module);
    invariant(module[family] !== undefined, `policy "${definition.name}" says it serves ${family} and does not`);
    set[family] = module[family];
  }
  const policies = set as PolicySet; // Every family was filled in by the loop.
  if (batchingOf.size === 0) return policies;
  const special = new Map<VariantIndex, BatchingPolicy>();
  for (const [variant, { definition, options }] of batchingOf) {
    const random = streams.stream(`policy/batching/${definition.name}/${variant}`);
    const values = options as Parameters<typeof definition.create>[0]['options']; // As above.
    const { batching } = definition.create({ ...context, options: values, random });
    invariant(batching !== undefined, `policy "${definition.name}" does not form batches`);
    special.set(variant, batching);
  }
  return { ...policies, batching: batchingByVariant(context.fleet, policies.batching, special) };
}

/** The batching of most variants, and that of those which have their own. */
function batchingByVariant(
  fleet: Pick<FleetView, 'variant'>,
  general: BatchingPolicy,
  special: ReadonlyMap<VariantIndex, BatchingPolicy>,
): BatchingPolicy {
  const of = (worker: WorkerId): BatchingPolicy => special.get(fleet.variant[worker]) ?? general;
  return {
    limit: (worker) => of(worker).limit(worker),
    startAt: (worker, queuedInputs, oldestNs, now) => of(worker).startAt(worker, queuedInputs, oldestNs, now),
    finished: (worker, inputs, durationNs) => of(worker).finished?.(worker, inputs, durationNs),
    started: (worker, variant) => of(worker).started?.(worker, variant),
  };
}
