// Whole simulated runs under the policy, with either scaler: a burst, a jittery network, crashing workers, a lost
// machine, contention. They drain, keep the auditor's books, do the same twice, and scale as the load asks.
import { describe, expect, test } from 'vitest';
import { loadSolver } from '../../../../backends/index.ts';
import type { Arrival, Family, PolicyChoices, QueryKind, RunRecord, Workload } from '../../../../core/index.ts';
import {
  DEFAULT_POLICIES,
  FAMILIES,
  NEVER,
  Stream,
  builtInPolicy,
  defaultsOf,
  emptyArrival,
  invariant,
  milliseconds,
  seconds,
} from '../../../../core/index.ts';
import { infaasPaper } from '../../../../core/policies/infaas-paper/infaas-paper.ts';
import type { SimulationPlan } from '../../../../sim/index.ts';
import { SimulatedWorld } from '../../../../sim/index.ts';
import { CPU, GPU, GPU_HOST, HOST, smallCatalogue, someKinds } from '../fixtures.ts';

const solver = await loadSolver();

/** Poisson arrivals for resnet with 300 ms: 20/s, and 400/s between 30 and 60 s. */
class Burst implements Workload {
  readonly kinds: readonly QueryKind[] = someKinds();
  readonly next: Arrival = emptyArrival();
  private readonly stream = new Stream('burst');

  constructor() {
    this.next.atNs = 0;
    this.next.kind = 2;
    this.next.latencyNs = milliseconds(300);
    this.advance();
  }

  advance(): void {
    const { next, stream } = this;
    const isHigh = next.atNs > seconds(30) && next.atNs < seconds(60);
    next.atNs += seconds(stream.exponential(isHigh ? 1 / 400 : 1 / 20));
    if (next.atNs > seconds(120)) next.atNs = NEVER;
  }
}

function choices(options: Readonly<Record<string, number | boolean | string>>): PolicyChoices {
  const paper = { definition: infaasPaper, options: { ...defaultsOf(infaasPaper.options), ...options } };
  const chosen = FAMILIES.map((family) => {
    if (infaasPaper.families.includes(family)) return [family, paper] as const;
    const usual = builtInPolicy(family, family === 'batching' ? 'fixed' : DEFAULT_POLICIES[family]);
    invariant(usual !== undefined, `no ${family} policy`);
    return [family, { definition: usual, options: defaultsOf(usual.options) }] as const;
  });
  return Object.fromEntries(chosen) as Record<Family, typeof paper>; // FAMILIES names every key.
}

function run(
  options: Readonly<Record<string, number | boolean | string>>,
  changes: Partial<SimulationPlan> = {},
): RunRecord {
  const plan: SimulationPlan = {
    serving: {
      catalogue: smallCatalogue(),
      kinds: someKinds(),
      policies: choices(options),
      initial: {
        workers: new Map([[CPU, 1]]),
        machines: new Map([
          [HOST, { initial: 2, max: 4 }],
          [GPU_HOST, { initial: 1, max: 2 }],
        ]),
      },
      limits: { workersMax: 64, machinesMax: 16, holdMax: 10_000, timeoutNs: seconds(60) },
      monitorPeriodNs: seconds(1),
      samplePeriodNs: NEVER,
      startOnRequest: false,
      recorder: { fromNs: 0, untilNs: NEVER, rowsMax: 0, rowsSalt: 1, binNs: seconds(1), timelineMax: 0 },
    },
    seed: 'paper',
    bounds: { untilNs: seconds(600), eventsMax: 1e7, openMax: 1e5 },
    contention: false,
    faults: [],
    audit: true,
    decisionsMax: 2000,
    solver,
    ...changes,
  };
  return new SimulatedWorld(plan, new Burst()).run();
}

const ROUGH: Partial<SimulationPlan> = {
  network: { delayNs: milliseconds(1), jitter: true },
  contention: true,
  faults: [
    { fault: 'worker-crash', times: { kind: 'random', meanBetweenNs: seconds(10) } },
    { fault: 'machine-loss', times: { kind: 'at', atNs: [seconds(45)] } },
  ],
};

describe.each([
  ['the heuristic', { scaler: 'greedy' }],
  ['the integer program', { scaler: 'ilp', ilpPeriod: seconds(5) }],
  ['packing and the cheapest of equals', { packing: true, tie: 'cheapest' }],
] as const)('a run with %s', (_what, options) => {
  test('drains with every request accounted for, and does the same twice', () => {
    const first = run(options, ROUGH);
    expect(first).toMatchObject({ ending: 'drained', findings: [] });
    expect(first.serving.ledger.ended).toBe(first.serving.requests.opened);
    expect(run(options, ROUGH).digest).toBe(first.digest);
  });

  test('upgrades to the GPU in the burst, and is served by one CPU worker after it', () => {
    const { decisions, serving } = run(options);
    const starts = decisions.flatMap(({ atNs, decision }) =>
      decision.kind === 'worker.start' ? [{ atNs, variant: decision.variant }] : [],
    );
    const upgrade = starts.find(({ variant }) => variant === GPU);
    expect(upgrade?.atNs).toBeGreaterThan(seconds(30));
    expect(upgrade?.atNs).toBeLessThanOrEqual(seconds(37));
    const gone = decisions.findLast(({ decision }) => decision.kind === 'worker.drain' && decision.variant === GPU);
    expect(gone?.atNs).toBeGreaterThan(seconds(60));
    expect([serving.fleet.ready(CPU).length, serving.fleet.ready(GPU).length]).toEqual([1, 0]);
  });
});

test('the integer program needs the solver, and says so', () => {
  expect(() => run({ scaler: 'ilp' }, { solver: undefined })).toThrow('must say usesSolver');
});
