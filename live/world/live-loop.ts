/**
 * The live counterpart of the kernel: the wall clock owns time, this owns delivery. Arrivals and timers are merged
 * in order of time and taken when they are due; answers from outside enter through `external`, after what was due
 * before them. Each event is stamped with the clock, logged, fed to the digest and delivered; then the mail it caused
 * is delivered at the same instant, first in, first out.
 *
 * Invariants: stamps ascend strictly, so that the log is a total order; nothing re-enters an actor; nothing is
 * delivered after the end. Control ticks and samples are stamped with the instant they were due: their periods do
 * not drift, and what was due together stays in the kernel's order.
 */
import type { Address, Arrival, Message, Nanos, Phase, Slot, TimerId, Workload } from '../../core/index.ts';
import {
  MONITOR,
  Calendar,
  Digest,
  LogHistogram,
  Mail,
  NEVER,
  PHASE_ARRIVALS,
  PHASE_CONTROL,
  PHASE_TIMERS,
  SCHEDULER,
  digestArrival,
  digestEvent,
  invariant,
} from '../../core/index.ts';
import { Alarm } from './alarm.ts';
import type { Driven } from './driven.ts';
import type { MessageRecorder } from './message-recorder.ts';
import { WallClock } from './wall-clock.ts';

/** Mail one event may cause: beyond it two actors are sending to each other for ever. */
const MAIL_PER_EVENT_MAX = 10_000_000;

export type LiveEnding = 'drained' | 'drain-limit' | 'interrupted';

export interface LiveLoopParts {
  readonly driven: Driven;
  readonly workload: Workload;
  /** How long the run may go on after the last arrival; `NEVER` for no limit. */
  readonly drainNs: Nanos;
  /** Whether the run ends when the workload is exhausted and nothing is open; else only `end` ends it. */
  readonly endsByItself: boolean;
  readonly recorder?: MessageRecorder | undefined;
}

export class LiveLoop {
  /** The instant stamped on the message being delivered; 0 until the run begins. */
  now: Nanos = 0;
  /** Events taken since the run began. */
  events = 0;
  readonly digest = new Digest();
  /** How late arrivals were opened, and timers fired. */
  readonly issueDelay = new LogHistogram();
  readonly timerSlack = new LogHistogram();
  /** Fulfilled when the workload begins, or when the run ends without that. */
  readonly begun: Promise<void>;
  /** Fulfilled when the run is over; rejected with what broke it. */
  readonly ended: Promise<LiveEnding>;
  private readonly parts: LiveLoopParts;
  private readonly clock = new WallClock();
  private alarm: Alarm | undefined;
  private readonly calendar = new Calendar();
  private readonly mail = new Mail();
  private readonly inbox = new Mail();
  private readonly arrived = { type: 'request.arrived' as const, slot: 0 };
  private state: 'start-up' | 'running' | 'ended' = 'start-up';
  private inTurn = false;
  private continues = false;
  private sequence = 0;
  private lastArrivalNs: Nanos = 0;
  private begin: () => void = () => undefined;
  private finish: (ending: LiveEnding) => void = () => undefined;
  private abandon: (error: unknown) => void = () => undefined;

  constructor(parts: LiveLoopParts) {
    this.parts = parts;
    this.begun = new Promise((resolve) => {
      this.begin = resolve;
    });
    this.ended = new Promise((resolve, reject) => {
      this.finish = resolve;
      this.abandon = reject;
    });
    // Whoever waits for it sees a failure; nobody may be waiting yet.
    this.ended.catch(() => undefined);
  }

  /**
   * Runs the steps of the start-up, each with the mail it causes. The run begins when the world is ready.
   *
   * @throws ServingError when the alarm's thread has not been built.
   */
  startUp(steps: readonly (() => void)[]): void {
    this.alarm = new Alarm(
      this.clock,
      () => this.turn(),
      (error) => this.fail(error),
    );
    this.turn(() => {
      for (const step of steps) {
        step();
        this.settle();
      }
    });
  }

  /** A message from outside the actors: an answer, a client that left. May come at any time. */
  external(to: Address, message: Message): void {
    if (this.state === 'ended') return;
    this.inbox.push(to, message);
    // A backend may answer from within a call of an actor; the message waits for the actor's turn to end.
    if (!this.inTurn) this.turn();
  }

  /**
   * Opens a request that came in just now, outside the workload.
   * @param opened told its slot before any actor sees the request, which may end it at once.
   */
  submit(query: Omit<Arrival, 'atNs'>, opened: (slot: Slot) => void): void {
    invariant(this.state === 'running' && !this.inTurn, 'a request is submitted from outside, while the run goes on');
    this.turn(() => {
      this.takeAllDue();
      // What was due may have ended the run.
      if (this.state === 'running') this.takeArrival({ ...query, atNs: this.clock.now() }, opened);
    });
  }

  get isRunning(): boolean {
    return this.state === 'running';
  }

  /** Delivers at this instant, after what was sent before. */
  send(to: Address, message: Message): void {
    this.mail.push(to, message);
  }

  setTimer(to: Address, atNs: Nanos, message: Message, phase: Phase = PHASE_TIMERS): TimerId {
    invariant(atNs >= this.now, `cannot set ${message.type} to ${atNs} from ${this.now}`);
    return this.calendar.add(atNs, phase, to, message);
  }

  cancelTimer(timer: TimerId): void {
    this.calendar.cancel(timer);
  }

  /** Ends the run now; what is open stays open. */
  end(ending: LiveEnding): void {
    if (this.state === 'ended') return;
    this.state = 'ended';
    if (ending !== 'drained') this.now = Math.max(this.now, this.clock.now());
    this.begin();
    this.finish(ending);
  }

  /** Ends the alarm's thread. */
  async close(): Promise<void> {
    await this.alarm?.close();
  }

  private fail(error: unknown): void {
    this.state = 'ended';
    this.begin();
    this.abandon(error);
  }

  /** One entry into the loop: the given work, what is due, the messages that wait; then sleep. */
  private turn(work?: () => void): void {
    if (this.state === 'ended') return;
    this.inTurn = true;
    try {
      work?.();
      if (this.state === 'start-up') this.takeStartUp();
      if (this.state === 'running') this.takeEvents();
    } catch (error) {
      this.fail(error);
    } finally {
      this.inTurn = false;
    }
  }

  private takeStartUp(): void {
    const { driven, recorder } = this.parts;
    while (this.inbox.length > 0) {
      const to = this.inbox.nextTo;
      const message = this.inbox.shift();
      digestEvent(this.digest, 0, this.sequence, to, message);
      this.sequence += 1;
      recorder?.startedUp(to, message);
      driven.deliver(to, message);
      this.settle();
    }
    if (this.alarm?.isAwake !== true || !driven.isReady()) return;
    this.sequence = 0;
    this.state = 'running';
    this.clock.start();
    this.begin();
    this.endIfDrained();
  }

  private takeEvents(): void {
    this.takeAllDue();
    while (this.state === 'running' && this.inbox.length > 0) {
      const to = this.inbox.nextTo;
      this.stamp(this.clock.now());
      this.takeEvent(to, this.inbox.shift());
    }
    if (this.state === 'running') this.sleep();
  }

  /** Takes what was due when it was called; what becomes due meanwhile waits until messages had their turn. */
  private takeAllDue(): void {
    const untilNs = this.clock.now();
    while (this.state === 'running' && this.nextNs() <= untilNs) this.takeDue();
  }

  private takeDue(): void {
    const { calendar } = this;
    const { workload } = this.parts;
    const arrivalNs = workload.next.atNs;
    const eventNs = calendar.nextNs();
    if (arrivalNs < eventNs || (arrivalNs === eventNs && calendar.nextPhase > PHASE_ARRIVALS)) {
      this.takeArrival(workload.next);
      return;
    }
    const clockNs = this.clock.now();
    this.timerSlack.add(clockNs - eventNs);
    const isPeriodic = calendar.nextPhase >= PHASE_CONTROL || calendar.nextTo === MONITOR;
    this.stamp(isPeriodic ? eventNs : clockNs);
    const to = calendar.nextTo;
    this.takeEvent(to, calendar.take());
  }

  private takeArrival(arrival: Arrival, opened?: (slot: Slot) => void): void {
    const { driven, workload, recorder } = this.parts;
    this.stamp(this.clock.now());
    this.events += 1;
    this.issueDelay.add(this.now - arrival.atNs);
    this.lastArrivalNs = this.now;
    recorder?.arrival(this.now, arrival);
    const slot = driven.open(arrival);
    if (arrival === workload.next) workload.advance();
    digestArrival(this.digest, this.now, driven.lastOrdinal());
    opened?.(slot);
    this.arrived.slot = slot;
    driven.deliver(SCHEDULER, this.arrived);
    this.settle();
    this.endIfDrained();
  }

  private takeEvent(to: Address, message: Message): void {
    const { driven, recorder } = this.parts;
    this.events += 1;
    digestEvent(this.digest, this.now, this.sequence, to, message);
    this.sequence += 1;
    recorder?.event(this.now, to, message);
    driven.deliver(to, message);
    this.settle();
    this.endIfDrained();
  }

  private stamp(instantNs: Nanos): void {
    this.now = Math.max(this.now + 1, instantNs);
  }

  private settle(): void {
    const { mail } = this;
    for (let delivered = 0; mail.length > 0; delivered += 1) {
      invariant(delivered < MAIL_PER_EVENT_MAX, 'one event caused more mail than any event can: a loop of messages');
      const to = mail.nextTo;
      this.parts.driven.deliver(to, mail.shift());
    }
  }

  private endIfDrained(): void {
    const { workload, driven, endsByItself } = this.parts;
    if (endsByItself && workload.next.atNs === NEVER && driven.openRequests() === 0) this.end('drained');
  }

  /** Sets the alarm to what is due next; what is due already is taken after other work of the process. */
  private sleep(): void {
    const clockNs = this.clock.now();
    const limitNs = this.drainLimitNs();
    const nextNs = Math.min(this.nextNs(), limitNs);
    if (limitNs <= clockNs) this.end('drain-limit');
    else if (nextNs > clockNs) {
      if (nextNs !== NEVER) this.alarm?.set(nextNs);
    } else if (!this.continues) {
      this.continues = true;
      setImmediate(() => {
        this.continues = false;
        this.turn();
      });
    }
  }

  private nextNs(): Nanos {
    return Math.min(this.parts.workload.next.atNs, this.calendar.nextNs());
  }

  private drainLimitNs(): Nanos {
    const { workload, drainNs, endsByItself } = this.parts;
    const applies = endsByItself && drainNs !== NEVER && workload.next.atNs === NEVER;
    return applies ? this.lastArrivalNs + drainNs : NEVER;
  }
}
