import { describe, expect, test } from 'vitest';
import type { SittingRecord } from '../../../../experiments/measure/profile/records.ts';
import { sharesOf, sittingNotes, sittingsStamp } from '../../../../experiments/measure/profile/sittings.ts';

function sitting(date: string, lastedNs: number, othersPercent: number): SittingRecord {
  const shares = { othersPercent, stealPercent: 0 };
  return { type: 'sitting', date, loadAverage: '1.00 before, 2.00 after', lastedNs, shares, wasCut: false };
}
const CUT: SittingRecord = { ...sitting('unknown', 0, 0), shares: null, wasCut: true };

describe('several sittings', () => {
  test('count by their length: a noisy one is not forgotten', () => {
    expect(sharesOf([sitting('a', 300, 40), sitting('b', 100, 0)])).toEqual({ othersPercent: 30, stealPercent: 0 });
    expect(sharesOf([CUT])).toBeUndefined();
  });

  test('are all in the environment, with what is not known of them', () => {
    const sittings = [sitting('monday', 100, 40), CUT, sitting('tuesday', 100, 0)];
    expect(sittingsStamp(sittings)).toMatchObject({
      date: 'monday; unknown; tuesday',
      sittings: '3',
      other_processes: '20.0 % of a core',
    });
    expect(sittingNotes(sittings)).toEqual(['1 of 3 sittings ended without saying how busy the machine was']);
  });
});
