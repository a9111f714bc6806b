/** The sampled columns against averages taken by brute force, and the order in which monitor and scalers tick. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DEAD, LOADING, MONITOR, NANOS_PER_SECOND, READY, milliseconds, reason, seconds } from '../../../core/index.ts';
import { FAILED } from '../../../core/index.ts';
import { monitorContext, monitorLogic } from '../../../core/actors/monitor.ts';
import { deterministic } from '../../fixtures/services.ts';
import { ownPolicy, planOf } from '../../fixtures/plans.ts';
import { simulate } from '../../fixtures/runs.ts';
import { PoissonWorkload } from '../../fixtures/workloads.ts';
import { Bench } from './bench.ts';

const PERIOD = 1000;

class MonitorBench extends Bench {
  constructor(variants = 1) {
    super({ variants: Array.from({ length: variants }, () => ({})) });
    const { world, fleet, catalogue } = this;
    world.attach(MONITOR, monitorLogic, monitorContext({ world, catalogue, fleet, periodNs: PERIOD }));
  }

  tick(now: number): string[] {
    return this.deliver(MONITOR, { type: 'monitor.tick' }, now);
  }
}

describe('the sampled columns', () => {
  test('say nothing before the first tick', () => {
    expect(new MonitorBench().fleet.sampled.refreshes).toBe(0);
  });

  test('are refreshed every period', () => {
    const bench = new MonitorBench();
    expect(bench.tick(PERIOD)).toEqual(['timer at 2000: monitor < monitor.tick']);
    expect(bench.fleet.sampled.refreshes).toBe(1);
  });

  test('hold the rates and the mean latency of the last period alone', () => {
    const bench = new MonitorBench();
    const worker = bench.worker();
    bench.world.now = 100;
    const slots = [bench.assign(worker, { inputs: 2 }), bench.assign(worker), bench.assign(worker)];
    for (const [index, slot] of slots.slice(0, 2).entries()) {
      bench.ledger.end(slot, FAILED, reason('timeout'), 300 + index * 100);
    }
    bench.tick(PERIOD);
    const { arrivalRate, endedRate, meanLatencyNs } = bench.fleet.sampled;
    const perSecond = NANOS_PER_SECOND / PERIOD;
    expect([arrivalRate[0], endedRate[0], meanLatencyNs[0]]).toEqual([4 * perSecond, 3 * perSecond, 250]);
    bench.tick(2 * PERIOD);
    expect([arrivalRate[0], endedRate[0], meanLatencyNs[0]]).toEqual([0, 0, 0]);
  });

  test('hold the time average of the inputs in the system', () => {
    const step = fc.record({
      gapNs: fc.nat(400),
      variant: fc.nat(1),
      inputs: fc.integer({ min: 1, max: 9 }),
      ends: fc.nat(5),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const bench = new MonitorBench(2);
        const workers = [bench.worker(0), bench.worker(1)];
        const open: { slot: number; variant: number; inputs: number }[] = [];
        const areas = [0, 0];
        let now = 0;
        let tickNs = PERIOD;
        const advance = (to: number): void => {
          for (const { variant, inputs } of open) areas[variant] += inputs * (to - now);
          now = to;
          bench.world.now = to;
        };
        for (const { gapNs, variant, inputs, ends } of steps) {
          const untilNs = now + gapNs;
          while (tickNs <= untilNs) {
            advance(tickNs);
            bench.tick(tickNs);
            for (const each of [0, 1]) {
              expect(bench.fleet.sampled.concurrency[each]).toBeCloseTo(areas[each] / PERIOD, 9);
              areas[each] = 0;
            }
            tickNs += PERIOD;
          }
          advance(untilNs);
          if (ends < open.length) {
            const [{ slot }] = open.splice(ends, 1);
            bench.ledger.end(slot, FAILED, reason('timeout'), now);
          } else open.push({ slot: bench.assign(workers[variant], { inputs }), variant, inputs });
        }
      }),
      { seed: 20_260_320, numRuns: 100 },
    );
  });

  test('hold the busy share of the ready workers, the running batch counted up to now', () => {
    const bench = new MonitorBench();
    const { fleet } = bench;
    const [one, two] = [bench.worker(), bench.worker()];
    fleet.batchStarted(one, 1, 100);
    fleet.batchEnded(one, 300);
    fleet.batchStarted(two, 1, 400);
    bench.tick(PERIOD);
    expect(fleet.sampled.utilisation[0]).toBeCloseTo((200 + 600) / 2000, 12);
    fleet.batchEnded(two, 1500);
    bench.tick(2 * PERIOD);
    expect(fleet.sampled.utilisation[0]).toBeCloseTo(500 / 2000, 12);
  });

  test('do not credit a worker with what its number did in an earlier life', () => {
    const bench = new MonitorBench();
    const { fleet } = bench;
    const worker = bench.worker();
    fleet.batchStarted(worker, 1, 0);
    fleet.batchEnded(worker, 900);
    bench.tick(PERIOD);
    fleet.setState(worker, DEAD, 1000);
    fleet.claim(0, 0, 0);
    fleet.setState(worker, LOADING, 1000);
    fleet.setState(worker, READY, 1000);
    fleet.batchStarted(worker, 1, 1100);
    fleet.batchEnded(worker, 1400);
    bench.tick(2 * PERIOD);
    expect(fleet.sampled.utilisation[0]).toBeCloseTo(0.3, 12);
  });

  test('are 0 without ready workers', () => {
    const bench = new MonitorBench();
    bench.tick(PERIOD);
    expect(bench.fleet.sampled.utilisation[0]).toBe(0);
  });
});

describe('in a run', () => {
  test.each([1, 2, 3, 7])(
    'a scaler that decides every %i monitor periods sees samples of that very instant',
    (factor) => {
      const monitorPeriodNs = milliseconds(10);
      const seen: number[] = [];
      const watcher = ownPolicy(({ fleet }) => ({
        'model-scaling': {
          periodNs: factor * monitorPeriodNs,
          decide: (now) => {
            seen.push(fleet.sampled.refreshes - now / monitorPeriodNs);
            return [];
          },
        },
      }));
      const plan = planOf({ policies: { 'model-scaling': watcher }, serving: { monitorPeriodNs } });
      simulate(plan, new PoissonWorkload({ rateRps: 100, count: 100, seed: 'ticks' }));
      expect(seen.length).toBeGreaterThan(10);
      expect(seen.every((lag) => lag === 0)).toBe(true);
    },
  );

  test('mean concurrency is arrival rate times mean latency, by Little’s law', () => {
    const monitorPeriodNs = seconds(1);
    let concurrency = 0;
    let ticks = 0;
    const watcher = ownPolicy(({ fleet }) => ({
      'model-scaling': {
        periodNs: monitorPeriodNs,
        decide: () => {
          concurrency += fleet.sampled.concurrency[0];
          ticks += 1;
          return [];
        },
      },
    }));
    const plan = planOf({
      variants: [{ service: deterministic(milliseconds(7)) }],
      workers: [2],
      policies: { 'model-scaling': watcher },
      serving: { monitorPeriodNs },
    });
    const record = simulate(plan, new PoissonWorkload({ rateRps: 200, count: 4000, seed: 'little' }));
    const { meanNs, count } = record.serving.recorder.latency;
    expect(concurrency / ticks).toBeCloseTo((count * meanNs) / record.endNs, 1);
  });
});
