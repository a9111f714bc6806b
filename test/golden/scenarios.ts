/** Tiny runs, each about one thing that can happen. Small enough that their first events can be read and checked. */
import type { OfflinePlan, Workload } from '../../core/index.ts';
import { NEVER, milliseconds, seconds } from '../../core/index.ts';
import type { SimulationPlan } from '../../sim/index.ts';
import { planOf, scriptedMachines } from '../fixtures/plans.ts';
import { deterministic, exponential, inTurn } from '../fixtures/services.ts';
import { ListedWorkload, PoissonWorkload, arrivalsAt } from '../fixtures/workloads.ts';

export interface Scenario {
  /** What happens, in one sentence. */
  readonly about: string;
  readonly plan: () => SimulationPlan;
  readonly workload: () => Workload;
}

const SERVICE = deterministic(milliseconds(10), { perInputNs: milliseconds(1), loadNs: milliseconds(30) });
const ms = (...times: readonly number[]): number[] => times.map((time) => milliseconds(time));
const BATCHING = ['fixed', { maxBatch: 4, maxDelay: milliseconds(5) }] as const;

export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'one-request': {
    about: 'One request meets an idle worker.',
    plan: () => planOf({ variants: [{ service: SERVICE }] }),
    workload: () => arrivalsAt(...ms(1)),
  },
  batches: {
    about: 'Batches of four, or what is there after 5 ms; a query of three inputs does not fit behind one of two.',
    plan: () => planOf({ variants: [{ service: SERVICE, maxBatch: 4 }], policies: { batching: BATCHING } }),
    workload: () =>
      new ListedWorkload(
        [
          [1, 2],
          [2, 3],
          [3, 1],
          [4, 1],
          [60, 1],
        ].map(([at, inputs]) => ({ atNs: milliseconds(at), inputs })),
      ),
  },
  'central-queue': {
    about: 'Two workers take the oldest of one queue when they fall idle.',
    plan: () => planOf({ variants: [{ service: SERVICE }], workers: [2], policies: { dispatch: 'central-queue' } }),
    workload: () => arrivalsAt(...ms(1, 2, 3, 4, 5)),
  },
  'from-zero': {
    about: 'The first request starts a worker and waits for it to load; the second finds it ready.',
    plan: () => planOf({ variants: [{ service: SERVICE }], workers: [0], serving: { startOnRequest: true } }),
    workload: () => arrivalsAt(...ms(1, 50)),
  },
  'worker-crash': {
    about: 'A worker crashes in the middle of a batch: it fails, the queue goes to the other, a third one replaces it.',
    plan: () =>
      planOf({
        variants: [{ service: SERVICE }],
        workers: [2],
        policies: { 'model-scaling': ['fixed', { period: milliseconds(20) }] },
        run: { faults: [{ fault: 'worker-crash', times: { kind: 'at', atNs: ms(6) } }] },
      }),
    workload: () => arrivalsAt(...ms(1, 2, 3, 4, 60)),
  },
  'machine-loss': {
    about: 'The only machine is lost with its worker; another boots, a worker loads, the waiting requests are served.',
    plan: () =>
      planOf({
        variants: [{ service: SERVICE }],
        machines: [{ bootNs: milliseconds(40) }],
        policies: {
          'model-scaling': ['fixed', { period: milliseconds(20) }],
          'machine-scaling': ['fixed', { period: milliseconds(20) }],
        },
        run: { faults: [{ fault: 'machine-loss', times: { kind: 'at', atNs: ms(6) } }] },
      }),
    workload: () => arrivalsAt(...ms(1, 3, 10)),
  },
  'machine-drain': {
    about: 'A machine is drained: its worker ends its batch, gives back what waits, and both are gone.',
    plan: () =>
      planOf({
        variants: [{ service: SERVICE }],
        workers: [2],
        machines: [{ cores: 1, initial: 2 }],
        policies: {
          dispatch: 'round-robin',
          'machine-scaling': scriptedMachines(milliseconds(5), [{ type: 0, delta: -1 }]),
        },
      }),
    workload: () => arrivalsAt(...ms(1, 2, 3, 4, 30)),
  },
  contention: {
    about: 'Two workers share one core, which runs at half speed for a while.',
    plan: () =>
      planOf({
        variants: [{ service: SERVICE }],
        workers: [2],
        machines: [{ cores: 1 }],
        limits: { coreOvercommit: 2 },
        run: {
          contention: true,
          faults: [
            { fault: 'slow-machine', times: { kind: 'at', atNs: ms(10) }, speed: 0.5, lastsNs: milliseconds(10) },
          ],
        },
      }),
    workload: () => arrivalsAt(...ms(1, 3, 40)),
  },
  'lossy-network': {
    about: 'Requests travel with jitter; some are lost, and the timeout of 100 ms ends them.',
    plan: () =>
      planOf({
        variants: [{ service: SERVICE }],
        limits: { timeoutNs: milliseconds(100) },
        run: {
          network: { delayNs: milliseconds(2), jitter: true },
          faults: [{ fault: 'lost-message', probability: 0.3 }],
        },
      }),
    workload: () => arrivalsAt(...ms(1, 20, 40, 60, 80, 100)),
  },
  deadlines: {
    about: 'Admission refuses what cannot end in time, and batches drop what no longer can.',
    // The second batch takes three times what was expected: the third request, admitted, is too late to start.
    plan: () =>
      planOf({
        variants: [{ service: inTurn(...ms(10, 30, 10)) }],
        policies: { admission: 'deadline' },
      }),
    workload: () =>
      new ListedWorkload([1, 2, 3, 4, 60].map((at) => ({ atNs: milliseconds(at), latencyNs: milliseconds(35) }))),
  },
  autoscaling: {
    about: 'A burst of exponential services starts workers and machines; when it is over they are drained.',
    plan: () =>
      planOf({
        variants: [{ service: exponential(milliseconds(10), { loadNs: milliseconds(20) }) }],
        machines: [{ cores: 2, bootNs: milliseconds(30), max: 3 }],
        policies: {
          dispatch: 'power-of-two',
          'model-scaling': ['queue-depth', { target: 2, period: milliseconds(20), scaleDownDelay: milliseconds(60) }],
          'machine-scaling': [
            'utilisation',
            { period: milliseconds(20), patience: milliseconds(60), cooldown: milliseconds(20) },
          ],
        },
        serving: { monitorPeriodNs: milliseconds(20), samplePeriodNs: seconds(1) },
      }),
    workload: () =>
      new PoissonWorkload({ rateRps: (issued) => (issued < 60 ? 400 : 20), count: 70, seed: 'autoscaling' }),
  },
  'offline-job': {
    about: 'An offline job of six files beside a request: its worker crashes in the second batch, another goes on.',
    plan: () =>
      planOf({
        variants: [{ service: deterministic(milliseconds(400)), maxBatch: 4 }],
        serving: { offline: offlinePlan() },
        run: { seed: 'b', faults: [{ fault: 'worker-crash', times: { kind: 'at', atNs: [milliseconds(600)] } }] },
      }),
    workload: () => arrivalsAt(0, seconds(3)),
  },
  rollout: {
    about: 'The second variant takes the place of the first; a request that waits for the first goes with it.',
    plan: () =>
      planOf({
        variants: Array.from({ length: 2 }, () => ({
          service: deterministic(milliseconds(10), { loadNs: milliseconds(50) }),
        })),
        workers: [1, 0],
        hidden: ['variant-1'],
        serving: { rollouts: [{ atNs: milliseconds(100), from: 0, to: 1, patienceNs: seconds(60) }] },
        run: { faults: [{ fault: 'worker-crash', times: { kind: 'at', atNs: [milliseconds(90)] } }] },
      }),
    workload: () => arrivalsAt(0, milliseconds(95), seconds(4)),
  },
};

function offlinePlan(): OfflinePlan {
  const job = { name: 'pile', architecture: 'architecture-0', variant: '', files: 6, atNs: 0, cancelNs: NEVER };
  return {
    jobs: [{ ...job, batch: 2, attemptsMax: 2 }],
    framework: '',
    throttle: { utilisation: 0.4, flagged: true },
  };
}
