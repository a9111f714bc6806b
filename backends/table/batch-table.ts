/**
 * Spreads the measured batch sizes of a profile over every batch from 1 to the variant's maximum: for each, the two
 * rows it lies between and its share of the way. It decides once, when a model is built, whether a batch outside the
 * table is refused or extrapolated; at run time there is nothing left to decide.
 */
import type { Profile } from '../../core/index.ts';
import { ServingError } from '../../core/index.ts';

/** Every array is indexed by batch size; index 0 is unused. */
export interface BatchTable {
  /** Expected work: interpolated means plus those of the host, whole nanoseconds. */
  readonly expectedNs: Float64Array;
  /** Row at or below the batch; beyond the table the nearer of the two rows that are continued. */
  readonly fromRow: Int32Array;
  /** Row above the batch, or `fromRow` itself for a measured batch. */
  readonly toRow: Int32Array;
  /** Share of the way from `fromRow` to `toRow`; below 0 where the table is continued outwards. */
  readonly share: Float64Array;
  /** One sentence for each side on which the table was continued. */
  readonly beyondTable: readonly string[];
}

export interface BatchTableOptions {
  /** The variant's name, for messages. */
  readonly variant: string;
  /** The variant's largest batch, at least 1. */
  readonly maxBatch: number;
  /** Whether batches outside the table are extrapolated rather than refused. */
  readonly extrapolate: boolean;
  /** Where the variant is defined, for messages. */
  readonly place?: string | undefined;
}

/**
 * The table of a sound profile (one without problems).
 *
 * @throws {ServingError} `TABLE_BATCH_MISSING` for a batch outside the measured ones, unless `extrapolate` is set and
 * there are two rows to continue.
 */
export function batchTable(profile: Profile, options: BatchTableOptions): BatchTable {
  const { maxBatch } = options;
  const batches = profile.rows.map((row) => row.batch);
  const smallest = batches[0];
  const largest = batches[batches.length - 1];
  const beyondTable: string[] = [];
  if (smallest > 1) beyondTable.push(continued(batches, { first: 1, last: Math.min(smallest - 1, maxBatch) }, options));
  if (largest < maxBatch) beyondTable.push(continued(batches, { first: largest + 1, last: maxBatch }, options));

  const expectedNs = new Float64Array(maxBatch + 1);
  const fromRow = new Int32Array(maxBatch + 1);
  const toRow = new Int32Array(maxBatch + 1);
  const share = new Float64Array(maxBatch + 1);
  for (let batch = 1; batch <= maxBatch; batch += 1) {
    const [from, to] = rowsAround(batches, batch);
    fromRow[batch] = from;
    toRow[batch] = to;
    share[batch] = from === to ? 0 : (batch - batches[from]) / (batches[to] - batches[from]);
    const meanNs = between(profile.rows[from].meanNs, profile.rows[to].meanNs, share[batch]);
    const hostNs = between(hostMeanNs(profile, from), hostMeanNs(profile, to), share[batch]);
    expectedNs[batch] = Math.round(meanNs) + Math.round(hostNs);
  }
  return { expectedNs, fromRow, toRow, share, beyondTable };
}

function hostMeanNs({ rows, hostOverheadNs }: Profile, row: number): number {
  return rows[row].host?.meanNs ?? hostOverheadNs;
}

/** The value at a share of the way between two values, never below zero: a line continued downwards ends there. */
export function between(from: number, to: number, share: number): number {
  return Math.max(0, from + share * (to - from));
}

/** The rows a batch lies between; outside the table the outermost two, the nearer first. */
function rowsAround(batches: readonly number[], batch: number): readonly [number, number] {
  const last = batches.length - 1;
  const above = batches.findIndex((measured) => measured >= batch);
  if (above >= 0 && batches[above] === batch) return [above, above];
  if (above === 0) return [0, 1];
  if (above < 0) return [last, last - 1];
  return [above - 1, above];
}

/** Notes a continuation of the table, or refuses it. */
function continued(
  batches: readonly number[],
  missing: { readonly first: number; readonly last: number },
  options: BatchTableOptions,
): string {
  const range = missing.first === missing.last ? `batch ${missing.first}` : `batches ${missing.first}-${missing.last}`;
  const below = missing.first === 1;
  const [near, far] = below ? [batches[0], batches[1]] : [batches[batches.length - 1], batches[batches.length - 2]];
  if (options.extrapolate && batches.length > 1) {
    return `${options.variant}: ${range} extrapolated from the measured batches ${near} and ${far}`;
  }
  const measured = batches.length === 1 ? `batch ${batches[0]} alone` : `batches ${batches.join(', ')}`;
  const needed = options.maxBatch === 1 ? 'batch 1' : `batches from 1 to the variant's maximum ${options.maxBatch}`;
  throw new ServingError({
    code: 'TABLE_BATCH_MISSING',
    message: `the latency table of ${options.variant} has nothing for ${range}`,
    ...(options.place === undefined ? {} : { place: options.place }),
    found: `measured ${measured}`,
    expected: needed,
    next: options.extrapolate
      ? 'two measured batches are needed to extrapolate; measure another'
      : 'measure them, lower max_batch, or set extrapolate: true to continue the nearest two rows in a straight line',
  });
}
