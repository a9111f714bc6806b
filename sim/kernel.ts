/**
 * The discrete-event kernel: it owns virtual time and delivery. Time is integer nanoseconds and never goes
 * back. At one instant events are taken in the order (phase, sequence); arrivals are merged from the workload
 * instead of passing through the heap. After each event the zero-delay mail it caused is delivered, first in, first
 * out, at the same instant; mail is not an event. `now` is stamped once for each delivery.
 *
 * Every run ends with a name: `drained` when the workload is exhausted and nothing is open, or the bound it hit.
 */
import type { Address, Message, Nanos, Phase, TimerId, Workload } from '../core/index.ts';
import {
  Calendar,
  Digest,
  InvariantError,
  Mail,
  NEVER,
  PHASE_ARRIVALS,
  PHASE_TIMERS,
  SCHEDULER,
  digestArrival,
  digestEvent,
  invariant,
} from '../core/index.ts';

/** Mail one event may cause: beyond it two actors are sending to each other for ever. */
const MAIL_PER_EVENT_MAX = 10_000_000;

export type Ending = 'drained' | 'stuck' | 'time-limit' | 'event-limit' | 'open-request-limit';

export interface Bounds {
  /** Simulated time at which the run is cut off. */
  readonly untilNs: Nanos;
  readonly eventsMax: number;
  /** Open requests at most: a queue that only grows ends the run instead of the machine's memory. */
  readonly openMax: number;
}

/** What the kernel drives. */
export interface Simulated {
  /** Gives a message to the actor at an address. */
  deliver(to: Address, message: Message): void;
  /** Opens a request for the workload's next arrival and returns the scheduler's message for it. */
  arrive(): Message;
  /** Requests opened and not ended. */
  openRequests(): number;
  /** The request that `arrive` opened last. */
  lastOrdinal(): number;
}

export class Kernel {
  now: Nanos = 0;
  /** Events taken, cancelled ones not counted. */
  events = 0;
  readonly digest = new Digest();
  readonly calendar = new Calendar();
  private readonly mail = new Mail();
  /** What arrives, and when the service notices. */
  readonly workload: Workload;
  private readonly bounds: Bounds;

  constructor(workload: Workload, bounds: Bounds) {
    this.workload = workload;
    this.bounds = bounds;
  }

  /** Delivers at this instant, after what was sent before. */
  send(to: Address, message: Message): void {
    this.mail.push(to, message);
  }

  /** Delivers at an instant that has not passed. */
  schedule(atNs: Nanos, phase: Phase, to: Address, message: Message): TimerId {
    // Messages are built only when they are needed: a template costs more than the event.
    if (!(atNs >= this.now)) throw new InvariantError(`cannot schedule ${message.type} at ${atNs} from ${this.now}`);
    return this.calendar.add(atNs, phase, to, message);
  }

  setTimer(to: Address, atNs: Nanos, message: Message, phase: Phase = PHASE_TIMERS): TimerId {
    return this.schedule(atNs, phase, to, message);
  }

  cancel(timer: TimerId): void {
    this.calendar.cancel(timer);
  }

  /** Runs until the workload is exhausted and nothing is open, or a bound is hit. */
  run(simulated: Simulated): Ending {
    const { calendar, workload, bounds } = this;
    for (;;) {
      this.settle(simulated);
      const arrivalNs = workload.next.atNs;
      const open = simulated.openRequests();
      if (arrivalNs === NEVER && open === 0) return 'drained';
      const eventNs = calendar.nextNs();
      const isArrival = arrivalNs < eventNs || (arrivalNs === eventNs && calendar.nextPhase > PHASE_ARRIVALS);
      const timeNs = isArrival ? arrivalNs : eventNs;
      if (timeNs === NEVER) return 'stuck';
      if (timeNs > bounds.untilNs) return 'time-limit';
      if (this.events >= bounds.eventsMax) return 'event-limit';
      if (open > bounds.openMax) return 'open-request-limit';
      if (timeNs < this.now) throw new InvariantError(`the clock would go back from ${this.now} to ${timeNs}`);
      this.now = timeNs;
      this.events += 1;
      if (isArrival) this.takeArrival(simulated);
      else this.takeEvent(simulated);
    }
  }

  /** Delivers the pending mail. */
  settle(simulated: Simulated): void {
    const mail = this.mail;
    for (let delivered = 0; mail.length > 0; delivered += 1) {
      invariant(delivered < MAIL_PER_EVENT_MAX, 'one event caused more mail than any event can: a loop of messages');
      const to = mail.nextTo;
      simulated.deliver(to, mail.shift());
    }
  }

  private takeArrival(simulated: Simulated): void {
    const message = simulated.arrive();
    const ordinal = simulated.lastOrdinal();
    digestArrival(this.digest, this.now, ordinal);
    simulated.deliver(SCHEDULER, message);
  }

  private takeEvent(simulated: Simulated): void {
    const { calendar } = this;
    const to = calendar.nextTo;
    const sequence = calendar.nextSequence;
    const message = calendar.take();
    digestEvent(this.digest, this.now, sequence, to, message);
    simulated.deliver(to, message);
  }
}
