import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadSolver } from '../../../../backends/index.ts';
import { undominated } from '../../../../core/policies/proteus/dominance.ts';
import { solvePlan } from '../../../../core/policies/proteus/plan.ts';
import type { Plan } from '../../../../core/policies/proteus/plan.ts';
import { buildProgram } from '../../../../core/policies/proteus/program.ts';
import type { Offer, Problem } from '../../../../core/policies/proteus/allocation.ts';

const solver = await loadSolver();
const LIMITS = { relativeGap: 0, nodesMax: 10_000 };

interface OfferSketch {
  readonly accuracyPercent: number;
  readonly throughputRps: number;
  readonly cores: number;
}

const cpuOffer = ({ accuracyPercent, throughputRps, cores }: OfferSketch): Offer => ({
  accuracyPercent,
  throughputRps,
  need: { cores, memoryBytes: 0, accelerators: 0, deviceMemoryBytes: 0 },
});

function problemOf(offers: readonly Offer[], cores: readonly number[], rates: readonly number[]): Problem {
  const machines = cores.map((count, machine) => ({
    machine,
    generation: 1,
    type: 0,
    hosts: new Uint8Array(offers.length).fill(1),
    cores: count,
    memoryBytes: 0,
    accelerators: 0,
    deviceMemoryBytes: 0,
  }));
  const variants = offers.map((_, index) => index);
  return { offers, machines, demands: rates.map((rateRps) => ({ rateRps, variants })) };
}

const plan = (problem: Problem): Plan | undefined => solvePlan(problem, solver, LIMITS);

/** All ways to fill a machine. */
function fillings(offers: readonly Offer[], cores: number): number[][] {
  return offers.reduce<number[][]>(
    (columns, offer, variant) =>
      columns.flatMap((column) => {
        const used = column.reduce((sum, workers, at) => sum + workers * offers[at].need.cores, 0);
        const most = Math.floor((cores - used) / offer.need.cores);
        return Array.from({ length: most + 1 }, (_, workers) => column.with(variant, workers));
      }),
    [offers.map(() => 0)],
  );
}

/** By enumeration: the most load, and the most accurate way to serve it, of one demand that any variant may serve. */
function bruteForce({ offers, machines, demands }: Problem): { served: number; accuracy: number } {
  const demand = demands.reduce((sum, { rateRps }) => sum + rateRps, 0);
  let best = { served: 0, accuracy: 0 };
  const order = [...offers.keys()].sort((a, b) => offers[b].accuracyPercent - offers[a].accuracyPercent);
  const visit = (at: number, workers: readonly number[]): void => {
    if (at < machines.length) {
      for (const column of fillings(offers, machines[at].cores))
        visit(
          at + 1,
          workers.map((n, v) => n + column[v]),
        );
      return;
    }
    const capacity = workers.map((n, v) => n * offers[v].throughputRps);
    const served = Math.min(
      demand,
      capacity.reduce((sum, each) => sum + each, 0),
    );
    let left = served;
    let accurate = 0;
    for (const variant of order) {
      const rate = Math.min(left, capacity[variant]);
      left -= rate;
      accurate += rate * offers[variant].accuracyPercent;
    }
    const accuracy = served === 0 ? 0 : accurate / served;
    const isMore = served > best.served + 1e-9;
    if (isMore || (served > best.served - 1e-9 && accuracy > best.accuracy)) best = { served, accuracy };
  };
  visit(
    0,
    offers.map(() => 0),
  );
  return best;
}

const accurate = cpuOffer({ accuracyPercent: 80, throughputRps: 10, cores: 1 });
const quick = cpuOffer({ accuracyPercent: 60, throughputRps: 40, cores: 1 });

describe('the allocation of Proteus', () => {
  test('serves everything with the most accurate variant up to the last request that it can take', () => {
    expect(plan(problemOf([accurate, quick], [2, 2], [40]))).toMatchObject({ accuracyPercent: 80, totalServedRps: 40 });
    const beyond = plan(problemOf([accurate, quick], [2, 2], [40.4]));
    // Three accurate workers serve 30 of it, one quick worker the rest.
    expect(beyond?.accuracyPercent).toBeCloseTo((30 * 80 + 10.4 * 60) / 40.4, 4);
    expect(beyond?.totalServedRps).toBeCloseTo(40.4, 4);
  });

  test('serves as much as it can when the demand is beyond the least accurate variant', () => {
    const full = plan(problemOf([accurate, quick], [2], [80]));
    expect(full?.totalServedRps).toBeCloseTo(80, 4);
    const over = plan(problemOf([accurate, quick], [2], [100]));
    expect(over?.totalServedRps).toBeCloseTo(80, 3);
    expect(over?.workers.map((column) => [...column])).toEqual([[0, 2]]);
  });

  test('gives no worker to a variant that serves nothing', () => {
    const idle = plan(problemOf([accurate, quick], [4], [5]));
    expect(idle?.workers[0][1]).toBe(0);
  });

  test('holds one model on a device, however small its share', () => {
    const share = { cores: 1, memoryBytes: 0, accelerators: 0.25, deviceMemoryBytes: 1 };
    const offers = [{ accuracyPercent: 80, throughputRps: 10, need: share }];
    const machine = { ...problemOf(offers, [8], [100]).machines[0], accelerators: 2, deviceMemoryBytes: 16 };
    const held = plan({ offers, machines: [machine], demands: [{ rateRps: 100, variants: [0] }] });
    expect(held?.workers.map((column) => [...column])).toEqual([[2]]);
  });

  test('splits memory and cores of a machine among the workers', () => {
    const need = { cores: 1, memoryBytes: 3, accelerators: 0, deviceMemoryBytes: 0 };
    const offers = [{ accuracyPercent: 80, throughputRps: 10, need }];
    const machine = { ...problemOf(offers, [8], [100]).machines[0], memoryBytes: 10 };
    const held = plan({ offers, machines: [machine], demands: [{ rateRps: 100, variants: [0] }] });
    expect(held?.workers[0][0]).toBe(3);
  });

  test('has no columns for what a machine cannot host', () => {
    const problem = problemOf([accurate, quick], [2], [10]);
    const machine = { ...problem.machines[0], hosts: Uint8Array.of(0, 1) };
    const { workers } = buildProgram({ ...problem, machines: [machine] }, { maximise: 'load' });
    expect(workers[0][0]).toBe(-1);
    expect(workers[0][1]).toBeGreaterThanOrEqual(0);
  });

  test('leaves out what another variant does as well, and of equals the second', () => {
    const slower = cpuOffer({ accuracyPercent: 80, throughputRps: 9, cores: 1 });
    const larger = cpuOffer({ accuracyPercent: 80, throughputRps: 10, cores: 2 });
    const better = cpuOffer({ accuracyPercent: 81, throughputRps: 5, cores: 1 });
    const problem = problemOf([accurate, slower, larger, accurate, better], [4], [10]);
    expect(undominated(problem)).toEqual([0, 4]);
    // A demand that only the slower one may serve keeps it.
    const own = { ...problem, demands: [...problem.demands, { rateRps: 1, variants: [1] }] };
    expect(undominated(own)).toEqual([0, 1, 4]);
    const elsewhere = { ...problem.machines[0], hosts: Uint8Array.of(0, 1, 0, 0, 0) };
    expect(undominated({ ...problem, machines: [...problem.machines, elsewhere] })).toEqual([0, 1, 4]);
  });

  test('finds no plan where the solver finds none', () => {
    const failing = { solve: () => ({ status: 'failed', objective: 0, values: new Float64Array() }) as const };
    expect(solvePlan(problemOf([accurate], [2], [10]), failing, LIMITS)).toBeUndefined();
  });

  test('serves and is as accurate as the best of all allocations', () => {
    const anyOffer = fc.record({
      accuracyPercent: fc.integer({ min: 50, max: 90 }),
      throughputRps: fc.integer({ min: 1, max: 50 }),
      cores: fc.integer({ min: 1, max: 3 }),
    });
    fc.assert(
      fc.property(
        fc.array(anyOffer, { minLength: 1, maxLength: 3 }),
        fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 2 }),
        fc.array(fc.integer({ min: 1, max: 80 }), { minLength: 1, maxLength: 2 }),
        (sketches, cores, rates) => {
          const problem = problemOf(sketches.map(cpuOffer), cores, rates);
          const best = bruteForce(problem);
          const found = plan(problem);
          expect(found?.totalServedRps).toBeCloseTo(best.served, 2);
          expect(found?.accuracyPercent).toBeCloseTo(best.accuracy, 2);
        },
      ),
      { numRuns: 60 },
    );
  });
});
