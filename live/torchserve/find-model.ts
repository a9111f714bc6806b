/** Models by the names and versions of TorchServe's paths. */
import type { ModelDirectory, ModelEntry } from '../service/index.ts';
import { modelNotFound, versionNotFound } from './torchserve-failure.ts';

/** The default version unless one is given. @throws TorchServeFailure 404 */
export function modelNamed(directory: ModelDirectory, name: string, version?: string): ModelEntry {
  const entry = directory.find(name, version ?? '');
  if (entry !== undefined) return entry;
  throw directory.find(name) === undefined || version === undefined
    ? modelNotFound(name)
    : versionNotFound(name, version);
}

/** As `modelNamed`, of what has workers: a variant. */
export function variantNamed(directory: ModelDirectory, name: string, version?: string): ModelEntry {
  const entry = modelNamed(directory, name, version);
  if (entry.form === 'variant') return entry;
  throw modelNotFound(name);
}

/** All versions of a variant. @throws TorchServeFailure 404 when there is none. */
export function versionsOf(directory: ModelDirectory, name: string): readonly ModelEntry[] {
  const { versions } = variantNamed(directory, name);
  return versions.map((version) => directory.find(name, version)).filter((entry) => entry !== undefined);
}
