/**
 * The policy sets of a run: which built-in policy or user's file serves each family, with its options read by the
 * policy's own declaration. A family that a set does not mention falls to `policy_defaults`, then to what a
 * module presumes, then to the built-in defaults.
 */
import { resolve } from 'node:path';
import { z } from 'zod';
import type { ValuePath } from '../../../backends/index.ts';
import type { Catalogue, Family, PolicyDefinition } from '../../../core/index.ts';
import { FAMILIES, POLICIES, builtInPolicy, defaultsOf, invariant } from '../../../core/index.ts';
import type { ConfigReader } from '../config-reader.ts';
import type { PolicySetConfig } from '../experiment-config.ts';
import {
  FAMILY_KEYS,
  RESERVED_OPTIONS,
  familyOfKey,
  moduleSchema,
  optionsShape,
  setNameSchema,
  snakeCase,
} from '../schema/policies.ts';
import { oneOf } from '../shape-errors.ts';
import { choice, list } from '../schema/quantities.ts';
import type { Choice } from './complete-families.ts';
import { completeFamilies } from './complete-families.ts';
import { multiFamilyPolicy, refuseUnknownModule } from './module-names.ts';
import { readSetFleet } from './set-fleet.ts';

/** The users' files that could be loaded, by absolute path. */
export type LoadedModules = ReadonlyMap<string, PolicyDefinition>;

export interface PolicySources {
  readonly modules: LoadedModules;
  /** Undefined when the catalogue could not be read: names of variants are then not checked. */
  readonly catalogue: Catalogue | undefined;
}

const SETS = 'a list of policy sets such as [{ name: none, batching: none }]';
const ALONE = 'nothing beside `policy`';
const MODULES = 'a list of modules, such as [{ policy: infaas }]';
const CHOICE = 'the name of a policy, or a map such as { policy: fixed, max_batch: 8 } or { module: my-policy.ts }';

/** Reads every set. A set with a mistake is left out. */
export function resolvePolicies(reader: ConfigReader, sources: PolicySources): PolicySetConfig[] {
  if (reader.at(['policies']) === undefined) reader.refuse(['policies'], SETS);
  const entries = reader.entries(['policies'], SETS);
  if (Array.isArray(reader.at(['policies'])) && entries.length === 0) reader.refuse(['policies'], SETS);
  const defaults =
    reader.at(['policy_defaults']) === undefined ? [] : readChoices(reader, ['policy_defaults'], sources);
  const names: string[] = [];
  return entries.flatMap((path) => {
    const before = reader.errors.length;
    const name = readName(reader, path, names);
    const choices = reader.isMap(path, 'a policy set such as { name: none, batching: none }')
      ? readChoices(reader, path, sources, ['name', 'fleet'])
      : [];
    const fleet = readSetFleet(reader, [...path, 'fleet'], sources.catalogue);
    return name === undefined || reader.errors.length > before
      ? []
      : [{ name, families: completeFamilies(choices, defaults), ...fleet }];
  });
}

/** The paths of all users' files that the sets and defaults name, whether or not the rest of them is right. */
export function modulePaths(reader: ConfigReader): { readonly file: string; readonly path: ValuePath }[] {
  const homes: ValuePath[] = [['policy_defaults'], ...listPaths(reader, ['policies'])];
  const choices = homes.flatMap((home) => [
    ...FAMILY_KEYS.map((key) => [...home, key]),
    ...listPaths(reader, [...home, 'modules']),
  ]);
  return choices.flatMap((choicePath) => {
    const path = [...choicePath, 'module'];
    const file = reader.at(path);
    return typeof file === 'string' && file !== '' ? [{ file: resolve(reader.folder, file), path }] : [];
  });
}

function listPaths(reader: ConfigReader, path: ValuePath): ValuePath[] {
  const value = reader.at(path);
  return Array.isArray(value) ? value.map((_, index) => [...path, index]) : [];
}

function readName(reader: ConfigReader, path: ValuePath, names: string[]): string | undefined {
  const value = reader.at(path);
  if (typeof value !== 'object' || value === null) return undefined;
  const name = reader.read(setNameSchema, [...path, 'name']);
  if (name === undefined) return undefined;
  if (names.includes(name)) reader.refuse([...path, 'name'], 'a name that no other policy set has');
  names.push(name);
  return name;
}

/** Every choice of a set or of the defaults. @param others keys that are allowed beside families and modules. */
function readChoices(
  reader: ConfigReader,
  path: ValuePath,
  sources: PolicySources,
  others: readonly string[] = [],
): Choice[] {
  if (!reader.isMap(path, 'a map of families, such as { dispatch: round-robin }')) return [];
  reader.refuseOthers([...others, ...FAMILY_KEYS, 'modules'], path);
  const choices: Choice[] = [];
  for (const key of FAMILY_KEYS) {
    const family = familyOfKey(key);
    if (family === undefined || reader.at([...path, key]) === undefined) continue;
    const read = readChoice(reader, [...path, key], { sources, families: [family] });
    if (read !== undefined) choices.push(read);
  }
  for (const entry of reader.entries([...path, 'modules'], MODULES)) {
    const read = readModule(reader, entry, { sources, taken: choices.flatMap(({ families }) => families) });
    if (read === undefined) continue;
    const twice = read.families.find((family) => choices.some(({ families }) => families.includes(family)));
    if (twice !== undefined)
      reader.refuse([...entry, 'families'], `families that are not chosen elsewhere; ${snakeCase(twice)} is`);
    choices.push(read);
  }
  return choices;
}

/**
 * An entry of `modules`: one policy for several families; all it serves and nobody else was chosen for, unless it
 * says which.
 */
function readModule(
  reader: ConfigReader,
  path: ValuePath,
  { sources, taken }: { readonly sources: PolicySources; readonly taken: readonly Family[] },
): Choice | undefined {
  if (!reader.isMap(path, 'a module such as { policy: infaas } or { module: my-policy.ts, families: [dispatch] }'))
    return undefined;
  const given = reader.at([...path, 'families']) !== undefined;
  const families = given ? readFamilies(reader, path) : freeFamilies(reader, path, { sources, taken });
  return families && readChoice(reader, path, { sources, families });
}

function readFamilies(reader: ConfigReader, path: ValuePath): readonly Family[] | undefined {
  const words = { what: 'a list of families, at least one', doc: 'The families it serves.' };
  const keys = reader.read(list(choice('A family.', FAMILY_KEYS), words), [...path, 'families']);
  return keys && FAMILIES.filter((family) => keys.includes(snakeCase(family)));
}

/** What the policy of an entry serves and nobody else was chosen for; undefined when the entry names no module. */
function freeFamilies(
  reader: ConfigReader,
  path: ValuePath,
  { sources, taken }: { readonly sources: PolicySources; readonly taken: readonly Family[] },
): readonly Family[] | undefined {
  const file = reader.at([...path, 'module']);
  const name = reader.at([...path, 'policy']);
  if ((file === undefined) === (name === undefined)) {
    reader.refuse(
      [...path, file === undefined ? 'policy' : 'module'],
      file === undefined ? 'the name of a policy, or module and the path of a policy file' : ALONE,
    );
    return undefined;
  }
  const served = name === undefined ? ownFile(reader, path, sources)?.families : multiFamilyPolicy(name)?.families;
  if (served === undefined) {
    // A file that could not be loaded has been complained about.
    if (name !== undefined) refuseUnknownModule(reader, path);
    return undefined;
  }
  const free = served.filter((family) => !taken.includes(family));
  if (free.length > 0) return free;
  reader.fail(path, {
    code: 'CONFIG_NOTHING_LEFT',
    message: 'serves nothing that is not chosen elsewhere',
    found: `${String(file ?? name)} for ${served.map(snakeCase).join(', ')}`,
    next: 'leave it out, or say with `families` what each module serves',
  });
  return undefined;
}

interface Wanted {
  readonly sources: PolicySources;
  readonly families: readonly Family[];
}

/** One policy for some families, by name or with options; undefined after a complaint. */
export function readChoice(reader: ConfigReader, path: ValuePath, { sources, families }: Wanted): Choice | undefined {
  const value = reader.at(path);
  if (typeof value === 'string') {
    const definition = builtIn(reader, path, { name: value, families });
    if (definition === undefined) return undefined;
    return { definition, module: null, families, options: defaultsOf(definition.options), isModule: false };
  }
  if (!reader.isMap(path, CHOICE)) return undefined;
  const named = reader.at([...path, 'policy']) !== undefined;
  if (named === (reader.at([...path, 'module']) !== undefined)) {
    reader.refuse([...path, named ? 'module' : 'policy'], named ? ALONE : CHOICE);
    return undefined;
  }
  const definition = named ? namedPolicy(reader, path, families) : ownPolicy(reader, path, { sources, families });
  if (definition === undefined) return undefined;
  const options = readOptions(reader, path, { definition, catalogue: sources.catalogue });
  const module = named ? null : resolve(reader.folder, String(reader.at([...path, 'module'])));
  return options && { definition, module, families, options, isModule: isModuleEntry(path) };
}

/** Whether a choice stands under `modules` rather than under its family. */
function isModuleEntry(path: ValuePath): boolean {
  return path.at(-2) === 'modules';
}

function namedPolicy(reader: ConfigReader, path: ValuePath, families: readonly Family[]): PolicyDefinition | undefined {
  const name = reader.read(z.string({ error: 'the name of a policy' }), [...path, 'policy']);
  return name === undefined ? undefined : builtIn(reader, [...path, 'policy'], { name, families });
}

/** The built-in policy that serves all of the families. */
function builtIn(
  reader: ConfigReader,
  path: ValuePath,
  { name, families }: { readonly name: string; readonly families: readonly Family[] },
): PolicyDefinition | undefined {
  const definition = builtInPolicy(families[0], name);
  const rest = families.slice(1);
  if (definition !== undefined && rest.every((family) => builtInPolicy(family, name) === definition)) return definition;
  const known = POLICIES[families[0]]
    .filter((policy) => families.every((family) => policy.families.includes(family)))
    .map((policy) => policy.name);
  const kind = `${families.map(snakeCase).join(' and ')} policy`;
  const elsewhere = FAMILIES.filter((family) => builtInPolicy(family, name) !== undefined).map(snakeCase);
  if (elsewhere.length === 0) reader.unknownName(path, kind, { name, known });
  else {
    const found = `${name}, which serves ${elsewhere.join(', ')}`;
    reader.fail(path, { code: 'CONFIG_UNKNOWN_NAME', message: `names no ${kind}`, found, expected: oneOf(known) });
  }
  return undefined;
}

/** What a user's file defines; a file that could not be loaded has been complained about. */
function ownFile(reader: ConfigReader, path: ValuePath, { modules }: PolicySources): PolicyDefinition | undefined {
  const file = reader.read(moduleSchema, [...path, 'module']);
  return file === undefined ? undefined : modules.get(resolve(reader.folder, file));
}

function ownPolicy(reader: ConfigReader, path: ValuePath, { sources, families }: Wanted): PolicyDefinition | undefined {
  const definition = ownFile(reader, path, sources);
  const missing = families.filter((family) => definition?.families.includes(family) === false);
  if (missing.length === 0) return definition;
  reader.fail([...path, 'module'], {
    code: 'POLICY_FAMILY',
    message: `does not serve ${missing.map(snakeCase).join(' and ')}`,
    found: `policy ${definition?.name} for ${definition?.families.map(snakeCase).join(', ')}`,
    next: 'choose it where it serves, or add the family in the file',
  });
  return undefined;
}

/** The options of a choice by the names the policy gave them, defaults filled in. */
function readOptions(
  reader: ConfigReader,
  path: ValuePath,
  { definition, catalogue }: { readonly definition: PolicyDefinition; readonly catalogue: Catalogue | undefined },
): Choice['options'] | undefined {
  const before = reader.errors.length;
  const shape = optionsShape(definition.options);
  const origin = reader.at([...path, 'policy']) === undefined ? 'module' : 'policy';
  reader.refuseOthers([origin, ...(isModuleEntry(path) ? ['families'] : []), ...Object.keys(shape)], path);
  const options: Record<string, number | boolean | string> = {};
  for (const [name, option] of Object.entries(definition.options)) {
    const key = snakeCase(name);
    invariant(!RESERVED_OPTIONS.includes(key), `option ${name} of policy ${definition.name} has a reserved name`);
    const value = reader.read(shape[key], [...path, key]);
    if (value === undefined) continue;
    const given = value as number | boolean | string; // What the option's schema reads.
    options[name] = given;
    const names = option.kind === 'text' && given !== option.default ? option.names : undefined;
    if (names === undefined || catalogue === undefined) continue;
    checkNamed(reader, [...path, key], { names, name: String(given), catalogue });
  }
  return reader.errors.length > before ? undefined : options;
}

function checkNamed(
  reader: ConfigReader,
  path: ValuePath,
  {
    names,
    name,
    catalogue,
  }: { names: 'variant' | 'machine-type' | 'architecture'; name: string; catalogue: Catalogue },
): void {
  const { variants, machineTypes } = catalogue;
  const known = {
    variant: variants.map((variant) => variant.name),
    'machine-type': machineTypes.map((type) => type.name),
    architecture: [...new Set(variants.map(({ architecture }) => architecture))],
  }[names];
  if (!known.includes(name)) reader.unknownName(path, `selected ${names.replace('-', ' ')}`, { name, known });
}
