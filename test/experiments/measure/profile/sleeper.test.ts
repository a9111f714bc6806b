import { expect, test } from 'vitest';
import { Sleeper } from '../../../../experiments/measure/profile/sleeper.ts';

const HOUR_NS = 3_600_000_000_000;

test('a pause ends with the signal that breaks the measurement off, and none begins after it', async () => {
  const interrupt = new AbortController();
  const sleeper = new Sleeper(interrupt.signal);
  await sleeper.sleep(1_000_000);
  const pause = sleeper.sleep(HOUR_NS);
  interrupt.abort();
  await expect(pause).rejects.toThrow('the measurement was interrupted');
  await expect(sleeper.sleep(HOUR_NS)).rejects.toThrow('the measurement was interrupted');
  await sleeper.close();
});
