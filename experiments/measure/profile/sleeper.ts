/**
 * Pauses as a live scheduler makes them: its thread sleeps until the alarm of the live world rings. A loop that waits
 * would keep the core awake, and a batch after it would find caches and clock as if there had been no pause.
 */
import type { Nanos } from '../../../core/index.ts';
import { Alarm, WallClock } from '../../../live/world/index.ts';

export class Sleeper {
  private readonly clock = new WallClock();
  private readonly alarm: Alarm;
  private wake: (() => void) | undefined;
  private dueNs: Nanos = 0;

  /** @throws ServingError when the alarm's thread has not been built. */
  constructor() {
    this.clock.start();
    this.alarm = new Alarm(
      this.clock,
      () => this.rung(),
      // Without its thread nothing would ever ring; the pause ends at once, and its batch counts as an idle one.
      () => this.wake?.(),
    );
  }

  sleep(durationNs: Nanos): Promise<void> {
    this.dueNs = this.clock.now() + durationNs;
    return new Promise((resolve) => {
      this.wake = resolve;
      this.alarm.set(this.dueNs);
    });
  }

  async close(): Promise<void> {
    await this.alarm.close();
  }

  /** The alarm rings once more when its thread has started. */
  private rung(): void {
    if (this.clock.now() >= this.dueNs) this.wake?.();
    else this.alarm.set(this.dueNs);
  }
}
