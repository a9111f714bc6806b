/**
 * Random services: every feature is now on and now off, now gentle and now exaggerated (swarm testing, Groce et al.,
 * ISSTA 2012). Plain data, so that a failing one can be printed, shrunk and run again.
 */
import fc from 'fast-check';
import type { LatencyModel, Message, Workload } from '../../core/index.ts';
import { NEVER, SCHEDULER, Stream, milliseconds, seconds } from '../../core/index.ts';
import type { FaultPlan, SimulationPlan } from '../../sim/index.ts';
import { SimulatedWorld } from '../../sim/index.ts';
import type { VariantParts } from '../fixtures/catalogue.ts';
import { planOf } from '../fixtures/plans.ts';
import type { MachinesParts, PlanParts } from '../fixtures/plans.ts';
import { deterministic, eitherOf, exponential } from '../fixtures/services.ts';
import { PoissonWorkload, kindPerVariant } from '../fixtures/workloads.ts';

const LAWS: Readonly<Record<string, (meanNs: number, loadNs: number) => LatencyModel>> = {
  deterministic: (meanNs, loadNs) => deterministic(meanNs, { perInputNs: Math.round(meanNs / 5), loadNs }),
  exponential: (meanNs, loadNs) => exponential(meanNs, { loadNs }),
  twoPoint: (meanNs) => eitherOf(Math.round(meanNs / 2), 3 * meanNs, 0.2),
  nothing: () => deterministic(0),
};

const variant = fc.record({
  law: fc.constantFrom(...Object.keys(LAWS)),
  meanMs: fc.integer({ min: 1, max: 20 }),
  loadMs: fc.constantFrom(0, 1, 30, 300),
  maxBatch: fc.integer({ min: 1, max: 8 }),
  cores: fc.constantFrom(0.5, 1, 2),
  onGpu: fc.boolean(),
  workers: fc.integer({ min: 0, max: 2 }),
});

const machine = fc.record({
  cores: fc.constantFrom(12, 24),
  initial: fc.integer({ min: 1, max: 3 }),
  more: fc.integer({ min: 0, max: 2 }),
  bootMs: fc.constantFrom(0, 10, 200),
});

const period = fc.constantFrom(20, 100).map((ms) => milliseconds(ms));

const policies = fc.record({
  selection: fc.constantFrom('cheapest', 'most-accurate'),
  admission: fc.constantFrom('all', ['queue-bound', { max: 3 }] as const, 'deadline'),
  dispatch: fc.constantFrom('shortest-queue', 'round-robin', 'random', 'power-of-two', 'central-queue'),
  batching: fc.constantFrom(
    'none',
    'aimd',
    ['fixed', { maxBatch: 4, maxDelay: milliseconds(3) }] as const,
    ['fixed', { maxBatch: 3, maxDelay: 0 }] as const,
  ),
  placement: fc.constantFrom('first-fit', 'best-fit', 'spread'),
  'model-scaling': fc.oneof(
    fc.constantFrom('none'),
    fc.tuple(fc.constantFrom('fixed', 'queue-depth', 'hpa', 'knative'), fc.record({ period })),
  ),
  'machine-scaling': fc.oneof(
    fc.constant('none'),
    fc.tuple(fc.constant('fixed'), fc.record({ period })),
    fc.tuple(
      fc.constant('utilisation'),
      fc.record({ period, patience: fc.constant(milliseconds(50)), cooldown: fc.constant(milliseconds(10)) }),
    ),
  ),
});

const times = fc.record({
  kind: fc.constant('random' as const),
  meanBetweenNs: fc.constantFrom(milliseconds(50), seconds(1)),
});
/** Each named with probability one quarter, as FoundationDB's buggify does. */
const faults = fc
  .tuple(
    ...[
      fc.record({ fault: fc.constant('worker-crash' as const), times }),
      fc.record({ fault: fc.constant('machine-loss' as const), times }),
      fc.record({
        fault: fc.constant('slow-machine' as const),
        times,
        speed: fc.constantFrom(0.1, 0.7),
        lastsNs: fc.constantFrom(milliseconds(5), milliseconds(500)),
      }),
      fc.record({ fault: fc.constant('failed-load' as const), probability: fc.constantFrom(0.1, 1) }),
      fc.record({ fault: fc.constant('lost-message' as const), probability: fc.constantFrom(0.01, 0.3) }),
    ].map((fault) => fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fault })),
  )
  .map((chosen): FaultPlan[] => chosen.filter((fault) => fault !== undefined));

export interface SwarmConfiguration {
  readonly seed: string;
  readonly variants: readonly {
    readonly law: string;
    readonly meanMs: number;
    readonly loadMs: number;
    readonly maxBatch: number;
    readonly cores: number;
    readonly onGpu: boolean;
    readonly workers: number;
  }[];
  readonly machines: readonly {
    readonly cores: number;
    readonly initial: number;
    readonly more: number;
    readonly bootMs: number;
  }[];
  readonly policies: NonNullable<PlanParts['policies']>;
  readonly faults: readonly FaultPlan[];
  readonly network: { readonly delayNs: number; readonly jitter: boolean } | undefined;
  readonly contention: boolean;
  readonly coreOvercommit: number;
  readonly startOnRequest: boolean;
  readonly holdMax: number;
  readonly timeoutMs: number;
  readonly rateRps: number;
  readonly count: number;
  readonly objectiveMs: number;
  readonly cancelShare: number;
}

export const swarm: fc.Arbitrary<SwarmConfiguration> = fc.record({
  seed: fc.string({ maxLength: 6 }),
  variants: fc.array(variant, { minLength: 1, maxLength: 3 }),
  machines: fc.array(machine, { minLength: 1, maxLength: 2 }),
  policies,
  faults,
  network: fc.option(fc.record({ delayNs: fc.constantFrom(0, 1, milliseconds(4)), jitter: fc.boolean() }), {
    nil: undefined,
  }),
  contention: fc.boolean(),
  coreOvercommit: fc.constantFrom(1, 1.5, 3),
  startOnRequest: fc.boolean(),
  holdMax: fc.constantFrom(1, 20, 100_000),
  timeoutMs: fc.constantFrom(20, 500, 3000),
  rateRps: fc.constantFrom(20, 200, 1500),
  count: fc.integer({ min: 1, max: 400 }),
  objectiveMs: fc.constantFrom(0, 10, 100),
  cancelShare: fc.constantFrom(0, 0, 0.2),
});

const GPU = { hardware: 'gpu', count: 2, memoryBytes: 64 };

export function swarmPlan(configuration: SwarmConfiguration): SimulationPlan {
  const { seed, policies: chosen, faults: named, network, contention, startOnRequest, ...rest } = configuration;
  const variants = rest.variants.map(({ law, meanMs, loadMs, maxBatch, cores, onGpu }): VariantParts => ({
    service: LAWS[law](milliseconds(meanMs), milliseconds(loadMs)),
    maxBatch,
    cores,
    ...(onGpu ? { hardware: 'gpu', accelerators: 0.2 } : {}),
  }));
  const machines = rest.machines.map(({ cores, initial, more, bootMs }): MachinesParts => ({
    cores,
    initial,
    max: initial + more,
    bootNs: milliseconds(bootMs),
    accelerator: GPU,
    pricePerHourUsd: cores,
  }));
  return planOf({
    variants,
    machines,
    workers: rest.variants.map(({ workers }) => workers),
    kinds: kindPerVariant(variants.length),
    policies: chosen,
    serving: { monitorPeriodNs: milliseconds(20), samplePeriodNs: milliseconds(30), startOnRequest },
    limits: {
      workersMax: 24,
      machinesMax: 10,
      coreOvercommit: rest.coreOvercommit,
      holdMax: rest.holdMax,
      timeoutNs: milliseconds(rest.timeoutMs),
    },
    run: { seed, contention, network, faults: named },
    bounds: { untilNs: seconds(600), eventsMax: 2_000_000 },
  });
}

export function swarmWorkload({ seed, variants, rateRps, count, objectiveMs }: SwarmConfiguration): Workload {
  return new PoissonWorkload({
    rateRps,
    count,
    seed,
    kinds: kindPerVariant(variants.length),
    fill: (arrival, stream) => {
      arrival.kind = stream.int(variants.length);
      // One more than the largest batch takes, now and then.
      arrival.inputs = 1 + stream.int(stream.chance(0.5) ? 1 : variants[arrival.kind].maxBatch + 1);
      arrival.latencyNs = objectiveMs === 0 ? NEVER : milliseconds(objectiveMs);
    },
  });
}

/** A world whose clients give up now and then, some time after they asked. */
export class SwarmWorld extends SimulatedWorld {
  /** Requests that a client gave up, whether they were still open or not. */
  givenUp = 0;
  private readonly patience: Stream;
  private readonly share: number;

  constructor(configuration: SwarmConfiguration) {
    super(swarmPlan(configuration), swarmWorkload(configuration));
    this.patience = new Stream(`${configuration.seed}/patience`);
    this.share = configuration.cancelShare;
  }

  override arrive(): Message {
    const message = super.arrive();
    if (message.type === 'request.arrived' && this.patience.chance(this.share)) {
      this.givenUp += 1;
      const afterNs = Math.round(this.patience.exponential(milliseconds(15)));
      const cancelled = { type: 'request.cancelled', slot: message.slot, ordinal: this.lastOrdinal() } as const;
      this.kernel.schedule(this.now + afterNs, 2, SCHEDULER, cancelled);
    }
    return message;
  }
}
