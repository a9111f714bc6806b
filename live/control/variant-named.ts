/** A variant by the name that clients use, for calls that are about variants only. */
import { meantName } from '../../backends/index.ts';
import type { ModelDirectory, ModelEntry } from '../service/index.ts';
import { refusal, shown } from './json-call.ts';

/** @throws ServingError CONTROL_UNKNOWN_VARIANT. */
export function variantNamed(directory: ModelDirectory, name: string, version?: string): ModelEntry {
  const entry = directory.find(name, version);
  if (entry?.form === 'variant') return entry;
  const other = directory.find(name);
  if (version !== undefined && other?.form === 'variant') throw noSuchVersion(other, version);
  const known = directory.list().filter(({ form }) => form === 'variant');
  const names = [...new Set(known.map((each) => each.name))];
  throw refusal({
    code: 'CONTROL_UNKNOWN_VARIANT',
    message: entry === undefined ? 'there is no such variant' : 'this names several variants',
    found: shown(name),
    ...meantName(name, names),
    next: 'see rehearse status for the variants there are',
  });
}

/** A version that a variant does not have. */
export function noSuchVersion({ name, versions }: ModelEntry, version: string): Error {
  return refusal({
    code: 'CONTROL_UNKNOWN_VERSION',
    message: `${name} has no such version`,
    found: shown(version),
    expected: versions.join(', '),
  });
}
