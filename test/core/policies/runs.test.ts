// Every policy in a small simulated run with a jittery network, crashing workers and lost machines: it drains, keeps
// the auditor's books, and does the same twice.
import { describe, expect, test } from 'vitest';
import type { Arrival, Family, PolicyChoices, PolicyDefinition, QueryKind, Workload } from '../../../core/index.ts';
import {
  DEFAULT_POLICIES,
  FAMILIES,
  NEVER,
  POLICIES,
  Stream,
  builtInPolicy,
  defaultsOf,
  emptyArrival,
  invariant,
  milliseconds,
  seconds,
} from '../../../core/index.ts';
import { SimulatedWorld } from '../../../sim/index.ts';
import type { SimulationPlan } from '../../../sim/index.ts';
import { CPU, GPU, GPU_HOST, HOST, SMALL, namesOf, smallCatalogue, someKinds } from './fixtures.ts';

const REQUESTS = 3000;

/** Poisson arrivals at a rate that is fivefold between 20 and 40 s; every third query has an objective. */
class Burst implements Workload {
  readonly kinds: readonly QueryKind[] = someKinds();
  readonly next: Arrival = emptyArrival();
  private readonly stream = new Stream('burst');
  private issued = 0;

  constructor() {
    this.next.atNs = 0;
    this.advance();
  }

  advance(): void {
    const { next, stream } = this;
    const meanS = next.atNs > seconds(20) && next.atNs < seconds(40) ? 0.005 : 0.025;
    next.atNs = this.issued === REQUESTS ? NEVER : next.atNs + seconds(stream.exponential(meanS));
    next.kind = stream.int(4);
    next.inputs = 1 + stream.int(3);
    next.latencyNs = stream.int(3) === 0 ? milliseconds(50 + stream.int(400)) : NEVER;
    this.issued += 1;
  }
}

function choices(changed: Family, name: string): PolicyChoices {
  const chosen = FAMILIES.map((family) => {
    const usual = family === 'batching' ? 'fixed' : DEFAULT_POLICIES[family];
    const definition = builtInPolicy(family, family === changed ? name : usual);
    invariant(definition !== undefined, `no ${family} policy ${name}`);
    const own: Record<string, string> = family === 'selection' && name === 'fixed' ? { variant: 'mobilenet-cpu' } : {};
    return [family, { definition, options: { ...defaultsOf(definition.options), ...own } }] as const;
  });
  return Object.fromEntries(chosen) as PolicyChoices; // FAMILIES names every key.
}

function planWith(family: Family, name: string): SimulationPlan {
  return {
    serving: {
      catalogue: smallCatalogue(),
      kinds: someKinds(),
      policies: choices(family, name),
      initial: {
        workers: new Map([
          [CPU, 2],
          [GPU, 1],
          [SMALL, 2],
        ]),
        machines: new Map([
          [HOST, { initial: 2, max: 4 }],
          [GPU_HOST, { initial: 1, max: 2 }],
        ]),
      },
      limits: { workersMax: 64, machinesMax: 16, holdMax: 10_000, timeoutNs: seconds(60) },
      monitorPeriodNs: seconds(1),
      samplePeriodNs: NEVER,
      startOnRequest: true,
      recorder: { fromNs: 0, untilNs: NEVER, rowsMax: 0, rowsSalt: 1, binNs: seconds(1), timelineMax: 0 },
    },
    seed: 'runs',
    bounds: { untilNs: seconds(600), eventsMax: 1e6, openMax: 1e5 },
    network: { delayNs: milliseconds(1), jitter: true },
    contention: false,
    faults: [
      { fault: 'worker-crash', times: { kind: 'random', meanBetweenNs: seconds(10) } },
      { fault: 'machine-loss', times: { kind: 'at', atNs: [seconds(30)] } },
    ],
    audit: true,
    decisionsMax: 1000,
  };
}

describe.each(FAMILIES)('a run under each %s policy', (family) => {
  test.each(namesOf(family))('%s drains, with every request accounted for, the same way twice', (name) => {
    const run = (): { ending: string; findings: readonly string[]; digest: string; ended: number } => {
      const { ending, findings, digest, serving } = new SimulatedWorld(planWith(family, name), new Burst()).run();
      return { ending, findings, digest, ended: serving.ledger.ended };
    };
    const first = run();
    expect(first).toMatchObject({ ending: 'drained', findings: [], ended: REQUESTS });
    expect(run()).toEqual(first);
  });
});

// What serves several families shares one state between them only when one module serves them all.
// Those that solve programs need the solver loaded and are run where it is.
const MODULES = [...new Set(FAMILIES.flatMap((family) => POLICIES[family]))].filter(
  ({ families, usesSolver }) => families.length > 1 && usesSolver !== true,
);

function planWithModule(definition: PolicyDefinition): SimulationPlan {
  const plan = planWith('selection', DEFAULT_POLICIES.selection);
  const one = { definition, options: defaultsOf(definition.options) };
  const own = Object.fromEntries(definition.families.map((family) => [family, one]));
  return { ...plan, serving: { ...plan.serving, policies: { ...plan.serving.policies, ...own } } };
}

test.each(MODULES.map((definition) => [definition.name, definition] as const))(
  'a run under %s in all its families drains, with every request accounted for, the same way twice',
  (_name, definition) => {
    const run = (): { ending: string; findings: readonly string[]; digest: string; ended: number } => {
      const { ending, findings, digest, serving } = new SimulatedWorld(planWithModule(definition), new Burst()).run();
      return { ending, findings, digest, ended: serving.ledger.ended };
    };
    const first = run();
    expect(first).toMatchObject({ ending: 'drained', findings: [], ended: REQUESTS });
    expect(run()).toEqual(first);
  },
);
