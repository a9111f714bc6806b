/** Bounds set by hand win over the scaling policy and over what requests want. */
import { describe, expect, test } from 'vitest';
import { MODEL_AUTOSCALER, UNBOUNDED, lifecycleOf, reason } from '../../../core/index.ts';
import { ScalerBench } from './scaler-bench.ts';

const bound = (least: number, most: number) => ({ type: 'workers.bounded', variant: 0, least, most }) as const;

function started(bench: ScalerBench): number {
  return bench.world.takeDecisions().filter((text) => text.startsWith('worker.start')).length;
}

/** Lets the workers that were started hear of it. */
function settle(bench: ScalerBench): void {
  bench.world.settle(...Array.from({ length: 8 }, (_, worker) => lifecycleOf(worker)));
}

function drained(bench: ScalerBench): number {
  return bench.world.takeDecisions().filter((text) => text.startsWith('worker.drain')).length;
}

describe('bounds', () => {
  test('start what is missing at once', () => {
    const bench = new ScalerBench();
    bench.say(bound(2, 2));
    expect(started(bench)).toBe(2);
    bench.say(bound(2, 2));
    expect(started(bench)).toBe(0);
  });

  test('drain what is too much at once, each worker once', () => {
    const bench = new ScalerBench();
    bench.say(bound(3, 3));
    started(bench);
    settle(bench);
    bench.say(bound(0, 1));
    expect(drained(bench)).toBe(2);
    bench.say(bound(0, 1));
    expect(drained(bench)).toBe(0);
  });

  test('stop a policy that wants more or fewer, and let it move between them', () => {
    const bench = new ScalerBench();
    bench.say(bound(1, 3));
    started(bench);
    expect(bench.tick({ variant: 0, delta: 5 })).toHaveLength(2);
    settle(bench);
    expect(bench.tick({ variant: 0, delta: 1 })).toEqual([]);
    expect(bench.tick({ variant: 0, delta: -5 })).toHaveLength(2);
    expect(bench.tick({ variant: 0, delta: -1 })).toEqual([]);
  });

  test('of zero keep a request from starting a worker', () => {
    const bench = new ScalerBench({ startOnRequest: true });
    bench.say(bound(0, 0));
    bench.say({ type: 'worker.wanted', variant: 0, more: false });
    expect(started(bench)).toBe(0);
    bench.say(bound(0, UNBOUNDED));
    bench.say({ type: 'worker.wanted', variant: 0, more: false });
    expect(started(bench)).toBe(1);
  });

  test('replace a worker that is gone', () => {
    const bench = new ScalerBench();
    bench.say(bound(1, 1));
    started(bench);
    settle(bench);
    const generation = bench.fleet.generation[0];
    bench.deliver(lifecycleOf(0), {
      type: 'load.finished',
      generation,
      timings: { readNs: 0, createNs: 0, warmUpNs: 0 },
    });
    bench.deliver(lifecycleOf(0), { type: 'worker.crashed', generation, reason: reason('worker-crashed') });
    bench.world.settle(MODEL_AUTOSCALER);
    expect(started(bench)).toBe(1);
  });

  test('that find no room are tried again after a delay', () => {
    const bench = new ScalerBench({ cores: 1 });
    bench.say(bound(2, 2));
    expect(started(bench)).toBe(1);
    expect(bench.world.pendingTimers.map(({ message }) => message.type)).toContain('start.due');
  });
});
