/** Finding a slot among those that the scheduler holds, for policies that keep the order themselves. */
import { NONE } from '../../policy.ts';
import type { Slot } from '../../tables/request-table.ts';
import type { SlotQueue } from '../../tables/slot-queue.ts';

/** Where a slot waits, or `NONE` when it has gone. Near the front for most orders. */
export function positionOf(waiting: SlotQueue, slot: Slot): number {
  for (let position = 0; position < waiting.length; position += 1) {
    if (waiting.at(position) === slot) return position;
  }
  return NONE;
}
