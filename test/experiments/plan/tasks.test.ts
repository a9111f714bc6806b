// The plan of an experiment: which cells there are, in which order, under which names, with which policies and seeds.
import { describe, expect, test } from 'vitest';
import { cellsOf, replicationSeed } from '../../../experiments/plan/tasks.ts';
import { simulateReplication } from '../../../experiments/run/simulate-replication.ts';
import { arriving, echoConfig, tasksOf } from '../../fixtures/echo.ts';
import { folderWith } from '../config/config-files.ts';

const TWO_SETS = {
  policies: [{ name: 'plain' }, { name: 'pairs', batching: { policy: 'fixed', max_batch: 2, max_delay: '1 ms' } }],
};

describe('cells', () => {
  test('without a grid are the policy sets, called by their names', async () => {
    const cells = cellsOf(await echoConfig(TWO_SETS));
    expect(cells.map(({ cell, point, label, parameters }) => ({ cell, point, label, parameters }))).toEqual([
      { cell: 0, point: 0, label: 'plain', parameters: {} },
      { cell: 1, point: 0, label: 'pairs', parameters: {} },
    ]);
  });

  test('are every policy set at every grid point, points first, labelled by what differs', async () => {
    const grid = { 'workload.arrivals.rate': ['50/s', '80/s'], 'fleet.workers.echo': [1, 2] };
    const cells = cellsOf(await echoConfig({ ...TWO_SETS, grid }));
    expect(cells.map(({ cell }) => cell)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(cells.map(({ label }) => label)).toEqual([
      'plain, rate 50/s, echo 1',
      'pairs, rate 50/s, echo 1',
      'plain, rate 50/s, echo 2',
      'pairs, rate 50/s, echo 2',
      'plain, rate 80/s, echo 1',
      'pairs, rate 80/s, echo 1',
      'plain, rate 80/s, echo 2',
      'pairs, rate 80/s, echo 2',
    ]);
    expect(cells[5].parameters).toEqual({ 'workload.arrivals.rate': '80/s', 'fleet.workers.echo': 1 });
    expect(cells.map(({ point }) => point)).toEqual([0, 0, 1, 1, 2, 2, 3, 3]);
  });

  test('have the options of their own point', async () => {
    const grid = { 'policies.pairs.batching.max_batch': [1, 2] };
    const cells = cellsOf(await echoConfig({ ...TWO_SETS, grid }));
    expect(cells.map(({ policies }) => policies.families.batching.options['maxBatch'])).toEqual([
      undefined,
      1,
      undefined,
      2,
    ]);
    expect(cells.map(({ label }) => label)).toEqual([
      'plain, max_batch 1',
      'pairs, max_batch 1',
      'plain, max_batch 2',
      'pairs, max_batch 2',
    ]);
  });
});

test('a replication has the same seed in every cell and another than the next one', async () => {
  const config = await echoConfig({ ...TWO_SETS, replications: 2, grid: { 'fleet.workers.echo': [1, 2] } }, {});
  const tasks = tasksOf(config, '/');
  expect(new Set(tasks.map(({ replication, seed }) => `${replication}: ${seed}`))).toEqual(
    new Set(['0: 1/0', '1: 1/1']),
  );
  expect(replicationSeed({ ...config, seed: 'other' }, 3)).toBe('other/3');
});

test('what a grid changes is what runs: batches of a pair only where two are allowed', async () => {
  const grid = { 'policies.pairs.batching.max_batch': [1, 2] };
  const config = await echoConfig({ ...TWO_SETS, duration: '50 ms', workload: arriving('200/s'), grid });
  const tasks = tasksOf(config, folderWith({}));
  const batches = tasks.map((task) => simulateReplication(task, new Map(), () => 0).result.batches.inputs);
  expect(batches).toEqual([[1], [1], [1], [1, 2]]);
});

test('a task is plain data, as worker threads need it', async () => {
  const [task] = tasksOf(await echoConfig(TWO_SETS), '/');
  expect(structuredClone(task)).toEqual(task);
});
