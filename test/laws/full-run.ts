/**
 * One small run with everything in it: two variants, machines that come and go, every fault, network, scaling of
 * models and machines, weights, deadlines. What the laws of determinism are checked on.
 */
import type { RunRecord, Workload } from '../../core/index.ts';
import { milliseconds, seconds } from '../../core/index.ts';
import type { SimulationPlan } from '../../sim/index.ts';
import { planOf } from '../fixtures/plans.ts';
import { simulate } from '../fixtures/runs.ts';
import { exponential } from '../fixtures/services.ts';
import { PoissonWorkload, kindPerVariant } from '../fixtures/workloads.ts';

const KINDS = kindPerVariant(2);

export function fullPlan(seed: string): SimulationPlan {
  return planOf({
    variants: [
      { service: exponential(milliseconds(8), { loadNs: milliseconds(60) }), maxBatch: 4, accuracyPercent: 70 },
      {
        service: exponential(milliseconds(15), { loadNs: milliseconds(90) }),
        maxBatch: 8,
        cores: 2,
        accuracyPercent: 80,
      },
    ],
    workers: [2, 1],
    machines: [{ cores: 4, bootNs: milliseconds(120), initial: 2, max: 5, pricePerHourUsd: 1, busyWatts: 100 }],
    kinds: KINDS,
    policies: {
      selection: 'cheapest',
      admission: ['queue-bound', { max: 40 }],
      dispatch: 'power-of-two',
      batching: 'aimd',
      placement: 'spread',
      'model-scaling': ['queue-depth', { target: 3, period: milliseconds(100), scaleDownDelay: milliseconds(300) }],
      'machine-scaling': [
        'utilisation',
        { period: milliseconds(150), patience: milliseconds(400), cooldown: milliseconds(200), high: 0.7, low: 0.4 },
      ],
    },
    serving: { monitorPeriodNs: milliseconds(50), samplePeriodNs: milliseconds(40), startOnRequest: true },
    limits: { timeoutNs: seconds(1), coreOvercommit: 1.5 },
    run: {
      seed,
      contention: true,
      network: { delayNs: milliseconds(1), jitter: true },
      faults: [
        { fault: 'worker-crash', times: { kind: 'random', meanBetweenNs: milliseconds(500) } },
        { fault: 'machine-loss', times: { kind: 'random', meanBetweenNs: milliseconds(1500) } },
        {
          fault: 'slow-machine',
          times: { kind: 'random', meanBetweenNs: milliseconds(700) },
          speed: 0.4,
          lastsNs: milliseconds(200),
        },
        { fault: 'failed-load', probability: 0.1 },
        { fault: 'lost-message', probability: 0.01 },
      ],
    },
  });
}

/** Two thousand queries of one to five inputs, half with a deadline; busy at first, then nearly idle. */
export function fullWorkload(seed: string): Workload {
  return new PoissonWorkload({
    rateRps: (issued) => (issued < 1700 ? 500 : 80),
    count: 2000,
    seed,
    kinds: KINDS,
    fill: (arrival, stream) => {
      arrival.kind = stream.int(2);
      arrival.inputs = 1 + stream.int(5);
      arrival.latencyNs = stream.chance(0.5) ? milliseconds(60) : Number.MAX_SAFE_INTEGER;
    },
  });
}

export function fullRun(seed: string): RunRecord {
  return simulate(fullPlan(seed), fullWorkload(seed));
}

/** What two equal runs have in common. */
export interface Proof {
  readonly digest: string;
  readonly unseed: string;
  readonly events: number;
  readonly endNs: number;
  readonly latencySumNs: number;
}

export function proofOf({ digest, unseed, events, endNs, serving }: RunRecord): Proof {
  return { digest, unseed, events, endNs, latencySumNs: serving.recorder.latency.sumNs };
}
