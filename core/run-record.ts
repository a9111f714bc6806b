/** What a world hands over when a run is done: the tables it filled and how it ended. Results are made from it. */
import type { Nanos } from './time.ts';
import type { Serving } from './serving.ts';
import type { ControlDecision } from './world.ts';

export interface LoggedDecision {
  readonly atNs: Nanos;
  readonly decision: ControlDecision;
}

export interface RunRecord {
  readonly serving: Serving;
  /** `drained`, or the name of the bound that ended the run, or `interrupted`. */
  readonly ending: string;
  /** Time at the end of the run. */
  readonly endNs: Nanos;
  readonly digest: string;
  readonly unseed: string;
  readonly events: number;
  /** The first control decisions; `decisionCount` counts all. */
  readonly decisions: readonly LoggedDecision[];
  readonly decisionCount: number;
  /** Faults injected, by name. */
  readonly faults: ReadonlyMap<string, number>;
  /** What the auditor found wrong. */
  readonly findings: readonly string[];
  /** What a reader must know and what does not invalidate the run. */
  readonly notes: readonly string[];
}
