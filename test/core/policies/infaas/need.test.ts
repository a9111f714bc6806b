// What one variant needs on one machine, worked out by hand from the constants of ResNet50. Capacities in inputs/s:
// TensorRT b8 8000 / 12.2285 = 654.209, TensorFlow on 4 cores 1000 / 244.161 = 4.0957, Inferentia 1000 / 22 = 45.4545.
import { describe, expect, test } from 'vitest';
import { saturationPerSecond } from '../../../../core/policies/infaas/latency-line.ts';
import { needOf } from '../../../../core/policies/infaas/model-scaling/need.ts';
import type { Need } from '../../../../core/policies/infaas/model-scaling/need.ts';
import { ScalingView } from '../../../../core/policies/infaas/model-scaling/scaling-view.ts';
import {
  B8,
  INF1,
  M5,
  NEURON,
  P3,
  PYTORCH,
  TF_CPU,
  addMachine,
  addWorker,
  loadOf,
  scalingWorld,
  startWorker,
} from './scaling-fixtures.ts';
import type { WorldSketch } from './scaling-fixtures.ts';

interface Case extends WorldSketch {
  readonly type: number;
  readonly variant: number;
  readonly replicas?: number;
  readonly qps: number;
  readonly averageBatch?: number;
}

function need({ type, variant, replicas = 1, qps, averageBatch = 1, ...sketch }: Case): Need {
  const world = scalingWorld(sketch);
  const machine = addMachine(world, type);
  for (let i = 0; i < replicas; i += 1) addWorker(world, variant, machine);
  loadOf(world, variant, machine, qps, averageBatch);
  return needOf(new ScalingView(world.state), variant, machine);
}

const individual = { options: { autoscaler: 'individual' } } as const;

describe('a GPU variant', () => {
  // 1 - 0.0002 * 1146.43 = 0.770714 of 654.209 is 504.208.
  test('that loads in 1146 ms wants a replica more from 77 % of its capacity', () => {
    expect(need({ type: P3, variant: B8, qps: 504.1 }).count).toBe(0);
    expect(need({ type: P3, variant: B8, qps: 504.3 }).count).toBe(1);
  });

  test('is taken at its full batch, whatever requests bring, and its load in inputs', () => {
    expect(need({ type: P3, variant: B8, qps: 252.0, averageBatch: 2 }).count).toBe(0);
    expect(need({ type: P3, variant: B8, qps: 252.2, averageBatch: 2 }).count).toBe(1);
  });

  test('that loads in 5000 ms or more always wants one more while it has load', () => {
    expect(need({ type: P3, variant: B8, qps: 0.01, loadMs: { [B8]: 5000 } }).count).toBe(1);
    expect(need({ type: P3, variant: B8, qps: 0, loadMs: { [B8]: 5000 } }).count).toBe(-1);
  });

  // 0.0002 of 654.209 is 0.1308.
  test('that loads in 4999 ms does not always', () => {
    expect(need({ type: P3, variant: B8, qps: 0.13, loadMs: { [B8]: 4999 } }).count).toBe(0);
    expect(need({ type: P3, variant: B8, qps: 0.14, loadMs: { [B8]: 4999 } }).count).toBe(1);
  });

  test('is refused a second replica by INFaaS, a third one where variants scale alone; the count stays', () => {
    expect(need({ type: P3, variant: B8, qps: 600 })).toMatchObject({ count: 1, isRejected: true });
    expect(need({ type: P3, variant: B8, qps: 600, ...individual })).toMatchObject({ count: 1, isRejected: false });
    // 1200 - 0.770714 * 654.209 = 695.8 is more than one replica.
    expect(need({ type: P3, variant: B8, qps: 1200, ...individual })).toMatchObject({ count: 2, isRejected: true });
  });
});

describe('a CPU variant', () => {
  // 0.95 * 4.0957 = 3.8909.
  test('wants a replica more above 95 % of its capacity', () => {
    expect(need({ type: M5, variant: TF_CPU, qps: 3.89 }).count).toBe(0);
    expect(need({ type: M5, variant: TF_CPU, qps: 3.892 }).count).toBe(1);
  });

  // 4 inputs take 803.211 ms: 4.9800 inputs/s, 95 % of them 4.7310.
  test('is taken at the batch that requests bring on average', () => {
    expect(need({ type: M5, variant: TF_CPU, qps: 1.182, averageBatch: 4 }).count).toBe(0);
    expect(need({ type: M5, variant: TF_CPU, qps: 1.184, averageBatch: 4 }).count).toBe(1);
  });

  test('wants as many replicas as the shortage takes, rounded up', () => {
    // 8 - 3.8909 = 4.1091 is just more than one replica of 4.0957.
    expect(need({ type: M5, variant: TF_CPU, qps: 7.98 }).count).toBe(1);
    expect(need({ type: M5, variant: TF_CPU, qps: 8 }).count).toBe(2);
  });

  test('gives a replica back when one fewer carries the load, at the edge too', () => {
    const perReplica = saturationPerSecond(scalingWorld().state.lines[PYTORCH], 1);
    expect(need({ type: M5, variant: PYTORCH, replicas: 2, qps: perReplica }).count).toBe(-1);
    expect(need({ type: M5, variant: PYTORCH, replicas: 2, qps: perReplica + 1e-6 }).count).toBe(0);
  });

  test('gives its last replica back only without load', () => {
    expect(need({ type: M5, variant: TF_CPU, qps: 0 }).count).toBe(-1);
    expect(need({ type: M5, variant: TF_CPU, qps: 0, averageBatch: 0 }).count).toBe(-1);
    expect(need({ type: M5, variant: TF_CPU, qps: 0.001 }).count).toBe(0);
  });

  test('that loads needs nothing', () => {
    const world = scalingWorld();
    const machine = addMachine(world, M5);
    startWorker(world, TF_CPU, machine);
    loadOf(world, TF_CPU, machine, 100);
    const loading = needOf(new ScalingView(world.state), TF_CPU, machine);
    expect(loading).toEqual({ count: 0, shortPerSecond: 0, isRejected: false });
  });
});

describe('an Inferentia variant', () => {
  // 1 - 0.0002 * 3554.77 = 0.289046 of 45.4545 is 13.138.
  test('that loads in 3555 ms wants a replica more from 29 % of its capacity', () => {
    expect(need({ type: INF1, variant: NEURON, qps: 13.1 }).count).toBe(0);
    expect(need({ type: INF1, variant: NEURON, qps: 13.2 }).count).toBe(1);
  });

  // 13.138 + 3 * 45.4545 = 149.502.
  test('is refused more replicas than there are cores left', () => {
    expect(need({ type: INF1, variant: NEURON, qps: 149.4 })).toMatchObject({ count: 3, isRejected: false });
    expect(need({ type: INF1, variant: NEURON, qps: 149.6 })).toMatchObject({ count: 4, isRejected: true });
  });
});

describe('memory', () => {
  const rejected = (freeBytes: number, bugMemorySlack: boolean): boolean => {
    const world = scalingWorld({ options: { bugMemorySlack } });
    const machine = addMachine(world, M5);
    addWorker(world, TF_CPU, machine);
    loadOf(world, TF_CPU, machine, 4);
    world.fleet.machines.memoryFreeBytes[machine] = freeBytes;
    return needOf(new ScalingView(world.state), TF_CPU, machine).isRejected;
  };

  test('keeps 1 GiB free', () => {
    expect(rejected(100e6 + 1024 * 1024 * 1024, false)).toBe(false);
    expect(rejected(100e6 + 1024 * 1024 * 1024 - 1, false)).toBe(true);
  });

  test('keeps 1 KiB free with bugMemorySlack', () => {
    expect(rejected(100e6 + 1024, true)).toBe(false);
    expect(rejected(100e6 + 1023, true)).toBe(true);
  });

  test('of a GPU is what its utilisation leaves', () => {
    const world = scalingWorld(individual);
    const machine = addMachine(world, P3);
    addWorker(world, B8, machine);
    loadOf(world, B8, machine, 600);
    const view = new ScalingView(world.state);
    world.fleet.machines.deviceMemoryFreeBytes[machine] = 1.2e9;
    world.state.machines.refresh(() => 0);
    expect(needOf(view, B8, machine).isRejected).toBe(false);
    world.fleet.machines.deviceMemoryFreeBytes[machine] = 1.1e9;
    world.state.machines.refresh(() => 0);
    expect(needOf(view, B8, machine).isRejected).toBe(true);
  });
});
