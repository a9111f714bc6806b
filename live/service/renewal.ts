/**
 * Calls for a new epoch when one has lasted long enough: its clock counts integer nanoseconds and is exact for 104 days.
 * A renewal that fails is tried again after a thirtieth of the period.
 */

/** As far as an epoch is from the end of its clock, so that tries may fail for weeks. */
export const RENEWAL_MS = 30 * 86_400_000;
/** Longest delay of a timer of Node. */
const TIMER_MAX_MS = 2_147_483_647;

export class Renewal {
  private readonly periodMs: number;
  private readonly renew: () => Promise<void>;
  private timer: NodeJS.Timeout | undefined;

  /** @param renew begins a new epoch, and with it the period anew. */
  constructor(periodMs: number, renew: () => Promise<void>) {
    this.periodMs = periodMs;
    this.renew = renew;
  }

  /** An epoch begins now. */
  begin(): void {
    this.wait(this.periodMs);
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  private wait(ms: number): void {
    clearTimeout(this.timer);
    const part = Math.min(ms, TIMER_MAX_MS);
    this.timer = setTimeout(() => {
      if (part < ms) this.wait(ms - part);
      else this.renew().catch(() => this.wait(this.periodMs / 30));
    }, part);
    // The service keeps its process alive.
    this.timer.unref();
  }
}
