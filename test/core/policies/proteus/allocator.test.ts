// The control path: when a plan is made, when it takes effect, and what it asks for.
import { describe, expect, test } from 'vitest';
import { loadSolver } from '../../../../backends/index.ts';
import type { ModelScaling, PolicyModule, Solver } from '../../../../core/index.ts';
import { DOWN, NONE, defaultsOf, invariant, seconds } from '../../../../core/index.ts';
import { proteus } from '../../../../core/policies/proteus/proteus.ts';
import { CPU, DETECTOR, HOST, KINDS, SMALL, addMachine, addWorker, emptyWorld, open } from '../fixtures.ts';
import type { QuerySketch, World } from '../fixtures.ts';

const highs = await loadSolver();

interface Bench {
  readonly world: World;
  readonly module: PolicyModule;
  /** Programs solved so far. */
  readonly solved: () => number;
  ask(count: number, query?: QuerySketch): number[];
  decide(atS: number): readonly ModelScaling[];
}

/** Proteus over one host of eight cores, without a worker. */
function bench(options: Record<string, number> = {}): Bench {
  const world = emptyWorld();
  addMachine(world, HOST);
  let programs = 0;
  const solver: Solver = {
    solve(program, limits) {
      programs += 1;
      return highs.solve(program, limits);
    },
  };
  const values = { ...defaultsOf(proteus.options), ...options } as Parameters<typeof proteus.create>[0]['options'];
  const module = proteus.create({ ...world.context, solver, options: values });
  const scaling = module['model-scaling'];
  const selection = module.selection;
  invariant(scaling !== undefined && selection !== undefined, 'Proteus serves both');
  return {
    world,
    module,
    solved: () => programs,
    ask: (count, query = { kind: KINDS.classification }) =>
      Array.from({ length: count }, () => {
        const slot = open(world, query);
        return selection.select(slot, 0);
      }),
    decide: (atS) => scaling.decide(seconds(atS)),
  };
}

describe('Proteus', () => {
  test('plans nothing while nobody asks', () => {
    const { decide, solved } = bench();
    expect([1, 31, 61].flatMap((at) => decide(at))).toEqual([]);
    expect(solved()).toBe(0);
  });

  test('counts a request that a worker gave back once', () => {
    const { world, module, decide } = bench({ solveTime: 0 });
    for (let i = 0; i < 10; i += 1) {
      const slot = open(world, { kind: KINDS.classification });
      const variant = module.selection?.select(slot, 0) ?? NONE;
      world.requests.variant[slot] = variant;
      expect(module.selection?.select(slot, 0)).toBe(variant);
    }
    expect(decide(1)[0]?.reason).toContain('plan for 10.5 inputs/s');
  });

  test('lets a plan take effect when the time to solve is over, and not before', () => {
    const { ask, decide } = bench({ solveTime: seconds(2) });
    ask(10);
    expect(decide(1)).toEqual([]);
    expect(decide(3 - 1e-9)).toEqual([]);
    // 10 inputs/s: a resnet-cpu with batches of 8 serves 47 (170 ms each), so the most accurate does.
    const changes = decide(3);
    expect(changes.map(({ variant, machine }) => [variant, machine])).toEqual([[CPU, 0]]);
    expect(changes[0].reason).toBe('plan for 10.5 inputs/s: 10.5 served at 76.00 %');
  });

  test('plans again after the period, or when the demand leaves the plan', () => {
    const { ask, decide, solved } = bench({ solveTime: 0, smoothing: 1, period: seconds(10) });
    const tick = (at: number, queries: number): number => {
      ask(queries);
      decide(at);
      return solved();
    };
    expect(tick(1, 100)).toBe(1);
    expect(tick(2, 130)).toBe(1);
    expect(tick(3, 131)).toBe(2);
    for (let at = 4; at <= 12; at += 1) expect(tick(at, 131)).toBe(2);
    expect(tick(12.5, 65)).toBe(2);
    expect(tick(13, 65)).toBe(3);
  });

  test('solves nothing more when the demand has died away, and keeps the last plan', () => {
    const { ask, decide, solved } = bench({ solveTime: 0, period: seconds(1) });
    ask(60);
    expect(decide(1).length).toBeGreaterThan(0);
    for (let at = 2; at <= 60; at += 1) decide(at);
    const before = solved();
    const changes = Array.from({ length: 1200 }, (_, at) => decide(61 + at));
    expect(solved()).toBe(before);
    expect(changes.at(-1)).toEqual(changes[0]);
  });

  test('plans again when a machine comes or goes', () => {
    const { world, ask, decide, solved } = bench({ solveTime: 0, smoothing: 1, threshold: 1000 });
    const tick = (at: number): number => {
      ask(100);
      decide(at);
      return solved();
    };
    expect([tick(1), tick(2)]).toEqual([1, 1]);
    addMachine(world, HOST);
    expect([tick(3), tick(4)]).toEqual([2, 2]);
    world.fleet.machines.setState(1, DOWN, 0);
    expect([tick(5), tick(6)]).toEqual([3, 3]);
  });

  test('gives way to the less accurate variant as the demand rises', () => {
    const planned = (rate: number): Map<number, number> => {
      const { ask, decide } = bench({ solveTime: 0, headroom: 1 });
      ask(rate);
      return new Map(decide(1).map(({ variant, delta }) => [variant, delta]));
    };
    // Four resnet-cpu fill the host and serve 188; eight mobilenet-cpu serve 160 a core more.
    expect(planned(180)).toEqual(new Map([[CPU, 4]]));
    expect(planned(600).get(SMALL)).toBeGreaterThan(0);
    expect(planned(2000)).toEqual(new Map([[SMALL, 8]]));
  });

  test('shares the queries by the plan among the variants that are ready', () => {
    const { world, ask, decide } = bench({ solveTime: 0, headroom: 1 });
    ask(400);
    const changes = decide(1);
    // Nothing is ready yet: the most accurate variant, whatever the plan.
    expect(new Set(ask(20))).toEqual(new Set([CPU]));
    for (const { variant, delta } of changes) {
      for (let i = 0; i < delta; i += 1) addWorker(world, { variant });
    }
    const capacity = new Map(changes.map(({ variant, delta }) => [variant, delta]));
    const picks = ask(1000);
    const share = picks.filter((variant) => variant === CPU).length / 1000;
    // Each resnet-cpu of the plan is used in full: 8 inputs in 170 ms.
    expect(share).toBeCloseTo(((capacity.get(CPU) ?? 0) * 8) / 0.17 / 400, 2);
  });

  test('keeps a query’s own promises against the plan', () => {
    const { world, ask, decide } = bench({ solveTime: 0 });
    ask(2000);
    decide(1);
    addWorker(world, { variant: SMALL });
    expect(ask(1)).toEqual([SMALL]);
    expect(ask(1, { kind: KINDS.classification, accuracyPercent: 72 })).toEqual([CPU]);
    expect(ask(1, { kind: KINDS.unknown })).toEqual([NONE]);
  });

  test('plans batches that take half the objective', () => {
    const { world, module, ask, decide } = bench({ solveTime: 0 });
    ask(50, { kind: KINDS.resnet, latencyMs: 140 });
    decide(1);
    const worker = addWorker(world, { variant: CPU });
    // 10 ms + 20 ms an input: three take 70 ms.
    expect(module.batching?.limit(worker)).toBe(3);
  });

  test('leaves out kinds that no variant may serve in half their objective', () => {
    const { ask, decide, solved } = bench({ solveTime: 0 });
    ask(50, { kind: KINDS.named, latencyMs: 19 });
    expect(decide(1)).toEqual([]);
    expect(solved()).toBe(0);
    ask(50, { kind: KINDS.anything });
    expect(decide(2).every(({ variant }) => variant !== DETECTOR)).toBe(true);
  });
});
