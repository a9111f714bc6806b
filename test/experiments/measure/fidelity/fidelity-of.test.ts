// The verdicts of a comparison: what the bar allows, what noise excuses, what cannot be judged, and the whole.
import { describe, expect, test } from 'vitest';
import { DEFAULT_BAR } from '../../../../experiments/index.ts';
import { replicationOf } from '../../compare/results.ts';
import { cellWith, compared, late, runsOf, saidOf } from './pairs.ts';

/** Five runs with this mean and standard deviation. */
const live5 = (mean: number, s: number) => [-1, 1, 0, -1, 1].map((sign) => mean + sign * s);
const five = (value: number) => [value, value, value, value, value];

describe('differences', () => {
  test('are simulated minus live, of attainment in points and of latency in percent of the live mean', () => {
    expect(saidOf('attainment_percent', cellWith('attainment_percent', { simulated: [97], live: [98] }))).toMatchObject(
      {
        difference: { mean: -1 },
        limit: 2,
        verdict: 'within',
      },
    );
    const p50 = saidOf('latency_p50_ms', cellWith('latency_p50_ms', { simulated: [10.5], live: [10] }));
    expect(p50.difference.mean).toBeCloseTo(5, 10);
    expect(p50).toMatchObject({ limit: 9, verdict: 'within' });
  });

  test('are paired: what both runs of a pair suffered does not widen their interval', () => {
    const found = saidOf('latency_p50_ms', cellWith('latency_p50_ms', { simulated: [11, 21, 31], live: [10, 20, 30] }));
    expect(found.live.halfWidth).toBeGreaterThan(20);
    expect(found.difference).toMatchObject({ mean: 5, halfWidth: 0, samples: 3, method: 'replications' });
  });

  test('of a single pair have the interval of its jackknife parts', () => {
    const runs = (parts: readonly number[]) => [
      replicationOf(0, {
        metrics: { latency_p50_ms: 10 },
        windowParts: { latency_p50_ms: parts },
        outcomes: { served: 2000 },
      }),
    ];
    const cell = { label: 'a', group: 'a', simulated: runs([9, 10, 11]), live: runs([8, 10, 12]) };
    const found = saidOf('latency_p50_ms', cell);
    expect(found.live).toMatchObject({ mean: 10, samples: 3, method: 'jackknife' });
    // The differences of the parts are 1, 0, -1: t(0.95, 2) / sqrt(3) = 2.484 ms, of 10 ms.
    expect(found.difference.halfWidth).toBeCloseTo(24.84, 2);
  });

  test('have no interval where a run has no parts', () => {
    const found = saidOf('latency_p50_ms', cellWith('latency_p50_ms', { simulated: [10], live: [10] }));
    expect(found.difference).toMatchObject({ mean: 0, halfWidth: null, samples: 1 });
  });

  test('of workers are of their mean over the time of the run', () => {
    const cell = {
      label: 'a',
      group: 'a',
      simulated: runsOf([{ worker_seconds: 3 }]),
      live: runsOf([{ worker_seconds: 2 }]),
    };
    expect(saidOf('workers_mean', cell)).toMatchObject({ simulated: { mean: 3 }, difference: { mean: 50 } });
  });
});

describe('a latency', () => {
  test('beyond the bar is within live noise where the half-width of the live runs is larger', () => {
    // A standard deviation of 1: a half-width of 2.776 / sqrt(5) = 1.24, 12.4 % of 10.
    const found = saidOf('latency_p99_ms', cellWith('latency_p99_ms', { simulated: five(11.1), live: live5(10, 1) }));
    expect(found.verdict).toBe('within live noise');
    expect(found.remark).toBe('the half-width of the live interval is ± 12.4 % over 5 live runs');
  });

  test('beyond the bar and the noise misses, however wide the interval of the simulation', () => {
    const found = saidOf('latency_p99_ms', cellWith('latency_p99_ms', { simulated: live5(12, 4), live: live5(10, 1) }));
    expect(found.verdict).toBe('misses');
  });

  test('is not excused by live noise that its pairs do not share', () => {
    // Every live run met its own requests and so did its simulation, which is 10.4 to 11.6 % slower each time.
    const live = live5(10, 1);
    const found = saidOf(
      'latency_p99_ms',
      cellWith('latency_p99_ms', { simulated: live.map((value, index) => value + 1.04 + 0.03 * index), live }),
    );
    expect(found.liveNoise).toBeGreaterThan(Math.abs(found.difference.mean ?? 100));
    expect(found.verdict).toBe('misses');
    expect(found.remark).toMatch(/over 5 live runs, but the paired difference is not 0 within its own$/);
  });

  test('is not excused by the noise of fewer than five live runs, nor condemned', () => {
    const found = saidOf('latency_p99_ms', cellWith('latency_p99_ms', { simulated: [12, 12], live: [9, 11] }));
    expect(found.verdict).toBe('not judged');
    expect(found.remark).toMatch(/over 2 live runs, too few to excuse it: 5 are needed$/);
  });

  test('is not excused by the parts of one run where several runs are asked for', () => {
    const run = (mean: number, parts: readonly number[]) => [
      replicationOf(0, {
        metrics: { latency_p50_ms: mean },
        windowParts: { latency_p50_ms: parts },
        outcomes: { served: 2000 },
      }),
    ];
    const cell = { label: 'a', group: 'a', simulated: run(11, [9, 11, 13]), live: run(10, [12, 10, 8]) };
    expect(saidOf('latency_p50_ms', cell).verdict).toBe('within live noise');
    const found = compared([cell], DEFAULT_BAR, 5).cells[0].comparisons.find(
      ({ quantity }) => quantity === 'latency_p50_ms',
    );
    expect(found).toMatchObject({ verdict: 'not judged' });
  });

  test('is not judged above the load that the bar speaks of', () => {
    const cell = cellWith('latency_p50_ms', { simulated: [20], live: [10] }, { loadPercent: 90 });
    expect(saidOf('latency_p50_ms', cell)).toMatchObject({
      limit: null,
      verdict: 'not judged',
      remark: 'the load is above 80 %',
    });
    expect(saidOf('latency_p50_ms', { ...cell, loadPercent: 80 }).verdict).toBe('misses');
  });

  test.each([
    ['latency_p50_ms', 20],
    ['latency_p99_ms', 1000],
  ] as const)('%s takes %i answered requests in every run', (quantity, needed) => {
    const cellOf = (answered: number) => ({
      label: 'a',
      group: 'a',
      simulated: runsOf([{ [quantity]: 10 }]),
      live: runsOf([{ [quantity]: 10 }], answered),
    });
    expect(saidOf(quantity, cellOf(needed)).verdict).toBe('within');
    const few = saidOf(quantity, cellOf(needed - 1));
    expect(few).toMatchObject({ verdict: 'not judged' });
    expect(few.remark).toBe(
      `not enough samples: ${quantity.slice(8, 11)} needs ${needed} answered requests in every run, found ${needed - 1}`,
    );
  });

  test('for which there is no bar is not judged, and says nothing', () => {
    const found = saidOf('latency_p90_ms', cellWith('latency_p90_ms', { simulated: [20], live: [10] }));
    expect(found).toMatchObject({ difference: { mean: 100 }, limit: null, verdict: 'not judged', remark: '' });
  });
});

test('attainment has to be within the bar whatever the noise, and at every load', () => {
  const values = { simulated: five(96), live: live5(93, 3) };
  const found = saidOf('attainment_percent', cellWith('attainment_percent', values, { loadPercent: 95 }));
  expect(found.verdict).toBe('misses');
  expect(found.remark).toMatch(/for which the bar makes no allowance$/);
});

describe('a run that is invalid', () => {
  const cell = cellWith('attainment_percent', { simulated: [97, 98, 99], live: [97, 50, 99] });
  const spoiled = { ...cell, live: cell.live.map((run, index) => (index === 1 ? late(run) : run)) };

  test('is left out with its partner, counted and named', () => {
    const { cells, leftOut } = compared([spoiled]);
    expect(cells[0].pairs).toBe(2);
    expect(cells[0].comparisons[0]).toMatchObject({ simulated: { mean: 98 }, live: { mean: 98 } });
    expect(leftOut).toMatchObject([
      { cell: 'a cell', world: 'live', replication: 1, problem: { code: 'RUN_GENERATOR_LATE' } },
    ]);
  });

  test('and the only one leaves a cell that cannot be judged, and no verdict on the whole', () => {
    const { cells, summary } = compared([{ ...cell, live: cell.live.map(late) }]);
    expect(cells[0]).toMatchObject({ pairs: 0, answeredMin: 0, series: null });
    expect(cells[0].comparisons[0]).toMatchObject({ verdict: 'not judged', remark: 'no pair of valid runs' });
    expect(summary.verdict).toBe('undecided');
  });
});

describe('where five pairs are asked for', () => {
  const cell = cellWith('attainment_percent', { simulated: five(97), live: five(97) });
  const four = { ...cell, live: cell.live.map((run, index) => (index === 1 ? late(run) : run)) };

  test('a cell with four valid ones is not judged, and the whole is undecided', () => {
    const { cells, summary, notes } = compared([four], DEFAULT_BAR, 5);
    expect(cells[0].comparisons[0]).toMatchObject({
      verdict: 'not judged',
      remark: 'too few pairs of valid runs: 5 are needed, found 4',
    });
    expect(summary.verdict).toBe('undecided');
    expect(notes).toContain('a cell with fewer than 5 pairs of valid runs is not judged');
  });

  test('a cell with five is judged', () => {
    const [{ comparisons }] = compared([cell], DEFAULT_BAR, 5).cells;
    expect(comparisons[0].verdict).toBe('within');
  });
});

describe('the whole', () => {
  const judged = { latency_p50_ms: 10, latency_p99_ms: 10 };
  const cellAt = (label: string, attainment: number, p99 = 10) => ({
    label,
    group: 'a group',
    simulated: runsOf([{ ...judged, attainment_percent: attainment, latency_p99_ms: p99 }]),
    live: runsOf([{ ...judged, attainment_percent: 95 }]),
  });

  test('meets the bar when every cell does and attainment does on average', () => {
    const { summary } = compared([cellAt('a', 96.5), cellAt('b', 95)]);
    expect(summary).toMatchObject({ verdict: 'met', attainmentMeanWithin: true });
    expect(summary.tallies[0]).toMatchObject({ judged: 2, within: 2, withinHalf: 1, largest: 1.5, mean: 0.75 });
  });

  test('misses it when attainment is off by too much on average, though in no cell', () => {
    const { summary } = compared([cellAt('a', 96.5), cellAt('b', 93.5)]);
    expect(summary).toMatchObject({ verdict: 'missed', attainmentMeanWithin: false });
    expect(summary.tallies[0].missed).toBe(0);
  });

  test('names everything that misses, the worst relative to its limit first', () => {
    const { summary } = compared([cellAt('a', 98), cellAt('b', 95, 13)]);
    expect(summary.verdict).toBe('missed');
    expect(summary.worst.map(({ cell, quantity, verdict }) => [cell, quantity, verdict])).toEqual([
      ['b', 'latency_p99_ms', 'misses'],
      ['a', 'attainment_percent', 'misses'],
    ]);
  });

  test('can be judged by another bar', () => {
    const wide = { ...DEFAULT_BAR, latencyShareMax: 0.5 };
    expect(compared([cellAt('b', 95, 13)], wide).summary.verdict).toBe('met');
  });

  test('is undecided over nothing', () => {
    expect(compared([]).summary.verdict).toBe('undecided');
  });

  test('says what the two worlds do not share', () => {
    const { excluded } = compared([]);
    expect(excluded.map(({ what }) => what)).toEqual(
      expect.arrayContaining(['network', 'faults', "the client's own time", 'memory pressure', 'unload times']),
    );
  });
});

test('runs that were not offered the same load are told', () => {
  const cell = cellWith('offered_rps', { simulated: [100, 100], live: [100, 101] });
  expect(compared([cell]).cells[0].notes).toEqual(['in 1 of 2 pairs the two runs were not offered the same load']);
});

test('of more runs on one side the first are compared, and the cell says so', () => {
  const cell = cellWith('attainment_percent', { simulated: [97, 10, 10], live: [97] });
  const [{ pairs, comparisons, notes }] = compared([cell]).cells;
  expect({ pairs, difference: comparisons[0].difference.mean }).toEqual({ pairs: 1, difference: 0 });
  expect(notes).toEqual(['3 simulated runs and 1 live ones: the first 1 of both are compared']);
});
