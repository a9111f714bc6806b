/** A rollout: its whole transition table, and that a service under load loses nothing while a version is replaced. */
import { createActor } from 'xstate';
import { getShortestPaths } from 'xstate/graph';
import { describe, expect, test } from 'vitest';
import type { RolloutMessage, RolloutPlan, RunRecord } from '../../../core/index.ts';
import { milliseconds, seconds } from '../../../core/index.ts';
import { rolloutLogic } from '../../../core/actors/rollout.ts';
import type { RolloutInput } from '../../../core/actors/rollout.ts';
import { planOf } from '../../fixtures/plans.ts';
import type { PlanParts } from '../../fixtures/plans.ts';
import { decisionsOf, outcomesOf, rowsOf, simulate } from '../../fixtures/runs.ts';
import { deterministic, exponential } from '../../fixtures/services.ts';
import { ListedWorkload, PoissonWorkload, kindPerVariant } from '../../fixtures/workloads.ts';

/** What a tick may find. */
const FACTS = ['isBlocked', 'isPointless', 'allReady', 'someReady', 'isLate', 'nothingHeld', 'allGone'] as const;
type Fact = (typeof FACTS)[number];
type Tick = RolloutMessage & { readonly facts: readonly Fact[] };

/** Every combination of what a tick may find. */
const TICKS: readonly Tick[] = Array.from({ length: 2 ** FACTS.length }, (_, bits) => ({
  type: 'rollout.tick',
  facts: FACTS.filter((_fact, at) => Math.floor(bits / 2 ** at) % 2 === 1),
}));

/** The chart with its guards answered by the message, and a list of what it does. */
function chart(done: string[]) {
  const holds =
    (fact: Fact) =>
    ({ event }: { readonly event: RolloutMessage }): boolean =>
      (event as Tick).facts.includes(fact); // The test sends no other messages.
  const does = (name: string) => (): void => void done.push(name);
  return rolloutLogic.provide({
    guards: {
      isBlocked: holds('isBlocked'),
      isPointless: holds('isPointless'),
      allReady: holds('allReady'),
      someReady: holds('someReady'),
      isLate: holds('isLate'),
      nothingHeld: holds('nothingHeld'),
      allGone: holds('allGone'),
    },
    actions: {
      note: () => undefined,
      awaitStart: () => undefined,
      awaitNext: () => undefined,
      begin: () => undefined,
      introduce: does('introduce'),
      switchOver: does('switch over'),
      retire: does('retire'),
      fillUp: does('fill up'),
      giveUp: does('give up'),
    },
  });
}

/** Where a tick leads. */
function next(state: string, facts: readonly Fact[]): string {
  const has = (fact: Fact): boolean => facts.includes(fact);
  if (state === 'waiting' && has('isBlocked')) return 'waiting';
  if (state === 'waiting') return has('isPointless') ? 'pointless' : 'introducing';
  if (state === 'introducing' && (has('allReady') || (has('isLate') && has('someReady')))) return 'switching';
  if (state === 'introducing' && has('isLate')) return 'failed';
  if (state === 'switching' && has('nothingHeld')) return 'retiring';
  if (state === 'retiring' && has('allGone')) return 'done';
  return state;
}

describe('the chart of a rollout', () => {
  // The provided guards and actions read nothing but the message.
  const input = {} as RolloutInput;
  const paths = getShortestPaths(chart([]), { input, events: TICKS, serializeState: ({ value }) => value });

  test('reaches every state and no other', () => {
    const states = paths.map(({ state }) => state.value).sort();
    expect(states).toEqual(['done', 'failed', 'introducing', 'pointless', 'retiring', 'switching', 'waiting']);
  });

  const lasting = paths.filter(({ state }) => state.status === 'active');

  test.each(lasting.map((path) => [path.state.value, path] as const))('in %s goes where it should', (state, path) => {
    for (const tick of TICKS) {
      const actor = createActor(chart([]), { input }).start();
      for (const { event } of path.steps) if (event.type === 'rollout.tick') actor.send(event);
      expect(actor.getSnapshot().value).toBe(state);
      actor.send(tick);
      expect([tick.facts, actor.getSnapshot().value]).toEqual([tick.facts, next(state, tick.facts)]);
    }
  });

  test('switches over once on the way to its end, and never on the way to its failure', () => {
    for (const { state, steps } of paths) {
      const done: string[] = [];
      const actor = createActor(chart(done), { input }).start();
      for (const { event } of steps) if (event.type === 'rollout.tick') actor.send(event);
      const switches = done.filter((what) => what === 'switch over').length;
      expect([state.value, switches]).toEqual([
        state.value,
        ['switching', 'retiring', 'done'].includes(state.value) ? 1 : 0,
      ]);
      expect(done.includes('retire')).toBe(['retiring', 'done'].includes(state.value));
      expect(done.includes('give up')).toBe(state.value === 'failed');
    }
  });
});

const ROLLOUT: RolloutPlan = { atNs: seconds(5), from: 0, to: 1, patienceNs: seconds(20) };

/** Two versions of a service of 20 ms: 80 percent accurate, then 90. */
function versions(loadMs: number): NonNullable<PlanParts['variants']> {
  const service = exponential(milliseconds(20), { loadNs: milliseconds(loadMs) });
  return [
    { service, accuracyPercent: 80, maxBatch: 2 },
    { service, accuracyPercent: 90, maxBatch: 2 },
  ];
}

function rolledOut(
  parts: PlanParts & { readonly rollouts?: readonly RolloutPlan[]; readonly count?: number } = {},
): RunRecord {
  const { rollouts = [ROLLOUT], count = 2400 } = parts;
  const plan = planOf({
    variants: versions(1500),
    workers: [3, 0],
    machines: [{ cores: 8 }],
    hidden: ['variant-1'],
    policies: { selection: 'cheapest' },
    ...parts,
    serving: { monitorPeriodNs: seconds(1), ...parts.serving, rollouts },
  });
  return simulate(plan, new PoissonWorkload({ rateRps: 80, count, seed: 'rollout' }));
}

function stagesOf(record: RunRecord): readonly string[] {
  return record.serving.rollouts.map(({ stage }) => stage);
}

/** Accuracies delivered, in the order of arrival: each value once, with the time of its first and last request. */
function accuraciesOf(record: RunRecord): readonly (readonly [percent: number, fromS: number, untilS: number])[] {
  const accuracy = record.serving.plan.catalogue.variants.map(({ accuracyPercent }) => accuracyPercent);
  const rows = rowsOf(record);
  return [...new Set(rows.map(({ variant }) => accuracy[variant]))].map((percent) => {
    const times = rows
      .filter(({ variant }) => accuracy[variant] === percent)
      .map(({ scheduledNs }) => scheduledNs / 1e9);
    return [percent, Math.min(...times), Math.max(...times)];
  });
}

describe('a rollout under load', () => {
  test.each(['shortest-queue', 'central-queue'])('loses no request and delivers the new accuracy: %s', (dispatch) => {
    const record = rolledOut({ policies: { selection: 'cheapest', dispatch, batching: 'aimd' } });
    expect(new Set(outcomesOf(record))).toEqual(new Set(['served']));
    const [before, after] = accuraciesOf(record);
    expect([before[0], after[0]]).toEqual([80, 90]);
    // Workers are ready 1.5 s after they are started; the next look is half a second later.
    expect(before[2]).toBeLessThan(7.1);
    expect(after[1]).toBeGreaterThan(6.9);
    expect(stagesOf(record)).toEqual(['done']);
    const { fleet } = record.serving;
    expect([fleet.ready(0).length, fleet.ready(1).length]).toEqual([0, 3]);
    expect(record.findings).toEqual([]);
  });

  test('says in the decisions what it did', () => {
    const record = rolledOut();
    expect(decisionsOf(record).slice(4)).toEqual([
      ...Array.from({ length: 3 }, () => '5000 worker.start rollout of variant-1'),
      ...Array.from({ length: 3 }, () => '8000 worker.drain rollout of variant-1'),
    ]);
  });

  test('moves what is held for the old version to the new one', () => {
    // The old version’s only worker is lost for good; its requests wait until the new one is there.
    const workload = new ListedWorkload([0, 5.2, 5.5, 20].map((atS) => ({ atNs: seconds(atS) })));
    const crash = { fault: 'worker-crash', times: { kind: 'at', atNs: [seconds(4.9)] } } as const;
    const plan = planOf({
      variants: versions(1500),
      workers: [1, 0],
      hidden: ['variant-1'],
      policies: { selection: 'cheapest' },
      serving: { rollouts: [ROLLOUT] },
      run: { faults: [crash] },
    });
    const record = simulate(plan, workload);
    expect(outcomesOf(record)).toEqual(['served', 'served', 'served', 'served']);
    expect(rowsOf(record).map(({ variant }) => variant)).toEqual([0, 1, 1, 1]);
  });

  test('hides the new version until then, except from those who name it', () => {
    const arrivals = [{ atNs: 0 }, { atNs: seconds(1), kind: 1 }, { atNs: seconds(12) }];
    const kinds = [{ application: 'default', useCase: '', architecture: '', variant: '' }, kindPerVariant(2)[1]];
    const plan = planOf({
      variants: versions(100),
      workers: [1, 0],
      kinds,
      hidden: ['variant-1'],
      policies: { selection: 'most-accurate' },
      serving: { rollouts: [ROLLOUT], startOnRequest: true },
    });
    const record = simulate(plan, new ListedWorkload(arrivals, kinds));
    expect(rowsOf(record).map(({ variant }) => variant)).toEqual([0, 1, 1]);
  });

  test('hands the floor of the old version to the new one', () => {
    const crash = { fault: 'worker-crash', times: { kind: 'at', atNs: [seconds(15)] } } as const;
    const record = rolledOut({
      policies: { selection: 'cheapest', 'model-scaling': ['fixed', { period: seconds(1) }] },
      run: { faults: [crash] },
    });
    const { fleet } = record.serving;
    expect([fleet.ready(0).length, fleet.ready(1).length]).toEqual([0, 3]);
    expect(decisionsOf(record).at(-1)).toBe('15000 worker.start 2 of 3 initial workers');
  });

  test.each([
    ['hpa', { syncPeriod: seconds(2), stabilisationWindow: seconds(4), targetUtilisation: 0.7 }],
    ['knative', { targetConcurrency: 1, stableWindow: seconds(10) }],
    ['queue-depth', { target: 2, period: seconds(1), scaleDownDelay: seconds(5) }],
  ] as const)('is left alone by %s, which scales the new version from then on', (policy, options) => {
    const record = rolledOut({
      workers: [4, 0],
      machines: [{ cores: 32 }],
      limits: { workersMax: 64 },
      policies: { selection: 'cheapest', 'model-scaling': [policy, options] },
    });
    const { decisions, serving } = record;
    expect(new Set(outcomesOf(record))).toEqual(new Set(['served']));
    expect(stagesOf(record)).toEqual(['done']);
    const scaled = decisions.filter(
      ({ decision }) => 'variant' in decision && decision.variant === 1 && !decision.reason.startsWith('rollout'),
    );
    expect(scaled.every(({ atNs }) => atNs >= seconds(7))).toBe(true);
    expect(serving.fleet.ready(0).length).toBe(0);
    // The load of 1.6 workers never finds fewer than two.
    expect(serving.fleet.ready(1).length).toBeGreaterThanOrEqual(2);
  });

  test('can be taken back by another', () => {
    const back: RolloutPlan = { ...ROLLOUT, atNs: seconds(15), from: 1, to: 0 };
    const record = rolledOut({ rollouts: [ROLLOUT, back] });
    expect(new Set(outcomesOf(record))).toEqual(new Set(['served']));
    expect(stagesOf(record)).toEqual(['done', 'done']);
    expect(rowsOf(record).at(-1)?.variant).toBe(0);
    expect([...record.serving.fleet.servedBy]).toEqual([0, 0]);
  });

  test('of a version that was rolled out itself goes on to the newest', () => {
    const third = { service: deterministic(milliseconds(20)), accuracyPercent: 95, maxBatch: 2 };
    const record = rolledOut({
      variants: [...versions(100), third],
      workers: [3, 0, 0],
      hidden: ['variant-1', 'variant-2'],
      rollouts: [ROLLOUT, { ...ROLLOUT, atNs: seconds(15), from: 1, to: 2 }],
    });
    expect([...record.serving.fleet.servedBy]).toEqual([2, 2, 2]);
    expect(accuraciesOf(record).map(([percent]) => percent)).toEqual([80, 90, 95]);
  });
});

describe('a rollout without room for both versions', () => {
  test('that gets some workers ready switches to those when patience ends, and fills up as the old ones leave', () => {
    const record = rolledOut({ machines: [{ cores: 5 }] });
    expect(new Set(outcomesOf(record))).toEqual(new Set(['served']));
    const { fleet, rollouts } = record.serving;
    expect([rollouts[0].stage, fleet.ready(0).length, fleet.ready(1).length]).toEqual(['done', 0, 3]);
    expect(decisionsOf(record).filter((line) => line.includes('capacity'))).toEqual([
      '5000 capacity.short rollout of variant-1: no machine has room',
    ]);
    expect(accuraciesOf(record)[1][1]).toBeGreaterThanOrEqual(25);
  });

  test('asks the machine autoscaler for more', () => {
    const record = rolledOut({
      machines: [{ cores: 3, max: 2, bootNs: seconds(2) }],
      policies: { selection: 'cheapest', 'machine-scaling': ['utilisation', { period: seconds(1) }] },
    });
    expect(record.serving.rollouts[0].stage).toBe('done');
    expect(accuraciesOf(record)[1][1]).toBeLessThan(15);
  });

  test('at all fails after its patience, and the old version serves on', () => {
    const record = rolledOut({ machines: [{ cores: 3 }] });
    expect(new Set(outcomesOf(record))).toEqual(new Set(['served']));
    expect(stagesOf(record)).toEqual(['failed']);
    expect(accuraciesOf(record).map(([percent]) => percent)).toEqual([80]);
    expect(record.serving.fleet.ready(0).length).toBe(3);
  });

  test('whose workers never load fails as well, and leaves none of them behind', () => {
    const failing = { fault: 'failed-load', probability: 1 } as const;
    const record = rolledOut({ run: { faults: [failing] }, count: 3000 });
    expect(stagesOf(record)).toEqual(['failed']);
    const { fleet } = record.serving;
    expect([fleet.ready(0).length, fleet.ready(1).length, fleet.loading(1).length]).toEqual([3, 0, 0]);
  });
});

describe('rollouts that share a variant', () => {
  /** When each worker was started and drained, by the rollout that did it. */
  const spans = (record: RunRecord): Map<string, readonly [fromMs: number, untilMs: number]> => {
    const found = new Map<string, readonly [number, number]>();
    for (const line of decisionsOf(record).filter((each) => each.includes('rollout of'))) {
      const [atMs, name] = [Number(line.split(' ')[0]), line.slice(line.indexOf('rollout of'))];
      found.set(name, [found.get(name)?.[0] ?? atMs, atMs]);
    }
    return found;
  };

  test('have their turns one after the other: taken back while it is under way', () => {
    const back: RolloutPlan = { ...ROLLOUT, atNs: seconds(6), from: 1, to: 0 };
    const record = rolledOut({ rollouts: [ROLLOUT, back] });
    expect(new Set(outcomesOf(record))).toEqual(new Set(['served']));
    expect(stagesOf(record)).toEqual(['done', 'done']);
    expect([...record.serving.fleet.servedBy]).toEqual([0, 0]);
    expect([record.serving.fleet.ready(0).length, record.serving.fleet.ready(1).length]).toEqual([3, 0]);
    expect(spans(record).get('rollout of variant-0')?.[0]).toBeGreaterThan(
      spans(record).get('rollout of variant-1')?.[1] ?? Infinity,
    );
    expect(record.serving.rollouts[1].beganNs).toBeGreaterThan(back.atNs);
  });

  test('have their patience from when they begin', () => {
    const back: RolloutPlan = { atNs: seconds(6), from: 1, to: 0, patienceNs: seconds(2.5) };
    const record = rolledOut({ rollouts: [ROLLOUT, back] });
    // The first is over at about 10 s, long after the patience of the second, counted from when it was due.
    expect(record.serving.rollouts[1].beganNs).toBeGreaterThan(back.atNs + back.patienceNs);
    expect(stagesOf(record)).toEqual(['done', 'done']);
  });

  test('in a chain, the second due while the first is under way, end at the newest', () => {
    const third = { service: deterministic(milliseconds(20), { loadNs: milliseconds(1500) }), accuracyPercent: 95 };
    const record = rolledOut({
      variants: [...versions(1500), { ...third, maxBatch: 2 }],
      workers: [3, 0, 0],
      hidden: ['variant-1', 'variant-2'],
      rollouts: [ROLLOUT, { ...ROLLOUT, atNs: seconds(6), from: 1, to: 2 }],
    });
    expect(new Set(outcomesOf(record))).toEqual(new Set(['served']));
    expect(stagesOf(record)).toEqual(['done', 'done']);
    expect(accuraciesOf(record).map(([percent]) => percent)).toEqual([80, 90, 95]);
    const { fleet } = record.serving;
    expect([0, 1, 2].map((variant) => fleet.ready(variant).length)).toEqual([0, 0, 3]);
  });

  test('are not needed when what they replace never served', () => {
    const failing = { ...ROLLOUT, patienceNs: seconds(3) };
    const back: RolloutPlan = { ...ROLLOUT, atNs: seconds(6), from: 1, to: 0 };
    const record = rolledOut({ machines: [{ cores: 3 }], rollouts: [failing, back] });
    expect(stagesOf(record)).toEqual(['failed', 'not needed']);
    expect(new Set(outcomesOf(record))).toEqual(new Set(['served']));
    expect(record.serving.fleet.ready(0).length).toBe(3);
    expect(record.serving.fleet.rolling[0]).toBe(0);
  });

  test('of one instant have their turns as listed', () => {
    const back: RolloutPlan = { ...ROLLOUT, from: 1, to: 0 };
    const record = rolledOut({ rollouts: [ROLLOUT, back] });
    expect(stagesOf(record)).toEqual(['done', 'done']);
    expect([...record.serving.fleet.servedBy]).toEqual([0, 0]);
  });

  test('into one variant add up their workers', () => {
    const [alike] = versions(500);
    const record = rolledOut({
      variants: [alike, alike, alike],
      workers: [2, 1, 0],
      hidden: ['variant-2'],
      rollouts: [
        { ...ROLLOUT, from: 0, to: 2 },
        { ...ROLLOUT, from: 1, to: 2 },
      ],
    });
    expect(stagesOf(record)).toEqual(['done', 'done']);
    const { fleet } = record.serving;
    expect([0, 1, 2].map((variant) => fleet.ready(variant).length)).toEqual([0, 0, 3]);
  });

  test('leave others alone that share none with them', () => {
    const [alike] = versions(500);
    const record = rolledOut({
      variants: [alike, alike, alike, alike],
      workers: [2, 1, 0, 0],
      hidden: ['variant-2', 'variant-3'],
      rollouts: [
        { ...ROLLOUT, from: 0, to: 2 },
        { ...ROLLOUT, from: 1, to: 3 },
      ],
    });
    expect(record.serving.rollouts.map(({ beganNs }) => beganNs)).toEqual([seconds(5), seconds(5)]);
  });
});
