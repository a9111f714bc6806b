/** The scheduler as a function from messages to sends: selection, holding, timeouts, cancelling, pulling. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  CANCELLED,
  DEAD,
  DRAINING,
  HOLD,
  LOADING,
  NEVER,
  NONE,
  OPEN,
  SCHEDULER,
  START,
  Unserved,
  reason,
} from '../../../core/index.ts';
import type { Arrival, DispatchPolicy, SchedulerMessage, Slot } from '../../../core/index.ts';
import { schedulerContext } from '../../../core/actors/scheduler-context.ts';
import { schedulerLogic } from '../../../core/actors/scheduler.ts';
import type { SchedulerContext } from '../../../core/actors/scheduler-context.ts';
import { Bench } from './bench.ts';

interface Parts {
  readonly maxBatch?: number;
  readonly holdMax?: number;
  readonly timeoutNs?: number;
  readonly select?: (slot: Slot) => number;
  readonly admit?: (slot: Slot) => number;
  readonly dispatch?: (bench: SchedulerBench) => DispatchPolicy;
}

/** Everything to the lowest ready worker. */
function toFirst({ fleet }: SchedulerBench): DispatchPolicy {
  return { assign: (_slot, variant) => fleet.ready(variant).at(0) };
}

/** A central queue: held until a worker asks, oldest first. */
function central({ fleet }: SchedulerBench): DispatchPolicy {
  return {
    assign: (_slot, variant) => {
      const ready = fleet.ready(variant);
      for (let i = 0; i < ready.length; i += 1) if (fleet.outstanding[ready.at(i)] === 0) return ready.at(i);
      return HOLD;
    },
    pull: (worker) => (fleet.outstanding[worker] === 0 ? 0 : NONE),
  };
}

class SchedulerBench extends Bench {
  readonly context: SchedulerContext;

  constructor({ maxBatch = 8, holdMax = 100, timeoutNs = NEVER, select, admit, dispatch = toFirst }: Parts = {}) {
    super({ variants: [{ maxBatch }, { maxBatch }] });
    const { world, catalogue, requests, fleet, ledger } = this;
    this.context = schedulerContext({
      unserved: new Unserved(requests, [], fleet),
      world,
      catalogue,
      requests,
      fleet,
      ledger,
      selection: { select: select ?? (() => 0) },
      admission: { admit: admit ?? (() => 0) },
      dispatch: dispatch(this),
      holdMax,
      timeoutNs,
    });
    world.attach(SCHEDULER, schedulerLogic, this.context);
  }

  say(message: SchedulerMessage, now = this.world.now): string[] {
    return this.deliver(SCHEDULER, message, now);
  }

  arrive(parts: Partial<Arrival> = {}, now = this.world.now): string[] {
    this.world.now = now;
    return this.say({ type: 'request.arrived', slot: this.open(parts) });
  }

  cancel(slot: Slot, ordinal = this.requests.ordinal[slot]): string[] {
    return this.say({ type: 'request.cancelled', slot, ordinal });
  }

  held(variant = 0): number[] {
    const waiting = this.context.waiting[variant];
    return Array.from({ length: waiting.length }, (_, position) => waiting.at(position));
  }
}

const ASSIGN_0 = 'worker-0 < request.assigned slot=0 generation=1';
const WANTED = 'model-autoscaler < worker.wanted variant=0 more=false';

describe('an arrival', () => {
  test('goes to the worker that dispatch names, with that worker’s generation', () => {
    const bench = new SchedulerBench();
    bench.worker();
    expect(bench.arrive({ inputs: 3 })).toEqual([ASSIGN_0]);
    expect([bench.requests.worker[0], bench.requests.held[0], bench.fleet.outstanding[0]]).toEqual([0, 1, 3]);
  });

  test.each<[string, Parts, Partial<Arrival>, string]>([
    ['no variant fits', { select: () => NONE }, {}, 'no-variant'],
    ['it is larger than the largest batch', { maxBatch: 4 }, { inputs: 5 }, 'too-many-inputs'],
    ['admission refuses it', { admit: () => reason('queue-full') }, {}, 'queue-full'],
    ['dispatch refuses it', { dispatch: () => ({ assign: () => NONE }) }, {}, 'dispatch-refused'],
  ])('is rejected when %s, with that reason and its slot given back', (_when, parts, arrival, why) => {
    const bench = new SchedulerBench(parts);
    bench.worker();
    expect(bench.arrive(arrival)).toEqual([]);
    expect(bench.outcomes()).toEqual([`0 rejected ${why}`]);
    expect(bench.open()).toBe(0);
  });

  test('as large as the largest batch is served', () => {
    const bench = new SchedulerBench({ maxBatch: 4 });
    bench.worker();
    expect(bench.arrive({ inputs: 4 })).toEqual([ASSIGN_0]);
  });

  test('counts for its variant from the instant of its selection, refused or not', () => {
    const bench = new SchedulerBench({ admit: (slot) => (slot === 0 ? 0 : reason('queue-full')) });
    bench.worker();
    bench.arrive({ inputs: 2 }, 10);
    bench.arrive({ inputs: 3 }, 20);
    const { arrivedInputs, endedInputs, momentNs } = bench.fleet.totals;
    expect([arrivedInputs[0], endedInputs[0], momentNs[0]]).toEqual([5, 3, -2 * 10 - 3 * 20 + 3 * 20]);
  });
});

describe('a dispatch policy that starts workers', () => {
  const MORE = 'model-autoscaler < worker.wanted variant=0 more=true';

  const coldStarts = (): DispatchPolicy => ({ assign: () => NONE, cold: () => START });

  test('is asked when none is ready: START holds the request and wants a worker', () => {
    const bench = new SchedulerBench({ dispatch: coldStarts });
    expect(bench.arrive()).toEqual([WANTED]);
    expect(bench.held()).toEqual([0]);
  });

  test('wants one for all that wait while none is ready: not while one is asked for, cold or loads', () => {
    const bench = new SchedulerBench({ dispatch: coldStarts });
    expect([bench.arrive(), bench.arrive()]).toEqual([[WANTED], []]);
    bench.fleet.demand.take(0);
    const worker = bench.fleet.claim(0, bench.machine(), 0);
    expect(bench.arrive()).toEqual([]);
    bench.fleet.setState(worker, LOADING, 0);
    expect(bench.arrive()).toEqual([]);
    bench.fleet.condemn(worker);
    expect(bench.arrive()).toEqual([WANTED]);
  });

  test('wants one for each where it counts its starts itself', () => {
    const bench = new SchedulerBench({ dispatch: () => ({ ...coldStarts(), countsStarts: true }) });
    expect([...bench.arrive(), ...bench.arrive()]).toEqual([MORE, MORE]);
  });

  test('wants nothing for a request that cannot be held', () => {
    const bench = new SchedulerBench({ holdMax: 0, dispatch: coldStarts });
    expect(bench.arrive()).toEqual([]);
    expect(bench.outcomes()).toEqual(['0 rejected hold-full']);
  });

  test('may hold without wanting anything, or reject', () => {
    const answers = [HOLD, NONE];
    const cold = (): number => answers.shift() ?? NONE;
    const bench = new SchedulerBench({ dispatch: () => ({ assign: () => NONE, cold }) });
    expect([...bench.arrive(), ...bench.arrive()]).toEqual([]);
    expect([bench.held(), bench.outcomes()]).toEqual([[0], ['1 rejected dispatch-refused']]);
  });

  test('wants one more beside those that are ready, and is asked again when it has come', () => {
    let wants = true;
    const dispatch = ({ fleet }: SchedulerBench): DispatchPolicy => ({
      assign: () => (wants ? START : fleet.ready(0).at(fleet.ready(0).length - 1)),
    });
    const bench = new SchedulerBench({ dispatch });
    bench.worker();
    expect(bench.arrive()).toEqual([MORE]);
    wants = false;
    bench.worker();
    expect(bench.say({ type: 'worker.ready', worker: 1 })).toEqual(['worker-1 < request.assigned slot=0 generation=1']);
  });

  test('cannot name a worker while none is ready', () => {
    const bench = new SchedulerBench({ dispatch: () => ({ assign: () => NONE, cold: () => 3 }) });
    expect(() => bench.arrive()).toThrow(/dispatch policy/);
  });
});

describe('a worker that cannot be had', () => {
  /** Two at a time to each worker, else one more worker. */
  const upToTwo = ({ fleet }: SchedulerBench): DispatchPolicy => ({
    assign: (_slot, variant) => {
      const ready = fleet.ready(variant);
      for (let i = 0; i < ready.length; i += 1) if (fleet.outstanding[ready.at(i)] < 2) return ready.at(i);
      return START;
    },
  });
  const full = (): SchedulerBench => {
    const bench = new SchedulerBench({ dispatch: upToTwo });
    bench.worker();
    for (let i = 0; i < 5; i += 1) bench.arrive();
    return bench;
  };

  test('has what is held asked about again: some may go, the rest is owed, and nothing more is ordered', () => {
    const bench = full();
    bench.fleet.outstanding[0] = 1;
    expect(bench.say({ type: 'worker.short', variant: 0 })).toEqual([
      'worker-0 < request.assigned slot=2 generation=1',
    ]);
    expect([bench.held(), bench.fleet.demand.owed[0]]).toEqual([[3, 4], 2]);
    expect(bench.say({ type: 'worker.short', variant: 0 })).toEqual([]);
    expect([bench.held(), bench.fleet.demand.owed[0], bench.fleet.demand.owedTotal]).toEqual([[3, 4], 2, 2]);
  });

  test('leaves what is held to workers that go idle, oldest first, while it is owed', () => {
    const bench = full();
    bench.fleet.outstanding[0] = 0;
    expect(bench.say({ type: 'worker.idle', worker: 0 })).toEqual([]);
    bench.fleet.demand.owe(0);
    expect(bench.say({ type: 'worker.idle', worker: 0 })).toEqual([
      'worker-0 < request.assigned slot=2 generation=1',
      'worker-0 < request.assigned slot=3 generation=1',
    ]);
    bench.cancel(4);
    bench.say({ type: 'worker.idle', worker: 0 });
    expect([bench.held(), bench.fleet.demand.owedTotal]).toEqual([[], 0]);
  });

  test('changes nothing while no worker is ready', () => {
    const bench = new SchedulerBench({ dispatch: upToTwo });
    bench.arrive();
    expect(bench.say({ type: 'worker.short', variant: 0 })).toEqual([]);
    expect(bench.held()).toEqual([0]);
  });

  test('has ready workers pull where they pull', () => {
    const bench = new SchedulerBench({ dispatch: () => ({ assign: () => START, pull: () => 0 }) });
    bench.worker();
    bench.arrive();
    expect(bench.say({ type: 'worker.short', variant: 0 })).toEqual([ASSIGN_0]);
  });
});

describe('a worker that others wait for', () => {
  test('has them asked when it goes idle', () => {
    const dispatch = (bench: SchedulerBench): DispatchPolicy => ({
      ...central(bench),
      assign: () => HOLD,
      pull: (worker) => (worker === 1 ? 0 : NONE),
      wake: () => [1],
    });
    const bench = new SchedulerBench({ dispatch });
    bench.worker();
    bench.worker();
    bench.arrive();
    expect(bench.say({ type: 'worker.idle', worker: 0 })).toEqual(['worker-1 < request.assigned slot=0 generation=1']);
  });
});

describe('a variant that has a successor', () => {
  test('is served by it from then on', () => {
    const bench = new SchedulerBench();
    bench.worker(0);
    bench.worker(1);
    bench.fleet.succeed(0, 1);
    expect(bench.arrive()).toEqual(['worker-1 < request.assigned slot=0 generation=1']);
    expect(bench.requests.variant[0]).toBe(1);
  });

  test('hands over what is held for it, oldest first, and the demand with it', () => {
    const bench = new SchedulerBench();
    bench.arrive({ inputs: 2 });
    bench.arrive();
    bench.worker(1);
    bench.fleet.succeed(0, 1);
    expect(bench.say({ type: 'variant.succeeded', variant: 0 }, 500)).toEqual([
      'worker-0 < request.assigned slot=0 generation=1',
      'worker-0 < request.assigned slot=1 generation=1',
    ]);
    expect([bench.held(0), bench.fleet.waiting[0], bench.fleet.outstanding[0]]).toEqual([[], 0, 3]);
    const { arrivedInputs, endedInputs, endedRequests, momentNs } = bench.fleet.totals;
    expect([...arrivedInputs, ...endedInputs, ...endedRequests]).toEqual([3, 3, 3, 0, 0, 0]);
    // The one had them up to now, the other has them from now on.
    expect([...momentNs]).toEqual([1500, -1500]);
  });

  test('without a worker is given one for all that is handed over', () => {
    const cold = ({ fleet }: SchedulerBench): DispatchPolicy => ({
      assign: () => NONE,
      cold: (_slot, variant) => (fleet.ready(variant).length === 0 ? START : HOLD),
    });
    const bench = new SchedulerBench({ dispatch: cold });
    for (let i = 0; i < 3; i += 1) bench.arrive();
    bench.fleet.succeed(0, 1);
    expect(bench.say({ type: 'variant.succeeded', variant: 0 })).toEqual([WANTED.replace('variant=0', 'variant=1')]);
    expect(bench.held(1)).toEqual([0, 1, 2]);
  });

  test('hands over what a worker gives back, which is rejected when it is too large for the successor', () => {
    const bench = new SchedulerBench();
    bench.worker(0);
    bench.arrive({ inputs: 5 });
    bench.arrive();
    bench.worker(1);
    bench.fleet.succeed(0, 1);
    bench.context.maxBatch[1] = 4;
    expect(bench.say({ type: 'request.returned', slot: 0 })).toEqual([]);
    expect(bench.say({ type: 'request.returned', slot: 1 })).toEqual([
      'worker-1 < request.assigned slot=1 generation=1',
    ]);
    expect(bench.outcomes()).toEqual(['0 rejected too-many-inputs']);
  });

  test('lets go of held requests that have ended', () => {
    const bench = new SchedulerBench();
    bench.arrive();
    bench.arrive();
    bench.cancel(1);
    bench.fleet.succeed(0, 1);
    bench.say({ type: 'variant.succeeded', variant: 0 });
    expect([bench.held(0), bench.held(1), bench.requests.open]).toEqual([[], [0], 1]);
  });
});

describe('without a ready worker', () => {
  test('a request is held and a worker wanted', () => {
    const bench = new SchedulerBench();
    expect(bench.arrive({ inputs: 2 })).toEqual([WANTED]);
    expect([bench.held(), bench.fleet.waiting[0]]).toEqual([[0], 2]);
  });

  test('no worker is wanted while one loads', () => {
    const bench = new SchedulerBench();
    const worker = bench.fleet.claim(0, bench.machine(), 0);
    bench.fleet.setState(worker, LOADING, 0);
    expect(bench.arrive()).toEqual([]);
  });

  test('what is held goes out oldest first when a worker is ready, and the wait counts as load wait', () => {
    const bench = new SchedulerBench();
    bench.arrive({}, 0);
    bench.arrive({}, 30);
    bench.worker();
    expect(bench.say({ type: 'worker.ready', worker: 0 }, 100)).toEqual([
      ASSIGN_0,
      'worker-0 < request.assigned slot=1 generation=1',
    ]);
    expect([bench.requests.loadWaitNs[0], bench.requests.loadWaitNs[1]]).toEqual([100, 70]);
    expect([bench.held(), bench.fleet.waiting[0]]).toEqual([[], 0]);
  });

  test('what is held stays held, its wait growing, when the worker is gone before its news arrives', () => {
    const bench = new SchedulerBench();
    bench.arrive({}, 0);
    const worker = bench.worker();
    bench.fleet.setState(worker, DRAINING, 50);
    bench.say({ type: 'worker.ready', worker }, 50);
    expect(bench.held()).toEqual([0]);
    bench.worker();
    bench.say({ type: 'worker.ready', worker: 1 }, 80);
    expect(bench.requests.loadWaitNs[0]).toBe(80);
  });

  test('a request is rejected as hold-full when too many are held, whatever the weight', () => {
    const bench = new SchedulerBench({ holdMax: 2 });
    for (let i = 0; i < 3; i += 1) bench.arrive({ inputs: 5 });
    expect(bench.outcomes()).toEqual(['2 rejected hold-full']);
    expect(bench.fleet.waiting[0]).toBe(10);
  });

  test('each variant holds its own', () => {
    const bench = new SchedulerBench({ select: (slot) => slot % 2, holdMax: 1 });
    bench.arrive();
    bench.arrive();
    expect([bench.held(0), bench.held(1)]).toEqual([[0], [1]]);
    bench.worker(1);
    expect(bench.say({ type: 'worker.ready', worker: 0 })).toEqual(['worker-0 < request.assigned slot=1 generation=1']);
    expect(bench.held(0)).toEqual([0]);
  });
});

describe('a central queue', () => {
  test('holds what dispatch holds, without load wait, and gives it to the worker that asks', () => {
    const bench = new SchedulerBench({ dispatch: central });
    bench.worker();
    bench.arrive();
    expect([bench.arrive({}, 10), bench.arrive({}, 20)]).toEqual([[], []]);
    bench.fleet.outstanding[0] = 0;
    expect(bench.say({ type: 'worker.idle', worker: 0 }, 50)).toEqual([
      'worker-0 < request.assigned slot=1 generation=1',
    ]);
    expect([bench.held(), bench.requests.loadWaitNs[1]]).toEqual([[2], 0]);
  });

  test('gives nothing to a worker that began to drain after it asked', () => {
    const bench = new SchedulerBench({ dispatch: central });
    bench.worker();
    bench.arrive();
    bench.arrive();
    bench.fleet.outstanding[0] = 0;
    bench.fleet.setState(0, DRAINING, 5);
    expect(bench.say({ type: 'worker.idle', worker: 0 })).toEqual([]);
    expect(bench.held()).toEqual([1]);
  });

  test('passes over what was cancelled while it was held, and gives its slot back', () => {
    const bench = new SchedulerBench({ dispatch: central });
    bench.worker();
    for (let i = 0; i < 4; i += 1) bench.arrive();
    bench.cancel(2);
    bench.cancel(1);
    bench.fleet.outstanding[0] = 0;
    expect(bench.say({ type: 'worker.idle', worker: 0 })).toEqual(['worker-0 < request.assigned slot=3 generation=1']);
    expect([bench.held(), bench.fleet.waiting[0]]).toEqual([[], 0]);
    expect(new Set([bench.open(), bench.open()])).toEqual(new Set([1, 2]));
  });

  test('never gives a worker more inputs than its largest batch', () => {
    const bench = new SchedulerBench({ maxBatch: 4, dispatch: () => ({ assign: () => HOLD, pull: () => 0 }) });
    bench.worker();
    for (const inputs of [2, 1, 3]) bench.arrive({ inputs });
    expect(bench.say({ type: 'worker.idle', worker: 0 })).toEqual([
      ASSIGN_0,
      'worker-0 < request.assigned slot=1 generation=1',
    ]);
    expect(bench.fleet.outstanding[0]).toBe(3);
  });
});

describe('a request that was given back', () => {
  test('is routed again', () => {
    const bench = new SchedulerBench();
    const [one, two] = [bench.worker(), bench.worker()];
    bench.arrive();
    bench.fleet.outstanding[one] = 0;
    bench.fleet.setState(one, DEAD, 5);
    expect(bench.say({ type: 'request.returned', slot: 0 })).toEqual([
      'worker-1 < request.assigned slot=0 generation=1',
    ]);
    expect([bench.requests.worker[0], bench.fleet.outstanding[two]]).toEqual([two, 1]);
  });

  test('is held when no worker is left, and then waits for a load like any other', () => {
    const bench = new SchedulerBench();
    bench.worker();
    bench.arrive({}, 0);
    bench.fleet.setState(0, DEAD, 10);
    expect(bench.say({ type: 'request.returned', slot: 0 }, 10)).toEqual([WANTED]);
    bench.worker();
    bench.say({ type: 'worker.ready', worker: 0 }, 60);
    expect(bench.requests.loadWaitNs[0]).toBe(50);
  });

  test('after its end only gives its slot back', () => {
    const bench = new SchedulerBench();
    bench.worker();
    bench.arrive();
    bench.cancel(0);
    expect(bench.open()).toBe(1);
    expect(bench.say({ type: 'request.returned', slot: 0 })).toEqual([]);
    expect(bench.open()).toBe(0);
  });

  test('is rejected like any other when it cannot be held, and its slot comes back', () => {
    const bench = new SchedulerBench({ holdMax: 0 });
    bench.worker();
    bench.arrive();
    bench.fleet.setState(0, DEAD, 10);
    bench.say({ type: 'request.returned', slot: 0 }, 10);
    expect(bench.outcomes()).toEqual(['0 rejected hold-full']);
    expect(bench.open()).toBe(0);
  });

  test('is selected anew where dispatch says so, and counts for the other variant from then on', () => {
    for (const [reselects, assigned, arrived] of [
      [true, 'worker-1', 2],
      [false, 'worker-2', 0],
    ] as const) {
      const selected = [0, 1];
      const bench = new SchedulerBench({
        select: () => selected.shift() ?? NONE,
        dispatch: (its) => ({ ...toFirst(its), reselects }),
      });
      const [lost] = [bench.worker(0), bench.worker(1), bench.worker(0)];
      bench.arrive({ inputs: 2 }, 10);
      bench.fleet.setState(lost, DEAD, 30);
      bench.world.now = 30;
      expect(bench.say({ type: 'request.returned', slot: 0 }, 30)).toEqual([
        `${assigned} < request.assigned slot=0 generation=1`,
      ]);
      const { arrivedInputs, endedInputs, momentNs } = bench.fleet.totals;
      expect([arrivedInputs[1], endedInputs[0], momentNs[0], momentNs[1]]).toEqual([
        arrived,
        arrived,
        reselects ? 2 * (30 - 10) : -2 * 10,
        reselects ? -2 * 30 : 0,
      ]);
      expect(bench.requests.variant[0]).toBe(reselects ? 1 : 0);
    }
  });

  test('stays with its variant when selection finds none any more', () => {
    const selected = [0];
    const select = (): number => selected.shift() ?? NONE;
    const bench = new SchedulerBench({ select, dispatch: (its) => ({ ...toFirst(its), reselects: true }) });
    const [lost] = [bench.worker(), bench.worker()];
    bench.arrive();
    bench.fleet.setState(lost, DEAD, 5);
    expect(bench.say({ type: 'request.returned', slot: 0 })).toEqual([
      'worker-1 < request.assigned slot=0 generation=1',
    ]);
  });

  test('is not admitted a second time', () => {
    let asked = 0;
    const admit = (): number => {
      asked += 1;
      return 0;
    };
    const bench = new SchedulerBench({ admit });
    bench.worker();
    bench.arrive();
    bench.say({ type: 'request.returned', slot: 0 });
    expect(asked).toBe(1);
    expect(bench.fleet.totals.arrivedInputs[0]).toBe(1);
  });
});

describe('cancelling', () => {
  test('ends a request wherever it is', () => {
    const bench = new SchedulerBench();
    bench.arrive();
    bench.cancel(0);
    expect(bench.outcomes()).toEqual(['0 cancelled client-cancelled']);
    expect([bench.held(), bench.fleet.waiting[0]]).toEqual([[], 0]);
    bench.worker();
    bench.arrive();
    bench.cancel(0);
    expect(bench.outcomes()).toEqual(['0 cancelled client-cancelled', '1 cancelled client-cancelled']);
  });

  test('a request that has ended, or whose slot belongs to another, does nothing', () => {
    const bench = new SchedulerBench();
    bench.worker();
    bench.arrive();
    bench.cancel(0, 17);
    expect(bench.requests.outcome[0]).toBe(OPEN);
    bench.cancel(0);
    bench.cancel(0);
    expect(bench.requests.outcome[0]).toBe(CANCELLED);
    expect(bench.ledger.ended).toBe(1);
  });
});

describe('the timeout', () => {
  test('fails a request that is open that long after its scheduled time, wherever it is', () => {
    const bench = new SchedulerBench({ timeoutNs: 100 });
    expect(bench.arrive({ atNs: 5 }, 10)).toEqual(['timer at 105: scheduler < timeout.due', WANTED]);
    bench.world.fire();
    expect(bench.outcomes()).toEqual(['0 failed timeout']);
    expect([bench.held(), bench.fleet.waiting[0]]).toEqual([[], 0]);
  });

  test('needs one timer, set anew for the oldest request that is still open', () => {
    const bench = new SchedulerBench({ timeoutNs: 100 });
    bench.worker();
    for (const now of [0, 10, 20, 30]) bench.arrive({}, now);
    expect(bench.world.pendingTimers.map(({ atNs }) => atNs)).toEqual([100]);
    bench.cancel(1);
    expect(bench.world.fire()).toEqual(['timer at 120: scheduler < timeout.due']);
    expect(bench.outcomes()).toEqual(['1 cancelled client-cancelled', '0 failed timeout']);
  });

  test('takes all that are due at one instant, and sleeps when none is left', () => {
    const bench = new SchedulerBench({ timeoutNs: 100 });
    bench.worker();
    for (let i = 0; i < 3; i += 1) bench.arrive({}, 0);
    expect(bench.world.fire()).toEqual([]);
    expect(bench.ledger.ended).toBe(3);
    expect(bench.arrive({}, 500)).toEqual([
      'timer at 600: scheduler < timeout.due',
      'worker-0 < request.assigned slot=3 generation=1',
    ]);
  });

  test('does not touch a request in a used slot', () => {
    const bench = new SchedulerBench({ timeoutNs: 100, admit: () => 0 });
    bench.arrive({}, 0);
    bench.cancel(0);
    bench.arrive({}, 50);
    expect(bench.requests.ordinal[0]).toBe(1);
    bench.world.fire();
    expect(bench.requests.outcome[0]).toBe(OPEN);
  });

  test('of a request that arrived too late already is due at once', () => {
    const bench = new SchedulerBench({ timeoutNs: 100 });
    expect(bench.arrive({ atNs: 0 }, 500)[0]).toBe('timer at 500: scheduler < timeout.due');
  });

  test('is not set for a request that was refused', () => {
    const bench = new SchedulerBench({ timeoutNs: 100, admit: () => reason('queue-full') });
    bench.arrive();
    expect(bench.world.pendingTimers).toEqual([]);
  });

  test('fails exactly the requests that are open when due, in any mix of arrivals and cancellations', () => {
    const step = fc.tuple(fc.integer({ min: 0, max: 40 }), fc.option(fc.nat(100)));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const bench = new SchedulerBench({ timeoutNs: 100, holdMax: 1000 });
        const due = new Map<number, number>();
        const expected = new Map<number, string>();
        let now = 0;
        let arrived = 0;
        const advance = (to: number): void => {
          while (bench.world.pendingTimers.length > 0 && bench.world.pendingTimers[0].atNs <= to) bench.world.fire();
          for (const [ordinal, atNs] of due) {
            if (atNs > to) continue;
            expected.set(ordinal, `${ordinal} failed timeout`);
            due.delete(ordinal);
          }
          now = to;
        };
        for (const [gapNs, cancel] of steps) {
          advance(now + gapNs);
          bench.world.now = now;
          const open = bench.requests.openSlots();
          if (cancel !== null && open.length > 0) {
            const slot = open[cancel % open.length];
            const ordinal = bench.requests.ordinal[slot];
            due.delete(ordinal);
            expected.set(ordinal, `${ordinal} cancelled client-cancelled`);
            bench.cancel(slot);
          } else {
            bench.arrive({}, now);
            due.set(arrived, now + 100);
            arrived += 1;
          }
        }
        advance(now + 1000);
        expect(bench.outcomes().sort()).toEqual([...expected.values()].sort());
        expect([bench.held(), bench.fleet.waiting[0]]).toEqual([[], 0]);
      }),
      { seed: 20_260_317, numRuns: 200 },
    );
  });
});
