/**
 * The classical queues, simulated through the whole framework (scheduler, worker, recorder) at fixed seeds, against
 * their closed forms. Each mean must lie inside a 99 % Student-t interval over ten independent replications, and the
 * interval must be narrow: a wide one would agree with anything.
 */
import { describe, expect, test } from 'vitest';
import type { LatencyModel } from '../../core/index.ts';
import { milliseconds, toSeconds } from '../../core/index.ts';
import { intervalOf, relativeHalfWidth } from '../../experiments/statistics/interval.ts';
import { planOf } from '../fixtures/plans.ts';
import { simulate } from '../fixtures/runs.ts';
import { deterministic, eitherOf, exponential } from '../fixtures/services.ts';
import { PoissonWorkload } from '../fixtures/workloads.ts';
import { md1, mg1, mm1, mm1TimeInSystemQuantile, mmc } from './closed-forms.ts';
import type { QueueMeans } from './closed-forms.ts';

const REPLICATIONS = 10;
const REQUESTS = 40_000;
/** Requests at the start that are served but not measured: the queue begins empty. */
const WARM_UP = 2000;
const CONFIDENCE = 0.99;
/** Half-width over mean that a test may be satisfied with. */
const NARROW = 0.05;
const MEAN_SERVICE = milliseconds(10);
const SERVICE_RATE = 100;

interface Queue {
  readonly name: string;
  readonly service: LatencyModel;
  readonly arrivalRate: number;
  readonly servers: number;
  readonly theory: QueueMeans;
}

interface Replication {
  readonly timeInSystemS: number;
  readonly numberInSystem: number;
  readonly utilisation: number;
  readonly p99S: number;
}

function replicate({ name, service, arrivalRate, servers }: Queue): Replication[] {
  return Array.from({ length: REPLICATIONS }, (_, replication) => {
    const seed = `${name}/${replication}`;
    const plan = planOf({
      variants: [{ service }],
      workers: [servers],
      policies: { dispatch: 'central-queue' },
      recorder: { fromNs: Math.round((WARM_UP / arrivalRate) * 1e9), rowsMax: 0 },
      run: { seed },
    });
    const { serving, endNs, ending, findings } = simulate(
      plan,
      new PoissonWorkload({ rateRps: arrivalRate, count: REQUESTS, seed }),
    );
    expect([ending, findings]).toEqual(['drained', []]);
    const { latency } = serving.recorder;
    return {
      timeInSystemS: toSeconds(latency.meanNs),
      numberInSystem: serving.ledger.openAreaNs / endNs,
      utilisation: serving.fleet.busyTotalNs / (servers * endNs),
      p99S: toSeconds(latency.quantileNs(0.99)),
    };
  });
}

function expectInside(values: readonly number[], truth: number): void {
  const interval = intervalOf(values, CONFIDENCE);
  expect(relativeHalfWidth(interval)).toBeLessThan(NARROW);
  expect(Math.abs(interval.mean - truth)).toBeLessThan(interval.halfWidth ?? 0);
}

const FAST = MEAN_SERVICE / 2;
const SLOW = 4 * MEAN_SERVICE;
/** One in seven is slow: 5 ms or 40 ms, mean 10 ms. */
const SLOW_SHARE = 1 / 7;
const SERVICE_VARIANCE_S2 = SLOW_SHARE * (1 - SLOW_SHARE) * 0.035 * 0.035;

const QUEUES: readonly Queue[] = [
  ...[0.5, 0.8].map((load) => ({
    name: `M/M/1 at load ${load}`,
    service: exponential(MEAN_SERVICE),
    arrivalRate: load * SERVICE_RATE,
    servers: 1,
    theory: mm1({ arrivalRate: load * SERVICE_RATE, serviceRate: SERVICE_RATE }),
  })),
  {
    name: 'M/M/3 at load 0.8',
    service: exponential(MEAN_SERVICE),
    arrivalRate: 240,
    servers: 3,
    theory: mmc({ arrivalRate: 240, serviceRate: SERVICE_RATE, servers: 3 }),
  },
  {
    name: 'M/M/16 at load 0.7',
    service: exponential(MEAN_SERVICE),
    arrivalRate: 1120,
    servers: 16,
    theory: mmc({ arrivalRate: 1120, serviceRate: SERVICE_RATE, servers: 16 }),
  },
  {
    name: 'M/D/1 at load 0.8',
    service: deterministic(MEAN_SERVICE),
    arrivalRate: 80,
    servers: 1,
    theory: md1({ arrivalRate: 80, serviceTime: 0.01 }),
  },
  {
    name: 'M/G/1 at load 0.6',
    service: eitherOf(FAST, SLOW, SLOW_SHARE),
    arrivalRate: 60,
    servers: 1,
    theory: mg1({ arrivalRate: 60, meanService: 0.01, serviceVariance: SERVICE_VARIANCE_S2 }),
  },
];

describe.each(QUEUES)('$name', (queue) => {
  const replications = replicate(queue);

  test('has the mean time in system that theory says', () => {
    expectInside(
      replications.map(({ timeInSystemS }) => timeInSystemS),
      queue.theory.meanTimeInSystem,
    );
  });

  test('has the mean number in system that theory says', () => {
    expectInside(
      replications.map(({ numberInSystem }) => numberInSystem),
      queue.theory.meanNumberInSystem,
    );
  });

  test('has the utilisation that theory says', () => {
    expectInside(
      replications.map(({ utilisation }) => utilisation),
      queue.theory.utilisation,
    );
  });
});

test('the 99th percentile of M/M/1 is that of an exponential', () => {
  const queue = QUEUES[0];
  const truth = mm1TimeInSystemQuantile({ arrivalRate: queue.arrivalRate, serviceRate: SERVICE_RATE }, 0.99);
  expectInside(
    replicate(queue).map(({ p99S }) => p99S),
    truth,
  );
});
