// Whole simulated runs under INFaaS's own autoscalers: the single-worker experiments of the evaluation (E3, E4), a
// machine that is added, a machine that is lost. Arrivals are evenly spaced, so that rates are what they are said to be.
import { describe, expect, test } from 'vitest';
import type { Arrival, Family, LoggedDecision, QueryKind, Workload } from '../../../../core/index.ts';
import {
  DEFAULT_POLICIES,
  FAMILIES,
  NEVER,
  builtInPolicy,
  defaultsOf,
  emptyArrival,
  invariant,
  milliseconds,
  seconds,
  toSeconds,
} from '../../../../core/index.ts';
import type { PolicyChoice, PolicyChoices } from '../../../../core/index.ts';
import { infaas } from '../../../../core/policies/infaas/infaas.ts';
import { INFAAS_OPTIONS } from '../../../../core/policies/infaas/options.ts';
import type { InfaasOptions } from '../../../../core/policies/infaas/options.ts';
import { SimulatedWorld } from '../../../../sim/index.ts';
import type { SimulationPlan } from '../../../../sim/index.ts';
import { B16, B8, M5, P3, TF_CPU, scalingWorld } from './scaling-fixtures.ts';

const RESNET: QueryKind = { application: 'default', useCase: '', architecture: 'resnet50', variant: '' };

interface Phase {
  readonly forS: number;
  readonly qps: number;
}

/** Evenly spaced queries of one input for the architecture. */
class Even implements Workload {
  readonly kinds: readonly QueryKind[] = [RESNET];
  readonly next: Arrival = emptyArrival();
  private readonly instants: Iterator<number>;

  constructor(phases: readonly Phase[], latencyMs: number) {
    this.instants = instantsOf(phases);
    this.next.inputs = 1;
    this.next.latencyNs = milliseconds(latencyMs);
    this.advance();
  }

  advance(): void {
    const { done, value } = this.instants.next();
    this.next.atNs = done === true ? NEVER : seconds(value);
  }
}

function* instantsOf(phases: readonly Phase[]): Generator<number, undefined> {
  let fromS = 0;
  for (const { forS, qps } of phases) {
    for (let i = 0; i < forS * qps; i += 1) yield fromS + i / qps;
    fromS += forS;
  }
}

interface Run {
  readonly phases: readonly Phase[];
  readonly latencyMs: number;
  readonly workers: ReadonlyMap<number, number>;
  readonly machines: ReadonlyMap<number, { readonly initial: number; readonly max: number }>;
  readonly options?: Partial<InfaasOptions>;
  /** Families that other policies serve. */
  readonly others?: Readonly<Partial<Record<Family, string>>>;
  readonly faults?: SimulationPlan['faults'];
}

function choose(options: Partial<InfaasOptions>, others: Readonly<Partial<Record<Family, string>>>): PolicyChoices {
  const own: PolicyChoice = { definition: infaas, options: { ...defaultsOf(INFAAS_OPTIONS), ...options } };
  const chosen = FAMILIES.map((family) => {
    if (infaas.families.includes(family) && others[family] === undefined) return [family, own] as const;
    const definition = builtInPolicy(
      family,
      others[family] ?? (family === 'batching' ? 'fixed' : DEFAULT_POLICIES[family]),
    );
    invariant(definition !== undefined, `no policy for ${family}`);
    return [family, { definition, options: defaultsOf(definition.options) }] as const;
  });
  return Object.fromEntries(chosen) as PolicyChoices; // FAMILIES names every key.
}

interface Outcome {
  readonly ending: string;
  readonly findings: readonly string[];
  readonly decisions: readonly LoggedDecision[];
}

function simulate({ phases, latencyMs, workers, machines, options = {}, others = {}, faults = [] }: Run): Outcome {
  const { catalogue } = scalingWorld();
  const plan: SimulationPlan = {
    serving: {
      catalogue,
      kinds: [RESNET],
      policies: choose(options, others),
      initial: { workers, machines },
      limits: { workersMax: 64, machinesMax: 16, holdMax: 10_000, timeoutNs: seconds(60) },
      monitorPeriodNs: seconds(1),
      samplePeriodNs: NEVER,
      startOnRequest: false,
      recorder: { fromNs: 0, untilNs: NEVER, rowsMax: 0, rowsSalt: 1, binNs: seconds(1), timelineMax: 0 },
    },
    seed: 'autoscaling',
    bounds: { untilNs: seconds(600), eventsMax: 1e7, openMax: 1e5 },
    contention: false,
    faults,
    audit: true,
    decisionsMax: 1000,
  };
  const world = new SimulatedWorld(plan, new Even(phases, latencyMs));
  const { ending, findings } = world.run();
  return { ending, findings, decisions: world.decisions };
}

const oneGpuMachine = new Map([[P3, { initial: 1, max: 1 }]]);

/** Decisions after the start, without their reasons: `[second, kind, variant or machine type]`. */
function changes({ decisions }: Outcome): (string | number)[][] {
  return decisions.flatMap(({ atNs, decision }) => {
    if (atNs === 0) return [];
    return [[toSeconds(atNs), decision.kind, 'type' in decision ? decision.type : decision.variant]];
  });
}

function variantsStarted(run: Outcome): number[] {
  return run.decisions.flatMap(({ decision }) => (decision.kind === 'worker.start' ? [decision.variant] : []));
}

describe('a run under INFaaS', () => {
  const e4: Run = {
    phases: [
      { forS: 20, qps: 600 },
      { forS: 10, qps: 680 },
    ],
    latencyMs: 50,
    workers: new Map([[B8, 1]]),
    machines: oneGpuMachine,
    options: { bugHeadroomOfFastest: true },
    others: { 'machine-scaling': 'none' },
  };

  // The monitor sees 680 at 21 s; the daemon starts batch 16 half a second later, which is ready 1.15 s later. At 23 s
  // batch 16 has had less than a second of load, so batch 8 is spared once as its successor; at 24 s it is not.
  test('E4: goes from batch 8 to 16 when the load passes 654 queries/s, and drops batch 8', () => {
    const run = simulate(e4);
    expect(run).toMatchObject({ ending: 'drained', findings: [] });
    expect(changes(run)).toEqual([
      [21.5, 'worker.start', B16],
      [24.5, 'worker.drain', B8],
    ]);
  });

  test('E4 with variants that scale alone: adds a second batch 8', () => {
    const run = simulate({ ...e4, options: { autoscaler: 'individual' } });
    expect(run).toMatchObject({ ending: 'drained', findings: [] });
    expect(variantsStarted(run)).toEqual([B8, B8]);
  });

  test('E4 without scaling: stays as it is', () => {
    const run = simulate({
      ...e4,
      options: { autoscaler: 'none' },
      others: { ...e4.others, dispatch: 'shortest-queue' },
    });
    expect(run).toMatchObject({ ending: 'drained', findings: [] });
    expect(changes(run)).toEqual([]);
  });

  test('E3: stays on CPUs at 4 queries/s, with one or two replicas', () => {
    const run = simulate({
      phases: [{ forS: 60, qps: 4 }],
      latencyMs: 300,
      workers: new Map([[TF_CPU, 1]]),
      machines: oneGpuMachine,
      others: { 'machine-scaling': 'none' },
    });
    expect(run).toMatchObject({ ending: 'drained', findings: [] });
    expect(new Set(variantsStarted(run))).toEqual(new Set([TF_CPU]));
    // More than 95 % of one replica, less than one of two: it comes and goes with the eleven seconds of delay.
    const kinds = changes(run).map(([, kind]) => kind);
    expect(kinds.slice(0, 4)).toEqual(['worker.start', 'worker.drain', 'worker.start', 'worker.drain']);
  });

  test('starts a machine when all CPUs are busy, no second one within 30 s of its boot, and keeps CPU-only ones', () => {
    const run = simulate({
      phases: [
        { forS: 20, qps: 7.9 },
        { forS: 100, qps: 1 },
      ],
      latencyMs: 1000,
      workers: new Map([[TF_CPU, 2]]),
      machines: new Map([[M5, { initial: 1, max: 3 }]]),
    });
    expect(run).toMatchObject({ ending: 'drained', findings: [] });
    const machines = changes(run).filter(([, kind]) => kind === 'machine.boot' || kind === 'machine.drain');
    expect(machines).toEqual([[expect.any(Number), 'machine.boot', M5]]);
    expect(machines[0][0]).toBeLessThan(20);
  });

  // Lost at 20.3 s, missed at 22 s, replaced 25 s of boot later; quiet meanwhile, so that no query starts anything.
  test('replaces a lost machine and what ran there, with failover only', () => {
    const lossWith = (failover: boolean): (string | number)[][] => {
      const run = simulate({
        phases: [
          { forS: 15, qps: 10 },
          { forS: 35, qps: 0 },
          { forS: 10, qps: 10 },
        ],
        latencyMs: 50,
        workers: new Map([[B8, 1]]),
        machines: oneGpuMachine,
        options: { failover },
        faults: [{ fault: 'machine-loss', times: { kind: 'at', atNs: [seconds(20.3)] } }],
      });
      expect(run).toMatchObject({ ending: 'drained', findings: [] });
      return changes(run).filter(([atS]) => Number(atS) < 50);
    };
    expect(lossWith(true)).toEqual([
      [22, 'machine.boot', P3],
      [47, 'worker.start', B8],
    ]);
    expect(lossWith(false)).toEqual([]);
  });

  test('is the same when it is run again', () => {
    expect(simulate(e4)).toEqual(simulate(e4));
  });
});
