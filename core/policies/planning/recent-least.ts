/**
 * The least value of each key in the last two windows, so that one demanding query does not bind a planner for the rest
 * of a run. A key that nothing was noted for in a window keeps what it had: no news is no change.
 */
import type { Nanos } from '../../time.ts';

export class RecentLeast {
  private readonly windowNs: Nanos;
  private readonly most: number;
  private startNs: Nanos = 0;
  /** By key, of this window and of the last one before it in which the key was noted; sparse. */
  private readonly current: (number | undefined)[] = [];
  private readonly before: (number | undefined)[] = [];

  /**
   * @param windowNs length of a window, above 0.
   * @param most the value of a key that was never noted, above which none is.
   */
  constructor(windowNs: Nanos, most: number) {
    this.windowNs = windowNs;
    this.most = most;
  }

  note(key: number, value: number): void {
    const least = this.current[key];
    if (least === undefined || value < least) this.current[key] = value;
  }

  of(key: number): number {
    return Math.min(this.current[key] ?? this.most, this.before[key] ?? this.most);
  }

  /** Begins a new window when this one is over. */
  upTo(now: Nanos): void {
    if (now - this.startNs < this.windowNs) return;
    this.startNs = now;
    for (const [key, least] of this.current.entries()) if (least !== undefined) this.before[key] = least;
    this.current.length = 0;
  }
}
