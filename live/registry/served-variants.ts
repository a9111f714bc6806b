/** Records as the service takes them. Which of them are to be served is the caller's choice. */
import type { PolicyChoice } from '../../core/index.ts';
import { POLICIES, ServingError, builtInPolicy, defaultsOf } from '../../core/index.ts';
import type { ServedVariant } from '../service/index.ts';
import type { BatchingRecord, ModelRecord } from './model-record.ts';

/** @throws ServingError REGISTRY_BATCHING when a record names a batching policy that this program does not have. */
export function toServedVariants(records: readonly ModelRecord[]): readonly ServedVariant[] {
  return records.map((record) => ({
    name: record.name,
    definition: record.definition,
    isDefault: record.isDefault,
    source: 'registered',
    batching: record.batching && choiceOf(record.batching, record),
    workers: record.bounds,
  }));
}

/** A choice as a record keeps it. */
export function toBatchingRecord({ definition, options }: PolicyChoice): BatchingRecord {
  return { policy: definition.name, options };
}

function choiceOf({ policy, options }: BatchingRecord, { name, version }: ModelRecord): PolicyChoice {
  const definition = builtInPolicy('batching', policy);
  if (definition !== undefined) return { definition, options: { ...defaultsOf(definition.options), ...options } };
  throw new ServingError({
    code: 'REGISTRY_BATCHING',
    place: `registered model ${name} version ${version}`,
    message: 'unknown batching policy',
    found: JSON.stringify(policy),
    expected: POLICIES.batching.map((known) => known.name).join(', '),
    next: 'unregister the model and register it again',
  });
}
