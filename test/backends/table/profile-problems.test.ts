import { describe, expect, test } from 'vitest';
import { latencyModel, profileProblems, profileWarnings } from '../../../backends/index.ts';
import type { Profile, ProfileRow } from '../../../core/index.ts';
import { ServingErrors } from '../../../core/index.ts';

const SOUND: Profile = {
  source: 'test',
  synthesised: false,
  rows: [
    { batch: 1, meanNs: 1000 },
    { batch: 4, meanNs: 3000 },
  ],
  loadNs: 0,
  peakMemoryBytes: 0,
  hostOverheadNs: 0,
};

function told(changes: Partial<Profile>): string[] {
  return profileProblems({ ...SOUND, ...changes }).map(
    ({ path, message, found, expected }) => `${path.join('.')}: ${message}; found ${found}; expected ${expected}`,
  );
}

function rows(...given: readonly ProfileRow[]): Partial<Profile> {
  return { rows: given };
}

describe('a profile', () => {
  test('without a fault has no problems and no warnings', () => {
    expect(profileProblems(SOUND)).toEqual([]);
    expect(profileWarnings(SOUND)).toEqual([]);
  });

  test.each<[string, Partial<Profile>, string]>([
    ['an empty table', rows(), 'rows: the table is empty; found no rows; expected at least one batch size'],
    [
      'a batch twice',
      rows({ batch: 1, meanNs: 1 }, { batch: 1, meanNs: 2 }),
      'rows.1.batch: batch 1 is in the table twice; found 1; expected each batch size once',
    ],
    [
      'rows out of order',
      rows({ batch: 4, meanNs: 1 }, { batch: 1, meanNs: 2 }),
      'rows.1.batch: the rows are not in order; found batch 1 after 4; expected ascending batch sizes',
    ],
    [
      'half a batch',
      rows({ batch: 1.5, meanNs: 1 }),
      'rows.0.batch: a batch size is no count of inputs; found 1.5; expected a whole number from 1',
    ],
    [
      'a batch that is no number',
      rows({ batch: Number.NaN, meanNs: 1 }),
      'rows.0.batch: a batch size is no count of inputs; found NaN; expected a whole number from 1',
    ],
    [
      'a negative mean',
      rows({ batch: 1, meanNs: -1 }),
      'rows.0.mean: the figure cannot be used; found -1; expected a whole number from 1',
    ],
    [
      'a mean that is no number',
      rows({ batch: 1, meanNs: Number.NaN }),
      'rows.0.mean: the figure cannot be used; found NaN; expected a whole number from 1',
    ],
    [
      'a fraction of a nanosecond',
      rows({ batch: 1, meanNs: 10, samplesNs: [3, 4.5] }),
      'rows.0.samples.1: the figure cannot be used; found 4.5; expected a whole number from 1',
    ],
    [
      'no samples',
      rows({ batch: 1, meanNs: 10, samplesNs: [] }),
      'rows.0.samples: there are no samples; found an empty list; expected at least one',
    ],
    [
      'no quantiles',
      rows({ batch: 1, meanNs: 10, quantilesNs: [] }),
      'rows.0.quantiles: there are no quantiles; found an empty list; expected at least one',
    ],
    [
      'a probability above 1',
      rows({ batch: 1, meanNs: 10, quantilesNs: [{ probability: 50, valueNs: 10 }] }),
      'rows.0.quantiles.0: a quantile has no probability; found 50; expected a probability from 0 to 1',
    ],
    [
      'an infinite load',
      { loadNs: Infinity },
      'load: the figure cannot be used; found Infinity; expected a whole number from 0',
    ],
    [
      'negative memory',
      { peakMemoryBytes: -1 },
      'peak_memory: the figure cannot be used; found -1; expected a whole number from 0',
    ],
    [
      'negative overhead',
      { hostOverheadNs: -1 },
      'host_overhead: the figure cannot be used; found -1; expected a whole number from 0',
    ],
  ])('with %s is refused with the place', (_, changes, message) => {
    expect(told(changes)).toEqual([message]);
  });

  test('with quantiles that fall is refused', () => {
    const quantilesNs = [
      { probability: 0.5, valueNs: 20 },
      { probability: 0.9, valueNs: 10 },
    ];
    expect(told(rows({ batch: 1, meanNs: 20, quantilesNs }))).toEqual([
      'rows.0.quantiles.1: the quantiles do not ascend; found p90 of 10 ns after p50 of 20 ns; ' +
        'expected ascending probabilities and values',
    ]);
  });

  test('with several faults tells all of them', () => {
    const faulty = { ...SOUND, rows: [{ batch: 0, meanNs: -1 }], loadNs: -1 };
    const make = (): unknown =>
      latencyModel(faulty, { variant: 'v', maxBatch: 1, sampling: 'mean', extrapolate: false, place: 'x.yaml:9' });
    expect(make).toThrow(ServingErrors);
    expect(make).toThrow(
      /^x.yaml:9: profile\.rows\.0\.batch of v: .*\n.*rows\.0\.mean of v: .*\n.*profile\.load of v: /,
    );
  });

  test('whose mean falls while the batch grows is allowed and flagged', () => {
    const falling = { ...SOUND, ...rows({ batch: 1, meanNs: 2_000_000 }, { batch: 4, meanNs: 1_500_000 }) };
    expect(profileProblems(falling)).toEqual([]);
    expect(profileWarnings(falling)).toEqual([
      { path: ['rows', 1], message: 'the mean falls from 2 ms at batch 1 to 1.5 ms at batch 4' },
    ]);
    const wobbling = { ...SOUND, ...rows({ batch: 1, meanNs: 2_000_000 }, { batch: 4, meanNs: 1_950_000 }) };
    expect(profileWarnings(wobbling)).toEqual([]);
  });

  test('whose quantiles do not belong to its mean is flagged', () => {
    const quantilesNs = [
      { probability: 0.1, valueNs: 900 },
      { probability: 0.9, valueNs: 1100 },
    ];
    const two = { ...SOUND, ...rows({ batch: 1, meanNs: 1500, quantilesNs }) };
    expect(profileWarnings(two)).toEqual([
      { path: ['rows', 0], message: 'the mean of batch 1 is 1.5 us, but its quantiles have a mean of 1 us' },
    ]);
  });
});
