/** The model autoscaler: changes carried out, victims picked once, shortages raised, first workers started. */
import { describe, expect, test } from 'vitest';
import { DEAD, LOADING, NEVER, NONE, READY, seconds } from '../../../core/index.ts';
import { ScalerBench } from './scaler-bench.ts';

describe('a tick', () => {
  test('sets the next one, also after the first', () => {
    const bench = new ScalerBench({ periodNs: 100 });
    expect(bench.world.pendingTimers.map(({ atNs }) => atNs)).toEqual([100]);
    bench.world.fire();
    expect(bench.world.pendingTimers.map(({ atNs }) => atNs)).toEqual([200]);
  });

  test('never comes for a policy whose period is never', () => {
    expect(new ScalerBench({ periodNs: NEVER }).world.pendingTimers).toEqual([]);
  });

  test('starts as many workers as the policy wants more', () => {
    const bench = new ScalerBench();
    expect(bench.tick({ variant: 1, delta: 2 })).toEqual([
      'worker.start worker-0 machine-0: wanted',
      'worker.start worker-1 machine-0: wanted',
    ]);
    expect([bench.fleet.variant[0], bench.fleet.variant[1]]).toEqual([1, 1]);
  });

  test('drains as many as it wants fewer: loading ones first, then those with least to do, the newest of equals', () => {
    const bench = new ScalerBench();
    const { fleet } = bench;
    const ready = [bench.worker(), bench.worker(), bench.worker(), bench.worker()];
    const loading = fleet.claim(0, 0, 0);
    fleet.setState(loading, LOADING, 0);
    fleet.outstanding[ready[1]] = 3;
    fleet.outstanding[ready[3]] = 1;
    const order = ['4', '2', '0', '3', '1'].map((worker) => `worker.drain worker-${worker} machine-0: wanted`);
    expect(bench.tick({ variant: 0, delta: -5 })).toEqual(order);
  });

  test('drains nobody twice, in one decision or in the next', () => {
    const bench = new ScalerBench();
    bench.worker();
    bench.worker();
    expect(bench.tick({ variant: 0, delta: -1 }, { variant: 0, delta: -1 })).toEqual([
      'worker.drain worker-1 machine-0: wanted',
      'worker.drain worker-0 machine-0: wanted',
    ]);
    expect(bench.tick({ variant: 0, delta: -1 })).toEqual([]);
  });

  test('may drain a worker of the next life of a number', () => {
    const bench = new ScalerBench();
    const worker = bench.worker();
    bench.tick({ variant: 0, delta: -1 });
    bench.fleet.setState(worker, DEAD, 0);
    bench.worker();
    expect(bench.tick({ variant: 0, delta: -1 })).toEqual(['worker.drain worker-0 machine-0: wanted']);
  });

  test('drains workers of the variant it names, and only those', () => {
    const bench = new ScalerBench();
    bench.worker(0);
    bench.worker(1);
    expect(bench.tick({ variant: 1, delta: -2 })).toEqual(['worker.drain worker-1 machine-0: wanted']);
  });
});

describe('capacity short', () => {
  test('is raised when no machine has room, and the rest of the change is left for later', () => {
    const bench = new ScalerBench({ cores: 1 });
    expect(bench.tick({ variant: 0, delta: 3 })).toEqual([
      'worker.start worker-0 machine-0: wanted',
      'capacity.short: wanted: no machine has room',
    ]);
    expect(bench.signals.takeShortages()).toMatchObject([
      { hardware: 'cpu', variant: 0, cause: 'no machine has room' },
    ]);
  });

  test('is logged and not signalled when every worker number is in use: machines are no help', () => {
    const bench = new ScalerBench({ workersMax: 1 });
    expect(bench.tick({ variant: 0, delta: 2 }).at(-1)).toContain('limits.workers is reached');
    expect(bench.signals.takeShortages()).toEqual([]);
  });

  test('is signalled once a variant and logged once while it lasts', () => {
    const bench = new ScalerBench({ cores: 0 });
    const want = { variant: 0, delta: 1 };
    expect([bench.tick(want).length, bench.tick(want).length]).toEqual([1, 0]);
    expect(bench.signals.takeShortages().length).toBe(1);
    expect(bench.signals.takeShortages()).toEqual([]);
  });
});

describe('a wanted worker', () => {
  test('is started at once when first workers are started on request', () => {
    const bench = new ScalerBench({ startOnRequest: true });
    bench.say({ type: 'worker.wanted', variant: 1, more: false });
    expect(bench.world.takeDecisions()).toEqual(['worker.start worker-0 machine-0: first request for the variant']);
  });

  test('is not started when they are not', () => {
    const bench = new ScalerBench();
    bench.say({ type: 'worker.wanted', variant: 1, more: false });
    expect(bench.world.takeDecisions()).toEqual([]);
  });

  test('is not started while another is ready or loads', () => {
    const bench = new ScalerBench({ startOnRequest: true });
    bench.worker(1);
    bench.say({ type: 'worker.wanted', variant: 1, more: false });
    expect(bench.world.takeDecisions()).toEqual([]);
  });

  test('is started once, however many requests want it before it loads', () => {
    const bench = new ScalerBench({ startOnRequest: true });
    for (let i = 0; i < 3; i += 1) bench.say({ type: 'worker.wanted', variant: 1, more: false });
    expect(bench.world.takeDecisions()).toEqual(['worker.start worker-0 machine-0: first request for the variant']);
  });

  test('is replaced when it dies while requests still wait for it, a second later', () => {
    const bench = new ScalerBench({ startOnRequest: true, periodNs: NEVER });
    bench.say({ type: 'worker.wanted', variant: 1, more: false });
    bench.world.takeDecisions();
    bench.fleet.waiting[1] = 2;
    bench.fleet.setState(0, LOADING, 0);
    bench.fleet.setState(0, DEAD, 0);
    bench.say({ type: 'worker.gone', worker: 0 });
    expect(bench.world.takeDecisions()).toEqual([]);
    bench.world.fire();
    expect([bench.world.now, bench.world.takeDecisions()]).toEqual([
      seconds(1),
      ['worker.start worker-0 machine-0: first request for the variant'],
    ]);
  });

  test('is tried again once a second, however many workers die meanwhile', () => {
    const bench = new ScalerBench({ startOnRequest: true, periodNs: NEVER });
    bench.fleet.waiting[0] = 1;
    bench.fleet.waiting[1] = 1;
    for (let i = 0; i < 5; i += 1) bench.say({ type: 'worker.gone', worker: 0 });
    expect(bench.world.pendingTimers.map(({ atNs }) => atNs)).toEqual([seconds(1), seconds(1)]);
  });

  test('is not started by a retry that nobody waits for any more', () => {
    const bench = new ScalerBench({ startOnRequest: true, periodNs: NEVER });
    bench.fleet.waiting[0] = 1;
    bench.say({ type: 'worker.gone', worker: 0 });
    bench.fleet.waiting[0] = 0;
    bench.world.fire();
    expect([bench.world.takeDecisions(), bench.world.pendingTimers]).toEqual([[], []]);
  });

  test('waits a second after a failed load, however often it is asked for', () => {
    const bench = new ScalerBench({ startOnRequest: true, periodNs: NEVER });
    bench.fleet.waiting[1] = 1;
    bench.fleet.demand.loadFailed(1, 0);
    for (let i = 0; i < 3; i += 1) bench.say({ type: 'worker.wanted', variant: 1, more: false }, 10);
    expect([bench.world.takeDecisions(), bench.world.pendingTimers.length]).toEqual([[], 1]);
    bench.world.fire();
    expect(bench.world.takeDecisions()).toEqual(['worker.start worker-0 machine-0: first request for the variant']);
  });

  test('is started when a machine joins and requests still wait for it', () => {
    const bench: ScalerBench = new ScalerBench({
      startOnRequest: true,
      place: () => (bench.fleet.machines.up.length > 1 ? 1 : NONE),
    });
    bench.fleet.waiting[0] = 1;
    bench.say({ type: 'worker.wanted', variant: 0, more: false });
    expect(bench.world.takeDecisions()).toEqual(['capacity.short: first request for the variant: no machine has room']);
    const machine = bench.machine();
    bench.say({ type: 'machine.joined', machine });
    expect(bench.world.takeDecisions()).toEqual(['worker.start worker-0 machine-1: first request for the variant']);
  });

  test('is not replaced when nobody waits for it', () => {
    const bench = new ScalerBench({ startOnRequest: true, periodNs: NEVER });
    const worker = bench.worker();
    bench.fleet.setState(worker, DEAD, 0);
    bench.say({ type: 'worker.gone', worker });
    bench.say({ type: 'machine.joined', machine: 0 });
    expect([bench.world.takeDecisions(), bench.world.pendingTimers]).toEqual([[], []]);
  });
});

describe('a worker that dispatch wants and that finds no room', () => {
  /** One worker is ready; requests wait, and placement has room as long as the test says. */
  const short = (workers = 1): ScalerBench & { room: number } => {
    const place = (): number => (bench.room > 0 ? 0 : NONE);
    const bench: ScalerBench & { room: number } = Object.assign(new ScalerBench({ periodNs: NEVER, place }), {
      room: 0,
    });
    bench.worker();
    bench.fleet.waiting[0] = workers;
    return bench;
  };
  const want = (bench: ScalerBench): string[] => bench.say({ type: 'worker.wanted', variant: 0, more: true });

  test('is owed, tried again in a second, and has what is held routed again once', () => {
    const bench = short(2);
    expect(want(bench)).toEqual([
      'timer at 1000000000: model-autoscaler < start.due variant=0',
      'scheduler < worker.short variant=0',
    ]);
    expect(want(bench)).toEqual([]);
    expect([bench.fleet.demand.owed[0], bench.fleet.demand.owedTotal]).toEqual([2, 2]);
    expect(bench.world.fire()).toEqual([
      'timer at 2000000000: model-autoscaler < start.due variant=0',
      'scheduler < worker.short variant=0',
    ]);
  });

  test('is started when a machine joins, beside the one that is ready', () => {
    const bench = short();
    want(bench);
    bench.room = 1;
    bench.world.takeDecisions();
    bench.say({ type: 'machine.joined', machine: 0 });
    expect(bench.world.takeDecisions()).toEqual(['worker.start worker-1 machine-0: wanted by dispatch']);
    expect(bench.fleet.demand.owedTotal).toBe(0);
  });

  test('is started when a worker is gone, after what that instant killed is dealt with', () => {
    const bench = short();
    want(bench);
    bench.room = 1;
    expect(bench.say({ type: 'worker.gone', worker: 7 })).toEqual(['model-autoscaler < start.due variant=0']);
    bench.world.takeDecisions();
    bench.say({ type: 'start.due', variant: 0 });
    expect(bench.world.takeDecisions()).toEqual(['worker.start worker-1 machine-0: wanted by dispatch']);
  });

  test('is forgotten when nobody waits any more', () => {
    const bench = short();
    want(bench);
    bench.room = 1;
    bench.fleet.waiting[0] = 0;
    bench.world.takeDecisions();
    bench.world.fire();
    expect([bench.world.takeDecisions(), bench.fleet.demand.owedTotal]).toEqual([[], 0]);
    expect(bench.world.pendingTimers).toEqual([]);
  });

  test('is one at a time after a failed load, until one gets ready', () => {
    const bench = short(3);
    for (let i = 0; i < 3; i += 1) want(bench);
    bench.room = 1;
    bench.fleet.demand.loadFailed(0, 0);
    bench.world.takeDecisions();
    bench.world.fire();
    expect(bench.world.takeDecisions()).toHaveLength(1);
    bench.world.fire();
    expect(bench.world.takeDecisions()).toEqual([]);
    bench.fleet.setState(1, LOADING, seconds(2));
    bench.fleet.setState(1, READY, seconds(2));
    bench.world.fire();
    expect(bench.world.takeDecisions()).toHaveLength(2);
  });
});

test('a START is enough to have a first worker started later, also without a rule for the cold start', () => {
  const bench = new ScalerBench({ periodNs: NEVER });
  bench.fleet.waiting[0] = 1;
  bench.say({ type: 'machine.joined', machine: 0 });
  expect(bench.world.takeDecisions()).toEqual([]);
  bench.fleet.demand.startSeen = true;
  bench.say({ type: 'machine.joined', machine: 0 });
  expect(bench.world.takeDecisions()).toEqual(['worker.start worker-0 machine-0: wanted by dispatch']);
});

describe('where the dispatch policy starts workers', () => {
  const waitingFor = (startsByPolicy: boolean): ScalerBench => {
    const bench = new ScalerBench({ startsByPolicy, periodNs: NEVER });
    bench.fleet.waiting[0] = 1;
    return bench;
  };

  test('a lost worker has what waits for its variant routed again, to the others that are ready', () => {
    const bench = waitingFor(true);
    const [lost, ready] = [bench.worker(), bench.worker()];
    bench.fleet.setState(lost, DEAD, 0);
    expect(bench.say({ type: 'worker.gone', worker: lost })).toEqual([`scheduler < worker.ready worker=${ready}`]);
  });

  test('nothing is routed again while another worker loads, none waits, or none is ready', () => {
    const loads = waitingFor(true);
    loads.worker();
    loads.fleet.setState(loads.fleet.claim(0, 0, 0), LOADING, 0);
    expect(loads.say({ type: 'worker.gone', worker: 7 })).toEqual([]);
    const idle = waitingFor(true);
    idle.worker();
    idle.fleet.waiting[0] = 0;
    expect(idle.say({ type: 'worker.gone', worker: 7 })).toEqual([]);
    const other = waitingFor(false);
    other.worker();
    expect(other.say({ type: 'worker.gone', worker: 7 })).toEqual([]);
  });
});
