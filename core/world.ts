/**
 * The ports: everything an actor may ask of the world it lives in. A world is an implementation of these. The
 * simulated one owns virtual time, the live one follows the wall clock; nothing in `core` knows which it is in.
 *
 * A call only enqueues. It never re-enters an actor, never answers by returning and never throws for anything
 * but a programmer's error; answers are messages.
 */
import type { Address } from './addresses.ts';
import type { Message } from './messages.ts';
import type { Generation, MachineId, WorkerId } from './tables/fleet.ts';
import type { VariantIndex } from './catalogue/variant.ts';
import type { Nanos } from './time.ts';

/**
 * Order of events at one instant: (time, phase, sequence). Backend answers come first, so that a worker freed at
 * an instant can take the request that arrives at the same instant; arrivals come after every control tick, so
 * that a decision at an instant sees the state before them; samples see everything. The monitor refreshes its
 * columns among the timers, so that control ticks of the same instant read fresh ones.
 */
export const PHASE_BACKEND = 0;
export const PHASE_MACHINES = 1;
export const PHASE_TIMERS = 2;
export const PHASE_CONTROL = 3;
export const PHASE_ARRIVALS = 4;
export const PHASE_SAMPLES = 5;
export type Phase = 0 | 1 | 2 | 3 | 4 | 5;

/** Handle of a pending timer. */
export type TimerId = number & { readonly kind?: 'timer' };
/** No timer. */
export const NO_TIMER: TimerId = -1;

/** What executes a worker's loads and batches. Each call ends in exactly one message to the worker. */
export interface Backend {
  /** Ends in `load.finished` or `load.failed` to the worker's lifecycle. */
  load(worker: WorkerId, generation: Generation): void;
  /**
   * Executes a batch; ends in `batch.finished` or `batch.failed` to the worker's queue.
   * @param slots the worker's own buffer; valid until the answer is delivered. Only the first `count` count.
   * @param inputs the batch's size in inputs.
   */
  execute(worker: WorkerId, generation: Generation, slots: Int32Array, count: number, inputs: number): void;
  /** Kills whatever the worker does. An answer that comes all the same is dropped by the worker. */
  cancel(worker: WorkerId, generation: Generation): void;
  /** Ends in `unload.finished` to the worker's lifecycle. */
  unload(worker: WorkerId, generation: Generation): void;
}

/** What boots and stops machines. Answers go to the machine. */
export interface Provisioner {
  /** Ends in `machine.booted` or `boot.failed`. */
  boot(machine: MachineId, generation: Generation): void;
  /** Ends in `machine.stopped`. */
  stop(machine: MachineId, generation: Generation): void;
}

/** A control decision, for the decision log and the digest. Data-path decisions are in the request rows. */
export type ControlDecision =
  | {
      readonly kind: 'worker.start';
      readonly variant: VariantIndex;
      readonly worker: WorkerId;
      readonly machine: MachineId;
      readonly reason: string;
    }
  | {
      readonly kind: 'worker.drain';
      readonly variant: VariantIndex;
      readonly worker: WorkerId;
      readonly machine: MachineId;
      readonly reason: string;
    }
  | { readonly kind: 'capacity.short'; readonly variant: VariantIndex; readonly reason: string }
  | { readonly kind: 'machine.boot'; readonly type: number; readonly machine: MachineId; readonly reason: string }
  | { readonly kind: 'machine.drain'; readonly type: number; readonly machine: MachineId; readonly reason: string };

export interface World {
  /** The instant stamped on the message being delivered. */
  readonly now: Nanos;
  readonly backend: Backend;
  readonly provisioner: Provisioner;
  /** Delivers after the current message, before the next event; through the network where the world has one. */
  send(to: Address, message: Message): void;
  /** Delivers at an instant, not before `now`. */
  setTimer(to: Address, atNs: Nanos, message: Message, phase?: Phase): TimerId;
  /** Cancels a timer that may have fired already; then nothing happens. */
  cancelTimer(timer: TimerId): void;
  /** Notes a control decision. */
  decided(decision: ControlDecision): void;
  /** Notes a worker's or machine's change of state, for timelines. */
  stateChanged(subject: 'worker' | 'machine', id: number, state: string, variantOrType: number): void;
}
