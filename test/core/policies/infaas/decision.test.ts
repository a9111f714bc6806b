// One architecture on one machine, after the experiments of the evaluation: E3 (4 queries/s on CPUs), E4 (650 to 700
// queries/s over the ladder of TensorRT batches), worked out by hand. Capacities of TensorRT in inputs/s: b4 535.4,
// b8 654.209, b16 735.6, b32 784.5.
import { describe, expect, test } from 'vitest';
import { saturationPerSecond } from '../../../../core/policies/infaas/latency-line.ts';
import { infaasScaler } from '../../../../core/policies/infaas/model-scaling/infaas.ts';
import { fastestOf } from '../../../../core/policies/infaas/model-scaling/ladder.ts';
import type { ScaleRequest } from '../../../../core/policies/infaas/model-scaling/scale-request.ts';
import { ScalingView } from '../../../../core/policies/infaas/model-scaling/scaling-view.ts';
import { NONE } from '../../../../core/index.ts';
import {
  B1,
  B16,
  B32,
  B4,
  B64,
  B8,
  INF1,
  M5,
  NEURON,
  P3,
  PYTORCH,
  TF_CPU,
  TF_GPU,
  addMachine,
  addWorker,
  loadOf,
  scalingWorld,
} from './scaling-fixtures.ts';
import type { WorldSketch } from './scaling-fixtures.ts';

interface Instance {
  readonly variant: number;
  readonly qps: number;
  readonly replicas?: number;
  readonly averageBatch?: number;
}

interface DecisionSketch extends WorldSketch {
  /** Memory of the host that is free, in bytes. */
  readonly memoryFreeBytes?: number;
}

type Asked = Omit<ScaleRequest, 'reason'>;

function decide(type: number, instances: readonly Instance[], sketch: DecisionSketch = {}): Asked[] {
  const world = scalingWorld(sketch);
  const machine = addMachine(world, type);
  for (const { variant, qps, replicas = 1, averageBatch = 1 } of instances) {
    for (let i = 0; i < replicas; i += 1) addWorker(world, variant, machine);
    loadOf(world, variant, machine, qps, averageBatch);
  }
  if (sketch.memoryFreeBytes !== undefined) world.fleet.machines.memoryFreeBytes[machine] = sketch.memoryFreeBytes;
  const running = [...new Set(instances.map(({ variant }) => variant))].sort((a, b) => a - b);
  const requests = infaasScaler(new ScalingView(world.state))(machine, running);
  return requests.map(({ variant, count, down }) => ({ variant, count, down }));
}

const released = { options: { bugHeadroomOfFastest: true } } as const;
const capacity = (variant: number, batch: number): number =>
  saturationPerSecond(scalingWorld().state.lines[variant], batch);

describe('the fastest variants of an architecture', () => {
  test('are those that load and run one input soonest, at most ten', () => {
    const view = new ScalingView(scalingWorld().state);
    expect(fastestOf(view, 'resnet50')).toEqual([B1, B16, B32, B4, B64, B8, TF_GPU, TF_CPU, PYTORCH, NEURON]);
  });

  test('leave out what takes more than 10 s, not what takes exactly that', () => {
    const top = (loadMs: number): readonly number[] =>
      fastestOf(new ScalingView(scalingWorld({ loadMs: { [NEURON]: loadMs } }).state), 'resnet50');
    expect(top(9978)).toContain(NEURON);
    expect(top(9978.001)).not.toContain(NEURON);
  });
});

describe('E4: a running TensorRT variant as released', () => {
  // 654.209 - 0.0002 * 1146.43 = 653.980.
  test('is upgraded to the next batch above 653.98 queries/s', () => {
    expect(decide(P3, [{ variant: B8, qps: 653.97 }], released)).toEqual([]);
    expect(decide(P3, [{ variant: B8, qps: 653.99 }], released)).toEqual([{ variant: B16, count: 1, down: B4 }]);
    expect(decide(P3, [{ variant: B8, qps: 700 }], released)).toEqual([{ variant: B16, count: 1, down: B4 }]);
  });

  test('is unloaded at once when the larger batch runs', () => {
    const both = [
      { variant: B8, qps: 10 },
      { variant: B16, qps: 690 },
    ];
    expect(decide(P3, both, released)).toEqual([{ variant: B8, count: -2000, down: NONE }]);
  });

  test('is downgraded at what the smaller batch carries, at the edge too', () => {
    const edge = capacity(B8, 8);
    expect(decide(P3, [{ variant: B16, qps: edge }], released)).toEqual([{ variant: B16, count: -1, down: B8 }]);
    expect(decide(P3, [{ variant: B16, qps: edge + 1e-6 }], released)).toEqual([]);
  });

  test('does not force away the copy it is downgraded to', () => {
    const both = [
      { variant: B8, qps: 100 },
      { variant: B16, qps: 400 },
    ];
    const plan = decide(P3, both, released);
    expect(plan).toEqual([
      { variant: B8, count: -1, down: NONE },
      { variant: B16, count: -1, down: B8 },
    ]);
  });

  test('gives way to the fastest CPU variant below batch 1', () => {
    const edge = capacity(TF_CPU, 1); // 4.0957
    expect(decide(P3, [{ variant: B1, qps: edge }], released)).toEqual([{ variant: B1, count: -1, down: TF_CPU }]);
    expect(decide(P3, [{ variant: B1, qps: edge + 1e-6 }], released)).toEqual([]);
  });

  test('is left alone while it has served nothing', () => {
    expect(decide(P3, [{ variant: B8, qps: 0, averageBatch: 0 }], released)).toEqual([]);
    expect(decide(P3, [{ variant: B8, qps: 0, averageBatch: 1 }], released)).toEqual([
      { variant: B8, count: -1, down: B4 },
    ]);
  });

  test('asks for itself where no larger batch up to 32 exists, which is refused when it is carried out', () => {
    expect(decide(P3, [{ variant: B32, qps: 800 }], released)).toEqual([{ variant: B32, count: 1, down: B16 }]);
  });
});

describe('a running TensorRT variant', () => {
  test('that is not among the fastest gives way to CPUs only', () => {
    const slow = { ...released, loadMs: { [B16]: 20_000 } };
    expect(decide(P3, [{ variant: B16, qps: 100 }], slow)).toEqual([]);
    expect(decide(P3, [{ variant: B16, qps: 4 }], slow)).toEqual([{ variant: B16, count: -1, down: TF_CPU }]);
  });

  // Two replicas of TensorFlow are 10 inputs/s short, more than the 4.0957 of one replica on the way down.
  test('without queries of its own goes, whatever others are short of', () => {
    const both = [
      { variant: B1, qps: 0 },
      { variant: TF_CPU, qps: 17.78, replicas: 2 },
    ];
    expect(decide(P3, both)).toEqual([
      { variant: TF_CPU, count: 3, down: NONE },
      { variant: B1, count: -1, down: TF_CPU },
    ]);
  });
});

describe('a running TensorRT variant without bugHeadroomOfFastest', () => {
  // 0.770714 * 654.209 = 504.208, both up and down.
  test('keeps the headroom of its load time before an upgrade', () => {
    expect(decide(P3, [{ variant: B8, qps: 504.2 }])).toEqual([]);
    expect(decide(P3, [{ variant: B8, qps: 504.22 }])).toEqual([{ variant: B16, count: 1, down: B4 }]);
  });

  test('keeps it after a downgrade, so that the upgrade is not wanted back', () => {
    expect(decide(P3, [{ variant: B16, qps: 504.2 }])).toEqual([{ variant: B16, count: -1, down: B8 }]);
    expect(decide(P3, [{ variant: B16, qps: 504.22 }])).toEqual([]);
  });
});

describe('E3: CPU variants on a GPU machine', () => {
  test('are replicated while that loads faster than 1.5 times the GPU', () => {
    // 1589 ms is not above 1.5 * 1146 ms = 1720 ms.
    expect(decide(P3, [{ variant: TF_CPU, qps: 4 }])).toEqual([{ variant: TF_CPU, count: 1, down: NONE }]);
    expect(decide(P3, [{ variant: TF_CPU, qps: 3.8 }])).toEqual([]);
    expect(decide(P3, [{ variant: TF_CPU, qps: 4, replicas: 2 }])).toEqual([
      { variant: TF_CPU, count: -1, down: NONE },
    ]);
  });

  test('give way to the smallest batch on the GPU above that factor, not at it', () => {
    const loadMs = (cpu: number): WorldSketch => ({ loadMs: { [B1]: 1000, [TF_CPU]: cpu } });
    expect(decide(P3, [{ variant: TF_CPU, qps: 4 }], loadMs(1500))).toEqual([
      { variant: TF_CPU, count: 1, down: NONE },
    ]);
    expect(decide(P3, [{ variant: TF_CPU, qps: 4 }], loadMs(1501))).toEqual([{ variant: B1, count: 1, down: TF_CPU }]);
  });

  test('give way to the GPU when two replicas do not carry the load', () => {
    // 0.95 * 2 * 4.0957 = 7.782.
    expect(decide(P3, [{ variant: TF_CPU, qps: 7.78, replicas: 2 }])).toEqual([]);
    expect(decide(P3, [{ variant: TF_CPU, qps: 7.79, replicas: 2 }])).toEqual([
      { variant: B1, count: 1, down: TF_CPU },
    ]);
  });

  test('give way to the GPU when their batches are larger than the smallest there', () => {
    expect(decide(P3, [{ variant: TF_CPU, qps: 1.184, averageBatch: 4 }])).toEqual([
      { variant: B1, count: 1, down: TF_CPU },
    ]);
  });

  const memoryFreeBytes = 1024 * 1024 * 1024 + 150e6;

  test('are not replicated beyond the memory there is', () => {
    const busy = [{ variant: PYTORCH, qps: 4.5 }]; // two replicas more of 100 MB each
    expect(decide(M5, busy)).toEqual([{ variant: PYTORCH, count: 2, down: NONE }]);
    expect(decide(M5, busy, { memoryFreeBytes })).toEqual([]);
  });

  test('cost nothing where they are refused', () => {
    const both = [
      { variant: PYTORCH, qps: 4.5 },
      { variant: TF_CPU, qps: 4 },
    ];
    expect(decide(P3, both, { memoryFreeBytes })).toEqual([{ variant: TF_CPU, count: 1, down: NONE }]);
  });

  test('wait in vain for a variant that is fastest elsewhere', () => {
    const loadMs = { [NEURON]: 100 };
    expect(decide(P3, [{ variant: TF_CPU, qps: 7.79, replicas: 2 }], { loadMs })).toEqual([]);
  });

  test('have no GPU to give way to on a CPU-only machine', () => {
    expect(decide(M5, [{ variant: TF_CPU, qps: 7.79, replicas: 2 }])).toEqual([
      { variant: TF_CPU, count: 1, down: NONE },
    ]);
  });

  test('are not replicated while the running GPU variant carries what they are short of', () => {
    const both = [
      { variant: TF_CPU, qps: 4 },
      { variant: B8, qps: 450 },
    ];
    expect(decide(P3, both)).toEqual([]);
  });

  test('and all that they are short of count for the upgrade of the running GPU variant', () => {
    const both = (qps: number): Instance[] => [
      { variant: TF_CPU, qps: 4.8909 }, // one input/s more than 95 % of its capacity
      { variant: B8, qps },
    ];
    expect(decide(P3, both(652.97), released)).toEqual([]);
    expect(decide(P3, both(652.99), released)).toEqual([{ variant: B16, count: 1, down: B4 }]);
  });
});

describe('an Inferentia machine', () => {
  const busy = [{ variant: TF_CPU, qps: 7.79, replicas: 2 }];

  test('starts the Neuron variant when two CPU replicas do not carry the load', () => {
    expect(decide(INF1, busy)).toEqual([{ variant: NEURON, count: 1, down: TF_CPU }]);
  });

  test('never starts it with bugUnmeasuredBatch: it has no capacity before it has served', () => {
    const options = { bugUnmeasuredBatch: true };
    expect(decide(INF1, busy, { options })).toEqual([{ variant: TF_CPU, count: 1, down: NONE }]);
  });

  test('gives a Neuron variant up for the CPU at what the CPU carries', () => {
    expect(decide(INF1, [{ variant: NEURON, qps: 4.09 }])).toEqual([{ variant: NEURON, count: -1, down: TF_CPU }]);
    expect(decide(INF1, [{ variant: NEURON, qps: 4.1 }])).toEqual([]);
  });
});
