import { describe, expect, test } from 'vitest';
import { Changes } from '../../../live/models/changes.ts';

const never = (): Promise<never> => new Promise(() => undefined);

describe('changes of models', () => {
  test('are so many at most, and room comes back with each that ends', async () => {
    const changes = new Changes();
    let end = (): void => undefined;
    const first = changes.make(() => new Promise<void>((resolve) => (end = resolve)));
    for (let i = 1; i < 32; i += 1) void changes.make(never);
    await expect(changes.make(never)).rejects.toMatchObject({ code: 'MODELS_BUSY' });
    end();
    await first;
    expect(await changes.make(() => Promise.resolve('made'))).toBe('made');
  });

  test('are no more once the service ends, which waits for those under way and tells them', async () => {
    const changes = new Changes();
    const told: string[] = [];
    const broken = changes.make(async () => {
      await new Promise((resolve) => changes.signal.addEventListener('abort', resolve));
      told.push('broken off');
      throw new Error('some half-way failure');
    });
    const closed = changes.close().then(() => told.push('closed'));
    await expect(broken).rejects.toMatchObject({ code: 'MODELS_STOPPING' });
    await closed;
    expect(told).toEqual(['broken off', 'closed']);
    await expect(changes.make(() => Promise.resolve(1))).rejects.toMatchObject({ code: 'MODELS_STOPPING' });
  });
});
