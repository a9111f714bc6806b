/** Everything that defines one live run, apart from its workload and the world around it. */
import type { Nanos, ServingPlan, Solver } from '../../core/index.ts';
import type { PayloadChoice } from './payloads/workload-payloads.ts';

export interface LivePlan {
  readonly serving: ServingPlan;
  /** Root of the policies' random streams and of synthetic inputs. */
  readonly seed: string;
  /** How long the run may go on after the last arrival; `NEVER` for no limit. */
  readonly drainNs: Nanos;
  /** What the requests carry. Default: `auto`. */
  readonly payload?: PayloadChoice;
  /** Threads of each engine, at least 1. Default: the variant's cores. */
  readonly threads?: number;
  /** Emulated boot time of machines that join during the run, or each machine type's own. Default: 0. */
  readonly bootNs?: Nanos | 'catalogue';
  /** Loaded where some policy solves programs. */
  readonly solver?: Solver | undefined;
}
