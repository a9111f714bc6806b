/**
 * What a measurement of several sittings (`--resume`) says of its machine: all of them together, as if there had been
 * one. Pure.
 */
import { sum } from 'simple-statistics';
import type { CpuShares } from '../cpu-watch.ts';
import type { EnvironmentStamp } from '../environment-stamp.ts';
import type { SampleRecord, SittingRecord } from './records.ts';

export function sittingsOf(records: readonly SampleRecord[]): readonly SittingRecord[] {
  return records.filter((record) => record.type === 'sitting');
}

/** Each sitting counts by its length. Undefined where no sitting could tell. */
export function sharesOf(sittings: readonly SittingRecord[]): CpuShares | undefined {
  const told = sittings.flatMap(({ shares, lastedNs }) => (shares === null ? [] : [{ shares, lastedNs }]));
  const lastedNs = sum(told.map((each) => each.lastedNs));
  if (lastedNs === 0) return undefined;
  const mean = (read: (shares: CpuShares) => number): number =>
    sum(told.map((each) => (read(each.shares) * each.lastedNs) / lastedNs));
  return {
    othersPercent: mean(({ othersPercent }) => othersPercent),
    stealPercent: mean(({ stealPercent }) => stealPercent),
  };
}

/** The dates and load averages of all sittings, under the names that a stamp has for one. */
export function sittingsStamp(sittings: readonly SittingRecord[]): EnvironmentStamp {
  const shares = sharesOf(sittings);
  const joined = (texts: readonly string[]): string => texts.join('; ');
  return {
    ...(sittings.length === 0
      ? {}
      : {
          load_average: joined(sittings.map(({ loadAverage }) => loadAverage)),
          date: joined(sittings.map(({ date }) => date)),
        }),
    ...(sittings.length > 1 ? { sittings: String(sittings.length) } : {}),
    ...(shares === undefined
      ? {}
      : {
          other_processes: `${shares.othersPercent.toFixed(1)} % of a core`,
          steal: `${shares.stealPercent.toFixed(1)} % of a core`,
        }),
  };
}

/** Said where a sitting was killed before it could say how busy the machine was. */
export function sittingNotes(sittings: readonly SittingRecord[]): readonly string[] {
  const cut = sittings.filter(({ wasCut }) => wasCut).length;
  if (cut === 0) return [];
  return [`${cut} of ${sittings.length} sittings ended without saying how busy the machine was`];
}
