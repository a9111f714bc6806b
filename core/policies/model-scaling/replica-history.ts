/**
 * What the Kubernetes autoscaler remembers of one deployment: the replicas it asked for, its recommendations of the
 * stabilisation window, and its changes of the scale-up period. Both lists are cut to their window when read.
 */
import type { Nanos } from '../../time.ts';

interface Dated {
  readonly atNs: Nanos;
  readonly workers: number;
}

export class ReplicaHistory {
  /** The number of workers asked for, whatever number there is. */
  replicas: number;
  private recommendations: Dated[] = [];
  private changes: Dated[] = [];

  constructor(replicas: number) {
    this.replicas = replicas;
  }

  /** Asks for a number of workers and remembers the change. */
  set(replicas: number, now: Nanos): void {
    if (replicas !== this.replicas) this.changes.push({ atNs: now, workers: replicas - this.replicas });
    this.replicas = replicas;
  }

  /**
   * Adds a recommendation and returns the highest of the window. The first is preceded by the replicas there are, so
   * that a controller without a past does not scale down at once.
   */
  recommend(workers: number, now: Nanos, windowNs: Nanos): number {
    if (this.recommendations.length === 0) this.recommendations.push({ atNs: now, workers: this.replicas });
    this.recommendations = this.recommendations.filter(({ atNs }) => atNs + windowNs > now);
    this.recommendations.push({ atNs: now, workers });
    return this.recommendations.reduce((most, recommendation) => Math.max(most, recommendation.workers), 0);
  }

  /**
   * Most workers the scale-up policies allow: of those at the start of the period, so many more or such a share more,
   * whichever is larger.
   */
  upLimit(
    now: Nanos,
    limits: { readonly scaleUpWorkers: number; readonly scaleUpShare: number; readonly scaleUpPeriod: Nanos },
  ): number {
    this.changes = this.changes.filter(({ atNs }) => atNs + limits.scaleUpPeriod > now);
    const start = this.changes.reduce((workers, change) => workers - change.workers, this.replicas);
    const limit = Math.max(start + limits.scaleUpWorkers, Math.ceil(start * (1 + limits.scaleUpShare)));
    return Math.max(limit, this.replicas);
  }
}
