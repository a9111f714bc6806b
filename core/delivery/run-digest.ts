/**
 * What a run's digest is fed with, the same in both worlds: which event, to whom and about what; which control
 * decision and why. A live run and its replay also feed every batch as it starts.
 */
import { SCHEDULER } from '../addresses.ts';
import type { Address } from '../addresses.ts';
import type { Message } from '../messages.ts';
import { messageCode } from '../messages.ts';
import type { WorkerId } from '../tables/fleet.ts';
import type { Ordinal, Slot } from '../tables/request-table.ts';
import type { Nanos } from '../time.ts';
import type { ControlDecision } from '../world.ts';
import type { Digest } from './digest.ts';

/** A batch as it is handed to the backend. */
export interface StartedBatch {
  readonly worker: WorkerId;
  /** The worker's own buffer; the first `count` slots are the batch. */
  readonly slots: ArrayLike<Slot>;
  readonly count: number;
  readonly inputs: number;
}

/** Feeds an arrival. */
export function digestArrival(digest: Digest, now: Nanos, ordinal: Ordinal): void {
  digest.event(now, ordinal, SCHEDULER, messageCode('request.arrived'), ordinal);
}

/** Feeds any other event. @param sequence its number among them. */
export function digestEvent(digest: Digest, now: Nanos, sequence: number, to: Address, message: Message): void {
  digest.event(now, sequence, to, messageCode(message.type), subjectOf(message));
}

/** Feeds a control decision. */
export function digestDecision(digest: Digest, now: Nanos, decision: ControlDecision): void {
  digest.text(decision.kind);
  digest.integer(now);
  digest.word('variant' in decision ? decision.variant : decision.type);
  digest.word('worker' in decision ? decision.worker : -1);
  digest.word('machine' in decision ? decision.machine : -1);
  digest.text(decision.reason);
}

/** Feeds the start of a batch with everything that is in it. */
export function digestBatch(digest: Digest, now: Nanos, { worker, slots, count, inputs }: StartedBatch): void {
  digest.event(now, count, worker, inputs, slots[0]);
  for (let at = 1; at < count; at += 1) digest.word(slots[at]);
}

/** The generation or the request a message is about, where it has one. */
function subjectOf(message: Message): number {
  // Read as if every message had both: `in` takes several times as long on the hot path.
  const { generation, ordinal } = message as { readonly generation?: number; readonly ordinal?: number };
  return generation ?? ordinal ?? 0;
}
