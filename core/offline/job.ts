/** What an offline job is: many files for one architecture, without a deadline, worked on while there is room. */
import type { Nanos } from '../time.ts';

/** Index of a job in the plan. */
export type JobIndex = number;

export interface OfflineJob {
  readonly name: string;
  /** Exactly one of the two is not ''. */
  readonly architecture: string;
  readonly variant: string;
  /** Files to run, at least 1; a file is one input. */
  readonly files: number;
  readonly atNs: Nanos;
  /** When it is cancelled; `NEVER` for not at all. */
  readonly cancelNs: Nanos;
  /** Files per batch; the variant's maximum batch caps it. */
  readonly batch: number;
  /** How often a batch is executed at most before its files count as failed, at least 1. */
  readonly attemptsMax: number;
}

/** When a worker that does offline work waits. */
export interface ThrottleOptions {
  /** It waits while more than this share of the machine's cores is at work; `Infinity` for never. */
  readonly utilisation: number;
  /** It waits while a policy calls some worker of the machine overloaded or interfered with. */
  readonly flagged: boolean;
}

/** The offline work of a run. */
export interface OfflinePlan {
  readonly jobs: readonly OfflineJob[];
  /** Framework that a job's variant must have; '' for any. INFaaS takes pytorch. */
  readonly framework: string;
  readonly throttle: ThrottleOptions;
}
