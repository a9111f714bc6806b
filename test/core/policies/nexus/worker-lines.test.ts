/** The lines of workers: which of them hold somebody, and how far a window looks. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { milliseconds } from '../../../../core/index.ts';
import { ExecutionTimes } from '../../../../core/policies/clockwork/execution-times.ts';
import { WorkerLines } from '../../../../core/policies/nexus/worker-lines.ts';
import { GpuWorld, onGpu } from '../gpu-world.ts';

function linesOf(world: GpuWorld): WorkerLines {
  return new WorkerLines(world.requests, new ExecutionTimes(world.catalogue, 1), 4);
}

function occupied({ occupied: ids }: WorkerLines): number[] {
  return Array.from({ length: ids.length }, (_, i) => ids.at(i));
}

test('a worker is listed while somebody stands in its line, and no longer', () => {
  const world = new GpuWorld([onGpu(5, 1)]);
  const lines = linesOf(world);
  for (const worker of [3, 1, 1]) lines.join(world.request(0, { dueMs: 1000 }), worker);
  expect(occupied(lines)).toEqual([1, 3]);
  expect(lines.take(1, 16)).toBeGreaterThanOrEqual(0);
  expect(occupied(lines)).toEqual([1, 3]);
  lines.take(1, 16);
  lines.take(3, 16);
  expect(occupied(lines)).toEqual([]);
  lines.join(world.request(0, { dueMs: 1 }), 2);
  // Nobody there can be in time any more.
  expect(lines.window(2, 0, 4, milliseconds(500))).toBe(0);
  expect(occupied(lines)).toEqual([]);
});

test('a window is that of a count of the whole line', () => {
  const line = fc.array(fc.record({ dueMs: fc.integer({ min: 1, max: 40 }) }), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(line, fc.integer({ min: 1, max: 8 }), fc.integer({ min: 0, max: 30 }), (requests, batch, atMs) => {
      const world = new GpuWorld([onGpu(5, 1)]);
      const lines = linesOf(world);
      for (const parts of requests) lines.join(world.request(0, parts), 0);
      // Batches of n take 5 + n ms.
      const dues = requests.map(({ dueMs }) => dueMs);
      const first = dues.findIndex((due, i) => atMs + 5 + Math.min(batch, dues.length - i) <= due);
      const expected = first < 0 ? 0 : Math.min(batch, dues.length - first);
      expect(lines.window(0, 0, batch, milliseconds(atMs))).toBe(expected);
    }),
    { seed: 20_260_415, numRuns: 200 },
  );
});
