/**
 * A closed loop: a fixed number of clients, each of which thinks, sends a query, waits for its end and thinks again.
 * Every client has a stream of its own, so its n-th thinking time is the same whatever the policy does. What the n-th
 * query of the run asks for is drawn in advance, so it too does not depend on whose turn it is.
 */
import type { Arrival, Nanos, QueryKind, RandomStreams, Workload } from '../core/index.ts';
import { emptyArrival, invariant, NEVER } from '../core/index.ts';
import type { ClosedLoopArrivals } from './arrival-spec.ts';
import type { QuerySource } from './query-source.ts';
import { TimeHeap } from './time-heap.ts';

export interface ClosedLoopOptions {
  readonly spec: ClosedLoopArrivals;
  readonly queries: QuerySource;
  readonly streams: RandomStreams;
  /** Client 7 draws from the stream `name/client-7`. */
  readonly name: string;
}

/** All clients begin by thinking. After `ended`, `next` may be earlier than it was before. */
export function closedLoopWorkload(options: ClosedLoopOptions): Workload {
  return new ClosedLoopWorkload(options);
}

class ClosedLoopWorkload implements Workload {
  readonly kinds: readonly QueryKind[];
  readonly next: Arrival = emptyArrival();
  private readonly queries: QuerySource;
  private readonly thinkNs: (client: number) => Nanos;
  /** When each thinking client will send; a client that waits for an answer is not in it. */
  private readonly thinking = new TimeHeap();
  /** The position, from 1, of the arrival that `next` shows. */
  private position = 1;

  constructor(options: ClosedLoopOptions) {
    this.queries = options.queries;
    this.kinds = options.queries.kinds;
    this.thinkNs = thinkingTime(options);
    for (let client = 0; client < options.spec.clients; client += 1) this.schedule(client, 0);
    this.queries.draw(this.next);
    this.showEarliest();
  }

  advance(): void {
    if (this.next.atNs === NEVER) return;
    this.thinking.pop();
    this.position += 1;
    this.queries.draw(this.next);
    this.showEarliest();
  }

  ended(client: number, atNs: Nanos): void {
    invariant(client >= 0, `closed loop: the ended request belongs to no client (${client})`);
    this.schedule(client, atNs);
    this.showEarliest();
  }

  private schedule(client: number, fromNs: Nanos): void {
    const atNs = fromNs + this.thinkNs(client);
    if (atNs < this.queries.durationNs) this.thinking.push(atNs, client);
  }

  private showEarliest(): void {
    const over = this.position > this.queries.limit;
    this.next.atNs = over ? NEVER : this.thinking.atNs;
    this.next.client = over ? -1 : this.thinking.id;
  }
}

function thinkingTime(options: ClosedLoopOptions): (client: number) => Nanos {
  const { clients, think, thinkNs } = options.spec;
  if (think === 'fixed' || thinkNs === 0) return () => thinkNs;
  const streams = Array.from({ length: clients }, (_, client) =>
    options.streams.stream(`${options.name}/client-${client}`),
  );
  return (client) => Math.round(streams[client].exponential(thinkNs));
}
