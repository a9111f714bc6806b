// Two result folders as cells to compare, and every way in which they cannot be.
import { describe, expect, test } from 'vitest';
import { RESULT_VERSION } from '../../../../core/index.ts';
import type { CellResult, ExperimentResult } from '../../../../core/index.ts';
import { matchResults } from '../../../../experiments/index.ts';
import { cellOf, replicationsOf } from '../../compare/results.ts';
import { ENVIRONMENT } from './pairs.ts';

const CONFIG = {
  name: 'a',
  seed: 1,
  replications: 1,
  duration: '1 min',
  cool_down: '0 s',
  live: { duration: '60 s', replications: 1 },
  catalogue: { sampling: 'empirical' },
  workload: { arrivals: { process: 'poisson', rate: '100/s' }, queries: [{ latency: '10 ms' }] },
  policies: [{ name: 'plain', batching: { policy: 'none' } }],
};
const runs = (count: number) =>
  replicationsOf(
    'latency_p50_ms',
    Array.from({ length: count }, () => 10),
  );
const plain = (count = 1, parameters: CellResult['parameters'] = {}) => cellOf(0, 'plain', runs(count), parameters);

function resultOf(world: ExperimentResult['world'], parts: Partial<ExperimentResult> = {}): ExperimentResult {
  return {
    version: RESULT_VERSION,
    world,
    name: 'a',
    question: '',
    config: CONFIG,
    configHash: '',
    seed: '1',
    environment: ENVIRONMENT,
    complete: true,
    verdict: { valid: true, problems: [], notes: [] },
    cells: [plain()],
    compared: [],
    comparisons: [],
    expectations: [],
    command: 'npx rehearse run a.yaml',
    digest: '',
    ...parts,
  };
}

const match = (simulated: ExperimentResult, live: ExperimentResult) =>
  matchResults({ simulated: { folder: 'out/sim', result: simulated }, live: { folder: 'out/live', result: live } });
const SIMULATED = resultOf('simulated');
const LIVE = resultOf('live');

describe('cells are matched', () => {
  test('by policy and parameters, and grouped by parameters', () => {
    const cells = [plain(1, { 'workload.rate': '100/s' }), plain(1, { 'workload.rate': '200/s' })];
    const found = match({ ...SIMULATED, cells: cells.toReversed() }, { ...LIVE, cells });
    expect(found.cells.map(({ group }) => group)).toEqual(['rate = 100/s', 'rate = 200/s']);
    expect(found.notes).toEqual([]);
  });

  test('with their runs paired by seed; of several simulated runs that of the live seed is compared, and it is said', () => {
    const { cells, notes } = match({ ...SIMULATED, cells: [plain(10)] }, LIVE);
    expect(cells[0].simulated.map(({ seed }) => seed)).toEqual(['1/0']);
    expect(notes).toEqual([
      'of 10 simulated runs the one with the seed of the live run is compared; simulate with --replications 1 for an interval of the difference over parts of the run (plain)',
    ]);
  });

  test('and those of one side only are named', () => {
    const own = cellOf(1, 'own', runs(1));
    const { cells, notes } = match({ ...SIMULATED, cells: [plain(), own] }, LIVE);
    expect(cells).toHaveLength(1);
    expect(notes).toEqual(['not compared, since it is in the simulated result only (own)']);
  });
});

describe('configs', () => {
  const live = (config: unknown): ExperimentResult => ({ ...LIVE, config });

  test('may say a duration in other words, and differ in replications, report and seed section', () => {
    const config = { ...CONFIG, name: 'b', duration: '60 s', cool_down: '0 ns', replications: 5, live: {} };
    expect(match(SIMULATED, live(config)).cells).toHaveLength(1);
  });

  test('may differ in what the simulation alone reads, and it is said', () => {
    const { notes } = match(SIMULATED, live({ ...CONFIG, catalogue: { sampling: 'mean' } }));
    expect(notes).toEqual([
      'the simulation was run with other settings of its own than the live config has: catalogue.sampling: empirical, not mean',
    ]);
  });

  test('that differ are refused with the keys and values', () => {
    const workload = { ...CONFIG.workload, arrivals: { process: 'poisson', rate: '200/s' } };
    const policies = [{ name: 'plain', batching: { policy: 'fixed' } }];
    expect(() => match(SIMULATED, live({ ...CONFIG, workload, policies }))).toThrow(
      'out/live: the two were run from configs that differ; found workload.arrivals.rate: 100/s simulated, 200/s live; policies.plain.batching.policy: none simulated, fixed live; expected the same workload, fleet and policies for as long; run both from one config; the live run was npx rehearse run a.yaml',
    );
  });

  test('that differ in how far cores are overcommitted are refused: workers are placed by it in both worlds', () => {
    const overcommitted = { ...CONFIG, fleet: { core_overcommit: 2 } };
    expect(() => match(SIMULATED, live(overcommitted))).toThrow(
      /found fleet: nothing simulated, \{"core_overcommit":2\}/,
    );
    expect(() =>
      match({ ...SIMULATED, config: { ...CONFIG, fleet: { core_overcommit: 1 } } }, live(overcommitted)),
    ).toThrow(/found fleet\.core_overcommit: 1 simulated, 2 live/);
  });

  test('of which the live one is shorter are refused with what to write', () => {
    expect(() => match(SIMULATED, live({ ...CONFIG, duration: '10 s' }))).toThrow(
      /found duration: 1 min simulated, 10 s live; .* write "live: \{ duration: 1 min \}" into the config and run it live again$/,
    );
  });
});

describe('refused are', () => {
  test('swapped arguments, with the right order', () => {
    expect(() => match(LIVE, SIMULATED)).toThrow(
      'the folders are swapped; found the live run out/sim first; expected the simulated run first, then the live one; rehearse fidelity out/live out/sim',
    );
  });

  test.each([
    [
      SIMULATED,
      SIMULATED,
      'out/live: both results are simulated; expected a live one second; run the config with --live',
    ],
    [LIVE, LIVE, 'out/sim: both results are live; expected a simulated one first; run the config without --live'],
  ])('two results of one world', (a, b, message) => {
    expect(() => match(a, b)).toThrow(message);
  });

  test('a result that was interrupted', () => {
    expect(() => match({ ...SIMULATED, complete: false }, LIVE)).toThrow(
      'out/sim: the simulated run was interrupted, and only what was finished is in its result; run it again to the end: npx rehearse run a.yaml',
    );
  });

  test('another seed', () => {
    expect(() => match(SIMULATED, { ...LIVE, seed: '2' })).toThrow(
      'out/live: the seeds differ, so the two met other requests; found seed 1 simulated, 2 live; expected one seed; run the simulation again with --seed 2',
    );
  });

  test('results without a cell in common', () => {
    expect(() => match({ ...SIMULATED, cells: [cellOf(0, 'own', runs(1))] }, LIVE)).toThrow(
      'out/live: no run of the live result has a simulated counterpart; found plain live, own simulated',
    );
  });
});
