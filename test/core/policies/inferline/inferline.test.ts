// The policy over the tables: what it selects, queues, batches and asks for around its plans; then whole runs.
import { describe, expect, test } from 'vitest';
import type { ModelScaling, PolicyChoice, PolicyModule, RunRecord } from '../../../../core/index.ts';
import {
  HOLD,
  NONE,
  NO_SOLVER,
  SlotQueue,
  defaultsOf,
  invariant,
  milliseconds,
  seconds,
} from '../../../../core/index.ts';
import { inferline } from '../../../../core/policies/inferline/inferline.ts';
import { planOf } from '../../../fixtures/plans.ts';
import { rowsOf, simulate } from '../../../fixtures/runs.ts';
import { deterministic } from '../../../fixtures/services.ts';
import { PoissonWorkload } from '../../../fixtures/workloads.ts';
import { CPU, HOST, KINDS, SMALL, addMachine, addWorker, emptyWorld, open, policyOf } from '../fixtures.ts';
import type { QuerySketch, World } from '../fixtures.ts';
import { initialOf } from '../model-scaling-plant.ts';

function moduleOf(world: World, options: Record<string, number> = {}): Required<Pick<PolicyModule, Parts>> {
  // The first sample is the whole one, unless a test says otherwise.
  const values = { ...defaultsOf(inferline.options), firstSample: seconds(60), ...options } as Parameters<
    typeof inferline.create
  >[0]['options'];
  const module = inferline.create({ ...world.context, solver: NO_SOLVER, options: values });
  const { selection, dispatch, batching } = module;
  const scaling = module['model-scaling'];
  const isWhole = selection !== undefined && dispatch !== undefined && batching !== undefined && scaling !== undefined;
  invariant(isWhole, 'InferLine serves all four');
  return { selection, dispatch, batching, 'model-scaling': scaling };
}

type Parts = 'selection' | 'dispatch' | 'batching' | 'model-scaling';

/** Asks at a steady rate from one second to another. */
function ask(
  world: World,
  module: PolicyModule,
  query: QuerySketch & { rate: number; fromS: number; untilS: number },
): void {
  for (let at = query.fromS; at < query.untilS; at += 1 / query.rate) {
    module.selection?.select(open(world, { ...query, atNs: seconds(at) }), seconds(at));
  }
}

function changesOf(changes: readonly ModelScaling[]): (readonly [number, number])[] {
  return changes.map(({ variant, delta }) => [variant, delta] as const);
}

describe('InferLine', () => {
  test('keeps the initial workers while it records the sample, and starts one for requests that wait', () => {
    const world = emptyWorld(initialOf([[CPU, 2]]));
    addMachine(world, HOST);
    addWorker(world, { variant: CPU });
    const scaling = moduleOf(world)['model-scaling'];
    expect(changesOf(scaling.decide(seconds(1)))).toEqual([[CPU, 1]]);
    world.fleet.waiting[SMALL] = 1;
    expect(changesOf(scaling.decide(seconds(2)))).toEqual([
      [CPU, 1],
      [SMALL, 1],
    ]);
  });

  test('plans when the sample is complete, and not before', () => {
    const world = emptyWorld(initialOf([[CPU, 1]]));
    addMachine(world, HOST);
    addWorker(world, { variant: CPU });
    const module = moduleOf(world, { sample: seconds(10) });
    ask(world, module, { kind: KINDS.classification, latencyMs: 200, rate: 60, fromS: 0, untilS: 10 });
    expect(module['model-scaling'].decide(seconds(10) - 1)).toEqual([]);
    // 60 inputs/s: two mobilenet-cpu at 0.05 USD with batches of up to 4 (160 inputs/s each at full batch).
    const [started, ...others] = module['model-scaling'].decide(seconds(10));
    expect(started).toMatchObject({ variant: SMALL, delta: 1, reason: 'planned 1 replicas; 0 workers' });
    // The initial worker stays until the planned one is ready.
    expect(others).toEqual([]);
    addWorker(world, { variant: SMALL });
    expect(changesOf(module['model-scaling'].decide(seconds(11)))).toEqual([[CPU, -1]]);
    expect(module.batching.limit(1)).toBeGreaterThan(1);
  });

  test('plans on the first seconds, and anew when the sample is whole', () => {
    const world = emptyWorld(initialOf([[CPU, 1]]));
    addMachine(world, HOST);
    addWorker(world, { variant: CPU });
    const module = moduleOf(world, { firstSample: seconds(1), sample: seconds(10) });
    const plans = (atS: number): number => module['model-scaling'].decide(seconds(atS)).length;
    ask(world, module, { kind: KINDS.classification, latencyMs: 200, rate: 10, fromS: 0, untilS: 1 });
    expect(plans(1)).toBe(1);
    addWorker(world, { variant: SMALL });
    plans(2);
    // Ten times the load: the tuner adds replicas, the second plan finds batches.
    ask(world, module, { kind: KINDS.classification, latencyMs: 200, rate: 100, fromS: 2, untilS: 10 });
    module['model-scaling'].decide(seconds(10));
    expect(module.batching.limit(1)).toBeGreaterThan(1);
  });

  test('drains the others when the planned workers had their time to come', () => {
    const world = emptyWorld(initialOf([[CPU, 1]]));
    addMachine(world, HOST);
    addWorker(world, { variant: CPU });
    const module = moduleOf(world, { sample: seconds(10) });
    ask(world, module, { kind: KINDS.classification, rate: 10, fromS: 0, untilS: 10 });
    module['model-scaling'].decide(seconds(10));
    expect(changesOf(module['model-scaling'].decide(seconds(25) - 1))).toEqual([[SMALL, 1]]);
    expect(changesOf(module['model-scaling'].decide(seconds(25)))).toContainEqual([CPU, -1]);
  });

  test('selects what it planned once a worker of it is ready, and keeps each query’s own promises', () => {
    const world = emptyWorld(initialOf([[CPU, 1]]));
    addMachine(world, HOST);
    addWorker(world, { variant: CPU });
    const module = moduleOf(world, { sample: seconds(10) });
    const select = (query: QuerySketch): number => module.selection.select(open(world, query), seconds(11));
    ask(world, module, { kind: KINDS.classification, rate: 10, fromS: 0, untilS: 10 });
    module['model-scaling'].decide(seconds(10));
    expect(select({ kind: KINDS.classification })).toBe(CPU);
    addWorker(world, { variant: SMALL });
    expect(select({ kind: KINDS.classification })).toBe(SMALL);
    expect(select({ kind: KINDS.classification, accuracyPercent: 75 })).toBe(CPU);
    expect(select({ kind: KINDS.unknown })).toBe(NONE);
  });

  test('refuses bounds that cross', () => {
    expect(() => policyOf('model-scaling', 'inferline', emptyWorld(), { min: 5, max: 3 })).toThrow(
      'model-scaling policy "inferline" may run no number of workers; found min 5, max 3',
    );
  });
});

describe('the central queue of InferLine', () => {
  const world = (): World => {
    const made = emptyWorld();
    addMachine(made, HOST);
    return made;
  };

  test('gives a request to an idle worker, then fills a batch on its way, then holds', () => {
    const busy = world();
    addWorker(busy, { variant: SMALL, running: 1, outstanding: 1 });
    addWorker(busy, { variant: SMALL, outstanding: 3 });
    const { dispatch } = moduleOf(busy);
    expect(dispatch.assign(open(busy), SMALL, 0)).toBe(1);
    expect(dispatch.assign(open(busy, { inputs: 2 }), SMALL, 0)).toBe(HOLD);
    const idle = addWorker(busy, { variant: SMALL });
    expect(dispatch.assign(open(busy), SMALL, 0)).toBe(idle);
    busy.fleet.waiting[SMALL] = 1;
    expect(dispatch.assign(open(busy), SMALL, 0)).toBe(HOLD);
  });

  test('lets a worker pull up to its batch, and an empty one anything', () => {
    const held = world();
    addWorker(held, { variant: SMALL, outstanding: 3 });
    addWorker(held, { variant: SMALL });
    const { dispatch } = moduleOf(held);
    const queue = (inputs: number): SlotQueue => {
      const waiting = new SlotQueue();
      waiting.push(open(held, { inputs }));
      return waiting;
    };
    expect(dispatch.pull?.(0, queue(1), 0)).toBe(0);
    expect(dispatch.pull?.(0, queue(2), 0)).toBe(NONE);
    expect(dispatch.pull?.(1, queue(9), 0)).toBe(0);
  });

  test('starts a batch when all that was pulled has come, or is lost', () => {
    const pulled = world();
    addWorker(pulled, { variant: SMALL, outstanding: 3 });
    const { batching } = moduleOf(pulled);
    expect(batching.startAt(0, 3, 5, 7)).toBe(7);
    // mobilenet-cpu takes 10 ms for one input.
    expect(batching.startAt(0, 2, 5, 7)).toBe(5 + milliseconds(10));
  });
});

const STEP_NS = seconds(40);

/** 20 requests a second, then 100 from the 40th second on. */
function stepRun(scaling: 'inferline' | 'fixed'): RunRecord {
  const options = { ...defaultsOf(inferline.options), sample: seconds(20), smallestWindow: seconds(1) };
  const choice: PolicyChoice = { definition: inferline, options };
  const plan = planOf({
    variants: [{ maxBatch: 1, service: deterministic(milliseconds(25), { loadNs: seconds(1) }) }],
    workers: [2],
    machines: [{ cores: 16, memoryBytes: 64 }],
    policies: {
      selection: choice,
      dispatch: choice,
      batching: choice,
      'model-scaling': scaling === 'inferline' ? choice : 'fixed',
    },
    limits: { workersMax: 32 },
  });
  const rateRps = (issued: number): number => (issued < 800 ? 20 : 100);
  const fill = (arrival: { latencyNs: number }): void => {
    arrival.latencyNs = milliseconds(200);
  };
  return simulate(plan, new PoissonWorkload({ rateRps, count: 800 + 4000, seed: 'step', fill }));
}

describe('a run under InferLine', () => {
  const tuned = stepRun('inferline');

  test('drains with its books in order, the same way twice', () => {
    expect(tuned).toMatchObject({ ending: 'drained', findings: [] });
    expect(stepRun('inferline').digest).toBe(tuned.digest);
  });

  test('follows a step of the load within seconds', () => {
    const first = tuned.decisions.find(
      ({ atNs, decision }) => decision.kind === 'worker.start' && atNs > STEP_NS - seconds(2),
    );
    expect(first?.decision.reason).toMatch(/^bursts of /);
    expect(first?.atNs).toBeLessThan(STEP_NS + seconds(4));
    const late = (record: RunRecord): number => {
      const settled = rowsOf(record).filter(({ scheduledNs }) => scheduledNs > STEP_NS + seconds(8));
      return settled.filter(({ latencyNs }) => latencyNs > milliseconds(200)).length / settled.length;
    };
    expect(late(tuned)).toBeLessThan(0.01);
    // Two workers at 25 ms serve 80 of the 100 a second.
    expect(late(stepRun('fixed'))).toBeGreaterThan(0.9);
  });
});
