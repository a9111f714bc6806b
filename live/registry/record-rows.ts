/**
 * Records as rows of the table `models`. What is asked for or changed by itself has a column; the rest is one JSON text,
 * `facts`. Paths are left out of it, so that a state folder can be moved.
 */
import type { VariantDefinition } from '../../backends/index.ts';
import { ServingError, invariant } from '../../core/index.ts';
import type { WorkerBounds } from '../service/index.ts';
import { numberOf, optionalNumberOf, optionalTextOf, textOf } from '../store/index.ts';
import type { Row } from '../store/index.ts';
import type { ModelRecord } from './model-record.ts';

/** Raised when a field is added that older records lack and readers rely on. */
const FORMAT = 1;

interface Facts extends Pick<ModelRecord, 'source' | 'batching' | 'properties'> {
  readonly format: number;
  readonly definition: Omit<VariantDefinition, 'origin' | 'artifact'>;
  readonly artifactBytes?: number | undefined;
}

export function factsText(record: Pick<ModelRecord, 'definition' | 'source' | 'batching' | 'properties'>): string {
  const { origin: _origin, artifact, ...definition } = record.definition;
  const { source, batching, properties } = record;
  const facts: Facts = { format: FORMAT, definition, source, batching, properties, artifactBytes: artifact?.bytes };
  return JSON.stringify(facts, (key, value: unknown) => {
    // JSON would write null and the reader meet it as a number.
    invariant(typeof value !== 'number' || Number.isFinite(value), `${key} of a model's record is not a finite number`);
    return value;
  });
}

/** @param pathOf gives the absolute path of a stored file. */
export function recordOf(row: Row, pathOf: (sha256: string, file: string) => string, folder: string): ModelRecord {
  const [name, version] = [textOf(row, 'name'), textOf(row, 'version')];
  const facts = factsOf(textOf(row, 'facts'), `${name} version ${version}`);
  const sha256 = optionalTextOf(row, 'artifact_sha256');
  const artifact = sha256 !== undefined && {
    path: pathOf(sha256, textOf(row, 'artifact_file')),
    sha256,
    bytes: facts.artifactBytes ?? 0,
  };
  return {
    name,
    version,
    definition: {
      ...facts.definition,
      ...(artifact === false ? {} : { artifact }),
      origin: { place: `registered model ${name} version ${version}`, folder },
    },
    isDefault: numberOf(row, 'is_default') === 1,
    loaded: numberOf(row, 'loaded') === 1,
    source: facts.source,
    batching: facts.batching,
    bounds: boundsOf(row),
    properties: facts.properties,
    registeredMs: numberOf(row, 'registered_ms'),
  };
}

/** The two columns of bounds: none for the autoscaler's, no `most` for no upper bound. */
export function boundsColumns(bounds: WorkerBounds | undefined): [least: number | null, most: number | null] {
  if (bounds === undefined) return [null, null];
  const { least, most } = bounds;
  invariant(Number.isInteger(least) && least >= 0 && most >= least, 'bounds of workers are whole, ascending numbers');
  return [least, most === Infinity ? null : most];
}

/** Undefined where the autoscaler decides. */
export function boundsOf(row: Row): WorkerBounds | undefined {
  const least = optionalNumberOf(row, 'least');
  return least === undefined ? undefined : { least, most: optionalNumberOf(row, 'most') ?? Infinity };
}

function factsOf(text: string, of: string): Facts {
  // Written by `factsText` alone; the format says by which version of it.
  const facts = JSON.parse(text) as Facts;
  if (facts.format === FORMAT) return facts;
  throw new ServingError({
    code: 'REGISTRY_FORMAT',
    message: `the record of model ${of} has a format that this rehearse does not read`,
    found: `format ${facts.format}`,
    expected: `format ${FORMAT}`,
    next: 'use the rehearse that wrote it',
  });
}
