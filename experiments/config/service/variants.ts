/** What a service's file says of single variants: how many workers, how they form batches. */
import type { ValuePath } from '../../../backends/index.ts';
import type { PolicyChoice, Variant } from '../../../core/index.ts';
import type { ConfigReader } from '../config-reader.ts';
import { readChoice } from '../resolve/policies.ts';
import type { PolicySources } from '../resolve/policies.ts';
import type { ServiceVariantConfig } from './service-config.ts';
import { variantShape, variantWords } from './schema/running.ts';

const VARIANTS = ['service', 'variants'];

export type OwnSettings = Pick<ServiceVariantConfig, 'batching' | 'workers'>;

/** By name of the variant. @param variants those that are selected; undefined when they could not be read. */
export function readVariants(
  reader: ConfigReader,
  sources: PolicySources,
  variants: readonly Variant[] | undefined,
): ReadonlyMap<string, OwnSettings> {
  const settings = new Map<string, OwnSettings>();
  if (reader.at(VARIANTS) === undefined || !reader.isMap(VARIANTS, 'variants by name')) return settings;
  const known = variants?.map(({ name }) => name);
  for (const name of Object.keys(reader.at(VARIANTS) ?? {})) {
    const path = [...VARIANTS, name];
    if (known?.includes(name) === false) reader.unknownName(path, 'selected variant', { name, known });
    if (!reader.isMap(path, variantWords.what)) continue;
    reader.refuseOthers(Object.keys(variantShape), path);
    const workers = readWorkers(reader, [...path, 'workers']);
    const batching = readBatching(reader, [...path, 'batching'], sources);
    settings.set(name, { ...(workers && { workers }), ...(batching && { batching }) });
  }
  return settings;
}

/** Undefined where the autoscaler decides. */
function readWorkers(reader: ConfigReader, path: ValuePath): OwnSettings['workers'] {
  const written = reader.read(variantShape.workers, path);
  if (written === undefined || written === 'auto') return undefined;
  if (typeof written === 'number') return { least: written, most: written };
  const { least, most = Infinity } = written;
  if (most < least) reader.refuse([...path, 'most'], `at least least, ${least}`);
  return { least, most };
}

function readBatching(reader: ConfigReader, path: ValuePath, sources: PolicySources): PolicyChoice | undefined {
  if (reader.at(path) === undefined) return undefined;
  if (reader.at([...path, 'module']) !== undefined) {
    reader.refuse([...path, 'module'], 'a built-in batching policy; a policy file serves a whole policy set');
    return undefined;
  }
  const choice = readChoice(reader, path, { sources, families: ['batching'] });
  return choice && { definition: choice.definition, options: choice.options };
}
