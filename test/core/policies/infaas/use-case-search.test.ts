import { describe, expect, test } from 'vitest';
import { AnswerCache } from '../../../../core/policies/infaas/answer-cache.ts';
import { MODES } from '../../../../core/policies/infaas/constants.ts';
import { candidatesMax } from '../../../../core/policies/infaas/use-case-search.ts';
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
const neuron = (name: string, ms: number): Sketch => ({ name, on: 'inferentia', slope: ms, maxBatch: 1 });

describe('among running variants', () => {
  test('the one closest to the objective wins', () => {
    const answer = (latencyMs: number): string => {
      const plant = new Plant([gpu('far', 10), gpu('close', 40), gpu('over', 51)]);
      plant.machine(GPU_HOST);
      for (const name of ['far', 'close', 'over']) plant.run(name);
      return plant.byUseCase({ latencyMs });
    };
    expect([9, 10, 39, 50, 51].map(answer)).toEqual(['none', 'far', 'far', 'close', 'over']);
  });

  test('any comes before any that is not loaded', () => {
    const plant = new Plant([gpu('slow', 1, { loadMs: 0 }), gpu('loaded', 2, { maxBatch: 32 })]);
    plant.machine(GPU_HOST);
    plant.run('loaded');
    expect(plant.byUseCase({ latencyMs: 100 })).toBe('loaded');
  });

  test('latency is that of a full batch, 32 at most, on accelerators, and of the inputs on CPUs', () => {
    const answer = (latencyMs: number, inputs: number): string => {
      const plant = new Plant([
        { name: 'full', on: 'gpu', slope: 1, maxBatch: 60 },
        { name: 'cpu', on: 'cpu', slope: 11 },
      ]);
      plant.machine(GPU_HOST);
      plant.run('full');
      plant.run('cpu');
      return plant.byUseCase({ latencyMs, inputs });
    };
    expect(answer(31, 2)).toBe('cpu');
    expect(answer(32, 2)).toBe('full');
    expect(answer(32, 3)).toBe('full');
    expect(answer(33, 3)).toBe('cpu');
  });

  test('a batch that does not fit is passed over', () => {
    const plant = new Plant([gpu('small', 40, { maxBatch: 4 }), gpu('large', 20, { maxBatch: 8 })]);
    plant.machine(GPU_HOST);
    plant.run('small');
    plant.run('large');
    expect(plant.byUseCase({ latencyMs: 50, inputs: 4 })).toBe('small');
    expect(plant.byUseCase({ latencyMs: 50, inputs: 5 })).toBe('large');
  });
});

test.each([
  ['no-qps-latency', 'a'],
  ['all', 'b'],
])('in mode %s the search takes %s, of which the first is further from the objective', (mode, answer) => {
  const plant = new Plant([gpu('a', 10), gpu('b', 40)], { mode });
  plant.machine(GPU_HOST);
  plant.run('a', 0, { flagged: true });
  plant.run('b');
  expect(plant.byUseCase({ latencyMs: 50 })).toBe(answer);
});

describe('a loose objective', () => {
  test('is one above 100 ms and skips what is faster than 100 ms', () => {
    const plant = new Plant([gpu('fast', 99), gpu('slow', 100, { maxBatch: 4 })]);
    plant.machine(GPU_HOST);
    plant.run('fast');
    expect(plant.byUseCase({ latencyMs: 100 })).toBe('fast');
    expect(plant.byUseCase({ latencyMs: 101 })).toBe('slow?');
  });

  test('starts a CPU variant before an accelerator that would be sooner there', () => {
    const plant = new Plant([gpu('accelerated', 100, { loadMs: 0 }), cpu('cpu', 150, { loadMs: 5000 })]);
    expect(plant.byUseCase({ latencyMs: 200 })).toBe('cpu?');
  });

  test('starts the CPU variant that is there soonest', () => {
    const plant = new Plant([cpu('a', 150, { loadMs: 3000 }), cpu('b', 190, { loadMs: 1000 }), cpu('c', 191)]);
    expect(plant.byUseCase({ latencyMs: 200 })).toBe('b?');
  });

  test('starts no CPU variant while an accelerator serves it', () => {
    const plant = new Plant([gpu('accelerated', 100), cpu('cpu', 150)]);
    plant.machine(GPU_HOST);
    plant.run('accelerated');
    expect(plant.byUseCase({ latencyMs: 200 })).toBe('accelerated');
  });

  test('starts no second CPU variant while one is overloaded', () => {
    const plant = new Plant([gpu('accelerated', 120), cpu('busy', 150), cpu('idle', 160)]);
    plant.machine();
    plant.run('busy', 0, { flagged: true });
    expect(plant.byUseCase({ latencyMs: 200 })).toBe('accelerated?');
  });

  test('starts a CPU variant when the accelerator is overloaded', () => {
    const plant = new Plant([gpu('accelerated', 120), cpu('cpu', 150)]);
    plant.machine(GPU_HOST);
    plant.run('accelerated', 0, { flagged: true });
    expect(plant.byUseCase({ latencyMs: 200 })).toBe('cpu?');
  });

  test('without an objective nothing is too fast, and the slowest that runs is closest', () => {
    const plant = new Plant([gpu('fast', 1), gpu('slow', 2)]);
    plant.machine(GPU_HOST);
    expect(plant.byUseCase({ accuracyPercent: 76 })).toBe('fast?');
    const warm = new Plant([gpu('fast', 1), gpu('slow', 2)]);
    warm.machine(GPU_HOST);
    warm.run('fast');
    warm.run('slow');
    expect(warm.byUseCase()).toBe('slow');
  });
});

describe('of variants that do not run', () => {
  test('only one with a smaller largest batch than all before is considered', () => {
    const sketches = [gpu('a', 1, { maxBatch: 8, loadMs: 3000 }), gpu('b', 1, { maxBatch: 8, loadMs: 10 })];
    expect(new Plant(sketches).byUseCase({ latencyMs: 50 })).toBe('a?');
    expect(new Plant([...sketches, gpu('c', 1, { maxBatch: 4, loadMs: 10 })]).byUseCase({ latencyMs: 50 })).toBe('c?');
    expect(new Plant([...sketches, gpu('c', 1, { maxBatch: 4, loadMs: 9000 })]).byUseCase({ latencyMs: 50 })).toBe(
      'a?',
    );
  });

  test('one that is too slow counts as smaller all the same', () => {
    const plant = new Plant([gpu('a', 60, { maxBatch: 4 }), gpu('b', 10, { maxBatch: 8 })]);
    expect(plant.byUseCase({ latencyMs: 50 })).toBe('none');
  });
});

describe('accuracy', () => {
  test('is kept, and of what keeps it the bin with the least is looked at alone', () => {
    const plant = new Plant([
      gpu('seventy-one', 40, { accuracyPercent: 71 }),
      gpu('seventy-five', 80, { accuracyPercent: 75 }),
      gpu('eighty', 10, { accuracyPercent: 80 }),
    ]);
    expect(plant.byUseCase({ latencyMs: 50, accuracyPercent: 71 })).toBe('seventy-one?');
    expect(plant.byUseCase({ latencyMs: 50, accuracyPercent: 71.1 })).toBe('none');
    expect(plant.byUseCase({ latencyMs: 90, accuracyPercent: 75 })).toBe('seventy-five?');
    expect(plant.byUseCase({ latencyMs: 50, accuracyPercent: 75.1 })).toBe('eighty?');
    expect(plant.byUseCase({ latencyMs: 50, accuracyPercent: 80.1 })).toBe('none');
  });

  test('on an edge of a bin belongs to the lower one', () => {
    const plant = new Plant([gpu('edge', 60, { accuracyPercent: 70 }), gpu('above', 10, { accuracyPercent: 70.1 })]);
    expect(plant.byUseCase({ latencyMs: 50, accuracyPercent: 70 })).toBe('none');
    expect(plant.byUseCase({ latencyMs: 50, accuracyPercent: 70.05 })).toBe('above?');
  });

  test('is sorted into the bins of the option', () => {
    const sketches = [
      gpu('edge', 60, { accuracyPercent: 70 }),
      gpu('above', 10, { accuracyPercent: 70.1, maxBatch: 4 }),
    ];
    const plant = new Plant(sketches, { accuracyEdges: '0 80, 100' });
    expect(plant.byUseCase({ latencyMs: 50, accuracyPercent: 70 })).toBe('above?');
    expect(() => new Plant(sketches, { accuracyEdges: '0 80 70 100' })).toThrow(
      'policy "infaas" cannot sort variants by accuracy; found accuracy_edges "0 80 70 100"; expected ascending numbers',
    );
  });
});

describe('the number of candidates', () => {
  /** Of equal accuracy they are looked at by name; only the last serves the query. */
  const among = (count: number): Sketch[] =>
    Array.from({ length: count }, (_, i) => {
      const isLast = i === count - 1;
      return gpu(`v${i}`, isLast ? 1 : 2000, { maxBatch: isLast ? 4 : 8 });
    });

  test('is a quarter of the milliseconds of the objective, and at least three', () => {
    expect([1, 15.9, 16, 19.9, 20, 100].map((sloMs) => candidatesMax(sloMs, false))).toEqual([3, 3, 4, 4, 5, 25]);
    expect(new Plant(among(3)).byUseCase({ latencyMs: 15 })).toBe('v2?');
    expect(new Plant(among(4)).byUseCase({ latencyMs: 15 })).toBe('none');
    expect(new Plant(among(4)).byUseCase({ latencyMs: 16 })).toBe('v3?');
  });

  test('counts from the first that is accurate enough', () => {
    const low = ['a', 'b', 'c'].map((name) => gpu(name, 60, { accuracyPercent: 71 }));
    const plant = new Plant([...low, gpu('d', 10, { accuracyPercent: 72, maxBatch: 4 })]);
    expect(plant.byUseCase({ latencyMs: 15, accuracyPercent: 71 })).toBe('none');
    expect(plant.byUseCase({ latencyMs: 15, accuracyPercent: 71.5 })).toBe('d?');
  });

  test('wraps as a signed byte under the bug, and not without', () => {
    const values = [511, 512, 1023, 1024, 1027, 1028, 1535];
    expect(values.map((sloMs) => candidatesMax(sloMs, true))).toEqual([127, Infinity, Infinity, 0, 0, 1, 127]);
    expect(values.map((sloMs) => candidatesMax(sloMs, false))).toEqual([127, 128, 255, 256, 256, 257, 383]);
    expect(candidatesMax(Infinity, true)).toBe(Infinity);
  });

  test('of none fails the query under the bug', () => {
    const sketches = [cpu('cpu', 200)];
    expect(new Plant(sketches).byUseCase({ latencyMs: 1024 })).toBe('cpu?');
    expect(new Plant(sketches, { bugCandidateOverflow: true }).byUseCase({ latencyMs: 1027 })).toBe('none');
    expect(new Plant(sketches, { bugCandidateOverflow: true }).byUseCase({ latencyMs: 1028 })).toBe('cpu?');
  });
});

describe('an overloaded accelerator', () => {
  const overloaded = (mode: (typeof MODES)[number], machine: typeof GPU_HOST | typeof INF_HOST): Plant => {
    const plant = new Plant([machine === GPU_HOST ? gpu('it', 10) : neuron('it', 10)], { mode });
    plant.machine(machine);
    plant.run('it', 0, { flagged: true });
    return plant;
  };

  test.each(MODES.map((mode, number) => [mode, number] as const))(
    'counts as not running, in mode %s; a GPU asks for a machine in modes 4, 5 and 6',
    (mode, number) => {
      const plant = overloaded(mode, GPU_HOST);
      expect(plant.byUseCase({ latencyMs: 50 })).toBe(number === 1 ? 'it' : 'it?');
      expect(plant.state.flags.vmScale).toBe([4, 5, 6].includes(number));
    },
  );

  test('asks for no machine on Inferentia', () => {
    const plant = overloaded('gpu-share-trigger-skip-blacklist', INF_HOST);
    expect(plant.byUseCase({ latencyMs: 50 })).toBe('it?');
    expect(plant.byUseCase({ latencyMs: 50 })).toBe('it?');
    expect(plant.state.flags.vmScale).toBe(false);
  });

  test('is judged where its requests per second are fewest, the lowest number of equals', () => {
    const plant = new Plant([gpu('it', 10)]);
    plant.machines(3, GPU_HOST);
    plant.run('it', 2, { qps: 5 });
    plant.run('it', 1, { qps: 5, flagged: true });
    plant.run('it', 0, { qps: 6 });
    expect(plant.byUseCase({ latencyMs: 50 })).toBe('it?');
    plant.state.instances.qps[plant.state.instances.at(0, 0)] = 4;
    expect(plant.byUseCase({ latencyMs: 50 })).toBe('it');
  });

  test('still competes by its latency', () => {
    const plant = new Plant([gpu('close', 40), gpu('far', 10)]);
    plant.machine(GPU_HOST);
    plant.run('close', 0, { flagged: true });
    plant.run('far');
    expect(plant.byUseCase({ latencyMs: 50 })).toBe('close?');
  });
});

describe('the cache of answers', () => {
  const three = [gpu('a', 10), gpu('b', 20), gpu('c', 30)];
  const warm = (options = {}): Plant => {
    const plant = new Plant([...three, gpu('german', 15, { task: 'translation', architecture: 'gnmt' })], options);
    plant.machine(GPU_HOST);
    return plant;
  };

  test('answers before a search: what served the last query serves the next, though another is closer', () => {
    const plant = warm();
    plant.run('a');
    expect(plant.byUseCase({ latencyMs: 50 })).toBe('a');
    plant.run('c');
    expect(plant.byUseCase({ latencyMs: 50 })).toBe('a');
    expect(plant.byUseCase({ latencyMs: 50, inputs: 8 })).toBe('a');
  });

  test('is passed over when the answer does not keep what this query asks', () => {
    const plant = warm();
    plant.run('c');
    plant.run('a');
    expect(plant.byUseCase({ latencyMs: 50 })).toBe('c');
    expect(plant.byUseCase({ latencyMs: 29 })).toBe('a');
    expect(plant.byUseCase({ latencyMs: 30 })).toBe('a');
    expect(plant.byUseCase({ latencyMs: 30, accuracyPercent: 76.1 })).toBe('none');
  });

  test('passes over an answer that runs no more, and an overloaded CPU', () => {
    const plant = new Plant([cpu('a', 10), gpu('b', 5)]);
    plant.machine(GPU_HOST);
    const worker = plant.run('a');
    plant.run('b');
    expect(plant.byUseCase({ latencyMs: 50 })).toBe('a');
    plant.state.instances.flagged[plant.state.instances.at(0, 0)] = 1;
    expect(plant.byUseCase({ latencyMs: 50 })).toBe('b');
    plant.stop(worker);
    expect(plant.byUseCase({ latencyMs: 50 })).toBe('b');
  });

  test('keeps five answers, each once, the most recent first', () => {
    const cache = new AnswerCache();
    for (const variant of [1, 2, 3, 2, 4, 5]) cache.touch(variant);
    expect([...cache.variants.subarray(0, cache.count)]).toEqual([5, 4, 2, 3, 1]);
    cache.touch(6);
    expect([...cache.variants.subarray(0, cache.count)]).toEqual([6, 5, 4, 2, 3]);
    cache.touch(3);
    expect([...cache.variants.subarray(0, cache.count)]).toEqual([3, 6, 5, 4, 2]);
  });

  test('is one for each use case, and one for all under the bug', () => {
    for (const [bugCacheUnkeyed, answer] of [
      [false, 'german'],
      [true, 'a'],
    ] as const) {
      const plant = warm({ bugCacheUnkeyed });
      plant.run('a');
      plant.run('german');
      expect(plant.byUseCase({ latencyMs: 50 })).toBe('a');
      expect(plant.ofTranslation({ latencyMs: 50 })).toBe(answer);
    }
  });

  test('never hands on a cold CPU variant', () => {
    const plant = new Plant([cpu('cpu', 150), cpu('other', 190, { maxBatch: 64 })]);
    plant.machine();
    expect(plant.byUseCase({ latencyMs: 200 })).toBe('cpu?');
    plant.run('other');
    plant.run('cpu');
    expect(plant.byUseCase({ latencyMs: 200 })).toBe('other');
  });
});

describe('the sign that accelerators are hardly used', () => {
  test('makes a CPU variant count as cold, until a replica of it becomes ready', () => {
    const plant = new Plant([cpu('cpu', 150)]);
    plant.machine(GPU_HOST);
    plant.run('cpu', 0, { now: 5 });
    plant.state.setScaledown(0, 0, true, 5);
    expect(plant.byUseCase({ latencyMs: 200 })).toBe('cpu?');
    plant.run('cpu', 0, { now: 6 });
    expect(plant.byUseCase({ latencyMs: 200 })).toBe('cpu');
  });
});

describe('unloading', () => {
  test('hides a variant everywhere under the bug, and nowhere else without', () => {
    for (const [bugGlobalUnloading, answer] of [
      [false, 'it'],
      [true, 'none'],
    ] as const) {
      const plant = new Plant([gpu('it', 10)], { bugGlobalUnloading });
      plant.machine(GPU_HOST);
      plant.run('it');
      plant.state.setUnloading(0, true);
      expect(plant.byUseCase({ latencyMs: 50 })).toBe(answer);
      plant.state.setUnloading(0, false);
      expect(plant.byUseCase({ latencyMs: 50 })).toBe('it');
    }
  });
});

describe('scores', () => {
  test('end at 100 s under the bug, and not without', () => {
    const sketches = [cpu('slow-load', 150, { loadMs: 98_850 })];
    const ceiling = { bugScoreCeiling: true };
    expect(new Plant(sketches).byUseCase({ latencyMs: 200 })).toBe('slow-load?');
    expect(new Plant(sketches, ceiling).byUseCase({ latencyMs: 200 })).toBe('none');
    const sooner = [cpu('slow-load', 150, { loadMs: 98_849 })];
    expect(new Plant(sooner, ceiling).byUseCase({ latencyMs: 200 })).toBe('slow-load?');
  });
});
