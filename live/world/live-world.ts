/**
 * The live implementation of the ports: the wall clock, timers and delivery of the loop, a real backend, machines that
 * are shares of this host. The actors are those of the simulated world. A world lives for one run.
 */
import type {
  Address,
  Arrival,
  Backend,
  ControlDecision,
  EndListener,
  Host,
  LoggedDecision,
  MachineId,
  Message,
  MessageLog,
  Nanos,
  Ordinal,
  Outcome,
  Phase,
  Provisioner,
  RequestRow,
  Slot,
  TimerId,
  WorkerId,
  Workload,
  World,
} from '../../core/index.ts';
import { RandomStreams, Serving, ServingError, digestBatch, digestDecision, idAt } from '../../core/index.ts';
import type { Driven } from './driven.ts';
import type { LiveBackend, LiveBackendFactory } from './live-backend.ts';
import { workerLabel } from './live-backend.ts';
import type { LivePlan } from './live-plan.ts';
import { LiveActors } from './live-actors.ts';
import { LiveLoop } from './live-loop.ts';
import type { LiveEnding } from './live-loop.ts';
import { delaysOf } from './live-record.ts';
import type { LiveRunRecord } from './live-record.ts';
import { LocalProvisioner } from './local-provisioner.ts';
import type { LocalProvisionerParts } from './local-provisioner.ts';
import { MessageRecorder } from './message-recorder.ts';

export interface LiveWorldParts {
  readonly plan: LivePlan;
  readonly workload: Workload;
  readonly backend: LiveBackendFactory;
  /** Control decisions kept for the result; more are counted. */
  readonly decisionsMax: number;
  /** Events and arrivals the log holds at most; 0 keeps no log. */
  readonly logMax: number;
  /** False for a service: only `end` ends the run. */
  readonly endsByItself: boolean;
  /** Told of each request's end: a server answers its client. */
  readonly listener?: EndListener | undefined;
  /** Told of control decisions and changes of state as they happen. */
  readonly watcher?: LiveWatcher | undefined;
  /** What boots and stops machines. Default: shares of this host. */
  readonly provisioner?: ((parts: LocalProvisionerParts) => LiveProvisioner) | undefined;
}

export interface LiveWatcher {
  decided?(decision: ControlDecision, atNs: Nanos): void;
  stateChanged?(...change: Parameters<World['stateChanged']>): void;
}

/** The provisioner port, and what a run wants of it besides. */
export interface LiveProvisioner extends Provisioner {
  /** What a reader of the result must know. */
  notes(): readonly string[];
  /** What people call a machine, where commands are told a name of it. */
  labelOf?(machine: MachineId): string;
  /** Gives back what an ended world still holds. */
  close?(): Promise<void>;
}

export class LiveWorld implements World, Host, Driven, EndListener {
  readonly serving: Serving;
  readonly streams: RandomStreams;
  readonly backend: Backend;
  readonly provisioner: LiveProvisioner;
  private readonly parts: LiveWorldParts;
  private readonly actors = new LiveActors();
  private readonly loop: LiveLoop;
  private readonly engine: LiveBackend;
  private readonly recorder: MessageRecorder | undefined;
  private readonly decisions: LoggedDecision[] = [];
  private decisionCount = 0;
  private hasBegun = false;

  /** @throws ServingError when the backend cannot be made. */
  constructor(parts: LiveWorldParts) {
    const { plan, workload, logMax, endsByItself } = parts;
    const { catalogue } = plan.serving;
    this.parts = parts;
    this.streams = new RandomStreams(plan.seed);
    this.recorder = logMax > 0 ? new MessageRecorder(logMax) : undefined;
    const { recorder, streams } = this;
    this.loop = new LiveLoop({ driven: this, workload, drainNs: plan.drainNs, endsByItself, recorder });
    const { serving, solver } = plan;
    this.serving = new Serving({ plan: serving, streams, world: this, host: this, listener: this, solver });
    const { fleet, requests } = this.serving;
    const deliver = (to: Address, message: Message): void => this.loop.external(to, message);
    const machines = { world: this, catalogue, fleet, bootNs: plan.bootNs ?? 0, deliver };
    this.provisioner = parts.provisioner?.(machines) ?? new LocalProvisioner(machines);
    this.engine = parts.backend({ catalogue, fleet, requests, seed: plan.seed, world: this, deliver });
    this.backend = this.witnessed(this.engine);
  }

  get now(): Nanos {
    return this.loop.now;
  }

  /**
   * Loads the initial workers, then runs the workload to its end. Leaves no process and no thread behind.
   *
   * @throws ServingError LIVE_LOAD_FAILED when an initial worker cannot be loaded, and what `Serving` throws.
   */
  async run(): Promise<LiveRunRecord> {
    const { loop, serving, engine } = this;
    try {
      loop.startUp([() => serving.start(), () => serving.startWorkers()]);
      return this.record(await loop.ended);
    } finally {
      await Promise.all([engine.close(), loop.close(), this.provisioner.close?.()]);
    }
  }

  /** Fulfilled when the initial workers are loaded and requests may come, or when the run ended before that. */
  get begun(): Promise<void> {
    return this.loop.begun;
  }

  /** Fulfilled when the run is over, before its engines are gone; rejected with what broke it. */
  get ended(): Promise<LiveEnding> {
    return this.loop.ended;
  }

  /** Whether requests are taken: the run has begun, and nothing has ended or broken it. */
  get isRunning(): boolean {
    return this.loop.isRunning;
  }

  /** Ends the run now; what is open is counted unfinished. */
  end(ending: LiveEnding): void {
    this.loop.end(ending);
  }

  /** Process id of a worker's engine, where it has one. */
  processOf(worker: WorkerId): number | undefined {
    return this.engine.processOf?.(worker);
  }

  /** Takes a message from outside, such as `request.cancelled` when a client left. */
  external(to: Address, message: Message): void {
    this.loop.external(to, message);
  }

  /**
   * Opens a request that came in just now. Call while the run goes on, from outside actors.
   * @param opened told its slot before any actor sees it; not called when the run has ended meanwhile.
   */
  submit(query: Omit<Arrival, 'atNs'>, opened: (slot: Slot) => void): void {
    this.loop.submit(query, opened);
  }

  send(to: Address, message: Message): void {
    this.loop.send(to, message);
  }

  setTimer(to: Address, atNs: Nanos, message: Message, phase?: Phase): TimerId {
    return this.loop.setTimer(to, atNs, message, phase);
  }

  cancelTimer(timer: TimerId): void {
    this.loop.cancelTimer(timer);
  }

  decided(decision: ControlDecision): void {
    digestDecision(this.loop.digest, this.now, decision);
    this.decisionCount += 1;
    if (this.decisions.length < this.parts.decisionsMax) this.decisions.push({ atNs: this.now, decision });
    this.parts.watcher?.decided?.(decision, this.now);
  }

  stateChanged(subject: 'worker' | 'machine', id: number, state: string, kind: number): void {
    this.serving.recorder.timeline?.stateChanged({ subject, id, state, kind, atNs: this.now });
    this.parts.watcher?.stateChanged?.(subject, id, state, kind);
  }

  attach(...actor: Parameters<Host['attach']>): void {
    this.actors.attach(...actor);
  }

  deliver(to: Address, message: Message): void {
    if (!this.hasBegun) this.refuseFailedStart(to, message);
    this.actors.deliver(to, message);
  }

  open(arrival: Arrival): Slot {
    return this.serving.open(arrival);
  }

  openRequests(): number {
    return this.serving.requests.open;
  }

  lastOrdinal(): Ordinal {
    return this.serving.requests.opened - 1;
  }

  isReady(): boolean {
    const { fleet, plan } = this.serving;
    // Those that the run cannot do without are ready then: one that is lost ends the run.
    this.hasBegun = plan.catalogue.variants.every(({ index }) => fleet.started(index) === 0);
    return this.hasBegun;
  }

  requestEnded(slot: Slot, outcome: Outcome, endNs: Nanos, row: RequestRow): void {
    const { requests } = this.serving;
    const { listener, workload } = this.parts;
    listener?.requestEnded(slot, outcome, endNs, row);
    if (requests.client[slot] >= 0) workload.ended?.(requests.client[slot], endNs);
  }

  /** The backend, with every batch in the digest. */
  private witnessed(engine: LiveBackend): Backend {
    return {
      load: (worker, generation) => engine.load(worker, generation),
      execute: (worker, generation, slots, count, inputs) => {
        digestBatch(this.loop.digest, this.now, { worker, slots, count, inputs });
        engine.execute(worker, generation, slots, count, inputs);
      },
      cancel: (worker, generation) => engine.cancel(worker, generation),
      unload: (worker, generation) => engine.unload(worker, generation),
    };
  }

  /**
   * A run begins with all its initial workers or not at all: anything else would measure another system. One that
   * succeeds another says what it can do without.
   */
  private refuseFailedStart(to: Address, message: Message): void {
    if (message.type !== 'load.failed' && message.type !== 'worker.crashed') return;
    const { catalogue, inherited } = this.parts.plan.serving;
    const { fleet } = this.serving;
    if (inherited?.dispensable.has(fleet.variant[idAt(to)]) === true) return;
    const label = workerLabel({ catalogue, fleet }, idAt(to));
    const crashed = this.engine.notes?.().at(-1) ?? 'its engine ended before the run began';
    throw new ServingError({
      code: 'LIVE_LOAD_FAILED',
      message: `initial ${label} could not be loaded`,
      found: message.type === 'load.failed' ? message.detail : crashed,
      next: 'mend the model file, or leave the variant out of the initial workers',
    });
  }

  private record(ending: LiveEnding): LiveRunRecord {
    const { serving, loop, decisions, decisionCount, recorder } = this;
    serving.countUnfinished();
    const digest = loop.digest.toString();
    const endNs = loop.now;
    const log: MessageLog | undefined = recorder?.finish({ ending, endNs, digest });
    return {
      serving,
      ending,
      endNs,
      digest,
      unseed: this.streams.unseed(),
      events: loop.events,
      decisions,
      decisionCount,
      faults: new Map(),
      findings: [],
      notes: [...this.provisioner.notes(), ...(this.engine.notes?.() ?? [])],
      issueDelay: delaysOf(loop.issueDelay),
      timerSlack: delaysOf(loop.timerSlack),
      ...(log === undefined ? {} : { log }),
    };
  }
}
