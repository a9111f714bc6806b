import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NEVER, Stream, milliseconds, seconds } from '../../../../core/index.ts';
import { beamSearch, fastGreedy } from '../../../../core/policies/alpaserve/greedy.ts';
import type { PlacedModel, PlacementProblem } from '../../../../core/policies/alpaserve/greedy.ts';
import { RequestHistory, assumedTrace } from '../../../../core/policies/alpaserve/history.ts';
import { simulatePlacement } from '../../../../core/policies/alpaserve/simulate.ts';
import type { ModelTrace, Outcome, Replica } from '../../../../core/policies/alpaserve/simulate.ts';
import { CPU, SMALL, smallCatalogue } from '../fixtures.ts';

/** Requests as [time, model, objective], in milliseconds. */
function traceOf(rows: readonly (readonly [number, number, number?])[]): ModelTrace {
  return {
    atNs: Float64Array.from(rows, ([at]) => milliseconds(at)),
    model: Int32Array.from(rows, ([, model]) => model),
    inputs: new Int32Array(rows.length).fill(1),
    objectiveNs: Float64Array.from(rows, ([, , objective]) =>
      objective === undefined ? NEVER : milliseconds(objective),
    ),
  };
}

interface ModelSketch {
  readonly ms: number;
  readonly accelerators?: number;
  readonly memory?: number;
  readonly cores?: number;
}

function modelOf({ ms, accelerators = 0, memory = 1, cores = 1 }: ModelSketch, variant: number): PlacedModel {
  const onDevice = accelerators > 0;
  return {
    variant,
    accelerators,
    executionNs: (inputs) => milliseconds(ms * inputs),
    need: {
      cores,
      memoryBytes: onDevice ? 0 : memory,
      accelerators,
      deviceMemoryBytes: onDevice ? memory : 0,
    },
  };
}

const host = (models: number, parts: { cores?: number; accelerators?: number; memory?: number }, machine: number) => ({
  machine,
  generation: 1,
  type: 0,
  hosts: new Uint8Array(models).fill(1),
  cores: parts.cores ?? 8,
  memoryBytes: 100,
  accelerators: parts.accelerators ?? 0,
  deviceMemoryBytes: parts.memory ?? 0,
});

function simulateOn(models: readonly ModelSketch[], replicas: readonly Replica[], trace: ModelTrace): Outcome {
  return simulatePlacement({ models: models.map(modelOf), accelerators: [1, 1] }, replicas, trace);
}

const on = (model: number, machine = 0): Replica => ({ model, machine });

describe('the simulator of AlpaServe', () => {
  test('serves first come first served on the shortest queue and refuses what would be late', () => {
    const trace = traceOf([
      [0, 0, 20],
      [1, 0, 20],
      [2, 0, 20],
      [3, 0, 26],
    ]);
    // One replica at 10 ms: ends at 10 and 20; the third would end at 30, 28 ms late; so would the fourth, after 27 ms.
    expect(simulateOn([{ ms: 10 }], [on(0)], trace)).toMatchObject({ served: 2, unserved: Int32Array.of(2) });
    expect(simulateOn([{ ms: 10 }], [on(0), on(0, 1)], trace)).toMatchObject({ served: 4 });
  });

  test('serves what ends exactly at its objective and not a nanosecond later', () => {
    expect(simulateOn([{ ms: 10 }], [on(0)], traceOf([[0, 0, 10]])).served).toBe(1);
    expect(simulateOn([{ ms: 10 }], [on(0)], traceOf([[0, 0, 10 - 1e-6]])).served).toBe(0);
  });

  test('lets replicas that share a device take turns, and others execute beside each other', () => {
    const trace = traceOf([
      [0, 0, 10],
      [0, 1, 10],
    ]);
    const replicas = [on(0), on(1)];
    expect(
      simulateOn(
        [
          { ms: 10, accelerators: 0.5 },
          { ms: 10, accelerators: 0.5 },
        ],
        replicas,
        trace,
      ).served,
    ).toBe(1);
    expect(
      simulateOn(
        [
          { ms: 10, accelerators: 1 },
          { ms: 10, accelerators: 1 },
        ],
        replicas,
        trace,
      ).served,
    ).toBe(2);
    expect(simulateOn([{ ms: 10 }, { ms: 10 }], replicas, trace).served).toBe(2);
  });

  test('counts the time that each machine executes, and serves nobody without a replica', () => {
    const trace = traceOf([
      [0, 0],
      [0, 1],
    ]);
    const { busyNs, unserved } = simulateOn([{ ms: 10 }, { ms: 30 }], [on(0, 1)], trace);
    expect([...busyNs]).toEqual([0, milliseconds(10)]);
    expect([...unserved]).toEqual([0, 1]);
  });
});

/** All requests at once, so that each needs a replica of its own. */
function problemOf(counts: readonly number[], machines: number, cores: number): PlacementProblem {
  const models = counts.map(() => modelOf({ ms: 10 }, 0)).map((model, variant) => ({ ...model, variant }));
  return {
    models,
    machines: Array.from({ length: machines }, (_, machine) => host(models.length, { cores }, machine)),
    trace: traceOf(counts.flatMap((count, model) => Array.from({ length: count }, () => [0, model, 10] as const))),
    replicasMax: 100,
  };
}

const perModel = (replicas: readonly Replica[], models: number): number[] =>
  Array.from({ length: models }, (_, each) => replicas.filter(({ model }) => model === each).length);

const attained = (problem: PlacementProblem, replicas: readonly Replica[]): number =>
  simulatePlacement(
    { models: problem.models, accelerators: problem.machines.map(({ accelerators }) => accelerators) },
    replicas,
    problem.trace,
  ).served;

describe.each([
  ['the fast heuristic', fastGreedy],
  ['the beam search', (problem: PlacementProblem) => beamSearch(problem, 1)],
  ['a wider beam search', (problem: PlacementProblem) => beamSearch(problem, 3)],
] as const)('%s', (_name, search) => {
  test('replicates a model as its requests need, and stops when all are served', () => {
    expect(perModel(search(problemOf([3, 1], 2, 8)), 2)).toEqual([3, 1]);
  });

  test('stops where the machines are full', () => {
    const placed = search(problemOf([6, 1], 2, 2));
    expect(placed.length).toBe(4);
    expect(placed.filter(({ machine }) => machine === 0).length).toBe(2);
  });

  test('places nothing that serves nobody', () => {
    const problem = problemOf([2], 1, 8);
    expect(search({ ...problem, trace: traceOf([[0, 0, 9]]) })).toEqual([]);
    expect(search({ ...problem, trace: traceOf([]) })).toEqual([]);
    expect(search({ ...problem, machines: [] })).toEqual([]);
  });

  test('goes no further than the replicas allowed', () => {
    expect(search({ ...problemOf([6], 2, 8), replicasMax: 3 }).length).toBe(3);
  });

  test('keeps within the machines, the same way twice', () => {
    const anyModel = fc.record({
      ms: fc.integer({ min: 1, max: 40 }),
      cores: fc.integer({ min: 1, max: 3 }),
      accelerators: fc.constantFrom(0, 0.5, 1),
    });
    const anyRequest = fc.tuple(fc.nat({ max: 100 }), fc.nat({ max: 2 }), fc.integer({ min: 1, max: 80 }));
    fc.assert(
      fc.property(
        fc.array(anyModel, { minLength: 3, maxLength: 3 }),
        fc.array(anyRequest, { maxLength: 30 }),
        (sketches, rows) => {
          const problem: PlacementProblem = {
            models: sketches.map(modelOf),
            machines: [0, 1].map((machine) =>
              host(3, { cores: 4, accelerators: machine, memory: 4 * machine }, machine),
            ),
            trace: traceOf([...rows].sort(([a], [b]) => a - b)),
            replicasMax: 10,
          };
          const placed = search(problem);
          for (const machine of [0, 1]) {
            const used = placed.filter((replica) => replica.machine === machine).map(({ model }) => sketches[model]);
            expect(used.reduce((sum, { cores }) => sum + cores, 0)).toBeLessThanOrEqual(4);
            expect(used.reduce((sum, { accelerators }) => sum + accelerators, 0)).toBeLessThanOrEqual(machine);
          }
          expect(search(problem)).toEqual(placed);
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('the beam search', () => {
  test('serves no fewer than any single replica', () => {
    const anyRequest = fc.tuple(fc.nat({ max: 100 }), fc.nat({ max: 2 }), fc.integer({ min: 1, max: 80 }));
    fc.assert(
      fc.property(fc.array(anyRequest, { maxLength: 30 }), fc.integer({ min: 1, max: 2 }), (rows, width) => {
        const trace = traceOf([...rows].sort(([a], [b]) => a - b));
        const problem = { ...problemOf([0, 0, 0], 1, 3), trace };
        const singles = [0, 1, 2].map((model) => attained(problem, [on(model)]));
        expect(attained(problem, beamSearch(problem, width))).toBeGreaterThanOrEqual(Math.max(...singles));
      }),
    );
  });
});

describe('the heuristic', () => {
  test('takes the machine with the lowest utilisation', () => {
    const models = [modelOf({ ms: 10 }, 0), modelOf({ ms: 10 }, 1)];
    const machines = [0, 1].map((machine) => host(2, { cores: 4 }, machine));
    const trace = traceOf([
      [0, 0, 10],
      [20, 0, 10],
      [40, 1, 10],
    ]);
    expect(fastGreedy({ models, machines, trace, replicasMax: 9 })).toEqual([on(0, 0), on(1, 1)]);
  });
});

describe('the traffic that is placed for', () => {
  const rules = { catalogue: smallCatalogue(), sloScale: 5 };

  test('is what came lately, with an objective for all', () => {
    const history = new RequestHistory(2);
    for (const [at, variant] of [
      [1, SMALL],
      [2, SMALL],
      [3, CPU],
    ] as const) {
      history.push({ atNs: seconds(at), variant, inputs: 2, objectiveNs: at === 2 ? seconds(1) : NEVER });
    }
    const { variants, trace } = history.since(seconds(1), rules);
    expect(variants).toEqual([CPU, SMALL]);
    expect([...trace.model]).toEqual([1, 0]);
    // resnet-cpu takes 50 ms for two inputs.
    expect([...trace.objectiveNs]).toEqual([seconds(1), milliseconds(250)]);
    expect(history.since(seconds(3), rules).variants).toEqual([CPU]);
  });

  test('is assumed in equal parts before anything came, the same from the same stream', () => {
    const assumed = (): ModelTrace =>
      assumedTrace([CPU, SMALL], { rateRps: 100, requests: 1000 }, { ...rules, random: new Stream('assumed') }).trace;
    const counts = [0, 0];
    for (const model of assumed().model) counts[model] += 1;
    // 500 expected each, standard deviation 16; ten seconds for a thousand, standard deviation 0.3.
    expect(Math.abs(counts[0] - 500)).toBeLessThan(80);
    expect(Math.abs(assumed().atNs[999] / 1e9 - 10)).toBeLessThan(1.6);
    expect(assumed()).toEqual(assumed());
    expect(assumedTrace([], { rateRps: 1, requests: 5 }, { ...rules, random: new Stream('x') }).variants).toEqual([]);
  });
});
