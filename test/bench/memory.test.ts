/** The memory benchmark on a small run, so that it does not rot; the figure is taken by `npm run bench -- memory`. */
import { expect, test } from 'vitest';
import { memoryBenchmark } from './memory.ts';

test('the memory benchmark serves what it is asked for and says what was resident', () => {
  const result = memoryBenchmark(20_000);
  expect(result).toMatchObject({ requests: 20_000, rowsKept: 20_000 });
  expect(result.p50Ms).toBeGreaterThan(4.5);
  expect(result.p999Ms).toBeGreaterThan(result.p50Ms);
  expect(result.peakResidentMib).toBeGreaterThanOrEqual(result.residentMib - 1);
  expect(result.residentMib).toBeLessThan(1000);
});
