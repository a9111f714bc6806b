/**
 * Replays the log of a live run: feeds its events and arrivals, at the instants stamped on them, to the same actors
 * under the kernel. Backend, provisioner and timers do nothing, because their answers and firings are in the log.
 * Invariant: a replay of a complete log with the plan and seed of its run has the run's digest, decisions and rows;
 * the auditor, which a live run goes without, checks its books on the way.
 */
import type {
  Address,
  Arrival,
  Backend,
  ControlDecision,
  EndListener,
  Generation,
  Host,
  LoggedArrival,
  LoggedDecision,
  Message,
  MessageLog,
  Nanos,
  Outcome,
  Provisioner,
  RunRecord,
  ServingPlan,
  Slot,
  Solver,
  TimerId,
  WorkerId,
  Workload,
  World,
} from '../core/index.ts';
import {
  NEVER,
  PHASE_BACKEND,
  RandomStreams,
  Serving,
  ServingError,
  digestBatch,
  digestDecision,
  digestEvent,
  emptyArrival,
  idAt,
  machineAt,
} from '../core/index.ts';
import { Actors } from './actors.ts';
import { Auditor } from './auditor.ts';
import type { Ending, Simulated } from './kernel.ts';
import { Kernel } from './kernel.ts';

export interface ReplayPlan {
  /** Those of the run that wrote the log. */
  readonly serving: ServingPlan;
  readonly seed: string;
  /** Control decisions kept for the result; more are counted. */
  readonly decisionsMax: number;
  /** Where some policy of the run solves programs. */
  readonly solver?: Solver | undefined;
}

/** A number no timer has; not `NO_TIMER`, so that actors cancel it as they cancelled the real one. */
const LOGGED_TIMER: TimerId = Number.MAX_SAFE_INTEGER;

/** @throws ServingError REPLAY_LOG_INCOMPLETE when the log hit its bound. */
export function replayLog(log: MessageLog, plan: ReplayPlan): RunRecord {
  if (log.complete) return new ReplayWorld(log, plan).run();
  throw new ServingError({
    code: 'REPLAY_LOG_INCOMPLETE',
    message: 'the log ends before its run does',
    found: `${log.events.length + log.arrivals.length} events`,
    next: 'replay a shorter run',
  });
}

class ReplayWorld implements World, Host, Simulated, EndListener, Backend, Provisioner {
  readonly backend: Backend = this;
  readonly provisioner: Provisioner = this;
  private readonly log: MessageLog;
  private readonly plan: ReplayPlan;
  private readonly kernel: Kernel;
  private readonly serving: Serving;
  private readonly streams: RandomStreams;
  private readonly auditor: Auditor;
  private readonly arrivals: LoggedArrivals;
  private readonly actors = new Actors();
  private readonly decisions: LoggedDecision[] = [];
  private decisionCount = 0;
  private hasBegun = false;

  constructor(log: MessageLog, plan: ReplayPlan) {
    this.log = log;
    this.plan = plan;
    this.streams = new RandomStreams(plan.seed);
    this.arrivals = new LoggedArrivals(log, plan.serving.kinds);
    const bounds = { untilNs: log.endNs, eventsMax: Number.MAX_SAFE_INTEGER, openMax: Number.MAX_SAFE_INTEGER };
    this.kernel = new Kernel(this.arrivals, bounds);
    const { streams } = this;
    const { serving, solver } = plan;
    this.serving = new Serving({ plan: serving, streams, world: this, host: this, listener: this, solver });
    const { fleet, requests, ledger } = this.serving;
    this.auditor = new Auditor({ catalogue: plan.serving.catalogue, fleet, requests, ledger });
  }

  get now(): Nanos {
    return this.kernel.now;
  }

  run(): RunRecord {
    const { kernel, serving, log } = this;
    serving.start();
    kernel.settle(this);
    serving.startWorkers();
    kernel.settle(this);
    for (const [sequence, { to, message }] of log.startUp.entries()) {
      digestEvent(kernel.digest, 0, sequence, to, message);
      this.deliver(to, message);
      kernel.settle(this);
    }
    this.hasBegun = true;
    for (const { atNs, to, message } of log.events) kernel.schedule(atNs, PHASE_BACKEND, to, message);
    return this.record(kernel.run(this));
  }

  send(to: Address, message: Message): void {
    this.kernel.send(to, message);
  }

  setTimer(): TimerId {
    return LOGGED_TIMER;
  }

  cancelTimer(): void {
    // One that was cancelled is not in the log.
  }

  decided(decision: ControlDecision): void {
    digestDecision(this.kernel.digest, this.now, decision);
    this.decisionCount += 1;
    if (this.decisions.length < this.plan.decisionsMax) this.decisions.push({ atNs: this.now, decision });
  }

  stateChanged(subject: 'worker' | 'machine', id: number, state: string, kind: number): void {
    this.serving.recorder.timeline?.stateChanged({ subject, id, state, kind, atNs: this.now });
  }

  attach(...actor: Parameters<Host['attach']>): void {
    this.actors.attach(...actor);
  }

  deliver(to: Address, message: Message): void {
    const endsBatch = message.type === 'batch.finished' || message.type === 'batch.failed';
    if (endsBatch && message.generation === this.serving.fleet.generation[idAt(to)]) {
      this.auditor.batchEnded(idAt(to));
    }
    this.actors.deliver(to, message);
  }

  arrive(): Message {
    const slot = this.serving.open(this.arrivals.logged());
    this.arrivals.advance();
    this.auditor.requestOpened(this.lastOrdinal());
    return { type: 'request.arrived', slot };
  }

  openRequests(): number {
    return this.serving.requests.open;
  }

  lastOrdinal(): number {
    return this.serving.requests.opened - 1;
  }

  requestEnded(slot: Slot, _outcome: Outcome, _endNs: Nanos): void {
    this.auditor.requestEnded(this.serving.requests.ordinal[slot]);
  }

  load(): void {
    // Answered in the log.
  }

  execute(worker: WorkerId, generation: Generation, slots: Int32Array, count: number, inputs: number): void {
    digestBatch(this.kernel.digest, this.now, { worker, slots, count, inputs });
    this.auditor.batchStarted(worker, generation, inputs);
  }

  cancel(worker: WorkerId): void {
    this.auditor.batchEnded(worker);
  }

  unload(): void {
    // Answered in the log.
  }

  boot(machine: number, generation: Generation): void {
    // The initial machines were up at once, without an event; later boots are in the log.
    if (!this.hasBegun) this.kernel.send(machineAt(machine), { type: 'machine.booted', generation });
  }

  stop(): void {
    // Answered in the log.
  }

  private record(ending: Ending): RunRecord {
    const { kernel, serving, log, decisions, decisionCount } = this;
    serving.countUnfinished();
    const drained = log.ending === 'drained';
    const findings = [...this.auditor.finish(drained)];
    if (kernel.calendar.length > 0 || ending !== (drained ? 'drained' : 'time-limit')) {
      findings.push(
        `the replay ended ${ending} with ${kernel.calendar.length} events left; the run ended ${log.ending}`,
      );
    }
    return {
      serving,
      ending: log.ending,
      endNs: log.endNs,
      digest: kernel.digest.toString(),
      unseed: this.streams.unseed(),
      events: kernel.events,
      decisions,
      decisionCount,
      faults: new Map(),
      findings,
      notes: [],
    };
  }
}

/**
 * The logged arrivals as the kernel's workload: due when they were opened. A run that did not drain goes on to its
 * end, so an arrival beyond the end keeps the kernel going until it hits that bound.
 */
class LoggedArrivals implements Workload {
  readonly kinds: Workload['kinds'];
  readonly next = emptyArrival();
  private readonly arrivals: readonly LoggedArrival[];
  private readonly afterLastNs: Nanos;
  private position = -1;

  constructor(log: MessageLog, kinds: Workload['kinds']) {
    this.kinds = kinds;
    this.arrivals = log.arrivals;
    this.afterLastNs = log.ending === 'drained' ? NEVER : log.endNs + 1;
    this.advance();
  }

  /** The arrival that is due, with its scheduled time. */
  logged(): Arrival {
    return { ...this.arrivals[this.position].arrival };
  }

  advance(): void {
    this.position += 1;
    this.next.atNs = this.position < this.arrivals.length ? this.arrivals[this.position].atNs : this.afterLastNs;
  }
}
