/**
 * The names that an entry of `modules` may give: built-in policies that serve several families. What is said of another
 * name is here too: a policy of one family is chosen under that family.
 */
import type { ValuePath } from '../../../backends/index.ts';
import type { PolicyDefinition } from '../../../core/index.ts';
import { FAMILIES, MODULE_POLICIES, builtInPolicy } from '../../../core/index.ts';
import type { ConfigReader } from '../config-reader.ts';
import { snakeCase } from '../schema/policies.ts';

export function multiFamilyPolicy(name: unknown): PolicyDefinition | undefined {
  return MODULE_POLICIES.find((policy) => policy.name === name);
}

/** Says why the `policy` of an entry names no module. */
export function refuseUnknownModule(reader: ConfigReader, entry: ValuePath): void {
  const path = [...entry, 'policy'];
  const name = reader.at(path);
  if (typeof name !== 'string') {
    reader.refuse(path, 'the name of a policy');
    return;
  }
  const families = FAMILIES.filter((family) => builtInPolicy(family, name) !== undefined).map(snakeCase);
  if (families.length === 0) {
    reader.unknownName(path, 'module', { name, known: MODULE_POLICIES.map((policy) => policy.name) });
    return;
  }
  const hasOptions = Object.keys(Object(reader.at(entry))).length > 1;
  const chosen = hasOptions ? `{ policy: ${name}, ... }` : name;
  reader.fail(path, {
    code: 'CONFIG_NO_MODULE',
    message: families.length === 1 ? `${name} serves only ${families[0]}` : `${name} serves one family at a time`,
    next: `write ${families.map((family) => `${family}: ${chosen}`).join(' or ')}`,
  });
}
