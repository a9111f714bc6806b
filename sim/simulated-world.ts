/**
 * The simulated implementation of the ports: the kernel's clock and delivery, latency tables for engines, the
 * catalogue's boot times for machines, a network and faults where the plan has them.
 */
import type {
  Address,
  ControlDecision,
  EndListener,
  Generation,
  Host,
  LoggedDecision,
  Message,
  Nanos,
  Outcome,
  Phase,
  RequestRow,
  RunRecord,
  Slot,
  TimerId,
  WorkerId,
  Workload,
  World,
} from '../core/index.ts';
import {
  FAULTS,
  RandomStreams,
  Serving,
  digestDecision,
  idAt,
  isQueue,
  quantileFunction,
  valueAt,
} from '../core/index.ts';
import { Actors } from './actors.ts';
import { Auditor } from './auditor.ts';
import { FaultInjector, faultLogic } from './faults/injector.ts';
import type { Ending, Simulated } from './kernel.ts';
import { Kernel } from './kernel.ts';
import { LateArrivals } from './late-arrivals.ts';
import { Network } from './network.ts';
import { Pauses } from './pauses.ts';
import { SharedResources } from './shared-resources.ts';
import { SimulatedBackend } from './simulated-backend.ts';
import { SimulatedProvisioner } from './simulated-provisioner.ts';
import type { SimulationPlan } from './simulation-plan.ts';

export class SimulatedWorld implements World, Host, Simulated, EndListener {
  readonly kernel: Kernel;
  readonly serving: Serving;
  readonly streams: RandomStreams;
  readonly backend: SimulatedBackend;
  readonly provisioner: SimulatedProvisioner;
  readonly auditor: Auditor | undefined;
  readonly faults: FaultInjector;
  readonly network: Network | undefined;
  /** The first control decisions, up to the plan's maximum; `decisionCount` counts all. */
  readonly decisions: LoggedDecision[] = [];
  decisionCount = 0;
  private readonly shared: SharedResources;
  /** Whether the end of a batch concerns anyone but its worker. */
  private readonly watchesBatches: boolean;
  private readonly plan: SimulationPlan;
  private readonly workload: Workload;
  private readonly listener: EndListener | undefined;
  private readonly actors = new Actors();
  /** The one message object for arrivals: a world may reuse what actors do not keep. */
  private readonly arrived = { type: 'request.arrived' as const, slot: 0 };

  /** @param listener told of each request's end, when its answer is back. */
  constructor(plan: SimulationPlan, workload: Workload, listener?: EndListener) {
    this.plan = plan;
    this.workload = workload;
    this.listener = listener;
    this.streams = new RandomStreams(plan.seed);
    const pauses = pausesOf(plan, this.streams);
    const nowNs = (): Nanos => this.kernel.now;
    this.kernel = new Kernel(noticed(workload, wakeUpsOf(plan, this.streams), { pauses, nowNs }), plan.bounds);
    const { kernel, streams } = this;
    const returnDelayNs = plan.network === undefined ? undefined : () => this.network?.delayNs() ?? 0;
    const { serving, solver } = plan;
    this.serving = new Serving({
      plan: serving,
      streams,
      world: this,
      host: this,
      listener: this,
      returnDelayNs,
      solver,
    });
    const { catalogue } = plan.serving;
    const { fleet, requests, ledger } = this.serving;
    const jobs = this.serving.offline;
    if (plan.audit) this.auditor = new Auditor({ catalogue, fleet, requests, ledger, jobs });
    // A machine can be slowed only where its work goes through its shared resources.
    const contention = plan.host?.contention ?? 0;
    const enabled = plan.contention || contention > 0 || plan.faults.some(({ fault }) => fault === 'slow-machine');
    const shared = new SharedResources({ kernel, catalogue, fleet, enabled, contention });
    this.shared = shared;
    this.watchesBatches = plan.audit || enabled;
    const faults = new FaultInjector({ kernel, fleet, shared, plans: plan.faults, streams });
    this.faults = faults;
    this.provisioner = new SimulatedProvisioner({ kernel, catalogue, fleet });
    const watch = this.auditor;
    this.backend = new SimulatedBackend({ kernel, catalogue, fleet, streams, shared, watch, faults, pauses });
    const loses = plan.faults.some(({ fault }) => fault === 'lost-message') ? () => faults.loses() : undefined;
    if (plan.network !== undefined || loses !== undefined) {
      const stream = streams.stream('network/delay');
      const network = plan.network ?? { delayNs: 0, jitter: false };
      this.network = new Network({ kernel, ledger, fleet, requests, plan: network, stream, loses });
    }
  }

  get now(): Nanos {
    return this.kernel.now;
  }

  /** Starts the service, runs the workload to its end and hands over the record. */
  run(): RunRecord {
    const { kernel, serving, backend, provisioner, faults, actors } = this;
    actors.attach(FAULTS, faultLogic, faults);
    serving.start();
    kernel.settle(this);
    serving.startWorkers();
    kernel.settle(this);
    backend.preloading = false;
    provisioner.preloading = false;
    faults.start();
    return this.record(kernel.run(this));
  }

  send(to: Address, message: Message): void {
    if (this.network !== undefined && message.type === 'request.assigned' && isQueue(to)) {
      this.network.carry(to, message, message.slot);
    } else this.kernel.send(to, message);
  }

  setTimer(to: Address, atNs: Nanos, message: Message, phase?: Phase): TimerId {
    return this.kernel.setTimer(to, atNs, message, phase);
  }

  cancelTimer(timer: TimerId): void {
    this.kernel.cancel(timer);
  }

  decided(decision: ControlDecision): void {
    digestDecision(this.kernel.digest, this.kernel.now, decision);
    this.decisionCount += 1;
    if (this.decisions.length < this.plan.decisionsMax) this.decisions.push({ atNs: this.kernel.now, decision });
  }

  stateChanged(subject: 'worker' | 'machine', id: number, state: string, kind: number): void {
    this.serving.recorder.timeline?.stateChanged({ subject, id, state, kind, atNs: this.kernel.now });
  }

  attach(...actor: Parameters<Host['attach']>): void {
    this.actors.attach(...actor);
  }

  deliver(to: Address, message: Message): void {
    if (this.watchesBatches && message.type === 'batch.finished') this.batchEnded(idAt(to), message.generation);
    this.actors.deliver(to, message);
  }

  arrive(): Message {
    const slot = this.serving.open(this.workload.next);
    this.kernel.workload.advance();
    this.auditor?.requestOpened(this.lastOrdinal());
    this.arrived.slot = slot;
    return this.arrived;
  }

  openRequests(): number {
    return this.serving.requests.open;
  }

  lastOrdinal(): number {
    return this.serving.requests.opened - 1;
  }

  requestEnded(slot: Slot, outcome: Outcome, endNs: Nanos, row: RequestRow): void {
    const { requests } = this.serving;
    this.auditor?.requestEnded(requests.ordinal[slot]);
    this.listener?.requestEnded(slot, outcome, endNs, row);
    if (requests.client[slot] >= 0) this.workload.ended?.(requests.client[slot], endNs);
  }

  private record(ending: Ending): RunRecord {
    const { kernel, serving, decisions, decisionCount } = this;
    serving.countUnfinished();
    return {
      serving,
      ending,
      endNs: kernel.now,
      digest: kernel.digest.toString(),
      unseed: this.streams.unseed(),
      events: kernel.events,
      decisions,
      decisionCount,
      faults: this.faults.injected,
      findings: this.auditor?.finish(ending === 'drained') ?? [],
      notes: [],
    };
  }

  private batchEnded(worker: WorkerId, generation: Generation): void {
    if (generation !== this.serving.fleet.generation[worker]) return;
    this.auditor?.filesFinished(worker);
    this.auditor?.batchEnded(worker);
    this.shared.finished(worker);
  }
}

function wakeUpsOf({ host }: SimulationPlan, streams: RandomStreams): (() => Nanos) | undefined {
  if (host === undefined) return undefined;
  const { wakeUp } = host;
  const quantiles = quantileFunction(wakeUp);
  if (quantiles === undefined) return () => wakeUp.meanNs;
  const stream = streams.stream('host/wake-up');
  return () => Math.round(valueAt(quantiles, stream.unit()));
}

function pausesOf({ host }: SimulationPlan, streams: RandomStreams): Pauses | undefined {
  const recorded = host?.pauses ?? null;
  if (recorded === null || recorded.events.length === 0) return undefined;
  return new Pauses(recorded, streams.stream('host/pauses'));
}

function noticed(
  scheduled: Workload,
  wakeUpNs: (() => Nanos) | undefined,
  { pauses, nowNs }: { readonly pauses: Pauses | undefined; readonly nowNs: () => Nanos },
): Workload {
  if (wakeUpNs === undefined) return scheduled;
  const noticedNs = (atNs: Nanos): Nanos => {
    const awakeNs = atNs + wakeUpNs();
    return pauses === undefined ? awakeNs : pauses.after(awakeNs);
  };
  return new LateArrivals({ scheduled, noticedNs, nowNs });
}
