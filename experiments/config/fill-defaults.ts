/**
 * Completes plain data with the defaults that a schema declares, for the record of what was run. It judges nothing:
 * the data has been validated, and stays in the words of the file (texts with units).
 */
import { z } from 'zod';

/** The data with every default filled in, keys in the order of the schema. */
export function withDefaults(schema: z.core.$ZodType, data: unknown): unknown {
  if (schema instanceof z.ZodPrefault) {
    return withDefaults(schema.def.innerType, data === undefined ? schema.def.defaultValue : data);
  }
  if (schema instanceof z.ZodOptional) return data === undefined ? undefined : withDefaults(schema.def.innerType, data);
  if (schema instanceof z.ZodPipe) return withDefaults(schema.def.in, data);
  if (schema instanceof z.ZodLazy) return withDefaults(schema.def.getter(), data);
  if (schema instanceof z.ZodArray && Array.isArray(data)) {
    return data.map((entry) => withDefaults(schema.def.element, entry));
  }
  if (schema instanceof z.ZodUnion) {
    // A union of both kinds: the alternative that takes the data is the one it was written for.
    const taken = schema.def.options.find((option) => z.safeParse(option, data).success);
    return taken === undefined ? data : withDefaults(taken, data);
  }
  if (!isMap(data)) return data;
  if (schema instanceof z.ZodRecord) return mapValues(data, (value) => withDefaults(schema.def.valueType, value));
  if (!(schema instanceof z.ZodObject)) return data;
  const known = Object.entries(schema.def.shape).map(([key, inner]) => [key, withDefaults(inner, data[key])] as const);
  return { ...Object.fromEntries(known.filter(([, value]) => value !== undefined)), ...extraKeys(schema, data) };
}

/** Keys that an open map has beyond its schema. */
function extraKeys(schema: z.ZodObject, data: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(data).filter(([key]) => !Object.hasOwn(schema.def.shape, key)));
}

function mapValues(data: Record<string, unknown>, change: (value: unknown) => unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, change(value)]));
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
