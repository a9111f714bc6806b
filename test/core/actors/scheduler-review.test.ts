/** What the scheduler holds is reviewed for as long as it holds something, where the dispatch policy asks for it. */
import { describe, expect, test } from 'vitest';
import { FAILED, HOLD, NEVER, NONE, SCHEDULER, Unserved, reason } from '../../../core/index.ts';
import type { DispatchPolicy, Slot } from '../../../core/index.ts';
import { schedulerContext } from '../../../core/actors/scheduler-context.ts';
import { schedulerLogic } from '../../../core/actors/scheduler.ts';
import { Bench } from './bench.ts';

const REVIEW_AT_15 = 'timer at 15: scheduler < hold.due';
const ASSIGN_0 = 'worker-0 < request.assigned slot=0 generation=1';

class ReviewBench extends Bench {
  /** Slots that the policy has given up. */
  readonly lost = new Set<Slot>();
  /** Whether workers may pull. */
  pulls = false;

  constructor(changes: Partial<DispatchPolicy> = { reviewNs: 10 }) {
    super({ variants: [{ maxBatch: 8 }] });
    const { world, catalogue, requests, fleet, ledger } = this;
    const dispatch: DispatchPolicy = {
      assign: () => HOLD,
      pull: () => (this.pulls ? 0 : NONE),
      lapsed: (slot) => this.lost.has(slot),
      ...changes,
    };
    const policies = { selection: { select: () => 0 }, admission: { admit: () => 0 }, dispatch };
    const tables = { world, catalogue, requests, fleet, ledger, unserved: new Unserved(requests, [], fleet) };
    const context = schedulerContext({ ...tables, ...policies, holdMax: 100, timeoutNs: NEVER });
    world.attach(SCHEDULER, schedulerLogic, context);
    this.worker();
  }

  arrive(now: number): string[] {
    this.world.now = now;
    return this.deliver(SCHEDULER, { type: 'request.arrived', slot: this.open() });
  }
}

describe('a review', () => {
  test('is due a period after the first request was held, and is set once', () => {
    const bench = new ReviewBench();
    expect(bench.arrive(5)).toEqual([REVIEW_AT_15]);
    expect(bench.arrive(7)).toEqual([]);
  });

  test('expires what the policy has given up, wherever it stands, and frees its slot', () => {
    const bench = new ReviewBench();
    for (const now of [5, 6, 7]) bench.arrive(now);
    bench.lost.add(1);
    expect(bench.world.fire()).toEqual(['timer at 25: scheduler < hold.due']);
    expect(bench.outcomes()).toEqual(['1 expired deadline-passed']);
    expect(bench.fleet.waiting[0]).toBe(2);
    expect(bench.open()).toBe(1);
  });

  test('lets go of what ended while it was held', () => {
    const bench = new ReviewBench();
    for (const now of [5, 6]) bench.arrive(now);
    bench.ledger.end(1, FAILED, reason('timeout'), 8);
    bench.world.fire();
    expect(bench.fleet.waiting[0]).toBe(1);
    expect(bench.open()).toBe(1);
  });

  test('asks the ready workers to pull again', () => {
    const bench = new ReviewBench();
    bench.arrive(5);
    bench.pulls = true;
    expect(bench.world.fire()).toEqual([ASSIGN_0]);
    expect(bench.fleet.waiting[0]).toBe(0);
  });

  test('is not set again when nothing waits any more, until something does', () => {
    const bench = new ReviewBench();
    bench.arrive(5);
    bench.lost.add(0);
    expect(bench.world.fire()).toEqual([]);
    bench.lost.clear();
    expect(bench.arrive(40)).toEqual(['timer at 50: scheduler < hold.due']);
  });

  test('drops nothing where the policy does not say what has lapsed', () => {
    const bench = new ReviewBench({ reviewNs: 10, lapsed: () => false });
    bench.arrive(5);
    bench.world.fire();
    expect(bench.fleet.waiting[0]).toBe(1);
  });
});

test('without a period nothing is reviewed', () => {
  expect(new ReviewBench({}).arrive(5)).toEqual([]);
});
