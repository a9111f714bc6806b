/** The two parts of a profile's batches as latency models of their own: in the engine, and on the way to it and back. */
import type { LatencyModel, MeasuredTime, Profile, ProfileRow, Variant } from '../../../core/index.ts';
import { constantTime, hasSpread, idleTables, scaledTime } from '../../../core/index.ts';
import { latencyModel } from '../../../backends/index.ts';

export interface ProfileParts {
  readonly infer: LatencyModel;
  readonly host: LatencyModel;
}

/** @param sampling `empirical` where the profile has distributions, and means where it has none. */
export function profileParts(
  { name, maxBatch, profile }: Pick<Variant, 'name' | 'maxBatch' | 'profile'>,
  sampling: 'empirical' | 'mean',
): ProfileParts {
  const isSpread = idleTables(profile).every(({ rows }) => rows.every(hasSpread));
  const options = { variant: name, maxBatch, sampling: isSpread ? sampling : 'mean', extrapolate: true } as const;
  const infer = withRows(profile, withoutHost);
  // A table wants times above 0 that have a distribution.
  const host = withRows(profile, (row) => ({
    batch: row.batch,
    ...scaledTime(withSpread(row.host ?? constantTime(profile.hostOverheadNs)), 1, 1),
  }));
  return { infer: latencyModel(infer, options), host: latencyModel(host, options) };
}

function withRows(profile: Profile, rowOf: (row: ProfileRow) => ProfileRow): Profile {
  const [busy, ...idle] = idleTables(profile).map(({ idleNs, rows }) => ({ idleNs, rows: rows.map(rowOf) }));
  return { ...profile, rows: busy.rows, ...(idle.length === 0 ? {} : { afterIdle: idle }), hostOverheadNs: 0 };
}

function withoutHost({ host: _host, ...row }: ProfileRow): ProfileRow {
  return row;
}

function withSpread(time: MeasuredTime): MeasuredTime {
  return hasSpread(time) ? time : constantTime(time.meanNs);
}
