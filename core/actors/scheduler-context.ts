/**
 * What the scheduler knows: the tables and policies it is given, and the requests it holds. Routing, holding and
 * the scheduler itself work on this one context.
 */
import type { Catalogue } from '../catalogue/catalogue.ts';
import type { Ledger } from '../ledger.ts';
import type { AdmissionPolicy, DispatchPolicy, SelectionPolicy } from '../policy.ts';
import type { Unserved } from '../queries/unserved.ts';
import type { Fleet } from '../tables/fleet.ts';
import type { RequestTable } from '../tables/request-table.ts';
import { SlotQueue } from '../tables/slot-queue.ts';
import type { Nanos } from '../time.ts';
import type { World } from '../world.ts';
import { TimeoutLine } from './timeout-line.ts';

export interface SchedulerInput {
  readonly world: World;
  readonly catalogue: Catalogue;
  readonly requests: RequestTable;
  readonly fleet: Fleet;
  readonly ledger: Ledger;
  readonly selection: SelectionPolicy;
  readonly admission: AdmissionPolicy;
  readonly dispatch: DispatchPolicy;
  /** Where queries are noted that no variant fits. */
  readonly unserved: Unserved;
  /** Requests held per variant at most; more are rejected as `hold-full`. */
  readonly holdMax: number;
  /** A request still open this long after its scheduled time fails as `timeout`; `NEVER` for no limit. */
  readonly timeoutNs: Nanos;
}

export interface SchedulerContext extends SchedulerInput {
  readonly maxBatch: Int32Array;
  /** Requests held, by variant, oldest first. */
  readonly waiting: readonly SlotQueue[];
  readonly timeouts: TimeoutLine;
  /** Whether the timer of a review is set. */
  reviewSet: boolean;
  /** True while what is held is routed again for want of room: a START is noted then and not carried out. */
  isShort: boolean;
}

/** The actor's context from what the assembly gives it. */
export function schedulerContext(input: SchedulerInput): SchedulerContext {
  return {
    ...input,
    maxBatch: Int32Array.from(input.catalogue.variants, (variant) => variant.maxBatch),
    waiting: input.catalogue.variants.map(() => new SlotQueue()),
    timeouts: new TimeoutLine(input.timeoutNs),
    reviewSet: false,
    isShort: false,
  };
}
