/**
 * What TorchServe's archives say of themselves: `MAR-INF/MANIFEST.json`, the config file it names, and the names of
 * classes. Reads texts into values; which files they stand in is `mar-draft`'s to know. Fields that nobody here reads
 * are passed over, as TorchServe does.
 */
import { z } from 'zod';
import { ServingError } from '../../core/index.ts';
import { parseBoundedYaml } from './bounded-yaml.ts';

export interface MarManifest {
  readonly modelName: string;
  readonly modelVersion: string;
  /** Name of an entry. */
  readonly serializedFile: string;
  readonly handler: string;
  readonly configFile: string;
}

/** Of `model-config.yaml`; undefined where it does not say. */
export interface MarConfig {
  readonly minWorkers?: number | undefined;
  readonly maxWorkers?: number | undefined;
  readonly batchSize?: number | undefined;
  readonly maxBatchDelayMs?: number | undefined;
  readonly responseTimeoutS?: number | undefined;
  readonly deviceType?: 'cpu' | 'gpu' | undefined;
}

/** Numbers are written as such by some packagers. */
const text = z.union([z.string(), z.number().transform(String)]);
const manifestSchema = z.object({
  model: z.object({
    modelName: z.string(),
    modelVersion: text.default('1.0'),
    serializedFile: z.string().default(''),
    handler: z.string().default(''),
    configFile: z.string().default(''),
  }),
});

const configSchema = z.object({
  minWorkers: z.int().min(0).max(1024).optional(),
  maxWorkers: z.int().min(0).max(1024).optional(),
  batchSize: z.int().min(1).max(65_536).optional(),
  maxBatchDelay: z.number().min(0).max(86_400_000).optional(),
  responseTimeout: z.number().min(1).max(86_400).optional(),
  deviceType: z.enum(['cpu', 'gpu']).optional(),
});

/** @throws ServingError MODEL_ARCHIVE. */
export function readManifest(json: string): MarManifest {
  return parsed(manifestSchema, parsedJson(json, 'MANIFEST.json'), 'MANIFEST.json').model;
}

/** @throws ServingError MODEL_ARCHIVE, MODEL_YAML. */
export function readMarConfig(yaml: string): MarConfig {
  const value = parseBoundedYaml(yaml, 'model-config.yaml') ?? {};
  const { maxBatchDelay, responseTimeout, ...config } = parsed(configSchema, value, 'model-config.yaml');
  return { ...config, maxBatchDelayMs: maxBatchDelay, responseTimeoutS: responseTimeout };
}

/**
 * Names of classes by index: of `{"0": "cat"}`, of `{"0": ["n02123045", "cat"]}`, whose last text is the readable one, or
 * of a list.
 *
 * @throws ServingError MODEL_ARCHIVE when an index is missing, or all are.
 */
export function readLabels(json: string): readonly string[] {
  const file = 'index_to_name.json';
  const name = z.union([z.string(), z.array(z.string()).min(1)]);
  const value = parsed(z.union([z.array(name), z.record(z.string(), name)]), parsedJson(json, file), file);
  const byIndex = new Map(Object.entries(value));
  if (byIndex.size === 0) throw refused(`${file} names no class`);
  return Array.from({ length: byIndex.size }, (_, index) => {
    const label = byIndex.get(String(index));
    if (label === undefined) throw refused(`${file} names ${byIndex.size} classes, and none has the index ${index}`);
    return typeof label === 'string' ? label : (label.at(-1) ?? '');
  });
}

function parsedJson(json: string, file: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw refused(`${file} is not valid JSON`, cause);
  }
}

function parsed<Value>(schema: z.ZodType<Value>, value: unknown, file: string): Value {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const field = issue.path.map(String).join('.');
  throw refused(`${file}: ${field === '' ? '' : `${field}: `}${issue.message}`);
}

function refused(message: string, cause?: unknown): ServingError {
  return new ServingError({ code: 'MODEL_ARCHIVE', message, ...(cause === undefined ? {} : { cause }) });
}
