/**
 * Judges what a user's policy file exports: every mistake in the definition is found before a run begins, and told in
 * the words of the file. What the policy then decides is not judged here.
 */
import { z } from 'zod';
import type { PolicyDefinition, PolicyModule } from '../../core/index.ts';
import { FAMILIES, POLICIES, ServingError } from '../../core/index.ts';
import { guardedModule } from './guard-policy.ts';
import { RESERVED_OPTIONS, snakeCase } from './schema/policies.ts';
import { choice, flag, list, say, section, text } from './schema/quantities.ts';
import { oneOf, shapeErrors } from './shape-errors.ts';

const doc = text('What the option does, in a sentence.');
const limit = z.number(say('a number')).optional();
const wholeNs = z.number(say('a number of nanoseconds, 0 or more')).min(0, say('a number of nanoseconds, 0 or more'));
const whole = z.number(say('a whole number')).int(say('a whole number'));

function optionOf<const Kind extends string, Shape extends z.ZodRawShape>(kind: Kind, shape: Shape) {
  const what = "an option such as { kind: 'number', default: 0.5, doc: '...' }";
  return section({ kind: z.literal(kind), doc, ...shape }, { what, doc: 'An option.' });
}

const KINDS = ['duration', 'count', 'number', 'flag', 'text', 'choice'] as const;
const optionSchema = z.discriminatedUnion(
  'kind',
  [
    optionOf('duration', { default: wholeNs, minimum: limit }),
    optionOf('count', { default: whole, minimum: limit, maximum: limit }),
    optionOf('number', { default: z.number(say('a number')), minimum: limit, maximum: limit }),
    optionOf('flag', { default: flag('The default.') }),
    optionOf('text', {
      default: z.string(say('a text')),
      names: choice('What it names.', ['variant', 'machine-type', 'architecture']).optional(),
    }),
    optionOf('choice', {
      default: z.string(say('one of the choices')),
      choices: list(text('A choice.'), { what: 'a list of texts', doc: 'The choices.' }),
    }),
  ],
  say(oneOf(KINDS)),
);

const definitionSchema = section(
  {
    name: text('Its name.', 'a name'),
    summary: text('What it does.', 'a sentence that says what it does').prefault('A policy of your own.'),
    source: text('Where the rule comes from.').prefault('this file'),
    families: list(choice('A family.', FAMILIES), { what: 'the families it serves, at least one', doc: 'Families.' }),
    options: z.record(z.string(), optionSchema, say('a map of options, such as {}')).prefault({}),
    usesSolver: flag('Whether it solves programs.').optional(),
    companions: section(
      Object.fromEntries(
        FAMILIES.map((family) => [
          family,
          choice(
            'A policy.',
            POLICIES[family].map(({ name }) => name),
          ).optional(),
        ]),
      ),
      { what: "policies of other families, such as { batching: 'work-conserving' }", doc: 'What the rule presumes.' },
    ).optional(),
    needsInitialWorkers: flag('Whether its selection knows only what has workers at the start.').optional(),
    firstPlan: z
      .custom<PolicyDefinition['firstPlan']>((value) => typeof value === 'function', say('a function'))
      .optional(),
    create: z.custom<PolicyDefinition['create']>((value) => typeof value === 'function', say('a function')),
  },
  {
    what: "a policy such as definePolicy({ name: 'mine', families: ['dispatch'], options: {}, create })",
    doc: 'A policy.',
  },
);

/** What a file exports as its policy: the definition, or everything that is wrong with it. */
export interface JudgedDefinition {
  readonly definition: PolicyDefinition | undefined;
  readonly errors: readonly ServingError[];
}

/** @param file how the file is called in messages. */
export function judgeDefinition(exported: unknown, file: string): JudgedDefinition {
  const judged = { data: { policy: exported }, locate: () => file };
  const parsed = definitionSchema.safeParse(exported);
  if (!parsed.success) {
    return { definition: undefined, errors: shapeErrors(parsed.error.issues, ['policy'], judged) };
  }
  const errors = Object.entries(parsed.data.options).flatMap(([name, declared]) => {
    const problem = optionProblem(name, declared);
    if (problem === undefined) return [];
    const message = `policy.options.${name} cannot be used`;
    return [new ServingError({ code: 'POLICY_OPTION', place: file, message, ...problem })];
  });
  const { families, companions = {} } = parsed.data;
  for (const family of families.filter((each) => companions[each] !== undefined)) {
    const message = `policy.companions.${family} cannot be used`;
    const found = `a companion for ${family}, which the policy serves itself`;
    errors.push(
      new ServingError({ code: 'POLICY_COMPANION', place: file, message, found, expected: 'other families' }),
    );
  }
  if (errors.length > 0) return { definition: undefined, errors };
  // The schema has checked options and companions; what is optional is absent or of the type that is declared.
  const definition = parsed.data as PolicyDefinition;
  return { definition: { ...definition, create: (context) => createOwn(definition, context, file) }, errors };
}

/** A default that its own limits or choices exclude, or a name that the config needs for itself. */
function optionProblem(
  name: string,
  option: z.output<typeof optionSchema>,
): { readonly found: string; readonly expected: string } | undefined {
  if (RESERVED_OPTIONS.includes(snakeCase(name))) {
    return { found: `the name ${name}`, expected: `a name other than ${RESERVED_OPTIONS.join(', ')}` };
  }
  if (!/^[a-z][a-zA-Z0-9]*$/.test(name)) {
    return { found: `the name ${name}`, expected: 'a name in camel case, such as maxBatch' };
  }
  if (option.kind === 'choice' && !option.choices.includes(option.default)) {
    return { found: `default ${JSON.stringify(option.default)}`, expected: oneOf(option.choices) };
  }
  if (!('minimum' in option) && !('maximum' in option)) return undefined;
  const { minimum = -Infinity, default: value } = option;
  const maximum = 'maximum' in option ? (option.maximum ?? Infinity) : Infinity;
  if (value >= minimum && value <= maximum) return undefined;
  return { found: `default ${value}`, expected: `a default from ${minimum} to ${maximum}` };
}

/** Creates a user's policy: what goes wrong in their code is told as theirs, with their file's name. */
function createOwn(
  definition: PolicyDefinition,
  context: Parameters<PolicyDefinition['create']>[0],
  file: string,
): PolicyModule {
  let module: PolicyModule;
  try {
    module = definition.create(context);
  } catch (cause) {
    const found = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    const message = `create() of policy ${definition.name} failed`;
    throw new ServingError({ code: 'POLICY_CREATE', place: file, message, found, cause });
  }
  const missing = definition.families.filter((family) => module?.[family] === undefined);
  if (missing.length === 0) return guardedModule(module, definition, { file, tables: context });
  throw new ServingError({
    code: 'POLICY_CREATE',
    place: file,
    message: `create() of policy ${definition.name} leaves families out`,
    found: `nothing for ${missing.join(', ')}`,
    expected: `an object with ${definition.families.join(', ')}`,
  });
}
