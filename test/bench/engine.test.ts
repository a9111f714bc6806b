import { expect, test } from 'vitest';
import { engineBenchmark } from './engine.ts';

test('the engine benchmark measures three ways for two sizes', async () => {
  const figures = await engineBenchmark(20);
  expect(figures.map(({ inputBytes }) => inputBytes)).toEqual([3136, 602_112]);
  for (const { bare, sharedMemory, messages, addedMessages } of figures) {
    for (const { medianUs, p99Us } of [bare, sharedMemory, messages]) expect(p99Us).toBeGreaterThanOrEqual(medianUs);
    expect(addedMessages.medianUs).toBeCloseTo(messages.medianUs - bare.medianUs, 6);
  }
});
