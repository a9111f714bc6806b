/** The offline jobs that one epoch's actors were given, as whoever keeps them sees them. */
import type { JobTable, Message, VariantIndex } from '../../core/index.ts';
import { NEVER } from '../../core/index.ts';
import type { OfflinePort, RunningJob } from './offline-work.ts';

export interface EpochJobsParts {
  /** Tells the actors; what is told before they run is told when they do, in its order. */
  readonly tell: (message: Message) => void;
  /** The actors' own books. */
  readonly table: () => JobTable | undefined;
  /** Loads of a variant that failed, and why the last one did. */
  readonly failedLoads: (variant: VariantIndex) => { readonly count: number; readonly detail: string };
}

export class EpochJobs {
  private readonly parts: EpochJobsParts;
  private jobs = 0;
  private files = 0;

  constructor(parts: EpochJobsParts) {
    this.parts = parts;
  }

  add(job: Parameters<OfflinePort['add']>[0]): RunningJob {
    const { tell, table, failedLoads } = this.parts;
    const index = this.jobs;
    const firstFile = this.files;
    this.jobs += 1;
    this.files += job.files;
    tell({ type: 'job.added', job: { ...job, atNs: 0, cancelNs: NEVER } });
    const none = { total: job.files, waiting: job.files, running: 0, done: 0, failed: 0, cancelled: 0 };
    const isKnown = (): boolean => (table()?.jobs.length ?? 0) > index;
    return {
      firstFile,
      counts: () => (isKnown() ? (table()?.counts(index) ?? none) : none),
      reason: () => (isKnown() ? (table()?.reason(index) ?? '') : ''),
      failedLoads: () => {
        const variant = isKnown() ? table()?.variant(index) : undefined;
        return variant === undefined || variant === null ? undefined : failedLoads(variant);
      },
      cancel: () => tell({ type: 'job.cancelled', job: index }),
    };
  }
}
