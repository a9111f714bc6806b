// The four types of the model autoscaler, tick by tick: it decides at every second one and carries out at the next.
import { describe, expect, test } from 'vitest';
import { NONE } from '../../../../core/index.ts';
import { ScalingView } from '../../../../core/policies/infaas/model-scaling/scaling-view.ts';
import { staticScaler } from '../../../../core/policies/infaas/model-scaling/static.ts';
import { InfaasModelAutoscaler } from '../../../../core/policies/infaas/model-scaling/autoscaler.ts';
import {
  B16,
  B8,
  INF1,
  M5,
  NEURON,
  P3,
  TF_CPU,
  addMachine,
  addWorker,
  becomeReady,
  drainWorker,
  endWorker,
  loadOf,
  loseMachine,
  scalingWorld,
  startWorker,
} from './scaling-fixtures.ts';
import type { ScalingWorld, WorldSketch } from './scaling-fixtures.ts';

interface Bench {
  readonly world: ScalingWorld;
  readonly autoscaler: InfaasModelAutoscaler;
  /** Ticks so often; what the ticks change, as `[variant, delta, machine]`. */
  tick(times?: number): (number | undefined)[][];
}

function bench(autoscaler: string, options: WorldSketch['options'] = {}): Bench {
  const world = scalingWorld({ options: { autoscaler, ...options } });
  const scaler = new InfaasModelAutoscaler(world.state);
  const tick = (times = 1): (number | undefined)[][] =>
    Array.from({ length: times }).flatMap(() =>
      scaler.tick().map(({ variant, delta, machine }) => [variant, delta, machine]),
    );
  return { world, autoscaler: scaler, tick };
}

describe('the arbiter', () => {
  test('decides at every second tick, and what it asks for happens at the next', () => {
    const { world, tick } = bench('individual');
    const machine = addMachine(world, M5);
    addWorker(world, TF_CPU, machine);
    loadOf(world, TF_CPU, machine, 4);
    expect(tick()).toEqual([]);
    expect(tick()).toEqual([]);
    expect(tick()).toEqual([[TF_CPU, 1, machine]]);
  });

  test('decides for every machine by itself', () => {
    const { world, tick } = bench('individual');
    const busy = addMachine(world, M5);
    const quiet = addMachine(world, M5);
    addWorker(world, TF_CPU, busy);
    addWorker(world, TF_CPU, quiet);
    loadOf(world, TF_CPU, busy, 4);
    loadOf(world, TF_CPU, quiet, 1);
    expect(tick(3)).toEqual([[TF_CPU, 1, busy]]);
  });

  test('forgets what a lost machine had in hand', () => {
    const { world, tick } = bench('individual');
    const lost = addMachine(world, M5);
    addWorker(world, TF_CPU, lost);
    loadOf(world, TF_CPU, lost, 0);
    expect(tick(2 * 10 + 1)).toEqual([]); // ten of the eleven requests to scale down
    loseMachine(world, lost);
    tick();
    expect(addMachine(world, M5)).toBe(lost);
    addWorker(world, TF_CPU, lost);
    expect(tick(4)).toEqual([]);
  });
});

describe('type none', () => {
  test('neither adds nor removes', () => {
    const { world, tick } = bench('none');
    const machine = addMachine(world, M5);
    addWorker(world, TF_CPU, machine);
    loadOf(world, TF_CPU, machine, 100);
    expect(tick(100)).toEqual([]);
    loadOf(world, TF_CPU, machine, 0);
    expect(tick(100)).toEqual([]);
  });
});

describe('type static', () => {
  test('fills up to two replicas on CPUs and Inferentia, one on GPUs', () => {
    const { world, tick } = bench('static');
    const cpu = addMachine(world, M5);
    const gpu = addMachine(world, P3);
    const inferentia = addMachine(world, INF1);
    addWorker(world, TF_CPU, cpu);
    addWorker(world, B8, gpu);
    addWorker(world, NEURON, inferentia);
    expect(tick(3)).toEqual([
      [TF_CPU, 1, cpu],
      [NEURON, 1, inferentia],
    ]);
  });

  test('asks for no second replica on a GPU', () => {
    const world = scalingWorld({ options: { autoscaler: 'static' } });
    const machine = addMachine(world, P3);
    addWorker(world, B8, machine);
    expect(staticScaler(new ScalingView(world.state))(machine, [B8])).toEqual([]);
  });

  test('never removes, and adds nothing to what still loads', () => {
    const { world, tick } = bench('static');
    const machine = addMachine(world, M5);
    startWorker(world, TF_CPU, machine);
    expect(tick(100)).toEqual([]);
  });
});

describe('type individual', () => {
  test('adds a second copy on the GPU instead of a larger batch, even where it was rejected', () => {
    const { world, tick } = bench('individual');
    const machine = addMachine(world, P3);
    addWorker(world, B8, machine);
    loadOf(world, B8, machine, 660);
    expect(tick(3)).toEqual([[B8, 1, machine]]);
  });

  test('unloads what has had no load for eleven decisions', () => {
    const { world, tick } = bench('individual');
    const machine = addMachine(world, M5);
    addWorker(world, TF_CPU, machine);
    loadOf(world, TF_CPU, machine, 0);
    expect(tick(2 * 11)).toEqual([]);
    expect(tick()).toEqual([[TF_CPU, -1, machine]]);
  });
});

describe('type infaas', () => {
  test('E4: goes from batch 8 to 16 above 654 queries/s, drops batch 8, and comes back after 21 seconds below', () => {
    const { world, tick } = bench('infaas', { bugHeadroomOfFastest: true });
    const machine = addMachine(world, P3);
    const small = addWorker(world, B8, machine);
    loadOf(world, B8, machine, 650);
    expect(tick(20)).toEqual([]);
    loadOf(world, B8, machine, 660);
    expect(tick(3)).toEqual([[B16, 1, machine]]);
    const large = startWorker(world, B16, machine);
    expect(tick(3)).toEqual([]);
    becomeReady(world, large);
    loadOf(world, B16, machine, 655);
    loadOf(world, B8, machine, 5);
    expect(tick(3)).toEqual([[B8, -1, machine]]);
    drainWorker(world, small);
    tick(2);
    endWorker(world, small);
    expect(tick(40 * 2)).toEqual([]);
    loadOf(world, B16, machine, 654);
    expect(tick(20 * 2 + 1)).toEqual([]);
    expect(tick()).toEqual([[B8, 1, machine]]);
    becomeReady(world, startWorker(world, B8, machine));
    expect(tick()).toEqual([[B16, -1, machine]]);
  });

  test('E3: stays on CPUs at 4 queries/s, with one or two replicas', () => {
    const { world, tick } = bench('infaas');
    const machine = addMachine(world, P3);
    addWorker(world, TF_CPU, machine);
    loadOf(world, TF_CPU, machine, 4);
    expect(tick(3)).toEqual([[TF_CPU, 1, machine]]);
    becomeReady(world, startWorker(world, TF_CPU, machine));
    expect(tick(10 * 2 + 1)).toEqual([]);
    expect(tick()).toEqual([[TF_CPU, -1, machine]]);
  });

  test('names the machine and the reason of every change', () => {
    const { world, autoscaler } = bench('infaas');
    const machine = addMachine(world, P3);
    addWorker(world, TF_CPU, machine);
    loadOf(world, TF_CPU, machine, 4);
    const changes = [autoscaler.tick(), autoscaler.tick(), autoscaler.tick()].flat();
    const reason = 'load above capacity (1 ready on the machine)';
    expect(changes).toEqual([{ variant: TF_CPU, delta: 1, machine, reason }]);
    expect(changes[0].machine).not.toBe(NONE);
  });
});
