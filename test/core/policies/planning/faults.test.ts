// The policies that plan, whole, on machines of three types with a jittery network, crashing workers and a lost
// machine: every run drains, keeps the auditor's books, and is the same twice.
import { describe, expect, test } from 'vitest';
import { loadSolver } from '../../../../backends/index.ts';
import type { Arrival, PolicyChoice, PolicyDefinition, RunRecord } from '../../../../core/index.ts';
import { FAMILIES, defaultsOf, milliseconds, seconds } from '../../../../core/index.ts';
import { alpaserve } from '../../../../core/policies/alpaserve/alpaserve.ts';
import { inferline } from '../../../../core/policies/inferline/inferline.ts';
import { proteus } from '../../../../core/policies/proteus/proteus.ts';
import { SimulatedWorld } from '../../../../sim/index.ts';
import type { SimulationPlan } from '../../../../sim/index.ts';
import { planOf, policiesOf } from '../../../fixtures/plans.ts';
import { PoissonWorkload } from '../../../fixtures/workloads.ts';
import { CPU, GPU_HOST, HOST, SMALL, TINY_HOST, smallCatalogue, someKinds } from '../fixtures.ts';

const solver = await loadSolver();
const REQUESTS = 6000;

function planUnder(definition: PolicyDefinition, initial: readonly (readonly [number, number])[]): SimulationPlan {
  const options = {
    ...defaultsOf(definition.options),
    ...('sample' in definition.options ? { sample: seconds(10) } : {}),
  };
  const choice: PolicyChoice = { definition, options };
  const own = Object.fromEntries(
    FAMILIES.filter((family) => definition.families.includes(family)).map((family) => [family, choice] as const),
  );
  const plan = planOf({
    kinds: someKinds(),
    limits: { workersMax: 64, machinesMax: 16, timeoutNs: seconds(60) },
    serving: { monitorPeriodNs: seconds(1), startOnRequest: true },
    run: {
      solver,
      network: { delayNs: milliseconds(1), jitter: true },
      faults: [
        { fault: 'worker-crash', times: { kind: 'random', meanBetweenNs: seconds(5) } },
        { fault: 'machine-loss', times: { kind: 'at', atNs: [seconds(30)] } },
      ],
    },
  });
  return {
    ...plan,
    serving: {
      ...plan.serving,
      catalogue: smallCatalogue(),
      policies: policiesOf({ selection: 'cheapest', batching: 'none', 'machine-scaling': 'fixed', ...own }),
      initial: {
        workers: new Map(initial),
        machines: new Map([
          [HOST, { initial: 2, max: 3 }],
          [GPU_HOST, { initial: 1, max: 1 }],
          [TINY_HOST, { initial: 1, max: 1 }],
        ]),
      },
    },
  };
}

/** Fivefold for the middle third; every third query has an objective, some have an accuracy. */
function burst(): PoissonWorkload {
  return new PoissonWorkload({
    rateRps: (issued) => (issued > 2000 && issued < 4000 ? 250 : 50),
    count: REQUESTS,
    seed: 'burst',
    kinds: someKinds(),
    fill: (arrival: Arrival, stream) => {
      arrival.kind = stream.int(5);
      arrival.inputs = 1 + stream.int(3);
      if (stream.int(3) === 0) arrival.latencyNs = milliseconds(50 + stream.int(400));
      arrival.accuracyPercent = stream.int(4) === 0 ? 72 : 0;
    },
  });
}

const STARTS = [
  ['no worker', []],
  [
    'some workers',
    [
      [CPU, 2],
      [SMALL, 2],
    ],
  ],
] as const;

describe.each([proteus, inferline, alpaserve] as readonly PolicyDefinition[])('a run under $name', (definition) => {
  test.each(STARTS)(
    'that begins with %s drains, with every request accounted for, the same way twice',
    (_what, initial) => {
      const run = (): RunRecord => new SimulatedWorld(planUnder(definition, initial), burst()).run();
      const first = run();
      expect(first).toMatchObject({ ending: 'drained', findings: [] });
      expect(first.serving.ledger.ended).toBe(REQUESTS);
      expect(run().digest).toBe(first.digest);
    },
  );
});
