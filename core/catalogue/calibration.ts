/**
 * What a latency table cannot know of a live service: how much longer or shorter the same work takes inside it, what the
 * host adds to every batch, how late it wakes up, when the machine stands still, how much
 * neighbours slow each other. Fitted to one live run by
 * `rehearse calibrate`. Work is adjusted in the profiles (`calibrateProfile`), so that policies predict with what they
 * will meet in either world; lateness and contention belong to the simulated world alone, a live one has its own.
 */
import type { Nanos } from '../time.ts';
import { idleShare, rowsAfter } from './idle-rows.ts';
import { constantTime, furtherShift, scaledTime, shiftedTime } from './measured-time.ts';
import type { QuantileShift } from './measured-time.ts';
import { quantileMeanNs } from './quantile-function.ts';
import type { MeasuredTime, Profile, ProfileRow } from './variant.ts';

/** What batches take in the service that come after an idle time. */
export interface CalibratedIdle {
  /** 0 for batches back to back. */
  readonly idleNs: Nanos;
  /** Time of an execution in the service over what the table says of such; above 0. */
  readonly inferFactor: number;
  /** What the service's host needs for a batch beyond the profile. */
  readonly extra: QuantileShift;
}

/** Milliseconds in which nothing ran, on the time that batches were seen running. */
export interface RecordedPauses {
  /** Length of that time. */
  readonly overNs: Nanos;
  /** Ascending, within that time. */
  readonly events: readonly { readonly atNs: Nanos; readonly lastsNs: Nanos }[];
}

export interface Calibration {
  /** The run it was fitted to. */
  readonly source: string;
  /** Ascending by idle time, the first with 0. Between two it changes as tables do; beyond the last it stays. */
  readonly afterIdle: readonly CalibratedIdle[];
  /** How late a sleeping service wakes up for an arrival or for a batch that has waited long enough. */
  readonly wakeUp: MeasuredTime;
  /** When the machine stood still, to be replayed in another order; null where it never did. */
  readonly pauses: RecordedPauses | null;
  /** Share by which each other batch that runs on a machine's cores slows a batch; 0 and more. */
  readonly contention: number;
}

/** The profile of a variant inside the calibrated service: a table for each idle time that either knows. */
export function calibrateProfile(profile: Profile, { afterIdle }: Calibration): Profile {
  const idles = new Set([...(profile.afterIdle ?? []), ...afterIdle].map(({ idleNs }) => idleNs));
  const tables = [...idles]
    .filter((idleNs) => idleNs > 0)
    .toSorted((a, b) => a - b)
    .map((idleNs) => ({ idleNs, rows: calibratedRows(profile, idleNs, afterIdle) }));
  return {
    ...profile,
    rows: calibratedRows(profile, 0, afterIdle),
    ...(tables.length === 0 ? {} : { afterIdle: tables }),
  };
}

/** Every time of a profile's batches times a factor: a table taken while the machine was slower or faster. */
export function scaleProfile(profile: Profile, factor: number): Profile {
  const scaled = (rows: readonly ProfileRow[]): readonly ProfileRow[] =>
    rows.map(({ host, ...row }) => ({
      batch: row.batch,
      ...scaledTime(row, factor, 1),
      ...(host === undefined ? {} : { host: scaledTime(host, factor, 0) }),
    }));
  const { rows, afterIdle, hostOverheadNs } = profile;
  return {
    ...profile,
    rows: scaled(rows),
    ...(afterIdle === undefined
      ? {}
      : { afterIdle: afterIdle.map((idle) => ({ idleNs: idle.idleNs, rows: scaled(idle.rows) })) }),
    hostOverheadNs: Math.round(hostOverheadNs * factor),
  };
}

function calibratedRows(profile: Profile, idleNs: Nanos, conditions: readonly CalibratedIdle[]): readonly ProfileRow[] {
  const { inferFactor, extra } = conditionAfter(idleNs, conditions);
  return rowsAfter(profile, idleNs).map((row) => ({
    batch: row.batch,
    ...withOwnMean(scaledTime(row, inferFactor, 1)),
    host: withOwnMean(shiftedTime(row.host ?? constantTime(profile.hostOverheadNs), extra, 0)),
  }));
}

function conditionAfter(idleNs: Nanos, conditions: readonly CalibratedIdle[]): Omit<CalibratedIdle, 'idleNs'> {
  const above = conditions.findIndex((condition) => condition.idleNs >= idleNs);
  if (above < 0) return conditions[conditions.length - 1];
  if (above === 0 || conditions[above].idleNs === idleNs) return conditions[above];
  const [from, to] = [conditions[above - 1], conditions[above]];
  const share = idleShare(from.idleNs, to.idleNs, idleNs);
  const between = (a: number, b: number): number => a + share * (b - a);
  return {
    inferFactor: between(from.inferFactor, to.inferFactor),
    // The shape of the later one: shapes differ little, and the step from busy to idle is the largest there is.
    extra: furtherShift(to.extra, between(from.extra.meanNs, to.extra.meanNs) - to.extra.meanNs),
  };
}

/**
 * With the mean of its quantiles: what policies predict with is what is drawn. The measured mean may hold a tail that the
 * quantiles end before; a calibration knows that tail as pauses.
 */
function withOwnMean(time: MeasuredTime): MeasuredTime {
  return { ...time, meanNs: Math.round(quantileMeanNs(time) ?? time.meanNs) };
}
