import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadSolver } from '../../../backends/index.ts';
import { loadPolicyModule } from '../../../experiments/config/load-policy-module.ts';
import { run } from '../../../experiments/run/cell-worker.ts';
import { solverFor } from '../../../experiments/run/solver-for.ts';
import { arriving, echoConfig, tasksOf } from '../../fixtures/echo.ts';
import { folderWith } from '../config/config-files.ts';

const ILP = { policy: 'infaas-paper', scaler: 'ilp', ilp_period: '1 s', solve_time: '0 s' };

async function setOf(set: object) {
  const [task] = tasksOf(await echoConfig({ policies: [{ name: 'set', ...set }] }), folderWith({}));
  return task;
}

describe('the solver of a run', () => {
  test('is loaded where a policy uses it, and only there', async () => {
    expect(await solverFor((await setOf({ modules: [ILP] })).cell.policies, new Map())).toBe(await loadSolver());
    expect(await solverFor((await setOf({})).cell.policies, new Map())).toBeUndefined();
  });

  test('is loaded for a user’s file that says so', async () => {
    const folder = folderWith({
      'mine.mjs': `export const policy = { name: 'mine', families: ['model-scaling'], options: {}, usesSolver: true,
        create: () => ({ 'model-scaling': { periodNs: 1e9, decide: () => [] } }) };`,
    });
    expect((await loadPolicyModule(join(folder, 'mine.mjs'))).usesSolver).toBe(true);
  });

  test('reaches the policy in a worker thread', async () => {
    const config = await echoConfig({
      duration: '5 s',
      workload: arriving('150/s', { latency: '100 ms' }),
      policies: [{ name: 'set', modules: [ILP] }],
    });
    const answer = await run(tasksOf(config, folderWith({}))[0]);
    expect(answer).toMatchObject({ result: { ending: 'drained' } });
  });
});
