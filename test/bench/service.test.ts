import { expect, test } from 'vitest';
import { serviceBenchmark } from './service/service-benchmark.ts';

test('the service benchmark measures what is added, what is served and what connections cost', async () => {
  const { overhead, throughput, connections } = await serviceBenchmark({
    parts: ['overhead', 'throughput', 'connections'],
    runs: 8,
    roundMs: 200,
    rounds: 1,
    active: 20,
    idle: 50,
    holdMs: 200,
  });
  expect(new Set(overhead.map(({ inputBytes, speech }) => `${inputBytes} ${speech}`)).size).toBe(7);
  for (const { roundTripMedianUs, bareMedianUs } of overhead)
    expect(Math.min(roundTripMedianUs, bareMedianUs)).toBeGreaterThan(0);
  for (const { inputsPerSecond, meanBatch, serverCpuUsPerAnswer, shares } of throughput) {
    for (const figure of [inputsPerSecond, serverCpuUsPerAnswer]) expect(figure).toBeGreaterThan(0);
    expect(meanBatch).toBeGreaterThanOrEqual(1);
    expect(shares.reduce((sum, { percent }) => sum + percent, 0)).toBeCloseTo(100, 6);
  }
  expect(connections.map(({ what, connections: count }) => [what, count])).toEqual([
    ['no others', 0],
    ['active', 20],
    ['idle', 50],
  ]);
  for (const { serverMb, enginesMb } of connections) expect(Math.min(serverMb, enginesMb)).toBeGreaterThan(0);
}, 120_000);
