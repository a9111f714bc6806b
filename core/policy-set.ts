/** Which policy serves which family in a run, and their creation over the run's tables. */
import { invariant } from './errors.ts';
import { FAMILIES } from './policy.ts';
import type { Family, PolicyContext, PolicyDefinition, PolicyModule } from './policy.ts';
import type { RandomStreams } from './random/streams.ts';

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
  return set as PolicySet; // Every family was filled in by the loop.
}
