/**
 * A profile's table after any idle time. Idle times are measured at few batch sizes, since each sample costs the wait
 * itself; a size without a row of its own differs from busy batches as the nearest measured one does: what idling costs
 * (cold caches, a core that has to wake up) depends little on the batch.
 */
import type { Nanos } from '../time.ts';
import { constantTime, hasSpread, shiftedTime, timeBetween } from './measured-time.ts';
import type { IdleRows, MeasuredTime, Profile, ProfileRow } from './variant.ts';

/** The tables of a profile, ascending by idle time, first the busy one with 0; each has the batch sizes of the first. */
export function idleTables(profile: Profile): readonly IdleRows[] {
  const { rows, afterIdle = [] } = profile;
  return [{ idleNs: 0, rows }, ...afterIdle.map((idle) => ({ idleNs: idle.idleNs, rows: completed(profile, idle) }))];
}

/** The table after an idle time between the measured ones; beyond the last it stays. */
export function rowsAfter(profile: Profile, idleNs: Nanos): readonly ProfileRow[] {
  const tables = idleTables(profile);
  const above = tables.findIndex((table) => table.idleNs >= idleNs);
  if (above < 0) return tables[tables.length - 1].rows;
  if (tables[above].idleNs === idleNs) return tables[above].rows;
  const [from, to] = [tables[above - 1], tables[above]];
  const share = idleShare(from.idleNs, to.idleNs, idleNs);
  return from.rows.map((row, index) => ({
    batch: row.batch,
    ...timeBetween(row, to.rows[index], share),
    host: timeBetween(hostOf(row, profile), hostOf(to.rows[index], profile), share),
  }));
}

/** Share of the way from one measured idle time to the next: over their logarithms, from 0 on over the time itself. */
export function idleShare(fromNs: Nanos, toNs: Nanos, idleNs: Nanos): number {
  return fromNs === 0 ? idleNs / toNs : Math.log(idleNs / fromNs) / Math.log(toNs / fromNs);
}

function hostOf({ host }: ProfileRow, { hostOverheadNs }: Profile): MeasuredTime {
  return host ?? constantTime(hostOverheadNs);
}

function completed(profile: Profile, { rows }: IdleRows): readonly ProfileRow[] {
  return profile.rows.map((busy) => {
    const nearest = rows.reduce((best, row) => (distance(row, busy) < distance(best, busy) ? row : best));
    // A mean alone, of a few costly samples, has the shape of busy batches as well.
    if (nearest.batch === busy.batch && (hasSpread(nearest) || !hasSpread(busy)))
      return { ...nearest, host: hostOf(nearest, profile) };
    const twin = rowAt(profile, nearest.batch);
    const byNs = nearest.meanNs - twin.meanNs;
    const hostByNs = hostOf(nearest, profile).meanNs - hostOf(twin, profile).meanNs;
    return {
      batch: busy.batch,
      ...shiftedTime(busy, { meanNs: byNs, quantilesNs: [] }, 1),
      host: shiftedTime(hostOf(busy, profile), { meanNs: hostByNs, quantilesNs: [] }, 0),
    };
  });
}

function distance(row: ProfileRow, other: ProfileRow): number {
  return Math.abs(Math.log(row.batch / other.batch));
}

/** The busy row of a batch size, or one between its neighbours; beyond the table the outermost. */
function rowAt(profile: Profile, batch: number): ProfileRow {
  const { rows } = profile;
  const above = rows.findIndex((row) => row.batch >= batch);
  if (above < 0) return rows[rows.length - 1];
  if (above === 0 || rows[above].batch === batch) return rows[above];
  const [from, to] = [rows[above - 1], rows[above]];
  const share = (batch - from.batch) / (to.batch - from.batch);
  return {
    batch,
    ...timeBetween(from, to, share),
    host: timeBetween(hostOf(from, profile), hostOf(to, profile), share),
  };
}
