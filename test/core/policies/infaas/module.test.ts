import { describe, expect, test } from 'vitest';
import type { Family } from '../../../../core/index.ts';
import { seconds } from '../../../../core/index.ts';
import { infaas } from '../../../../core/policies/infaas/infaas.ts';
import { SOUND, load, mistakes } from '../../../experiments/config/config-files.ts';
import { simulateSet } from '../../../experiments/config/simulate-set.ts';
import { GPU_HOST, emptyWorld, policyOf } from '../fixtures.ts';

const ALL = 'selection, dispatch, placement, model_scaling, machine_scaling';
const withModule = (families: string, options = ''): string =>
  `${SOUND}    modules: [{ policy: infaas, families: [${families}]${options} }]\n`;

describe('in a config', () => {
  test('one entry of modules serves five families over one state', async () => {
    const { families } = (await load(withModule(ALL))).policies[0];
    const instances = ['selection', 'dispatch', 'placement', 'model-scaling', 'machine-scaling'] as const;
    expect(new Set(instances.map((family) => families[family].instance)).size).toBe(1);
    expect(families.dispatch).toMatchObject({
      policy: 'infaas',
      options: { mode: 'gpu-share-trigger-skip-blacklist' },
    });
  });

  test.each([
    ALL,
    'selection',
    'dispatch',
    'placement',
    'model_scaling',
    'machine_scaling',
    'selection, dispatch',
    'selection, dispatch, placement',
    'model_scaling, machine_scaling',
  ])('serves %s, and the run drains', async (families) => {
    const config = await load(withModule(families));
    const { ending, findings, serving } = await simulateSet(config.points[0], config.policies[0], 5);
    expect({ ending, findings }).toEqual({ ending: 'drained', findings: [] });
    expect(serving.ledger.ended).toBeGreaterThan(400);
  });

  test('a family that it does not serve is refused', async () => {
    expect(await mistakes(withModule('selection, batching'))).toEqual([
      expect.stringContaining('names no selection and batching policy; found infaas, which serves'),
    ]);
  });

  test('a mode that the release does not have is refused', async () => {
    expect(await mistakes(withModule('selection', ', mode: fastest'))).toEqual([
      expect.stringMatching(/modules\[0\]\.mode cannot be used; found "fastest"; expected one of all, no-qps-latency/),
    ]);
  });

  test('accuracy bins that do not ascend are refused at their line', async () => {
    const [message] = await mistakes(withModule('selection', ', accuracy_edges: 0 80 70 100'));
    expect(message).toMatch(/^a\.yaml:13: .*policy "infaas" cannot sort variants by accuracy; found accuracy_edges/);
  });
});

describe('slack machines', () => {
  const create = (gpus: number, slackGpu: number): object =>
    policyOf(
      'dispatch',
      'infaas',
      emptyWorld({
        workers: new Map(),
        machines: new Map([[GPU_HOST, { initial: gpus, max: gpus }]]),
      }),
      { slackGpu },
    );

  test('must leave a GPU machine for everybody', () => {
    expect(create(0, 0)).toBeTypeOf('object');
    expect(create(2, 1)).toBeTypeOf('object');
    expect(() => create(2, 2)).toThrow(
      'policy "infaas" would leave no GPU machine for everybody; found slack_gpu 2 of 2 GPU machines at the start; ' +
        'expected fewer slack machines than GPU machines at the start',
    );
    expect(() => create(0, 1)).toThrow('found slack_gpu 1 of 0');
  });
});

test('every family it says it serves it serves', () => {
  const families: readonly Family[] = infaas.families;
  for (const family of families) expect(policyOf(family, 'infaas', emptyWorld())).toBeTypeOf('object');
  expect(policyOf('model-scaling', 'infaas', emptyWorld()).periodNs).toBe(seconds(0.5));
  expect(policyOf('machine-scaling', 'infaas', emptyWorld()).periodNs).toBe(seconds(2));
});

test('every bug of the release is off by default and says what either does', () => {
  const bugs = Object.entries(infaas.options).filter(([name]) => name.startsWith('bug'));
  expect(bugs.length).toBeGreaterThan(8);
  for (const [, option] of bugs) {
    expect(option.default).toBe(false);
    expect(option.doc).toMatch(/: off, /);
  }
});
