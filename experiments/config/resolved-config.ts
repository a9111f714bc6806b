/**
 * The config as plain data with everything filled in that the file left out: defaults, the variants a filter picked,
 * the policies and options of every family. It is in the words of the file, so people can read it beside a result;
 * of a grid it shows the first point.
 */
import { relative, sep } from 'node:path';
import type { PolicyDefinition } from '../../core/index.ts';
import { FAMILIES, builtInPolicy, formatDuration, invariant } from '../../core/index.ts';
import type { PolicyChoiceConfig, PolicySetConfig, ScenarioConfig } from './experiment-config.ts';
import { withDefaults } from './fill-defaults.ts';
import type { LoadedModules } from './resolve/policies.ts';
import { calibrationData } from './schema/calibration.ts';
import { experimentSchema } from './schema/experiment.ts';
import { optionText, snakeCase } from './schema/policies.ts';

export interface ResolvedParts {
  /** The file's data with the first grid point's values in place. */
  readonly data: unknown;
  /** Absolute folder of the config. */
  readonly folder: string;
  readonly name: string;
  readonly baseline: string;
  readonly scenario: ScenarioConfig;
  readonly policies: readonly PolicySetConfig[];
  readonly modules: LoadedModules;
}

/** Plain data, keys in the order of the schema. */
export function resolvedConfig(parts: ResolvedParts): unknown {
  const { data, name, baseline, scenario } = parts;
  const filled = withDefaults(experimentSchema, data) as Record<string, unknown>; // The data was read by this schema.
  const { catalogue, fleet, policy_defaults: _, ...rest } = filled;
  const machines = scenario.machines.map(({ type, count, max }) => [type, { count, max }] as const);
  const complete: Record<string, unknown> = {
    ...rest,
    name,
    seed: seedText(rest['seed']),
    baseline,
    duration: formatDuration(scenario.workload.durationNs),
    catalogue: { ...asMap(catalogue), variants: scenario.variants.map((variant) => variant.name) },
    fleet: { ...asMap(fleet), machines: Object.fromEntries(machines) },
    policies: parts.policies.map((set) => setText(set, parts)),
    // The figures instead of the name of their file: results are told apart by them.
    ...(scenario.calibration === null ? {} : { calibration: calibrationData(scenario.calibration) }),
  };
  const keys = Object.keys(experimentSchema.shape).filter((key) => complete[key] !== undefined);
  return Object.fromEntries(keys.map((key) => [key, complete[key]]));
}

/** A whole number is the same seed whether it was written as a number or as a text, as on a command line. */
function seedText(seed: unknown): unknown {
  return typeof seed === 'string' && String(Number(seed)) === seed && Number.isSafeInteger(Number(seed))
    ? Number(seed)
    : seed;
}

/** A set as the file would say it: a family's choice under its name, what serves several under `modules`. */
function setText({ name, families, fleet: ownFleet }: PolicySetConfig, parts: ResolvedParts): Record<string, unknown> {
  const text: Record<string, unknown> = { name };
  const modules: unknown[] = [];
  for (const family of FAMILIES) {
    const choice = families[family];
    const served = FAMILIES.filter((each) => families[each].instance === choice.instance);
    if (served.length === 1) text[snakeCase(family)] = choiceText(choice, definitionOf(choice, family, parts), parts);
    else if (served[0] === family) {
      const own = choiceText(choice, definitionOf(choice, family, parts), parts);
      modules.push({ ...own, families: served.map(snakeCase) });
    }
  }
  const fleet = ownFleet === undefined ? {} : { fleet: fleetText(ownFleet) };
  return { ...text, ...(modules.length === 0 ? {} : { modules }), ...fleet };
}

function fleetText({ machines, workers }: NonNullable<PolicySetConfig['fleet']>): Record<string, unknown> {
  return {
    ...(machines && { machines: Object.fromEntries(machines.map(({ type, count, max }) => [type, { count, max }])) }),
    ...(workers && { workers: Object.fromEntries(workers.map(({ variant, count }) => [variant, count])) }),
  };
}

function choiceText(
  { policy, module, options }: PolicyChoiceConfig,
  definition: PolicyDefinition,
  { folder }: ResolvedParts,
): Record<string, unknown> {
  const values = Object.entries(definition.options).map(([name, option]) => [
    snakeCase(name),
    optionText(option, options[name]),
  ]);
  const origin = module === null ? { policy } : { module: relative(folder, module).split(sep).join('/') };
  return { ...origin, ...Object.fromEntries(values) };
}

function definitionOf(
  { policy, module }: PolicyChoiceConfig,
  family: (typeof FAMILIES)[number],
  { modules }: ResolvedParts,
): PolicyDefinition {
  const definition = module === null ? builtInPolicy(family, policy) : modules.get(module);
  invariant(definition !== undefined, `policy ${policy} was not loaded`);
  return definition;
}

function asMap(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
