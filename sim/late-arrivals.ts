/**
 * A workload as a sleeping service sees it: an arrival is noticed some time after it was scheduled, or with the first
 * event that wakes the service meanwhile, and none before the one that came earlier. The kernel takes arrivals when they
 * are noticed; requests count from when they were scheduled, as live ones do.
 */
import type { Arrival, Nanos, Workload } from '../core/index.ts';
import { NEVER, emptyArrival } from '../core/index.ts';

export interface LateArrivalsParts {
  /** The arrivals as they were scheduled. */
  readonly scheduled: Workload;
  /** When a service that sleeps notices an arrival; not before it was scheduled. Drawn once for each. */
  readonly noticedNs: (scheduledNs: Nanos) => Nanos;
  /** The instant of the last event: whatever woke the service then, it has seen all that had come. */
  readonly nowNs: () => Nanos;
}

export class LateArrivals implements Workload {
  readonly kinds: Workload['kinds'];
  private readonly parts: LateArrivalsParts;
  private readonly noticed: Arrival = emptyArrival();
  /** The scheduled time that `drawnNs` was drawn for; NaN when none was. */
  private drawnForNs = Number.NaN;
  private drawnNs: Nanos = 0;
  private lastNs: Nanos = 0;

  constructor(parts: LateArrivalsParts) {
    this.parts = parts;
    this.kinds = parts.scheduled.kinds;
  }

  /** Only its time differs from the scheduled arrival, and only its time is set. */
  get next(): Arrival {
    const { scheduled, noticedNs, nowNs } = this.parts;
    const { atNs } = scheduled.next;
    // A closed loop's next arrival may change whenever an answer comes.
    if (atNs !== this.drawnForNs) {
      this.drawnForNs = atNs;
      this.drawnNs = atNs === NEVER ? NEVER : noticedNs(atNs);
    }
    const awakeNs = nowNs() >= atNs ? nowNs() : this.drawnNs;
    this.noticed.atNs = atNs === NEVER ? NEVER : Math.max(this.lastNs, awakeNs);
    return this.noticed;
  }

  advance(): void {
    this.lastNs = this.noticed.atNs;
    this.drawnForNs = Number.NaN;
    this.parts.scheduled.advance();
  }
}
