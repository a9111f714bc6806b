// Who answers, as an expectation: the share of the expected variants, its interval, and whether that held.
import { describe, expect, test } from 'vitest';
import type { CellResult, ServedByExpectation } from '../../../core/index.ts';
import { expectationsOf } from '../../../experiments/compare/expectations.ts';
import type { ServedByExpectationConfig } from '../../../experiments/config/experiment-config.ts';
import { cellOf, replicationOf } from './results.ts';

const T_1_95 = 12.7062;

const expected = (changes: Partial<ServedByExpectationConfig> = {}): ServedByExpectationConfig => ({
  kind: 'served-by',
  claim: 'E2',
  says: 'the CPU answers',
  policy: 'a',
  servedBy: ['cpu'],
  sharePercent: 100,
  at: {},
  application: null,
  ...changes,
});

/** Requests of the shop that the CPU and the GPU answered, replication by replication. */
const cell = (runs: readonly (readonly [cpu: number, gpu: number])[], parameters: CellResult['parameters'] = {}) =>
  cellOf(
    0,
    'a',
    runs.map(([cpu, gpu], replication) =>
      replicationOf(replication, {
        servedBy: [
          ...(cpu === 0 ? [] : [{ application: 'shop', variant: 'cpu', requests: cpu }]),
          ...(gpu === 0 ? [] : [{ application: 'shop', variant: 'gpu', requests: gpu }]),
        ],
      }),
    ),
    parameters,
  );

const judged = (of: readonly CellResult[], changes: Partial<ServedByExpectationConfig> = {}): ServedByExpectation[] =>
  expectationsOf(of, [expected(changes)], 0.95).filter((each) => each.kind === 'served-by');

describe('who answers', () => {
  test('is told as a share of the answered requests with its interval over replications', () => {
    const [found] = judged(
      [
        cell([
          [90, 10],
          [98, 2],
        ]),
      ],
      { sharePercent: 90 },
    );
    expect(found).toMatchObject({ policy: 'a', variants: ['cpu'], limitPercent: 90, lowestPercent: 90, remark: '' });
    expect(found.sharePercent).toMatchObject({ mean: 94, samples: 2, method: 'replications' });
    expect(found.sharePercent.halfWidth).toBeCloseTo(T_1_95 * 4, 2);
  });

  test.each([
    ['held', 100, '7/0 3/0'],
    ['not held', 100, '7/0 999/1'],
    ['not held', 100, '0/10 0/20'],
    // 98 ± 2.5 over these: the mean is above, the interval is not.
    ['held', 95, '97/3 98/2 99/1'],
    ['undecided', 96, '97/3 98/2 99/1'],
    ['not held', 95, '90/10 90/10 90.1/9.9'],
    ['undecided', 90, '90/10 98/2'],
  ] as const)('is %s against %d %% with %s', (outcome, sharePercent, shares) => {
    const runs = shares.split(' ').map((run) => run.split('/').map(Number));
    const answered = runs.map(([cpu, gpu]) => [cpu, gpu] as const);
    expect(judged([cell(answered)], { sharePercent })[0].outcome).toBe(outcome);
  });

  test('of a single run is left open, but for all of the requests', () => {
    for (const run of [
      [95, 5],
      [94, 6],
    ] as const) {
      const [found] = judged([cell([run])], { sharePercent: 95 });
      expect(found).toMatchObject({ outcome: 'undecided', remark: 'one run gives no interval: add replications' });
      expect(found).toMatchObject({ lowestPercent: run[0], sharePercent: { mean: run[0], halfWidth: null } });
      expect(judged([cell([run])])[0]).toMatchObject({ outcome: 'not held', remark: '' });
    }
    expect(judged([cell([[95, 0]])])[0]).toMatchObject({ outcome: 'held', remark: '' });
  });

  test('has an interval between 0 and 100', () => {
    const ends = (
      [
        [100, 0],
        [90, 10],
      ] as const
    ).map((run) => judged([cell([[1, 99], run])])[0].sharePercent);
    expect(ends.map(({ low, high }) => [low, high])).toEqual([
      [0, 100],
      [0, 100],
    ]);
  });

  test('may be any of several variants', () => {
    const [found] = judged([cell([[5, 5]])], { servedBy: ['gpu', 'cpu', 'other'] });
    expect(found).toMatchObject({ outcome: 'held', sharePercent: { mean: 100 } });
  });

  test('of an application leaves the others out', () => {
    const two = cellOf(0, 'a', [
      replicationOf(0, {
        servedBy: [
          { application: 'shop', variant: 'cpu', requests: 3 },
          { application: 'search', variant: 'gpu', requests: 9 },
        ],
      }),
    ]);
    const shares = [null, 'shop', 'search'].map((application) => judged([two], { application })[0].sharePercent.mean);
    expect(shares).toEqual([25, 100, 0]);
  });

  test('is judged under its policy set alone, at every grid point meant', () => {
    const points = [4, 8].map((rate) => cell([[1, 0]], { rate }));
    const other = { ...cell([[0, 1]], { rate: 4 }), policy: 'b' };
    expect(judged([...points, other]).map(({ parameters }) => parameters)).toEqual([{ rate: 4 }, { rate: 8 }]);
    expect(judged([...points, other], { at: { rate: [8] } })).toHaveLength(1);
  });

  test('rests on nothing that cannot be believed or answered nothing', () => {
    const nothing = { outcome: 'undecided', lowestPercent: null, sharePercent: { mean: null, samples: 0 } };
    const fine = cell([[1, 0]]);
    const invalid = { ...fine, verdict: { ...fine.verdict, valid: false } };
    expect(judged([invalid])[0]).toMatchObject({ ...nothing, remark: 'a is invalid here' });
    expect(
      judged([
        cell([
          [1, 0],
          [0, 0],
        ]),
      ])[0],
    ).toMatchObject({ ...nothing, remark: 'a run answered nothing' });
    expect(judged([fine], { application: 'toString' })[0]).toMatchObject({
      ...nothing,
      remark: 'a run answered nothing of toString',
    });
  });
});
