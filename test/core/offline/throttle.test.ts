/** When offline work waits: above its share of the cores, not at it; while a worker of its machine is flagged. */
import { describe, expect, test } from 'vitest';
import { DEAD, READY, Signals } from '../../../core/index.ts';
import { MachineLoad } from '../../../core/offline/machine-load.ts';
import { Throttle } from '../../../core/offline/throttle.ts';
import { Bench } from '../actors/bench.ts';

const OPTIONS = { utilisation: 0.4, flagged: true };

function throttleAt(share: number, signals = new Signals(), options = OPTIONS): Throttle {
  const bench = new Bench();
  bench.worker();
  return new Throttle({ options, fleet: bench.fleet, signals, load: { shareOf: () => share } });
}

describe('the share of the cores at work', () => {
  test.each([
    [0.39, false],
    [0.4, false],
    [0.41, true],
  ])('of %d pauses offline work: %s', (share, pauses) => {
    expect(throttleAt(share).pauses(0)).toBe(pauses);
  });

  test('is nothing to work that is not throttled', () => {
    expect(throttleAt(1, new Signals(), { utilisation: Infinity, flagged: false }).pauses(0)).toBe(false);
  });

  test('is that of the last period, the running batch counted up to now', () => {
    const { fleet, catalogue, worker } = loaded();
    const load = new MachineLoad(catalogue, fleet);
    fleet.batchStarted(worker, 1, 0);
    fleet.batchEnded(worker, 500);
    fleet.batchStarted(worker, 1, 900);
    load.sample(1000);
    expect(load.shareOf(0)).toBeCloseTo(0.6 / 2, 12);
    load.sample(1250);
    expect(load.shareOf(0)).toBeCloseTo(1 / 2, 12);
  });

  test('at exactly 40 percent of real work lets offline work go on', () => {
    const { fleet, catalogue, worker } = loaded();
    const load = new MachineLoad(catalogue, fleet);
    fleet.batchStarted(worker, 1, 0);
    fleet.batchEnded(worker, 2_000_000_000);
    load.sample(2_500_000_000);
    expect(load.shareOf(0)).toBe(0.4);
    expect(new Throttle({ options: OPTIONS, fleet, signals: new Signals(), load }).pauses(0)).toBe(false);
  });

  test('is not more than all of them, however many workers compete', () => {
    const { fleet, catalogue, bench } = loaded();
    const load = new MachineLoad(catalogue, fleet);
    for (let i = 0; i < 3; i += 1) fleet.batchStarted(bench.worker(), 1, 0);
    load.sample(10);
    expect(load.shareOf(0)).toBe(1);
  });
});

describe('a flagged worker', () => {
  test('pauses offline work on its machine until the flag is taken back', () => {
    const signals = new Signals();
    const throttle = throttleAt(0, signals);
    signals.flag(0, true);
    expect([throttle.pauses(0), throttle.pauses(1)]).toEqual([true, false]);
    signals.flag(0, false);
    expect(throttle.pauses(0)).toBe(false);
  });

  test('that is dead pauses nothing', () => {
    const { fleet, worker } = loaded();
    const signals = new Signals();
    signals.flag(worker, true);
    const throttle = new Throttle({ options: OPTIONS, fleet, signals, load: { shareOf: () => 0 } });
    expect([fleet.state[worker], throttle.pauses(0)]).toEqual([READY, true]);
    fleet.setState(worker, DEAD, 1);
    expect(throttle.pauses(0)).toBe(false);
  });

  test('is nothing to a throttle that looks at the cores only', () => {
    const signals = new Signals();
    signals.flag(0, true);
    expect(throttleAt(0, signals, { utilisation: 0.4, flagged: false }).pauses(0)).toBe(false);
  });
});

/** A ready worker of one core on a machine of two. */
function loaded() {
  const bench = new Bench({ variants: [{ cores: 1 }], machines: [{ cores: 2 }] });
  const { fleet, catalogue } = bench;
  return { bench, fleet, catalogue, worker: bench.worker() };
}
