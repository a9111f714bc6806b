/**
 * Completes what was measured after an idle time to a whole table: idle gaps are measured at few batch sizes, since
 * each sample costs the gap itself, and a size without a row of its own differs from busy batches as the nearest
 * measured one does. What idling costs (cold caches, a core that has to wake up) hardly depends on the batch.
 */
import type { IdleRows, MeasuredTime, Nanos, Profile, ProfileRow } from '../../core/index.ts';

/** One row for each batch size of the profile's busy table, as they are after the idle time. */
export function completeIdleRows(profile: Profile, { rows }: IdleRows): readonly ProfileRow[] {
  return profile.rows.map((busy) => {
    const nearest = rows.reduce((best, row) => (distance(row, busy) < distance(best, busy) ? row : best));
    if (nearest.batch === busy.batch) return { host: constant(profile.hostOverheadNs), ...nearest };
    const twin = rowAt(profile.rows, nearest.batch);
    const idleHost = nearest.host?.meanNs ?? profile.hostOverheadNs;
    const busyHost = twin.host?.meanNs ?? profile.hostOverheadNs;
    return {
      batch: busy.batch,
      ...later(busy, nearest.meanNs - twin.meanNs),
      host: later(busy.host ?? constant(profile.hostOverheadNs), idleHost - busyHost),
    };
  });
}

function distance(row: ProfileRow, other: ProfileRow): number {
  return Math.abs(Math.log(row.batch / other.batch));
}

/** The busy row of a batch size, or the mean of the line between its neighbours. */
function rowAt(rows: readonly ProfileRow[], batch: number): ProfileRow {
  const above = Math.max(
    1,
    rows.findIndex((row) => row.batch >= batch),
  );
  const [from, to] = [rows[Math.min(above, rows.length - 1) - 1] ?? rows[0], rows[Math.min(above, rows.length - 1)]];
  const exact = rows.find((row) => row.batch === batch);
  if (exact !== undefined || from.batch === to.batch) return exact ?? from;
  const share = (batch - from.batch) / (to.batch - from.batch);
  return { batch, meanNs: Math.round(from.meanNs + share * (to.meanNs - from.meanNs)) };
}

function constant(meanNs: Nanos): MeasuredTime {
  return { meanNs, quantilesNs: [{ probability: 0.5, valueNs: meanNs }] };
}

/** The same distribution, moved; never below a nanosecond. */
function later({ meanNs, quantilesNs, samplesNs }: MeasuredTime, byNs: number): MeasuredTime {
  const moved = (valueNs: Nanos): Nanos => Math.max(1, Math.round(valueNs + byNs));
  return {
    meanNs: moved(meanNs),
    ...(quantilesNs === undefined
      ? {}
      : { quantilesNs: quantilesNs.map(({ probability, valueNs }) => ({ probability, valueNs: moved(valueNs) })) }),
    ...(samplesNs === undefined ? {} : { samplesNs: samplesNs.map(moved) }),
  };
}
