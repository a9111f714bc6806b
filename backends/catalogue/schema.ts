/**
 * The shape of variants and machine types in YAML: which keys there are, which unit a value carries, what range it
 * has. One schema for bundled files, a user's files and definitions inside a config. A message here completes the
 * words "expected ..."; rules between several keys are in `variant-rules`.
 *
 * A quantity carries its unit in its value ("5 ms", "46 MB") or in its key (`price_per_hour_usd`); never neither.
 */
import { z } from 'zod';
import type { Parsed } from '../../core/index.ts';
import { TENSOR_TYPES, parseBytes, parseDuration } from '../../core/index.ts';

/** Batches are looked up in arrays of this length. */
const MAX_BATCH_LIMIT = 65_536;
const EXTENT = 'a side of at least 1, -1 where each request chooses it, or null for the batch';

const duration = quantity(parseDuration);
const memory = quantity(parseBytes);
const text = z.string(say('a text')).min(1, say('a text'));
const flag = z.boolean(say('true or false'));
/** A name that may stand in a URL and in a CSV column without quotes. */
const name = z
  .string(say('a name'))
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, say('a name of letters, digits, ".", "_" and "-"'));
const sha256 = z
  .string(say('a SHA-256 digest'))
  .regex(/^[0-9a-f]{64}$/, say('a SHA-256 digest of 64 lower-case hexadecimal digits'));

const useCaseShape = { task: name, dataset: name, size: name.optional() };

const resourcesShape = {
  cores: number('a number of cores, 0 or more', { minimum: 0 }),
  memory: memory.optional(),
  accelerators: number('a number of accelerators, 0 or more', { minimum: 0 }).optional(),
};

const tensorShape = {
  name: text,
  type: z.enum(TENSOR_TYPES, say(`one of ${TENSOR_TYPES.join(', ')}`)),
  shape: z.array(
    wholeNumber(EXTENT, { minimum: -1 })
      .refine((extent) => extent !== 0, say(EXTENT))
      .nullable(),
    say('a list'),
  ),
};

const artifactShape = { path: text, sha256, size: memory };

const measuredShape = {
  mean: duration.optional(),
  quantiles: z
    .record(z.string().regex(/^p(100|\d{1,2}(\.\d+)?)$/, say('a percentile such as p50 or p99.9')), duration, {
      ...say('percentiles such as { p50: 1 ms, p99: 2 ms }'),
    })
    .optional(),
  samples: z.array(duration, say('a list of durations')).optional(),
};

const rowShape = {
  batch: wholeNumber('a whole number from 1', { minimum: 1 }),
  ...measuredShape,
  host: z.strictObject(measuredShape, say('a time such as { mean: 90 us, quantiles: { p50: 80 us } }')).optional(),
  source: text.optional(),
  synthesised: flag.optional(),
};

const rows = z.array(z.strictObject(rowShape, say('a row such as { batch: 1, mean: 2 ms }')), say('a list of rows'));

const loadPartsShape = { process: duration, read: duration, create: duration, first_run: duration };

const idleShape = { idle: duration, rows };

const colocationShape = {
  workers: wholeNumber('a whole number from 2', { minimum: 2 }),
  slowdown: number('a factor above 0, such as 1.08', { minimum: Number.MIN_VALUE }),
};

const profileShape = {
  source: text,
  synthesised: flag.optional(),
  load: duration,
  load_parts: z.strictObject(loadPartsShape, say('the parts process, read, create and first_run')).optional(),
  peak_memory: memory,
  host_overhead: duration,
  rows,
  after_idle: z
    .array(z.strictObject(idleShape, say('rows after an idle time: { idle: 2 ms, rows: [...] }')), say('a list'))
    .optional(),
  colocated: z
    .array(z.strictObject(colocationShape, say('an entry such as { workers: 2, slowdown: 1.08 }')), say('a list'))
    .optional(),
  reference_kernel: duration.optional(),
  environment: z.record(z.string(), text, say('texts by name, such as { cpu: AMD EPYC }')).optional(),
};

const variantShape = {
  name,
  version: text.optional(),
  use_case: z.strictObject(useCaseShape, say('a use case such as { task: classification, dataset: imagenet }')),
  architecture: name,
  framework: name,
  hardware: name,
  precision: name,
  max_batch: wholeNumber(`a whole number from 1 to ${MAX_BATCH_LIMIT}`, { minimum: 1, maximum: MAX_BATCH_LIMIT }),
  accuracy_percent: number('a number from 0 to 100', { minimum: 0, maximum: 100 }),
  resources: z.strictObject(resourcesShape, say('resources such as { cores: 1, memory: 50 MB }')),
  inputs: z.array(z.strictObject(tensorShape, say('a tensor')), say('a list of tensors')).optional(),
  outputs: z.array(z.strictObject(tensorShape, say('a tensor')), say('a list of tensors')).optional(),
  artifact: z.strictObject(artifactShape, say('an artifact: path, sha256 and size')).optional(),
  handler: name.optional(),
  labels: z.array(text, say('a list of class names, by index of the output')).optional(),
  profile: z.strictObject(profileShape, say('a profile: source, load, peak_memory, host_overhead and rows')),
};

const acceleratorShape = {
  hardware: name,
  count: wholeNumber('a whole number from 1', { minimum: 1 }),
  memory,
};

const machineShape = {
  name,
  source: text,
  cores: number('a number of cores above 0', { minimum: Number.MIN_VALUE }),
  memory,
  accelerator: z.strictObject(acceleratorShape, say('an accelerator: hardware, count and memory')).optional(),
  price_per_hour_usd: number('a price in USD per hour, 0 or more', { minimum: 0 }),
  reserved_price_per_hour_usd: number('a price in USD per hour, 0 or more', { minimum: 0 }).optional(),
  boot: duration,
  idle_watts: number('a power in watts, 0 or more', { minimum: 0 }),
  busy_watts: number('a power in watts, 0 or more', { minimum: 0 }),
};

const fileShape = {
  variants: z.array(z.unknown(), say('a list of variants')).optional(),
  machines: z.array(z.unknown(), say('a list of machine types')).optional(),
};

export const variantSchema = z.strictObject(variantShape, say('a variant'));
export const machineSchema = z.strictObject(machineShape, say('a machine type'));
/** The entries are judged one by one, so that one wrong entry does not hide another. */
export const fileSchema = z.strictObject(fileShape, say('a map with variants or machines'));

export type RawVariant = z.infer<typeof variantSchema>;
export type RawMachine = z.infer<typeof machineSchema>;

/** The keys each section knows, by the section's path without indexes: what an unknown key is compared with. */
export const KNOWN_KEYS: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    '': fileShape,
    variants: variantShape,
    'variants.use_case': useCaseShape,
    'variants.resources': resourcesShape,
    'variants.inputs': tensorShape,
    'variants.outputs': tensorShape,
    'variants.artifact': artifactShape,
    'variants.profile': profileShape,
    'variants.profile.rows': rowShape,
    'variants.profile.rows.host': measuredShape,
    'variants.profile.load_parts': loadPartsShape,
    'variants.profile.after_idle': idleShape,
    'variants.profile.after_idle.rows': rowShape,
    'variants.profile.after_idle.rows.host': measuredShape,
    'variants.profile.colocated': colocationShape,
    machines: machineShape,
    'machines.accelerator': acceleratorShape,
  }).map(([section, shape]) => [section, Object.keys(shape)]),
);

/** What a wrong value is told; a strict object keeps its own words for unknown keys. */
function say(expected: string): { readonly error: string } {
  return { error: expected };
}

function number(expected: string, range: { readonly minimum: number; readonly maximum?: number }): z.ZodNumber {
  return z
    .number(say(expected))
    .min(range.minimum, say(expected))
    .max(range.maximum ?? Number.MAX_VALUE, say(expected));
}

function wholeNumber(expected: string, range: { readonly minimum: number; readonly maximum?: number }): z.ZodNumber {
  return number(expected, range).int(say(expected));
}

function quantity(parse: (value: unknown) => Parsed<number>): z.ZodType<number> {
  return z.unknown().transform((value, context) => {
    const parsed = parse(value);
    if (parsed.ok) return parsed.value;
    context.issues.push({ code: 'custom', message: parsed.expected, input: value });
    return z.NEVER;
  });
}
