import { expect, test } from 'vitest';
import { NORMALISATIONS, profileRepeat, profileRepeatText } from './profile-repeat.ts';

test('the profile benchmark compares two runs of the profiler at each batch', async () => {
  const repeat = await profileRepeat({
    variants: ['fmnist-linear-fp32'],
    batches: [1, 2],
    samples: 20,
    rounds: 1,
    cellBudgetNs: 200_000_000,
  });
  expect(repeat.cells.map(({ batch }) => batch)).toEqual([1, 2]);
  for (const name of NORMALISATIONS) {
    const sizes = repeat.cells.map(({ differencePercent }) => Math.abs(differencePercent[name]));
    expect(repeat.meanPercent[name]).toBeCloseTo((sizes[0] + sizes[1]) / 2, 9);
    const within = sizes.filter((size) => size <= 5).length;
    expect(repeat.withinPercent[name]).toBe(50 * within);
  }
  expect(profileRepeatText(repeat)).toContain('fmnist-linear-fp32 batch 2');
});
