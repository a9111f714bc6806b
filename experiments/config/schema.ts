/** The JSON Schema of a config, for editors: completion, documentation and a first check while typing. */
import { z } from 'zod';
import { experimentSchema } from './schema/experiment.ts';

/** JSON Schema (draft 7, which editors know best) of a config as it is written in YAML. */
export function jsonSchema(): object {
  return z.toJSONSchema(experimentSchema, { io: 'input', target: 'draft-7', unrepresentable: 'any' });
}
