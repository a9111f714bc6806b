/** What the live loop asks of the world it drives; the loop owns time and delivery, the world owns everything else. */
import type { Address, Arrival, Message, Ordinal, Slot } from '../../core/index.ts';

export interface Driven {
  /** Gives a message to the actor at an address. */
  deliver(to: Address, message: Message): void;
  /** Opens a request for an arrival and returns its slot. */
  open(arrival: Arrival): Slot;
  /** Requests opened and not ended. */
  openRequests(): number;
  /** The request that was opened last. */
  lastOrdinal(): Ordinal;
  /** Whether the workload may begin; asked whenever something happened during the start-up. */
  isReady(): boolean;
}
