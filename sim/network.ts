/**
 * The network between scheduler and workers: each request travels to its worker, and its answer travels back,
 * each for a delay drawn from the network's stream. A message may be lost where a fault says so; then only the
 * service's timeout ends the request.
 */
import type { Address, Fleet, Ledger, Message, Nanos, RequestTable, Slot, Stream } from '../core/index.ts';
import { PHASE_TIMERS } from '../core/index.ts';
import type { Kernel } from './kernel.ts';

export interface NetworkPlan {
  /** One-way delay; exponential around the mean when `jitter` is true, constant otherwise. */
  readonly delayNs: Nanos;
  readonly jitter: boolean;
}

export class Network {
  /** Messages lost so far. */
  lost = 0;
  private readonly kernel: Kernel;
  private readonly ledger: Ledger;
  private readonly fleet: Fleet;
  private readonly requests: RequestTable;
  private readonly plan: NetworkPlan;
  private readonly stream: Stream;
  private readonly loses: (() => boolean) | undefined;

  constructor(parts: {
    readonly kernel: Kernel;
    readonly ledger: Ledger;
    readonly fleet: Fleet;
    readonly requests: RequestTable;
    readonly plan: NetworkPlan;
    readonly stream: Stream;
    /** Asked for every request on its way to a worker. */
    readonly loses?: (() => boolean) | undefined;
  }) {
    this.kernel = parts.kernel;
    this.ledger = parts.ledger;
    this.fleet = parts.fleet;
    this.requests = parts.requests;
    this.plan = parts.plan;
    this.stream = parts.stream;
    this.loses = parts.loses;
  }

  /** Draws one delay. */
  delayNs(): Nanos {
    const { delayNs, jitter } = this.plan;
    return jitter ? Math.round(this.stream.exponential(delayNs)) : delayNs;
  }

  /** Sends a request to a worker's queue. */
  carry(to: Address, message: Message, slot: Slot): void {
    if (this.loses?.() === true) {
      this.lost += 1;
      // The worker will never answer, so it does not count as having the request; the timeout ends it.
      this.fleet.outstanding[this.requests.worker[slot]] -= this.requests.inputs[slot];
      this.ledger.letGo(slot);
      return;
    }
    const delayNs = this.delayNs();
    if (delayNs === 0) this.kernel.send(to, message);
    else this.kernel.schedule(this.kernel.now + delayNs, PHASE_TIMERS, to, message);
  }
}
