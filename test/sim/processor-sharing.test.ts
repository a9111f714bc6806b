/** Contention as processor sharing: worked examples, and any schedule against a model that integrates small steps. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DEAD, DOWN, FAULTS, Fleet, LOADING, NEVER, READY, UP, idAt, milliseconds } from '../../core/index.ts';
import type { Address, Catalogue, Message } from '../../core/index.ts';
import { Kernel } from '../../sim/kernel.ts';
import type { Simulated } from '../../sim/kernel.ts';
import { SharedResources } from '../../sim/shared-resources.ts';
import { catalogueOf } from '../fixtures/catalogue.ts';
import type { VariantParts } from '../fixtures/catalogue.ts';
import { eitherOf } from '../fixtures/services.ts';
import { planOf } from '../fixtures/plans.ts';
import { latenciesOf, simulate } from '../fixtures/runs.ts';
import { arrivalsAt } from '../fixtures/workloads.ts';

/** One worker for each variant, all on one machine of type 0; actions happen at their instants. */
class Rig implements Simulated {
  readonly kernel = new Kernel(arrivalsAt(), { untilNs: NEVER, eventsMax: 1_000_000, openMax: 1 });
  readonly catalogue: Catalogue;
  readonly fleet: Fleet;
  readonly shared: SharedResources;
  /** When each worker's batch was answered, and what it says it took. */
  readonly ends: { worker: number; atNs: number; inferNs: number }[] = [];
  private readonly actions: (() => void)[] = [];

  constructor(cores: number, variants: readonly VariantParts[], accelerators = 0) {
    const memoryBytes = 64;
    const accelerator =
      accelerators === 0 ? {} : { accelerator: { hardware: 'gpu', count: accelerators, memoryBytes } };
    this.catalogue = catalogueOf(variants, [{ cores, ...accelerator }]);
    this.fleet = new Fleet(this.catalogue, { workersMax: variants.length, machinesMax: 2, coreOvercommit: 100 });
    const { kernel, catalogue, fleet } = this;
    fleet.machines.setState(fleet.machines.claim(0, 0), UP, 0);
    for (const variant of variants.keys()) {
      const worker = fleet.claim(variant, 0, 0);
      fleet.setState(worker, LOADING, 0);
      fleet.setState(worker, READY, 0);
    }
    this.shared = new SharedResources({ kernel, catalogue, fleet, enabled: true });
  }

  at(atNs: number, action: () => void): this {
    this.kernel.schedule(atNs, 1, FAULTS, { type: 'fault.strikes', fault: this.actions.length });
    this.actions.push(action);
    return this;
  }

  start(atNs: number, worker: number, workNs: number): this {
    return this.at(atNs, () => this.shared.start(worker, this.fleet.generation[worker], workNs));
  }

  kill(atNs: number, worker: number): this {
    return this.at(atNs, () => this.shared.stop(worker));
  }

  speed(atNs: number, speed: number): this {
    return this.at(atNs, () => this.shared.setSpeed(0, speed));
  }

  /** Runs to the end and says when each worker was done, `null` for never. */
  run(): (number | null)[] {
    this.kernel.run(this);
    return [...this.fleet.state.keys()].map((worker) => this.ends.find((end) => end.worker === worker)?.atNs ?? null);
  }

  deliver(to: Address, message: Message): void {
    if (message.type === 'fault.strikes') this.actions[message.fault]();
    if (message.type !== 'batch.finished') return;
    this.shared.finished(idAt(to));
    this.ends.push({ worker: idAt(to), atNs: this.kernel.now, inferNs: message.timings.inferNs });
  }

  arrive(): Message {
    throw new Error('nothing arrives here');
  }

  openRequests(): number {
    return 1;
  }

  lastOrdinal(): number {
    return -1;
  }
}

const cores = (...demands: readonly number[]): VariantParts[] => demands.map((demand) => ({ cores: demand }));

describe('batches that fit', () => {
  test('run at full speed beside each other', () => {
    expect(new Rig(2, cores(1, 1)).start(0, 0, 100).start(10, 1, 100).run()).toEqual([100, 110]);
  });
});

describe('batches that compete', () => {
  test('two at once on one core take twice as long each', () => {
    expect(new Rig(1, cores(1, 1)).start(0, 0, 100).start(0, 1, 100).run()).toEqual([200, 200]);
  });

  test('a short one delays a long one by its own work, a long one a short one by as much again', () => {
    expect(new Rig(1, cores(1, 1)).start(0, 0, 300).start(0, 1, 100).run()).toEqual([400, 200]);
  });

  test('one that joins in the middle slows the rest of the other', () => {
    // 50 alone, then the second's 100 take 200; the first has 150 - 100 left, alone again.
    expect(new Rig(1, cores(1, 1)).start(0, 0, 200).start(50, 1, 100).run()).toEqual([300, 250]);
  });

  test('three with different demands slow down by one factor', () => {
    // 4 cores for 1 + 2 + 3 at two thirds: 200 for work 133.33; then 4 for 1 + 3 at full speed.
    expect(new Rig(4, cores(1, 2, 3)).start(0, 0, 200).start(0, 1, 100).start(0, 2, 300).run()).toEqual([
      250, 150, 350,
    ]);
  });

  test('on shared devices count a whole device each, whatever share they reserved', () => {
    const half = { hardware: 'gpu', accelerators: 0.5, cores: 0.1 };
    expect(new Rig(8, [half, half], 1).start(0, 0, 100).start(0, 1, 100).run()).toEqual([200, 200]);
    expect(new Rig(8, [half, half], 2).start(0, 0, 100).start(0, 1, 100).run()).toEqual([100, 100]);
  });

  test('for cores do not slow those that use devices', () => {
    const variants = [...cores(1, 1), { hardware: 'gpu', accelerators: 1, cores: 1 }];
    expect(new Rig(1, variants, 1).start(0, 0, 100).start(0, 1, 100).start(0, 2, 100).run()).toEqual([200, 200, 100]);
  });

  test('say how long they took, not how much work they were', () => {
    const rig = new Rig(1, cores(1, 1)).start(0, 0, 300).start(50, 1, 100);
    rig.run();
    expect(rig.ends.map(({ inferNs }) => inferNs)).toEqual([200, 400]);
  });
});

describe('a slow machine', () => {
  test('stretches what is left of a batch in the middle', () => {
    expect(new Rig(1, cores(1)).start(0, 0, 100).speed(40, 0.5).run()).toEqual([160]);
  });

  test('that recovers finishes the rest at full speed', () => {
    expect(new Rig(1, cores(1)).start(0, 0, 100).speed(40, 0.1).speed(140, 1).run()).toEqual([190]);
  });

  test('multiplies with contention', () => {
    expect(new Rig(1, cores(1, 1)).speed(0, 0.5).start(0, 0, 100).start(0, 1, 100).run()).toEqual([400, 400]);
  });
});

describe('a killed batch', () => {
  test('is never answered and gives its share to the others', () => {
    expect(new Rig(1, cores(1, 1)).start(0, 0, 100).start(0, 1, 100).kill(100, 0).run()).toEqual([null, 150]);
  });

  test('leaves nothing behind for the next batch of its number', () => {
    const rig = new Rig(1, cores(1)).start(0, 0, 100).kill(30, 0);
    rig.at(50, () => {
      rig.fleet.setState(0, DEAD, 50);
      rig.fleet.claim(0, 0, 0);
    });
    expect(rig.start(60, 0, 100).run()).toEqual([160]);
  });

  test.each([false, true])('of a lost machine is metered up to the loss; its number in use again: %s', (again) => {
    const rig = new Rig(2, cores(1)).start(0, 0, 100).at(40, () => {
      rig.fleet.machines.setState(0, DOWN, 40);
      if (again) rig.fleet.machines.claim(0, 40);
    });
    rig.kill(40, 0).run();
    const { left, coresWorkedNs } = rig.fleet.machines;
    expect(left.map((machine) => machine.coresWorkedNs)).toEqual([40]);
    expect(coresWorkedNs[0]).toBe(0);
  });

  test('that was not running is no matter', () => {
    expect(new Rig(1, cores(1, 1)).start(0, 0, 100).kill(10, 1).run()).toEqual([100, null]);
  });
});

/** A job of the model below. */
interface Fluid {
  readonly worker: number;
  readonly demand: number;
  left: number;
}

/** Work flows at the current rate until the next action or the next end; nothing is remembered but what is left. */
function fluidEnds(capacity: number, demands: readonly number[], actions: readonly Action[]): (number | null)[] {
  const ends: (number | null)[] = demands.map(() => null);
  let jobs: Fluid[] = [];
  let speed = 1;
  let now = 0;
  const flowUntil = (untilNs: number): void => {
    while (jobs.length > 0 && now < untilNs) {
      const wanted = jobs.reduce((sum, { demand }) => sum + demand, 0);
      const rate = speed * Math.min(1, capacity / wanted);
      const stepNs = Math.min(untilNs - now, Math.min(...jobs.map(({ left }) => left)) / rate);
      now += stepNs;
      for (const job of jobs) job.left -= stepNs * rate;
      for (const { worker, left } of jobs) if (left <= 1e-6) ends[worker] = now;
      jobs = jobs.filter(({ left }) => left > 1e-6);
    }
    now = untilNs;
  };
  for (const action of actions) {
    flowUntil(action.atNs);
    if (action.do === 'start')
      jobs.push({ worker: action.worker, demand: demands[action.worker], left: action.workNs });
    else if (action.do === 'kill') jobs = jobs.filter(({ worker }) => worker !== action.worker);
    else speed = action.speed;
  }
  flowUntil(Number.MAX_VALUE);
  return ends;
}

type Action =
  | { readonly do: 'start'; readonly atNs: number; readonly worker: number; readonly workNs: number }
  | { readonly do: 'kill'; readonly atNs: number; readonly worker: number }
  | { readonly do: 'speed'; readonly atNs: number; readonly speed: number };

test('any schedule of starts, kills and speeds ends each batch when the flow of work says', () => {
  const demands = fc.array(fc.constantFrom(0.5, 1, 1.5, 2, 4), { minLength: 1, maxLength: 8 });
  const schedule = fc.tuple(fc.constantFrom(1, 2, 3, 4), demands).chain(([capacity, wanted]) =>
    fc.record({
      capacity: fc.constant(capacity),
      wanted: fc.constant(wanted),
      starts: fc.tuple(
        ...wanted.map(() => fc.record({ atNs: fc.nat(2000), workNs: fc.integer({ min: 1, max: 1000 }) })),
      ),
      kills: fc.array(fc.record({ atNs: fc.nat(3000), worker: fc.nat(wanted.length - 1) }), { maxLength: 3 }),
      speeds: fc.array(fc.record({ atNs: fc.nat(3000), speed: fc.constantFrom(0.1, 0.25, 0.5, 1) }), { maxLength: 3 }),
    }),
  );
  fc.assert(
    fc.property(schedule, ({ capacity, wanted, starts, kills, speeds }) => {
      const actions: Action[] = [
        ...starts.map((start, worker) => ({ do: 'start' as const, worker, ...start })),
        ...kills.map((kill) => ({ do: 'kill' as const, ...kill })),
        ...speeds.map((change) => ({ do: 'speed' as const, ...change })),
      ].sort((a, b) => a.atNs - b.atNs);
      const expected = fluidEnds(capacity, wanted, actions);
      // Which comes first, a kill or the end it meets, is decided by nanoseconds that the two count differently.
      fc.pre(kills.every(({ atNs, worker }) => Math.abs((expected[worker] ?? -100) - atNs) > 20));
      const rig = new Rig(capacity, cores(...wanted));
      for (const action of actions) {
        if (action.do === 'start') rig.start(action.atNs, action.worker, action.workNs);
        else if (action.do === 'kill') rig.kill(action.atNs, action.worker);
        else rig.speed(action.atNs, action.speed);
      }
      const ends = rig.run();
      for (const [worker, end] of expected.entries()) {
        // Every end is rounded up to a whole nanosecond, and a machine at a tenth of its speed stretches that.
        expect(Math.abs((ends[worker] ?? -1) - (end ?? -1))).toBeLessThanOrEqual(8);
      }
    }),
    { seed: 20_260_323, numRuns: 300 },
  );
});

describe('in a run', () => {
  test('overcommitted workers slow each other down, and with contention off they do not', () => {
    const parts = {
      variants: [{ service: eitherOf(milliseconds(10), milliseconds(10), 0) }],
      workers: [2],
      machines: [{ cores: 1 }],
      limits: { coreOvercommit: 2 },
    };
    const both = arrivalsAt(0, 0);
    expect(latenciesOf(simulate(planOf({ ...parts, run: { contention: true } }), both))).toEqual([20e6, 20e6]);
    expect(latenciesOf(simulate(planOf(parts), arrivalsAt(0, 0)))).toEqual([10e6, 10e6]);
  });
});
