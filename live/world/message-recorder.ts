/** Collects the log of a live run, in memory and bounded: a run that outgrows the bound goes on without its log. */
import type { Address, Arrival, LoggedArrival, LoggedEvent, Message, MessageLog, Nanos } from '../../core/index.ts';

export class MessageRecorder {
  private readonly startUp: LoggedEvent[] = [];
  private readonly events: LoggedEvent[] = [];
  private readonly arrivals: LoggedArrival[] = [];
  private readonly maximum: number;
  private complete = true;

  /** @param maximum events and arrivals to keep at most, together. */
  constructor(maximum: number) {
    this.maximum = maximum;
  }

  startedUp(to: Address, message: Message): void {
    this.startUp.push({ atNs: 0, to, message });
  }

  event(atNs: Nanos, to: Address, message: Message): void {
    if (this.hasRoom()) this.events.push({ atNs, to, message });
  }

  arrival(atNs: Nanos, arrival: Arrival): void {
    if (this.hasRoom()) this.arrivals.push({ atNs, arrival: { ...arrival } });
  }

  finish(end: Pick<MessageLog, 'ending' | 'endNs' | 'digest'>): MessageLog {
    const { startUp, events, arrivals, complete } = this;
    return { startUp, events, arrivals, complete, ...end };
  }

  private hasRoom(): boolean {
    this.complete &&= this.events.length + this.arrivals.length < this.maximum;
    return this.complete;
  }
}
