/**
 * A workload as a sleeping service sees it: each arrival is noticed some time after it was scheduled, and none before
 * the one that came earlier. The kernel takes arrivals when they are noticed; requests count from when they were
 * scheduled, as live ones do.
 */
import type { Arrival, Nanos, Workload } from '../core/index.ts';
import { NEVER, emptyArrival } from '../core/index.ts';

export class LateArrivals implements Workload {
  readonly kinds: Workload['kinds'];
  /** The arrivals as they were scheduled. */
  readonly scheduled: Workload;
  private readonly latenessNs: () => Nanos;
  private readonly noticed: Arrival = emptyArrival();
  /** The scheduled time that `noticed` was drawn for; NaN when none was. */
  private drawnForNs = Number.NaN;
  private lastNs: Nanos = 0;

  /** @param latenessNs draws how late one arrival is noticed. */
  constructor(scheduled: Workload, latenessNs: () => Nanos) {
    this.scheduled = scheduled;
    this.kinds = scheduled.kinds;
    this.latenessNs = latenessNs;
  }

  /** Only its time differs from the scheduled arrival, and only its time is set. */
  get next(): Arrival {
    const { atNs } = this.scheduled.next;
    // A closed loop's next arrival may change whenever an answer comes.
    if (atNs !== this.drawnForNs) {
      this.drawnForNs = atNs;
      this.noticed.atNs = atNs === NEVER ? NEVER : Math.max(this.lastNs, atNs + this.latenessNs());
    }
    return this.noticed;
  }

  advance(): void {
    this.lastNs = this.noticed.atNs;
    this.drawnForNs = Number.NaN;
    this.scheduled.advance();
  }
}
