import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { CpuWatch } from '../../../experiments/measure/cpu-watch.ts';
import { environmentStamp, sameMachine } from '../../../experiments/measure/environment-stamp.ts';

describe('the environment stamp', () => {
  test('names machine, libraries and date, each with a text', () => {
    const stamp = environmentStamp();
    expect(stamp).toMatchObject({ node: process.versions.node, onnxruntime: '1.30.0' });
    expect(Object.values(stamp).every((text) => text.length > 0)).toBe(true);
    expect(Date.parse(stamp['date'])).toBeGreaterThan(0);
  });

  test('of one machine is the same at another time', () => {
    const stamp = environmentStamp();
    expect(sameMachine({ ...stamp, load_average: '9', date: 'later' })).toEqual(sameMachine(stamp));
  });
});

describe.skipIf(process.platform !== 'linux')('the watch over a machine with /proc', () => {
  test('does not count its own work among that of others', async () => {
    const watch = new CpuWatch(() => []);
    const untilMs = performance.now() + 300;
    while (performance.now() < untilMs) await pause(0);
    const shares = watch.shares();
    // Others may be busy; but all cores together have no more than their time.
    expect(shares?.othersPercent).toBeGreaterThanOrEqual(0);
    expect(shares?.stealPercent).toBeGreaterThanOrEqual(0);
  });
});
