/**
 * What START promises, in whole runs: a crash starts one worker for all that it leaves behind, a worker that cannot be
 * had keeps nobody waiting beside an idle one, and a load that always fails is not tried in a loop.
 */
import { describe, expect, test } from 'vitest';
import { READY, RESTART_DELAY_NS, START, milliseconds, seconds } from '../../core/index.ts';
import type { Nanos, PolicyChoice, RunRecord, Workload } from '../../core/index.ts';
import type { FaultPlan } from '../../sim/index.ts';
import { ownPolicy, planOf, scriptedMachines } from '../fixtures/plans.ts';
import type { PlanParts } from '../fixtures/plans.ts';
import { ObservedWorld, outcomesOf, simulate } from '../fixtures/runs.ts';
import { deterministic } from '../fixtures/services.ts';
import { PoissonWorkload, arrivalsAt } from '../fixtures/workloads.ts';

const SERVICE = milliseconds(20);
const LOAD = milliseconds(100);
const ALWAYS: FaultPlan = { fault: 'failed-load', probability: 1 };

/** Two requests to each worker, else one more worker. */
const upToTwo = ({ countsStarts = false } = {}): PolicyChoice =>
  ownPolicy(({ fleet }) => ({
    dispatch: {
      countsStarts,
      assign(_slot, variant) {
        const ready = fleet.ready(variant);
        for (let i = 0; i < ready.length; i += 1) if (fleet.outstanding[ready.at(i)] < 2) return ready.at(i);
        return START;
      },
      cold: () => START,
    },
  }));

function partsOf(parts: PlanParts): PlanParts {
  const machines = [{ cores: 2 }];
  return { variants: [{ service: deterministic(SERVICE, { loadNs: LOAD }) }], machines, ...parts };
}

const busy = (): Workload => new PoissonWorkload({ rateRps: 90, count: 900, seed: 'starts' });

const startsOf = (record: RunRecord): number[] =>
  record.decisions.filter(({ decision }) => decision.kind === 'worker.start').map(({ atNs }) => atNs);

/** The longest time that a request was held while some worker of its variant was ready and had nothing to do. */
function longestBesideIdle(parts: PlanParts): { readonly longestNs: Nanos; readonly record: RunRecord } {
  let sinceNs = -1;
  let longestNs = 0;
  const world: ObservedWorld = new ObservedWorld(planOf(parts), busy(), ({ atNs, isEvent }) => {
    if (!isEvent) return;
    // An event finds what all that happened before it has left.
    const { fleet } = world.serving;
    if (sinceNs >= 0) longestNs = Math.max(longestNs, atNs - sinceNs);
    const isIdle = fleet.state.some((state, worker) => state === READY && fleet.outstanding[worker] === 0);
    if (!isIdle || fleet.waiting[0] === 0) sinceNs = -1;
    else if (sinceNs < 0) sinceNs = atNs;
  });
  return { record: world.run(), longestNs };
}

describe('while a START cannot be met', () => {
  test.each([
    ['there is no room', {}],
    ['no worker number is left', { machines: [{ cores: 8 }], limits: { workersMax: 2 } }],
    ['every load fails', { machines: [{ cores: 8 }], run: { faults: [ALWAYS] } }],
  ])('because %s, nobody waits beside an idle worker, and the run drains', (_why, parts: PlanParts) => {
    const { record, longestNs } = longestBesideIdle(
      partsOf({ workers: [2], policies: { dispatch: upToTwo() }, ...parts }),
    );
    expect(record.ending).toBe('drained');
    expect(new Set(outcomesOf(record))).toEqual(new Set(['served']));
    expect(longestNs).toBeLessThanOrEqual(RESTART_DELAY_NS);
  });

  test('what is owed is started on the machine that joins, beside the worker that is ready', () => {
    const plan = planOf(
      partsOf({
        machines: [{ cores: 1, bootNs: seconds(2), max: 2 }],
        policies: { dispatch: upToTwo(), 'machine-scaling': scriptedMachines(seconds(1), [{ type: 0, delta: 1 }]) },
      }),
    );
    expect(startsOf(simulate(plan, busy()))).toEqual([0, seconds(1) + seconds(2)]);
  });
});

/** A policy under which all that waits for a first worker asks for one. */
const eachStarts = ownPolicy(({ fleet }) => ({
  dispatch: { assign: (_slot, variant) => fleet.ready(variant).at(0), cold: () => START },
}));

test.each([
  ['torchserve', 'torchserve'],
  ['one that answers every request with START', eachStarts],
])('a crash that leaves twenty requests starts one worker under %s', (_name, dispatch) => {
  const times = { kind: 'at', atNs: [milliseconds(25)] } as const;
  const faults: readonly FaultPlan[] = [{ fault: 'worker-crash', times }];
  const plan = planOf(partsOf({ machines: [{ cores: 32 }], policies: { dispatch }, run: { faults } }));
  const record = simulate(plan, arrivalsAt(...Array.from({ length: 22 }, (_, at) => milliseconds(at))));
  expect(startsOf(record)).toEqual([0, milliseconds(25)]);
  expect(outcomesOf(record).filter((outcome) => outcome !== 'served')).toEqual(['failed worker-crashed']);
});

test.each<[string, PlanParts]>([
  ['torchserve', { policies: { dispatch: 'torchserve' } }],
  ['a policy that wants one more worker for each request', { policies: { dispatch: upToTwo() } }],
  ['a policy that counts its starts itself', { policies: { dispatch: upToTwo({ countsStarts: true }) } }],
  ['start_on_request', { serving: { startOnRequest: true } }],
])('a load that always fails is tried once a second at most, under %s', (_name, parts) => {
  const times = { kind: 'at', atNs: [milliseconds(500)] } as const;
  const faults: readonly FaultPlan[] = [ALWAYS, { fault: 'worker-crash', times }];
  const limits = { timeoutNs: seconds(2) };
  const record = simulate(planOf(partsOf({ machines: [{ cores: 8 }], limits, run: { faults }, ...parts })), busy());
  const all = startsOf(record).slice(1);
  // Until the first of them has failed there is nothing to be careful about.
  const starts = all.filter((atNs) => atNs >= all[0] + LOAD);
  const gaps = starts.slice(1).map((atNs, position) => atNs - starts[position]);
  expect(record.ending).toBe('drained');
  expect(gaps.length).toBeGreaterThan(5);
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(RESTART_DELAY_NS);
});
