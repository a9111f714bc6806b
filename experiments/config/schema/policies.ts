/**
 * How policies are chosen, as YAML says it. The options a choice may carry come from the policies' own declarations,
 * so that built-in policies and a user's file are validated, documented and completed alike.
 */
import { z } from 'zod';
import type { Family, Option, Options, PolicyDefinition } from '../../../core/index.ts';
import {
  FAMILIES,
  MODULE_POLICIES,
  NEVER,
  POLICIES,
  assertNever,
  formatDuration,
  parseDuration,
} from '../../../core/index.ts';
import { setFleetShape, setFleetWords } from './surroundings.ts';
import { choice, count, durationOrNever, duration, flag, list, number, say, section, text } from './quantities.ts';

/** Keys of a choice that are no options; a policy's option may not be called so. */
export const RESERVED_OPTIONS: readonly string[] = ['policy', 'module', 'families'];

/** `maxBatch` in code is `max_batch` in YAML, and `model-scaling` is `model_scaling`. */
export function snakeCase(name: string): string {
  return name.replaceAll('-', '_').replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** The family that a key of a policy set stands for. */
export function familyOfKey(key: string): Family | undefined {
  return FAMILIES.find((family) => snakeCase(family) === key);
}

/** The keys of the families, in their order. */
export const FAMILY_KEYS: readonly string[] = FAMILIES.map(snakeCase);

/** The options of a policy as the keys of a YAML map. */
export function optionsShape(options: Options): Record<string, z.ZodType> {
  return Object.fromEntries(Object.entries(options).map(([name, option]) => [snakeCase(name), optionSchema(option)]));
}

/** A value of an option as YAML has it: the inverse of its schema. */
export function optionText(option: Option, value: number | boolean | string): number | boolean | string {
  return option.kind === 'duration' ? durationText(Number(value)) : value;
}

/** Where a choice names a user's file. */
export const moduleSchema = text(
  'A policy file (.ts, .mts, .js or .mjs), relative to the config.',
  'the path of a policy file',
);

/** The name of a policy set: it labels cells in tables, figures and files. */
export const setNameSchema = z
  .string(say('a name'))
  .regex(/^[\p{L}\p{N}][\p{L}\p{N} ._+-]*$/u, say('a name of letters, digits, spaces, ".", "_", "+" and "-"'))
  .meta({ description: 'The name of the set; tables and figures show it.' });

/** A policy set, for editors: reading one also needs the user's files. */
export function policySetSchema(): z.ZodType {
  const what = 'a policy set such as { name: fixed-8, batching: { policy: fixed, max_batch: 8 } }';
  const fleet = section(setFleetShape, setFleetWords).optional();
  return section({ name: setNameSchema, ...choicesShape(), fleet }, { what, doc: 'One policy for every family.' });
}

/** The choices that sets fall back to, for editors. */
export function policyDefaultsSchema(): z.ZodType {
  const doc = 'Choices for every set that does not mention the family.';
  return section(choicesShape(), { what: 'choices such as { dispatch: round-robin }', doc });
}

// Schemas that appear in several places are made once: the JSON Schema then defines each once, by its id.
const choiceSchemas = new Map<Family, z.ZodType>();
const optionSchemas = new Map<PolicyDefinition, z.ZodType>();

function choicesShape(): Record<string, z.ZodType> {
  const families = FAMILIES.map((family) => {
    const schema = choiceSchemas.get(family) ?? choiceSchema(family);
    choiceSchemas.set(family, schema);
    return [snakeCase(family), schema.optional().meta({ description: `The ${family} policy.` })];
  });
  return { ...Object.fromEntries(families), modules: modulesSchema.optional() };
}

/** A built-in policy by name, one with options, or a user's file. */
function choiceSchema(family: Family): z.ZodType {
  const definitions = POLICIES[family];
  const names = definitions.map(({ name }) => name);
  const ownFile = z.looseObject({ module: moduleSchema }).meta({ description: 'A policy file of your own.' });
  return z.union([choice(`The ${family} policy.`, names), ...definitions.map(withOptions), ownFile]).meta({
    id: `${family}-choice`,
    description: `The ${family} policy: ${names.join(', ')}, or { module: my-policy.ts }.`,
  });
}

/** A built-in policy with its options; one that serves several families is the same schema under each. */
function withOptions(definition: PolicyDefinition): z.ZodType {
  const { name, families } = definition;
  const known = optionSchemas.get(definition);
  if (known !== undefined) return known;
  const made = policySection(definition, { policy: z.literal(name) });
  const schema = families.length > 1 ? made.meta({ ...made.meta(), id: `policy-${name}` }) : made;
  optionSchemas.set(definition, schema);
  return schema;
}

function policySection({ name, summary, source, options }: PolicyDefinition, keys: z.ZodRawShape): z.ZodType {
  const shape = { ...keys, ...optionsShape(options) };
  return section(shape, { what: `{ policy: ${name}, ... }`, doc: `${summary} Source: ${source}.` });
}

const served = list(choice('A family.', FAMILY_KEYS), {
  what: 'a list of families',
  doc: 'The families it serves; all it can when left out.',
}).optional();

/** An entry of `modules`: a built-in policy of several families or a file. */
const modulesSchema = list(
  z
    .union([
      ...MODULE_POLICIES.map((definition) =>
        policySection(definition, { policy: z.literal(definition.name), families: served }),
      ),
      z.looseObject({ module: moduleSchema, families: served }).meta({ description: 'A policy file of your own.' }),
    ])
    .meta({ description: 'A module such as { policy: infaas } or { module: my-policy.ts, families: [dispatch] }.' }),
  { what: 'a list of modules', doc: 'One policy for several families, over one state.' },
).meta({ id: 'modules', description: 'One policy for several families, over one state.' });

function optionSchema(option: Option): z.ZodType {
  switch (option.kind) {
    case 'duration':
      return durationOption(option.doc, option.minimum ?? 0, option.default);
    case 'count': {
      const { minimum = 0, maximum } = option;
      return count(option.doc, maximum === undefined ? { minimum } : { minimum, maximum }).prefault(option.default);
    }
    case 'number': {
      const { doc, minimum, maximum } = option;
      const limits = { ...(minimum === undefined ? {} : { minimum }), ...(maximum === undefined ? {} : { maximum }) };
      return number(doc, rangeText(minimum, maximum), limits).prefault(option.default);
    }
    case 'flag':
      return flag(option.doc).prefault(option.default);
    case 'text':
      return z
        .string(say(nameText(option.names)))
        .meta({ description: option.doc })
        .prefault(option.default);
    case 'choice':
      return choice(option.doc, option.choices).prefault(option.default);
    default:
      return assertNever(option);
  }
}

function durationOption(doc: string, minimumNs: number, defaultNs: number): z.ZodType {
  const schema = defaultNs === NEVER ? durationOrNever(doc) : duration(doc, { zero: minimumNs === 0 });
  if (minimumNs <= 1) return schema.prefault(durationText(defaultNs));
  // The bound is checked before the text is parsed, where the schema still is one of texts.
  const least = `a duration of at least ${formatDuration(minimumNs)}`;
  // Of what is no text, a number most likely, the unit is missing.
  const error = ({ input }: { readonly input?: unknown }): string => {
    const parsed = parseDuration(input);
    return parsed.ok ? least : parsed.expected;
  };
  const isShort = (value: string): boolean => {
    const parsed = parseDuration(value);
    return parsed.ok && parsed.value < minimumNs;
  };
  return z
    .string({ error })
    .refine((value) => !isShort(value), say(least))
    .pipe(schema)
    .meta({ description: doc })
    .prefault(durationText(defaultNs));
}

/** No time at all is written in seconds: "0 ns" reads like a measurement. */
function durationText(durationNs: number): string {
  return durationNs === 0 ? '0 s' : formatDuration(durationNs);
}

function rangeText(minimum: number | undefined, maximum: number | undefined): string {
  if (minimum !== undefined && maximum !== undefined) return `a number from ${minimum} to ${maximum}`;
  if (minimum !== undefined) return `a number from ${minimum}`;
  return maximum === undefined ? 'a number' : `a number up to ${maximum}`;
}

function nameText(names: 'variant' | 'machine-type' | 'architecture' | undefined): string {
  return names === undefined
    ? 'a text'
    : `the name of ${names === 'variant' ? 'a' : 'an'} ${names}`.replace('an machine-type', 'a machine type');
}
