/** The JSON Schemas of configs, for editors: completion, documentation and a first check while typing. */
import { z } from 'zod';
import { experimentSchema } from './schema/experiment.ts';
import { fileSchema } from './service/schema.ts';

export const CONFIG_KINDS = ['experiment', 'service'] as const;
export type ConfigKind = (typeof CONFIG_KINDS)[number];

/**
 * JSON Schema (draft 7, which editors know best) of a config as it is written in YAML. The options of the built-in
 * policies are in it; those of a user's own policy file are not.
 */
export function jsonSchema(kind: ConfigKind = 'experiment'): object {
  const schema = kind === 'experiment' ? experimentSchema : fileSchema;
  return z.toJSONSchema(schema, { io: 'input', target: 'draft-7', unrepresentable: 'any', override: plain });
}

/** Leaves out the bounds of exact integers, which are no rule of ours. */
function plain({ jsonSchema: schema }: { readonly jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
}
