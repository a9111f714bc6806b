// From a task to what a world is handed: names become indexes, times the measured window.
import { describe, expect, test } from 'vitest';
import type { PolicyChoice } from '../../../core/index.ts';
import { NEVER, definePolicy, milliseconds, seconds } from '../../../core/index.ts';
import { compileTrace } from '../../../traces/index.ts';
import { replicationPlan } from '../../../experiments/plan/replication-plan.ts';
import type { ReplicationPlan } from '../../../experiments/plan/replication-plan.ts';
import { servingPlan } from '../../../experiments/plan/serving-plan.ts';
import { scenarioCatalogue } from '../../../experiments/plan/scenario-catalogue.ts';
import { echoConfig, tasksOf } from '../../fixtures/echo.ts';
import { folderWith } from '../config/config-files.ts';

async function planOf(changes: object): Promise<ReplicationPlan> {
  const [task] = tasksOf(await echoConfig(changes), '/');
  return replicationPlan(task, new Map());
}

describe('the measured window', () => {
  test('is the duration less warm-up and cool-down', async () => {
    const plan = await planOf({ warm_up: '100 ms', cool_down: '300 ms' });
    expect(plan).toMatchObject({ fromNs: milliseconds(100), untilNs: milliseconds(1700), arrivalsEndNs: seconds(2) });
  });

  test('without a cool-down ends with the arrivals, and no request is too late to be measured', async () => {
    const plan = await planOf({});
    expect(plan).toMatchObject({ fromNs: 0, untilNs: seconds(2) });
    // Arrivals end with the duration anyhow; a request scheduled in its last instant still counts.
    expect(plan.serving.recorder.untilNs).toBe(NEVER);
  });

  test('of a trace that ends before the duration ends with the trace', async () => {
    const folder = folderWith({ 'short.csv': 'arrival_s\n0\n0.25\n' });
    const arrivals = { process: 'trace', file: `${folder}/short.csv` };
    const config = await echoConfig({ workload: { arrivals, queries: [{ variant: 'echo' }] } });
    const [task] = tasksOf(config, folder);
    const { workload } = task.scenario;
    if (workload.arrivals.process !== 'trace') throw new TypeError('not a trace');
    const trace = await compileTrace({ ...workload, arrivals: workload.arrivals }, folder, { seed: task.seed });
    const plan = replicationPlan({ ...task, trace }, new Map());
    plan.workload.close?.();
    expect(plan.arrivalsEndNs).toBe(milliseconds(250) + 1);
    expect(plan.untilNs).toBe(milliseconds(250) + 1);
  });
});

describe('the plan of the service', () => {
  test('has workers and machines by their numbers', async () => {
    const { initial, catalogue } = (
      await planOf({ fleet: { machines: { box: { count: 2, max: 3 }, 'cpu-4': 1 }, workers: { echo: 2 } } })
    ).serving;
    const typeNamed = (name: string): number => catalogue.machineTypes.findIndex((type) => type.name === name);
    expect([...initial.workers]).toEqual([[catalogue.variantNamed('echo'), 2]]);
    expect(initial.machines.get(typeNamed('box'))).toEqual({ initial: 2, max: 3 });
    expect(initial.machines.get(typeNamed('cpu-4'))).toEqual({ initial: 1, max: 1 });
  });

  test('samples twice in a bin, and has no bin below a millisecond', async () => {
    const long = (await planOf({ duration: '256 s' })).serving;
    expect([long.recorder.binNs, long.samplePeriodNs]).toEqual([seconds(1), milliseconds(500)]);
    const short = (await planOf({ duration: '20 ms' })).serving;
    expect([short.recorder.binNs, short.samplePeriodNs]).toEqual([milliseconds(1), milliseconds(0.5)]);
  });

  test('gives one choice to the families that one module serves, and others to the rest', async () => {
    const own = definePolicy({
      name: 'own',
      summary: 'The test’s own.',
      source: 'the test',
      families: ['dispatch', 'batching'],
      options: {},
      create: () => ({}),
    });
    const config = await echoConfig();
    const [{ scenario, policies: sets }] = config.points;
    const { families } = sets[0];
    const shared = { instance: 2, policy: 'own', module: '/own.ts', options: {} };
    const { policies } = servingPlan({
      scenario,
      catalogue: scenarioCatalogue(scenario),
      policies: { name: 'shared', families: { ...families, dispatch: shared, batching: shared } },
      modules: new Map([['/own.ts', own]]),
      kinds: [],
      rowsMax: 0,
      rowsSalt: 0,
      arrivalsEndNs: 0,
      timelineMax: 0,
    });
    const choice: PolicyChoice = policies.dispatch;
    expect(choice.definition).toBe(own);
    expect(policies.batching).toBe(choice);
    expect(new Set(Object.values(policies)).size).toBe(6);
  });
});

test('tables that are continued beyond what was measured are named', async () => {
  const short = {
    variants: [
      {
        name: 'short',
        use_case: { task: 'test', dataset: 'sound' },
        architecture: 'stub',
        framework: 'table',
        hardware: 'cpu',
        precision: 'fp32',
        max_batch: 4,
        accuracy_percent: 80,
        resources: { cores: 1, memory: '1 MB' },
        profile: {
          source: 'made up',
          load: '1 ms',
          peak_memory: '1 MB',
          host_overhead: '0 ms',
          rows: [
            { batch: 1, mean: '10 ms' },
            { batch: 2, mean: '15 ms' },
          ],
        },
      },
    ],
  };
  const catalogue = {
    files: ['echo.yaml', 'short.yaml'],
    sampling: 'mean',
    extrapolate: true,
    variants: ['echo', 'short'],
  };
  const config = await echoConfig({ catalogue }, { 'short.yaml': JSON.stringify(short) });
  const [task] = tasksOf(config, '/');
  const { notes } = replicationPlan(task, new Map());
  expect(notes).toHaveLength(1);
  expect(notes[0]).toMatch(/^short: .*2/);
});
