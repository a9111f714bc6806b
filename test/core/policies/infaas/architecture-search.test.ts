import { describe, expect, test } from 'vitest';
import { GPU_HOST, INF_HOST, Plant } from './plant.ts';
import type { Sketch } from './plant.ts';

const cpu = (name: string, ms: number, more: Partial<Sketch> = {}): Sketch => ({ name, on: 'cpu', slope: ms, ...more });
const gpu = (name: string, ms: number, more: Partial<Sketch> = {}): Sketch => ({
  name,
  on: 'gpu',
  slope: 0,
  intercept: ms,
  ...more,
});

const flag = (plant: Plant, name: string, machine = 0): void => {
  plant.state.instances.flagged[plant.state.instances.at(plant.variant(name), machine)] = 1;
};

describe('of the fastest variants', () => {
  test('the first that runs serves the query, though others are closer to the objective', () => {
    const plant = new Plant([gpu('a', 10), gpu('b', 20), gpu('c', 40)]);
    plant.machine(GPU_HOST);
    plant.run('c');
    plant.run('b');
    expect(plant.byArchitecture({ latencyMs: 50 })).toBe('b');
  });

  test('those below 100 ms are left out for an objective above 100 ms, not for one of 100', () => {
    const plant = new Plant([gpu('a', 99), cpu('b', 100)]);
    plant.machine(GPU_HOST);
    plant.run('a');
    plant.run('b');
    expect(plant.byArchitecture({ latencyMs: 100 })).toBe('a');
    expect(plant.byArchitecture({ latencyMs: 101 })).toBe('b');
  });

  test('are five: a sixth that runs is found by its distance only', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    const plant = new Plant(names.map((name, i) => gpu(name, 10 + i)));
    plant.machine(GPU_HOST);
    plant.run('f');
    plant.run('g');
    expect(plant.byArchitecture({ latencyMs: 50 })).toBe('g');
    plant.run('e');
    expect(plant.byArchitecture({ latencyMs: 50 })).toBe('e');
  });

  test('are taken by the latency of one input: the full batch may break the objective', () => {
    const plant = new Plant([{ name: 'a', on: 'gpu', slope: 10, maxBatch: 8 }]);
    plant.machine(GPU_HOST);
    plant.run('a');
    expect(plant.byArchitecture({ latencyMs: 10 })).toBe('a');
    expect(plant.byArchitecture({ latencyMs: 9 })).toBe('none');
  });

  test('are passed over when the inputs do not fit', () => {
    const plant = new Plant([gpu('a', 10, { maxBatch: 2 }), gpu('b', 20, { maxBatch: 3 })]);
    plant.machine(GPU_HOST);
    plant.run('a');
    plant.run('b');
    expect(plant.byArchitecture({ latencyMs: 50, inputs: 2 })).toBe('a');
    expect(plant.byArchitecture({ latencyMs: 50, inputs: 3 })).toBe('b');
    expect(plant.byArchitecture({ latencyMs: 50, inputs: 4 })).toBe('none');
  });

  test('an overloaded accelerator counts as not running, and a GPU asks for a machine', () => {
    const plant = new Plant([gpu('a', 10), gpu('b', 20)]);
    plant.machine(GPU_HOST);
    plant.run('a');
    plant.run('b');
    flag(plant, 'a');
    expect(plant.byArchitecture({ latencyMs: 50 })).toBe('a?');
    expect(plant.state.flags.vmScale).toBe(true);
  });

  test.each([
    ['all', false],
    ['gpu-share-trigger', true],
    ['cpu-blacklist-check', true],
    ['round-robin', false],
  ] as const)('an overloaded GPU asks for a machine in mode %s: %s', (mode, asks) => {
    const plant = new Plant([gpu('a', 10)], { mode });
    plant.machine(GPU_HOST);
    plant.run('a', 0, { flagged: true });
    expect(plant.byArchitecture({ latencyMs: 50 })).toBe('a?');
    expect(plant.state.flags.vmScale).toBe(asks);
  });

  test('an overloaded Inferentia asks for none', () => {
    const plant = new Plant([{ name: 'a', on: 'inferentia', slope: 22, maxBatch: 1 }]);
    plant.machine(INF_HOST);
    plant.run('a', 0, { flagged: true });
    expect(plant.byArchitecture({ latencyMs: 50 })).toBe('a?');
    expect(plant.state.flags.vmScale).toBe(false);
  });

  test('any that runs will do in mode no-qps-latency', () => {
    const plant = new Plant([gpu('a', 10)], { mode: 'no-qps-latency' });
    plant.machine(GPU_HOST);
    plant.run('a', 0, { flagged: true });
    expect(plant.byArchitecture({ latencyMs: 50 })).toBe('a');
  });

  test.each([
    ['no-qps-latency', 'a'],
    ['all', 'b'],
  ])(
    'in mode %s the search of all variants takes %s, of which the first is further from the objective',
    (mode, answer) => {
      const plant = new Plant([gpu('a', 10), gpu('b', 60), cpu('c', 150)], { mode });
      plant.machine(GPU_HOST);
      plant.run('a');
      plant.run('b');
      if (mode === 'no-qps-latency') plant.state.setScaledown(0, 0, true, 1);
      expect(plant.byArchitecture({ latencyMs: 200 })).toBe(answer);
    },
  );
});

describe('when nothing runs', () => {
  test('a tight objective starts the variant with the smallest largest batch, CPUs apart', () => {
    const plant = new Plant([
      gpu('fastest', 5, { maxBatch: 8 }),
      gpu('smallest', 20, { maxBatch: 2 }),
      gpu('small', 10, { maxBatch: 4 }),
    ]);
    expect(plant.byArchitecture({ latencyMs: 50 })).toBe('smallest?');
    expect(plant.byArchitecture({ latencyMs: 50, inputs: 3 })).toBe('small?');
  });

  test('the smallest is started even where it is too slow, as long as another is not', () => {
    const plant = new Plant([gpu('fast', 5, { maxBatch: 8 }), gpu('slow', 60, { maxBatch: 2 })]);
    expect(plant.byArchitecture({ latencyMs: 50 })).toBe('slow?');
    expect(plant.byArchitecture({ latencyMs: 4 })).toBe('none');
  });

  test('CPU variants are skipped at an objective of 50 ms and not at 51', () => {
    const plant = new Plant([cpu('cpu', 10)]);
    expect(plant.byArchitecture({ latencyMs: 50 })).toBe('none');
    expect(plant.byArchitecture({ latencyMs: 51 })).toBe('cpu?');
  });

  test('a loose objective starts the fastest that takes 100 ms or more', () => {
    const plant = new Plant([gpu('gpu', 5), cpu('slow', 150), cpu('fast', 120)]);
    expect(plant.byArchitecture({ latencyMs: 200 })).toBe('fast?');
    expect(plant.byArchitecture({ latencyMs: 100 })).toBe('gpu?');
  });

  test('a loose objective of an architecture without slow variants starts the fastest of all', () => {
    const plant = new Plant([gpu('b', 20), gpu('a', 5)]);
    expect(plant.byArchitecture({ latencyMs: 200 })).toBe('a?');
  });

  test.each([
    [false, ['a?', 'b?', 'none']],
    [true, ['a?', 'a?', 'none']],
  ])('such a query gets the fastest that takes its inputs, the fastest of all under the bug (%s)', (bug, answers) => {
    const sketches = [gpu('a', 5, { maxBatch: 2 }), gpu('b', 20, { maxBatch: 4 })];
    const plant = new Plant(sketches, { bugFirstFastestMayNotFit: bug });
    expect([2, 3, 5].map((inputs) => plant.byArchitecture({ latencyMs: 200, inputs }))).toEqual(answers);
  });

  test('a query without an objective is loose', () => {
    expect(new Plant([gpu('gpu', 5), cpu('cpu', 120)]).byArchitecture()).toBe('cpu?');
  });

  test('accuracy is not looked at', () => {
    const plant = new Plant([gpu('a', 5, { accuracyPercent: 60 })]);
    expect(plant.byArchitecture({ latencyMs: 50, accuracyPercent: 90 })).toBe('a?');
  });
});

describe('of all variants', () => {
  /** A loose objective looks at accelerators only here: of the fastest none runs. */
  const loose = { latencyMs: 200 };

  test('the running one closest to the objective wins', () => {
    const plant = new Plant([gpu('a', 10), gpu('b', 60), cpu('c', 150)]);
    plant.machine(GPU_HOST);
    plant.run('a');
    plant.run('b');
    expect(plant.byArchitecture(loose)).toBe('b');
  });

  test('an overloaded accelerator is a candidate that does not run', () => {
    const plant = new Plant([gpu('a', 10), gpu('b', 60), cpu('c', 150)]);
    plant.machine(GPU_HOST);
    plant.run('a');
    plant.run('b', 0, { flagged: true });
    expect(plant.byArchitecture(loose)).toBe('b?');
    expect(plant.state.flags.vmScale).toBe(true);
  });

  test('accelerators that are hardly used give way to CPUs, for loose objectives only', () => {
    const plant = new Plant([gpu('a', 10), cpu('c', 150)]);
    plant.machine(GPU_HOST);
    plant.run('a');
    plant.state.setScaledown(0, 0, true, 1);
    expect(plant.byArchitecture({ latencyMs: 100 })).toBe('a');
    expect(plant.byArchitecture(loose)).toBe('c?');
    plant.state.setScaledown(0, 0, false, 1);
    expect(plant.byArchitecture(loose)).toBe('a');
  });

  test('they do not while a CPU variant is overloaded', () => {
    const plant = new Plant([gpu('a', 10), cpu('c', 150)]);
    plant.machine(GPU_HOST);
    plant.run('a');
    plant.run('c', 0, { flagged: true });
    plant.state.setScaledown(0, 0, true, 1);
    expect(plant.byArchitecture(loose)).toBe('a');
  });

  test('they serve on where the architecture has nothing else', () => {
    const plant = new Plant([gpu('a', 10)]);
    plant.machine(GPU_HOST);
    plant.run('a');
    plant.state.setScaledown(0, 0, true, 1);
    expect(plant.byArchitecture(loose)).toBe('a');
  });
});

describe('when everything that runs is overloaded', () => {
  test('the smallest batch gets nine queries in ten, the overloaded CPU the rest, and neither counts as running', () => {
    const plant = new Plant([gpu('a', 10), cpu('c', 150)]);
    plant.machine(GPU_HOST);
    plant.run('c', 0, { flagged: true });
    let kept = 0;
    for (let i = 0; i < 1000; i += 1) {
      const answer = plant.byArchitecture({ latencyMs: 200 });
      expect(['c?', 'a?']).toContain(answer);
      if (answer === 'c?') kept += 1;
    }
    // 100 expected, standard deviation 9.5.
    expect(Math.abs(kept - 100)).toBeLessThan(50);
  });

  test.each([
    ['cpu-blacklist-check', 'pytorch', ['c?']],
    ['cpu-blacklist-check', 'table', ['a?', 'c?']],
    ['gpu-share-trigger', 'pytorch', ['a?', 'c?']],
  ])('a PyTorch CPU variant is the candidate in mode %s beside %s variants: %j', (mode, framework, expected) => {
    const plant = new Plant([cpu('c', 150, { framework: 'pytorch' }), gpu('a', 10, { framework })], { mode });
    plant.machine(GPU_HOST);
    plant.run('c', 0, { flagged: true });
    const answers = new Set(Array.from({ length: 200 }, () => plant.byArchitecture({ latencyMs: 200 })));
    expect([...answers].toSorted()).toEqual(expected);
  });
});

describe('mode cpu-blacklist-check', () => {
  const sketches = [cpu('c', 150), gpu('a', 10)];
  const plantIn = (mode: string): Plant => {
    const plant = new Plant(sketches, { mode });
    plant.machine(GPU_HOST);
    return plant;
  };

  test('prefers an accelerator that runs to a CPU that is closer to the objective', () => {
    const sixth = ['d', 'e', 'f', 'g', 'h'].map((name) => cpu(name, 110));
    for (const [mode, answer] of [
      ['cpu-blacklist-check', 'a'],
      ['gpu-share-trigger', 'c'],
    ] as const) {
      const plant = new Plant([...sketches, ...sixth], { mode });
      plant.machine(GPU_HOST);
      plant.run('c');
      plant.run('a');
      expect(plant.byArchitecture({ latencyMs: 200 })).toBe(answer);
    }
  });

  test('remembers a CPU variant that was overloaded, until it runs no more', () => {
    for (const [mode, answer] of [
      ['cpu-blacklist-check', 'a'],
      ['gpu-share-trigger', 'c'],
    ] as const) {
      const plant = plantIn(mode);
      const worker = plant.run('c', 0, { flagged: true });
      plant.byArchitecture({ latencyMs: 200 });
      plant.run('a');
      plant.state.instances.flagged.fill(0);
      expect(plant.byArchitecture({ latencyMs: 200 })).toBe(answer);
      plant.stop(worker);
      expect(plant.byArchitecture({ latencyMs: 200 })).toBe('a');
      plant.run('c');
      expect(plant.byArchitecture({ latencyMs: 200 })).toBe('c');
    }
  });
});

test('unloading hides a variant everywhere under the bug, and nowhere else without', () => {
  for (const [bugGlobalUnloading, answer] of [
    [false, 'a'],
    [true, 'a?'],
  ] as const) {
    const plant = new Plant([gpu('a', 10)], { bugGlobalUnloading });
    plant.machine(GPU_HOST);
    plant.run('a');
    plant.state.setUnloading(0, true);
    expect(plant.byArchitecture({ latencyMs: 50 })).toBe(answer);
  }
});

test('the same queries on the same stream get the same answers', () => {
  const answers = [1, 2].map(() => {
    const plant = new Plant([gpu('a', 10), cpu('c', 150)]);
    plant.machine(GPU_HOST);
    plant.run('c', 0, { flagged: true });
    return Array.from({ length: 100 }, () => plant.byArchitecture({ latencyMs: 200 }));
  });
  expect(answers[0]).toEqual(answers[1]);
});
