import { describe, expect, test } from 'vitest';
import { ReferenceKernel } from '../../../experiments/measure/reference-kernel.ts';

describe('the reference kernel', () => {
  test('takes some time, and its process ends with it', async () => {
    const kernel = await ReferenceKernel.start();
    expect(kernel.pids).toHaveLength(1);
    expect(await kernel.medianNs(3)).toBeGreaterThan(100_000);
    await kernel.close();
    expect(kernel.pids).toEqual([]);
    await expect(kernel.medianNs(1)).rejects.toThrow('the reference kernel does not run');
  });
});
