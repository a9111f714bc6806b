/**
 * The log of a live run: every message that entered it from outside, in order, as plain data. Fed to the same actors
 * under the kernel it gives the same decisions and the same digest. Mail between actors is not in it; they repeat it.
 */
import type { Address } from '../addresses.ts';
import type { Message } from '../messages.ts';
import type { Nanos } from '../time.ts';
import type { Arrival } from '../workload.ts';

/** A backend's or provisioner's answer, a timer that fired, a client that left. */
export interface LoggedEvent {
  /** The instant stamped on it; strictly ascending after the start-up. */
  readonly atNs: Nanos;
  readonly to: Address;
  readonly message: Message;
}

/** A request that was opened. */
export interface LoggedArrival {
  /** When it was opened; its scheduled time, in `arrival`, is earlier. */
  readonly atNs: Nanos;
  readonly arrival: Readonly<Arrival>;
}

export interface MessageLog {
  /** The loads of the initial workers, all at time 0: they end before the workload begins. */
  readonly startUp: readonly LoggedEvent[];
  readonly events: readonly LoggedEvent[];
  readonly arrivals: readonly LoggedArrival[];
  /** False when the log hit its bound: the run went on and the rest is missing. */
  readonly complete: boolean;
  /** How the run ended, when, and its digest. */
  readonly ending: string;
  readonly endNs: Nanos;
  readonly digest: string;
}
