import { expect, test } from 'vitest';
import { milliseconds } from '../../core/index.ts';
import { bundled, comparable, livePlan, poisson, rowsOf } from '../live/world/fixtures.ts';
import { liveAndReplayed } from './replay.ts';

test('a run on real engines, replayed under the kernel, gives the same run', async () => {
  const catalogue = bundled(['fmnist-resnet8-fp32', 'fmnist-linear-fp32']);
  const plan = livePlan(catalogue, {
    policies: {
      selection: ['cheapest'],
      dispatch: ['random'],
      batching: ['fixed', { maxBatch: 4, maxDelay: milliseconds(5) }],
      'model-scaling': ['queue-depth', { target: 1, period: milliseconds(100), scaleDownDelay: milliseconds(200) }],
    },
    workers: [
      [0, 2],
      [1, 1],
    ],
  });
  const { live, replayed } = await liveAndReplayed(plan, poisson(150, 2));
  expect(live.ending).toBe('drained');
  expect(live.log?.startUp).toHaveLength(3);
  expect(rowsOf(live).some(({ inferNs }) => inferNs > 0)).toBe(true);
  expect(live.notes).toContainEqual(expect.stringMatching(/^measured accuracy [\d.]+ % of [\d,]+ answered inputs$/));
  expect(comparable(replayed)).toEqual(comparable(live));
  expect(replayed.findings).toEqual([]);
});
