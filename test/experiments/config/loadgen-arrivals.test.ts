// LoadGen's Server schedule as the arrivals of an experiment.
import { describe, expect, test } from 'vitest';
import { arrivalsSchema } from '../../../experiments/config/schema/arrivals.ts';
import { OFFICIAL_SCHEDULE_SEED } from '../../../traces/index.ts';

const parsed = (more: object): unknown => arrivalsSchema.parse({ process: 'loadgen-server', rate: '100/s', ...more });
const expected = (more: object): string | undefined =>
  arrivalsSchema.safeParse({ process: 'loadgen-server', rate: '100/s', ...more }).error?.issues[0].message;

describe('arrivals of LoadGen', () => {
  test('have the official seed unless they name another', () => {
    expect(parsed({})).toEqual({ process: 'loadgen-server', rateRps: 100, scheduleSeed: OFFICIAL_SCHEDULE_SEED });
    expect(parsed({ schedule_seed: 7 })).toMatchObject({ scheduleSeed: '7' });
    expect(parsed({ schedule_seed: '18446744073709551615' })).toMatchObject({ scheduleSeed: '18446744073709551615' });
  });

  test.each([Number('16159082839903944936'), -1, 1.5, '18446744073709551616', 'x', ''])(
    'refuse the seed %s, which no number of YAML holds or no generator takes',
    (seed) => {
      expect(expected({ schedule_seed: seed })).toContain('a whole number from 0 to 2^64 - 1; in quotes above 2^53');
    },
  );
});
