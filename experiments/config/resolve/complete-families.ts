/**
 * One choice for every family of a policy set: its own, else that of `policy_defaults`, else what a module in force
 * presumes (its companions), else the built-in default. Invariant: choices with the same instance are one module over
 * one state.
 */
import type { Family, PolicyDefinition } from '../../../core/index.ts';
import { DEFAULT_POLICIES, FAMILIES, builtInPolicy, defaultsOf, invariant } from '../../../core/index.ts';
import type { PolicySetConfig } from '../experiment-config.ts';

/** A chosen policy and the families it serves in a set. */
export interface Choice {
  readonly definition: PolicyDefinition;
  readonly module: string | null;
  readonly families: readonly Family[];
  readonly options: Readonly<Record<string, number | boolean | string>>;
  /** Chosen under `modules`: as a whole, which brings its companions. */
  readonly isModule: boolean;
}

export function completeFamilies(own: readonly Choice[], defaults: readonly Choice[]): PolicySetConfig['families'] {
  const chosen = new Map(
    FAMILIES.map((family) => {
      const serves = (each: Choice): boolean => each.families.includes(family);
      return [family, own.find(serves) ?? defaults.find(serves)] as const;
    }),
  );
  // A default module that a set replaces everywhere presumes nothing. Where two presume different things, the first wins.
  const inForce = [...own, ...defaults].filter((each) => each.isModule && [...chosen.values()].includes(each));
  const families: Partial<Record<Family, PolicySetConfig['families'][Family]>> = {};
  const instances = new Map<Choice, number>();
  for (const [index, family] of FAMILIES.entries()) {
    const companion = inForce
      .map(({ definition }) => definition.companions?.[family])
      .find((name) => name !== undefined);
    const choice = chosen.get(family) ?? builtInChoice(family, companion ?? DEFAULT_POLICIES[family]);
    // An instance has the number of the first family it serves.
    const instance = instances.get(choice) ?? index;
    instances.set(choice, instance);
    const { definition, module, options } = choice;
    families[family] = { instance, policy: definition.name, module, options };
  }
  return families as PolicySetConfig['families']; // The loop fills in every family.
}

function builtInChoice(family: Family, name: string): Choice {
  const definition = builtInPolicy(family, name);
  invariant(definition !== undefined, `no ${family} policy ${name}`);
  const options = defaultsOf(definition.options);
  return { definition, module: null, families: [family], options, isModule: false };
}
