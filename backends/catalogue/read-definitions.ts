/**
 * Reads definitions of variants and machine types from a parsed value, whichever file it stood in. It finds every
 * mistake before it gives up and throws none of them: the caller prints them together with its own. Names that
 * several sources define are the caller's to compare (`duplicates`).
 */
import type { ServingError } from '../../core/index.ts';
import { profileWarnings } from '../table/profile-problems.ts';
import type { CatalogueDefinitions, MachineTypeDefinition, Origin, VariantDefinition } from './definitions.ts';
import type { DefinitionSource } from './definition-errors.ts';
import { ruleErrors, shapeErrors, valueAt } from './definition-errors.ts';
import { fileSchema, machineSchema, variantSchema } from './schema.ts';
import { brokenMachineRules, brokenVariantRules, machineTypeDefinition, variantDefinition } from './variant-rules.ts';
import type { ValuePath } from './yaml-text.ts';

export interface ReadDefinitions extends CatalogueDefinitions {
  readonly errors: readonly ServingError[];
}

/**
 * Reads a map with `variants` and `machines`, both optional. What is wrong is left out and told in `errors`: entries
 * with the codes `CATALOGUE_UNKNOWN_KEY`, `CATALOGUE_KEY_MISSING` and `CATALOGUE_VALUE`.
 */
export function readDefinitions(value: unknown, source: DefinitionSource): ReadDefinitions {
  const errors: ServingError[] = [];
  const warnings: string[] = [];
  const variants: VariantDefinition[] = [];
  const machineTypes: MachineTypeDefinition[] = [];
  const read = { value, source };

  const file = fileSchema.safeParse(value);
  if (!file.success) errors.push(...shapeErrors(file.error.issues, [], read));
  for (const [index, entry] of listIn(value, 'variants').entries()) {
    const path = ['variants', index];
    const raw = variantSchema.safeParse(entry);
    if (!raw.success) {
      errors.push(...shapeErrors(raw.error.issues, path, read));
      continue;
    }
    const definition = variantDefinition(raw.data, originOf(path, source));
    const broken = brokenVariantRules(raw.data, definition);
    errors.push(...ruleErrors(broken, path, read));
    if (broken.length > 0) continue;
    variants.push(definition);
    for (const warning of profileWarnings(definition.profile)) {
      warnings.push(`${source.locate([...path, 'profile', ...warning.path])}: ${definition.name}: ${warning.message}`);
    }
  }
  for (const [index, entry] of listIn(value, 'machines').entries()) {
    const path = ['machines', index];
    const raw = machineSchema.safeParse(entry);
    if (!raw.success) {
      errors.push(...shapeErrors(raw.error.issues, path, read));
      continue;
    }
    const broken = brokenMachineRules(raw.data);
    errors.push(...ruleErrors(broken, path, read));
    if (broken.length === 0) machineTypes.push(machineTypeDefinition(raw.data, originOf(path, source)));
  }
  return { variants, machineTypes, warnings, errors };
}

function originOf(path: ValuePath, source: DefinitionSource): Origin {
  return { place: source.locate([...path, 'name']), folder: source.folder };
}

function listIn(value: unknown, key: string): readonly unknown[] {
  const list = valueAt(value, [key]);
  return Array.isArray(list) ? list : [];
}
