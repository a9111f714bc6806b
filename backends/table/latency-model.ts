/**
 * Makes a latency model from a profile: how much work a batch or a load is, by the mean, by the measured
 * distribution or by a lognormal law. It knows nothing of contention or time; the world turns work into time and says
 * how idle a worker was.
 * Invariants: a model answers for every batch from 1 to the variant's maximum or is not made at all, and draws
 * equally often for each batch whatever its size, so that sizes are comparable under the same draws.
 */
import type { LatencyModel, Profile, ProfileRow } from '../../core/index.ts';
import {
  ServingError,
  ServingErrors,
  constantTime,
  hasSpread,
  idleTables,
  invariant,
  scaledTime,
} from '../../core/index.ts';
import { batchTable } from './batch-table.ts';
import { empiricalLaw } from './empirical-law.ts';
import { lognormalLaw } from './lognormal-law.ts';
import { MeanModel } from './mean-model.ts';
import { profileProblems } from './profile-problems.ts';
import type { RowLaw } from './row-law.ts';
import { meanLaw } from './row-law.ts';
import type { Condition } from './sampled-model.ts';
import { SampledModel } from './sampled-model.ts';

/** How a batch's work is drawn from its row. */
export type Sampling = 'mean' | 'empirical' | 'lognormal';
export const SAMPLINGS: readonly Sampling[] = ['mean', 'empirical', 'lognormal'];

export interface LatencyModelOptions {
  /** The variant's name, for messages. */
  readonly variant: string;
  /** The variant's largest batch, at least 1. */
  readonly maxBatch: number;
  readonly sampling: Sampling;
  /** Continue the table in a straight line beyond its smallest and largest batch, instead of refusing. */
  readonly extrapolate: boolean;
  /**
   * With `lognormal`: coefficient of variation, 0 or more, of rows that have a mean only. Default 0, no spread: what
   * was not measured is not made up.
   */
  readonly cv?: number | undefined;
  /** Where the variant is defined, `file:line`, for messages. */
  readonly place?: string | undefined;
}

/**
 * The latency model of a profile. Work of a batch is what the table says plus the host's time for it (the
 * row's own, or `hostOverheadNs`), once per batch; after an idle time it is what was measured after such; work of a load is `loadNs`, which has no measured spread and draws nothing. Between measured batches the work is
 * interpolated linearly: the means, and the random values at the same draw. `expectedBatchNs` is the interpolated
 * mean in every mode.
 *
 * @throws {ServingErrors} `TABLE_PROFILE` for every unusable figure.
 * @throws {ServingError} `TABLE_BATCH_MISSING` when the table does not reach from 1 to `maxBatch` and may not be
 * extrapolated; `TABLE_SPREAD_MISSING` when `empirical` meets a row with a mean only.
 */
export function latencyModel(profile: Profile, options: LatencyModelOptions): LatencyModel {
  const { cv = 0 } = options;
  invariant(Number.isSafeInteger(options.maxBatch) && options.maxBatch >= 1, `maxBatch is ${options.maxBatch}`);
  invariant(cv >= 0 && cv < Number.POSITIVE_INFINITY, `cv is ${cv}`);
  refuseProblems(profile, options);
  const table = batchTable(profile, options);
  const isPlain = profile.afterIdle === undefined;
  if (options.sampling === 'mean' && isPlain) return new MeanModel(profile, table);
  const lawOf = (rows: readonly ProfileRow[]): RowLaw => {
    if (options.sampling === 'mean') return meanLaw(rows);
    return options.sampling === 'empirical' ? empiricalLaw(rows, options) : lognormalLaw(rows, cv);
  };
  const tables = idleTables(profile);
  const hosts = tables.map(({ rows }) => hostRows(profile, rows));
  const hostVaries = tables.some(({ rows }) => rows.some(({ host }) => host !== undefined));
  const hostIsSpread = hosts.some((rows) => rows.some(hasSpread));
  const hostLawOf = (rows: readonly ProfileRow[]): RowLaw => (hostIsSpread ? lawOf(rows.map(spread)) : meanLaw(rows));
  const conditions = tables.map<Condition>(({ idleNs, rows }, index) => ({
    idleNs,
    law: lawOf(rows),
    hostLaw: hostVaries ? hostLawOf(hosts[index]) : undefined,
  }));
  return new SampledModel({ profile, table, conditions });
}

/** The way to the engine and back as rows of its own; times above 0, since a lognormal law knows no others. */
function hostRows({ hostOverheadNs }: Profile, rows: readonly ProfileRow[]): readonly ProfileRow[] {
  return rows.map(({ batch, host }) => ({ batch, ...scaledTime(host ?? { meanNs: hostOverheadNs }, 1, 1) }));
}

/** One of which only the mean is known varies not, beside others that do. */
function spread(row: ProfileRow): ProfileRow {
  return hasSpread(row) ? row : { ...row, ...constantTime(row.meanNs) };
}

function refuseProblems(profile: Profile, options: LatencyModelOptions): void {
  const errors = profileProblems(profile).map(
    ({ path, message, found, expected }) =>
      new ServingError({
        code: 'TABLE_PROFILE',
        place: options.place ?? options.variant,
        message: `profile.${path.join('.')} of ${options.variant}: ${message}`,
        found,
        expected,
      }),
  );
  if (errors.length > 0) throw new ServingErrors(errors);
}
