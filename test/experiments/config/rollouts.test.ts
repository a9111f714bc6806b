/** `rollouts:` in a config: what it says, what it hides, and its mistakes. */
import { describe, expect, test } from 'vitest';
import { ROLLOUTS_MAX, seconds } from '../../../core/index.ts';
import { SOUND, load, mistakes, soundWith } from './config-files.ts';

const TWO: readonly [string, string] = [
  'variants: [fmnist-linear-fp32]',
  'sampling: mean\n  variants: [fmnist-linear-fp32, fmnist-mlp-fp32, resnet50-tensorflow-cpu4]',
];
const rolling = (text: string): string => `${soundWith(TWO)}rollouts:\n${text}`;
const ROLLOUT = '  - { at: 2 s, from: fmnist-linear-fp32, to: fmnist-mlp-fp32 }\n';

describe('rollouts', () => {
  test('are none unless the config says so', async () => {
    const { points } = await load(SOUND);
    expect(points[0].scenario.rollouts).toEqual([]);
  });

  test('wait five minutes for the new workers by default', async () => {
    const { points, resolved } = await load(rolling(ROLLOUT));
    const names = { from: 'fmnist-linear-fp32', to: 'fmnist-mlp-fp32' };
    expect(points[0].scenario.rollouts).toEqual([{ atNs: 2e9, ...names, patienceNs: seconds(300) }]);
    expect(resolved).toMatchObject({ rollouts: [{ at: '2 s', ...names, patience: '5 min' }] });
  });

  test('hide the new version from queries that do not name it', async () => {
    const asked = rolling(ROLLOUT).replace('use_case: classification-fashion-mnist', 'architecture: mlp');
    expect((await mistakes(asked)).join('\n')).toMatch(/names no selected architecture/);
    const named = rolling(ROLLOUT).replace('use_case: classification-fashion-mnist', 'variant: fmnist-mlp-fp32');
    await expect(load(named)).resolves.toBeDefined();
  });

  test('may take back an earlier one', async () => {
    const back = '  - { at: 5 s, from: fmnist-mlp-fp32, to: fmnist-linear-fp32 }\n';
    const { points } = await load(rolling(ROLLOUT + back));
    expect(points[0].scenario.rollouts).toHaveLength(2);
  });

  test('are told all their mistakes at once', async () => {
    const text = `  - { at: 1 s, from: fmnist-linear-fp32, to: fmnist-linear-fp32 }
  - { at: 2, from: fmnist-linear-fp32, to: fmnist-mlp-fp32 }
  - { at: 3 s, from: fmnist-lineal-fp32, to: fmnist-mlp-fp32, patiense: 1 s }
  - { at: 4 s, from: fmnist-mlp-fp32, to: resnet50-tensorflow-cpu4 }
`;
    const told = (await mistakes(rolling(text))).join('\n');
    expect(told).toMatch(/:16.*another variant than from/);
    expect(told).toMatch(/:17.*at/);
    expect(told).toMatch(/:18.*unknown key "patiense".*patience/);
    expect(told).toMatch(/:18.*names no selected variant.*fmnist-linear-fp32/);
    expect(told).toMatch(/:19.*cannot take the place of from.*serves classification-fashion-mnist/);
  });

  test('cannot replace what an earlier one has replaced', async () => {
    const again = '  - { at: 3 s, from: fmnist-linear-fp32, to: fmnist-mlp-fp32 }\n';
    expect((await mistakes(rolling(ROLLOUT + again))).join('\n')).toMatch(
      /:17.*a variant that no earlier rollout has replaced/,
    );
  });

  test('begin before the queries end', async () => {
    const late = '  - { at: 11 s, from: fmnist-linear-fp32, to: fmnist-mlp-fp32 }\n';
    expect(await mistakes(rolling(late))).toEqual([
      'a.yaml:16: rollouts[0].at cannot be used; found "11 s"; expected a time within the duration, 10 s',
    ]);
    await expect(load(rolling(late.replace('11 s', '10 s')))).resolves.toBeDefined();
  });

  test('that come too late are told beside their other mistakes', async () => {
    const text = '  - { at: 1 min, from: fmnist-lineal-fp32, to: fmnist-mlp-fp32, patiense: 1 s }\n';
    expect(await mistakes(rolling(text))).toHaveLength(3);
  });

  test('begin without workers of the new version', async () => {
    const workers = rolling(ROLLOUT).replace(
      '{ fmnist-linear-fp32: 1 }',
      '{ fmnist-linear-fp32: 1, fmnist-mlp-fp32: 1 }',
    );
    expect((await mistakes(workers)).join('\n')).toMatch(/has workers at the start already/);
  });

  test('begin without workers of the new version in the fleet of any policy set', async () => {
    const own = rolling(ROLLOUT).replace(
      /(policies:\n)/,
      '$1  - { name: early, fleet: { workers: { fmnist-mlp-fp32: 2 } } }\n',
    );
    expect((await mistakes(own)).join('\n')).toMatch(
      /has workers at the start already.*policies\[0\]\.fleet\.workers\.fmnist-mlp-fp32/s,
    );
  });

  test('of one instant are in the order of the list', async () => {
    const back = '  - { at: 2 s, from: fmnist-mlp-fp32, to: fmnist-linear-fp32 }\n';
    const { points } = await load(rolling(ROLLOUT + back));
    expect(points[0].scenario.rollouts).toHaveLength(2);
  });

  test('are so many at most', async () => {
    const many = Array.from({ length: ROLLOUTS_MAX + 1 }, (_, index) => ROLLOUT.replace('2 s', `${index + 1} s`));
    expect((await mistakes(rolling(many.join('')))).join('\n')).toMatch(/a list of at most 8 rollouts/);
  });
});
