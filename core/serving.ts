/**
 * The assembly: builds the tables, the policies and the actors of one run over a world's ports. Both worlds call
 * it and nothing else builds actors, so what is simulated is what is deployed.
 */
import { MACHINE_AUTOSCALER, MODEL_AUTOSCALER, MONITOR, OFFLINE, SAMPLER, SCHEDULER, rolloutAt } from './addresses.ts';
import type { Host } from './actors/host.ts';
import { machineAutoscalerLogic } from './actors/machine-autoscaler.ts';
import { modelAutoscalerLogic } from './actors/model-autoscaler.ts';
import { monitorContext, monitorLogic } from './actors/monitor.ts';
import { MachinePool, WorkerPool } from './actors/pools.ts';
import { rolloutLogic } from './actors/rollout.ts';
import type { RolloutPlan, RolloutProgress } from './actors/rollout.ts';
import { earlierSharing, newcomers } from './actors/rollout-order.ts';
import { samplerLogic } from './actors/sampler.ts';
import { WorkerBounds } from './actors/worker-bounds.ts';
import { schedulerContext } from './actors/scheduler-context.ts';
import { schedulerLogic } from './actors/scheduler.ts';
import type { Catalogue } from './catalogue/catalogue.ts';
import type { VariantIndex } from './catalogue/variant.ts';
import { ServingError } from './errors.ts';
import { Ledger } from './ledger.ts';
import type { EndListener } from './ledger.ts';
import { Recorder } from './metrics/recorder.ts';
import type { RecorderOptions } from './metrics/recorder.ts';
import { NONE } from './policy.ts';
import type { InheritedFleet, InitialFleet, PolicyContext } from './policy.ts';
import { jobRunnerContext, jobRunnerLogic, startOffline } from './offline/job-runner.ts';
import { JobTable } from './offline/job-table.ts';
import type { OfflinePlan } from './offline/job.ts';
import { createPolicies } from './policy-set.ts';
import type { PolicyChoice, PolicyChoices, PolicySet } from './policy-set.ts';
import type { RandomStreams } from './random/streams.ts';
import { Signals } from './signals.ts';
import { Unserved } from './queries/unserved.ts';
import { NO_SOLVER } from './solver.ts';
import type { Solver } from './solver.ts';
import { Fleet } from './tables/fleet.ts';
import type { FleetLimits } from './tables/fleet.ts';
import { RequestTable } from './tables/request-table.ts';
import type { Slot } from './tables/request-table.ts';
import { NEVER } from './time.ts';
import type { Nanos } from './time.ts';
import type { Arrival, QueryKind } from './workload.ts';
import { PHASE_SAMPLES, PHASE_TIMERS } from './world.ts';
import type { World } from './world.ts';

/** Everything a run of the service is made of, apart from the world it runs in. */
export interface ServingPlan {
  readonly catalogue: Catalogue;
  readonly kinds: readonly QueryKind[];
  readonly policies: PolicyChoices;
  /** Variants whose workers form batches by a policy of their own; none when left out. */
  readonly batchingOf?: ReadonlyMap<VariantIndex, PolicyChoice> | undefined;
  readonly initial: InitialFleet;
  /** What goes on from a run before this one; nothing, and every initial worker is needed, when left out. */
  readonly inherited?: InheritedFleet | undefined;
  readonly limits: ServingLimits;
  /** How often the sampled columns are refreshed; `NEVER` switches the monitor off. */
  readonly monitorPeriodNs: Nanos;
  /** How often queue depths and worker counts are sampled for the time series; `NEVER` for not at all. */
  readonly samplePeriodNs: Nanos;
  readonly startOnRequest: boolean;
  /** Offline work beside the requests; none when left out. Jobs may be added while it runs. */
  readonly offline?: OfflinePlan | undefined;
  /** Variants that take the place of others while the service runs; none when left out. */
  readonly rollouts?: readonly RolloutPlan[] | undefined;
  readonly recorder: Omit<RecorderOptions, 'kinds' | 'maxBatch' | 'variants'>;
}

export interface ServingLimits extends FleetLimits {
  /** Requests held per variant at most. */
  readonly holdMax: number;
  /** A request still open this long after its scheduled time fails; `NEVER` for no limit. */
  readonly timeoutNs: Nanos;
}

export interface ServingParts {
  readonly plan: ServingPlan;
  readonly streams: RandomStreams;
  readonly world: World;
  readonly host: Host;
  readonly listener?: EndListener;
  readonly returnDelayNs?: (() => Nanos) | undefined;
  /** Loaded where some policy solves programs. */
  readonly solver?: Solver | undefined;
}

export class Serving {
  readonly plan: ServingPlan;
  readonly requests = new RequestTable();
  readonly fleet: Fleet;
  readonly recorder: Recorder;
  readonly ledger: Ledger;
  /** The queries that no variant fitted. */
  readonly unserved: Unserved;
  /** The files of offline jobs; undefined without any. */
  readonly offline: JobTable | undefined;
  /** How far each rollout of the plan is. */
  readonly rollouts: readonly RolloutProgress[];
  private readonly world: World;
  private readonly host: Host;
  private readonly streams: RandomStreams;
  /** The floors that scalers know; a rollout hands them on. */
  private readonly floors: Map<VariantIndex, number>;
  private readonly signals = new Signals();
  private readonly policies: PolicySet;
  private readonly workers: WorkerPool;
  private readonly machines: MachinePool;

  constructor({ plan, streams, world, host, listener, returnDelayNs, solver }: ServingParts) {
    const { catalogue, kinds, limits } = plan;
    this.plan = plan;
    this.world = world;
    this.host = host;
    this.streams = streams;
    this.floors = new Map(plan.initial.workers);
    this.offline = plan.offline === undefined ? undefined : new JobTable(plan.offline.jobs);
    this.rollouts = (plan.rollouts ?? []).map(() => ({
      stage: 'waiting',
      beganNs: NEVER,
      switchedNs: NEVER,
      endedNs: NEVER,
    }));
    this.fleet = new Fleet(catalogue, limits);
    this.unserved = new Unserved(this.requests, kinds, this.fleet);
    const maxBatch = catalogue.variants.reduce((most, variant) => Math.max(most, variant.maxBatch), 1);
    this.recorder = new Recorder({ ...plan.recorder, kinds, maxBatch, variants: catalogue.variants.length });
    const { requests, fleet, recorder } = this;
    this.ledger = new Ledger({ requests, fleet, recorder, catalogue, listener, returnDelayNs });
    const context: Omit<PolicyContext<unknown>, 'options' | 'random'> = {
      catalogue,
      fleet,
      requests,
      kinds,
      initial: { ...plan.initial, workers: this.floors },
      signals: this.signals,
      solver: solver ?? NO_SOLVER,
    };
    this.policies = createPolicies(plan.policies, context, streams, plan.batchingOf);
    const { batching, admission, dispatch } = this.policies;
    const pulls = dispatch.pull !== undefined;
    const queue = { world, catalogue, requests, fleet, ledger: this.ledger, recorder, batching, admission, pulls };
    this.workers = new WorkerPool({ world, host, fleet, queue });
    this.machines = new MachinePool({ world, host, fleet });
  }

  /**
   * Attaches the control actors and boots the initial machines. A world delivers the mail this causes, waits
   * until the machines are up, and calls `startWorkers`.
   */
  start(): void {
    const { world, host, fleet, requests, ledger, unserved, plan, policies, signals } = this;
    const { catalogue, limits, initial, monitorPeriodNs, startOnRequest } = plan;
    const { selection, admission, dispatch, placement } = policies;
    const scheduler = {
      world,
      catalogue,
      requests,
      fleet,
      ledger,
      selection,
      admission,
      dispatch,
      unserved,
      ...limits,
    };
    host.attach(SCHEDULER, schedulerLogic, schedulerContext(scheduler));
    host.attach(MONITOR, monitorLogic, monitorContext({ world, catalogue, fleet, periodNs: monitorPeriodNs }));
    // A phase before the control ticks, so that scalers at the same instant see fresh samples.
    if (monitorPeriodNs !== NEVER) world.setTimer(MONITOR, monitorPeriodNs, { type: 'monitor.tick' }, PHASE_TIMERS);
    const sampler = { world, fleet, series: this.recorder.series, periodNs: plan.samplePeriodNs };
    host.attach(SAMPLER, samplerLogic, sampler);
    if (plan.samplePeriodNs !== NEVER) world.setTimer(SAMPLER, 0, { type: 'sample.tick' }, PHASE_SAMPLES);
    const modelScaling = policies['model-scaling'];
    const models = { world, catalogue, fleet, pool: this.workers, scaling: modelScaling, placement, signals };
    host.attach(MODEL_AUTOSCALER, modelAutoscalerLogic, {
      ...models,
      startOnRequest,
      startsByPolicy: dispatch.cold !== undefined,
      short: new Set(),
      retryNs: new Map(),
      bounds: new WorkerBounds(catalogue.variants.length),
    });
    const machines = { world, fleet, pool: this.machines, scaling: policies['machine-scaling'], initial };
    host.attach(MACHINE_AUTOSCALER, machineAutoscalerLogic, machines);
    this.startOffline();
    this.startRollouts();
    for (const [type, count] of initial.machines) {
      for (let i = 0; i < count.initial; i += 1) this.machines.boot(type, 'initial machine');
      const inherited = plan.inherited?.machines.get(type) ?? 0;
      for (let i = 0; i < inherited; i += 1) this.machines.boot(type, 'taken over');
    }
  }

  /** Places and loads the initial workers. Call when the initial machines are up. */
  startWorkers(): void {
    const { initial, inherited } = this.plan;
    for (const [variant, count] of initial.workers) {
      for (let i = 0; i < count; i += 1) {
        if (this.startPlaced(variant, 'initial worker')) continue;
        if (inherited?.dispensable.has(variant) !== true) throw this.doesNotFit(variant);
      }
    }
    for (const [variant, count] of inherited?.workers ?? []) {
      for (let i = 0; i < count; i += 1) this.startPlaced(variant, 'taken over');
    }
  }

  /** Opens a request for an arrival that is due now; the world delivers `request.arrived` for its slot. */
  open(arrival: Arrival): Slot {
    const slot = this.requests.openFor(arrival, this.world.now);
    this.ledger.opened(slot, this.world.now);
    return slot;
  }

  /** Counts the requests still open at the end of a run that did not drain. */
  countUnfinished(): void {
    for (const slot of this.requests.openSlots()) {
      this.recorder.unfinished(this.requests.kind[slot], this.requests.scheduledNs[slot]);
    }
  }

  private startOffline(): void {
    const { world, host, fleet, signals, offline, workers, streams, recorder, plan } = this;
    if (offline === undefined || plan.offline === undefined) return;
    const { catalogue } = plan;
    const random = streams.stream('offline/machine');
    const { timeline } = recorder;
    const parts = {
      world,
      catalogue,
      fleet,
      pool: workers,
      signals,
      jobs: offline,
      plan: plan.offline,
      random,
      timeline,
    };
    host.attach(OFFLINE, jobRunnerLogic, jobRunnerContext(parts));
    startOffline(world, plan.offline);
  }

  private startRollouts(): void {
    const { world, host, fleet, signals, workers: pool, floors, plan, policies } = this;
    const { catalogue, rollouts = [] } = plan;
    for (const variant of newcomers(rollouts)) fleet.rolling[variant] = 1;
    for (const [index, rollout] of rollouts.entries()) {
      const address = rolloutAt(index);
      const progress = this.rollouts[index];
      const before = earlierSharing(rollouts, index).map((other) => this.rollouts[other]);
      const { placement } = policies;
      const parts = { world, catalogue, fleet, pool, placement, signals, floors, address, progress, before };
      host.attach(address, rolloutLogic, { ...parts, plan: rollout });
    }
  }

  /** False when there is no room. */
  private startPlaced(variant: VariantIndex, reason: string): boolean {
    const { policies, workers, world } = this;
    const machine = policies.placement.place(variant, world.now);
    return machine !== NONE && workers.start(variant, machine, reason) !== NONE;
  }

  private doesNotFit(variant: VariantIndex): ServingError {
    return new ServingError({
      code: 'INITIAL_WORKERS_DO_NOT_FIT',
      message: `no machine has room for an initial worker of ${this.plan.catalogue.variants[variant].name}`,
      expected: 'machines at the start with enough cores, memory and accelerators for all initial workers',
      next: 'add machines or start fewer workers',
    });
  }
}
