import { expect, test } from 'vitest';
import { telemetryBenchmark } from './telemetry.ts';

test('the benchmark of telemetry runs, and watching a request takes less than a millisecond', async () => {
  const figures = await telemetryBenchmark(400);
  expect(figures).toHaveLength(5);
  for (const { perRequestUs } of figures) expect(perRequestUs).toBeLessThan(1000);
});
