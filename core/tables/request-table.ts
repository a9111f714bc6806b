/**
 * The open requests as columns. A row is a slot, reused after the request has ended and nobody holds it; the
 * ordinal is never reused. Messages on the data path carry slots only. Columns grow by doubling, so nobody
 * keeps a reference to one: read `requests.inputs[slot]` each time.
 */
import { OPEN } from '../outcome.ts';
import type { Nanos } from '../time.ts';
import { NEVER } from '../time.ts';
import type { Arrival } from '../workload.ts';

/** A row of the request table. */
export type Slot = number;
/** A request's number in order of arrival, from 0; never reused within a run. */
export type Ordinal = number;

/** What policies may read of a request. */
export interface RequestView {
  /** Index into the workload's query kinds: application, use case, architecture, variant asked for. */
  readonly kind: ReadonlyColumn;
  /** Weight: the number of inputs, at least 1. */
  readonly inputs: ReadonlyColumn;
  readonly ordinal: ReadonlyColumn;
  readonly scheduledNs: ReadonlyColumn;
  /** Scheduled time plus the latency objective; `NEVER` when the query has none. */
  readonly deadlineNs: ReadonlyColumn;
  /** Least acceptable accuracy in percent; 0 when the query has none. */
  readonly accuracyPercent: ReadonlyColumn;
  /** The variant selected, or -1. */
  readonly variant: ReadonlyColumn;
}

/** A column its owner writes and everyone else reads. */
export interface ReadonlyColumn {
  readonly length: number;
  readonly [index: number]: number;
}

export class RequestTable implements RequestView {
  kind: Int32Array;
  inputs: Int32Array;
  ordinal: Float64Array;
  scheduledNs: Float64Array;
  /** When the request was opened: its scheduled time in simulation, a little later live. */
  openedNs: Float64Array;
  deadlineNs: Float64Array;
  accuracyPercent: Float64Array;
  /** Who asked, for closed-loop sources and live clients; -1 otherwise. */
  client: Int32Array;
  variant: Int32Array;
  worker: Int32Array;
  /** When the request joined its worker's queue. */
  enqueuedNs: Float64Array;
  /** When the scheduler began to hold it for want of a worker, or `NEVER`; then the time so lost. */
  heldSinceNs: Float64Array;
  loadWaitNs: Float64Array;
  outcome: Uint8Array;
  /** 1 while a worker's queue, a running batch or the network still refers to the slot. */
  held: Uint8Array;
  /** Requests opened and not yet ended. */
  open = 0;
  /** Ordinal of the next request: the number of requests opened so far. */
  opened: Ordinal = 0;
  private free: Int32Array;
  private freeCount = 0;
  private capacity: number;

  constructor(initialCapacity = 1024) {
    this.capacity = initialCapacity;
    this.kind = new Int32Array(initialCapacity);
    this.inputs = new Int32Array(initialCapacity);
    this.ordinal = new Float64Array(initialCapacity);
    this.scheduledNs = new Float64Array(initialCapacity);
    this.openedNs = new Float64Array(initialCapacity);
    this.deadlineNs = new Float64Array(initialCapacity);
    this.accuracyPercent = new Float64Array(initialCapacity);
    this.client = new Int32Array(initialCapacity);
    this.variant = new Int32Array(initialCapacity);
    this.worker = new Int32Array(initialCapacity);
    this.enqueuedNs = new Float64Array(initialCapacity);
    this.heldSinceNs = new Float64Array(initialCapacity);
    this.loadWaitNs = new Float64Array(initialCapacity);
    this.outcome = new Uint8Array(initialCapacity);
    this.held = new Uint8Array(initialCapacity);
    this.free = new Int32Array(initialCapacity);
    this.offerSlots(0);
  }

  /** Opens a request for an arrival and returns its slot. */
  openFor(arrival: Arrival, now: Nanos): Slot {
    if (this.freeCount === 0) this.grow();
    this.freeCount -= 1;
    const slot = this.free[this.freeCount];
    this.kind[slot] = arrival.kind;
    this.inputs[slot] = arrival.inputs;
    this.ordinal[slot] = this.opened;
    this.scheduledNs[slot] = arrival.atNs;
    this.openedNs[slot] = now;
    this.deadlineNs[slot] = arrival.latencyNs === NEVER ? NEVER : arrival.atNs + arrival.latencyNs;
    this.accuracyPercent[slot] = arrival.accuracyPercent;
    this.client[slot] = arrival.client;
    this.variant[slot] = -1;
    this.worker[slot] = -1;
    this.heldSinceNs[slot] = NEVER;
    this.loadWaitNs[slot] = 0;
    this.outcome[slot] = OPEN;
    this.held[slot] = 0;
    this.opened += 1;
    this.open += 1;
    return slot;
  }

  /** Notes that the scheduler holds the request for want of a worker. A hold that goes on keeps its beginning. */
  startHold(slot: Slot, now: Nanos): void {
    if (this.heldSinceNs[slot] === NEVER) this.heldSinceNs[slot] = now;
  }

  /** Ends a hold and adds its length to the request's load wait. */
  endHold(slot: Slot, now: Nanos): void {
    if (this.heldSinceNs[slot] === NEVER) return;
    this.loadWaitNs[slot] += now - this.heldSinceNs[slot];
    this.heldSinceNs[slot] = NEVER;
  }

  /** Gives a slot back. Only the ledger calls it, when the request has ended and nobody holds it. */
  release(slot: Slot): void {
    this.free[this.freeCount] = slot;
    this.freeCount += 1;
  }

  /** The slots of the open requests, ascending. Looks at every slot: for the end of a run, not for policies. */
  openSlots(): Slot[] {
    const free = new Set(this.free.subarray(0, this.freeCount));
    const slots: Slot[] = [];
    for (let slot = 0; slot < this.capacity; slot += 1) {
      if (!free.has(slot) && this.outcome[slot] === OPEN) slots.push(slot);
    }
    return slots;
  }

  private grow(): void {
    const before = this.capacity;
    this.capacity = before * 2;
    this.kind = widen(this.kind, new Int32Array(this.capacity));
    this.inputs = widen(this.inputs, new Int32Array(this.capacity));
    this.ordinal = widen(this.ordinal, new Float64Array(this.capacity));
    this.scheduledNs = widen(this.scheduledNs, new Float64Array(this.capacity));
    this.openedNs = widen(this.openedNs, new Float64Array(this.capacity));
    this.deadlineNs = widen(this.deadlineNs, new Float64Array(this.capacity));
    this.accuracyPercent = widen(this.accuracyPercent, new Float64Array(this.capacity));
    this.client = widen(this.client, new Int32Array(this.capacity));
    this.variant = widen(this.variant, new Int32Array(this.capacity));
    this.worker = widen(this.worker, new Int32Array(this.capacity));
    this.enqueuedNs = widen(this.enqueuedNs, new Float64Array(this.capacity));
    this.heldSinceNs = widen(this.heldSinceNs, new Float64Array(this.capacity));
    this.loadWaitNs = widen(this.loadWaitNs, new Float64Array(this.capacity));
    this.outcome = widen(this.outcome, new Uint8Array(this.capacity));
    this.held = widen(this.held, new Uint8Array(this.capacity));
    this.free = widen(this.free, new Int32Array(this.capacity));
    this.offerSlots(before);
  }

  /** Puts the slots from `first` up on the free list, lowest on top. */
  private offerSlots(first: Slot): void {
    for (let slot = this.capacity - 1; slot >= first; slot -= 1) {
      this.free[this.freeCount] = slot;
      this.freeCount += 1;
    }
  }
}

function widen<Column extends Int32Array | Float64Array | Uint8Array>(from: Column, to: Column): Column {
  to.set(from);
  return to;
}
