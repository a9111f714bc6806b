/** What a batch may hold by hardware, and that nothing waits. */
import { describe, expect, test } from 'vitest';
import { CPU, GPU, HOST, SMALL, addMachine, addWorker, emptyWorld, policyOf } from './fixtures.ts';

function limits(options: Record<string, number>): (number | undefined)[] {
  const world = emptyWorld();
  addMachine(world, HOST);
  const policy = policyOf('batching', 'work-conserving', world, options);
  return [GPU, CPU, SMALL].map((variant) => policy.limit(addWorker(world, { variant })));
}

describe('work-conserving batching', () => {
  test.each([
    // Largest batches of the variants: 32 on the GPU, 8 and 4 on the CPU.
    [{}, [32, 1, 1]],
    [{ cpuMaxBatch: 0 }, [32, 8, 4]],
    [{ maxBatch: 16, cpuMaxBatch: 6 }, [16, 6, 4]],
    [{ maxBatch: 64 }, [32, 1, 1]],
  ])('with %o takes %j at most', (options, expected) => {
    expect(limits(options)).toEqual(expected);
  });

  test('starts at once', () => {
    const world = emptyWorld();
    addMachine(world, HOST);
    const worker = addWorker(world, { variant: CPU });
    expect(policyOf('batching', 'work-conserving', world).startAt(worker, 1, 5, 7)).toBe(7);
  });
});
