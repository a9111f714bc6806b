/**
 * Pauses as a live scheduler makes them: its thread sleeps until the alarm of the live world rings. A loop that waits
 * would keep the core awake, and a batch after it would find caches and clock as if there had been no pause.
 * Invariant: no pause outlasts the alarm's thread, or the signal that breaks the measurement off.
 */
import { ServingError } from '../../../core/index.ts';
import type { Nanos } from '../../../core/index.ts';
import { Alarm, WallClock } from '../../../live/world/index.ts';
import { interrupted } from './interrupted.ts';

interface Pause {
  readonly wake: () => void;
  readonly fail: (error: Error) => void;
}

export class Sleeper {
  private readonly clock = new WallClock();
  private readonly alarm: Alarm;
  private readonly signal: AbortSignal | undefined;
  private pause: Pause | undefined;
  private dueNs: Nanos = 0;
  private broken: Error | undefined;

  /** @param signal ends every pause. @throws ServingError when the alarm's thread has not been built. */
  constructor(signal?: AbortSignal) {
    this.signal = signal;
    this.clock.start();
    this.alarm = new Alarm(
      this.clock,
      () => this.rung(),
      (error) => {
        // Without its thread nothing would ever ring.
        this.broken = alarmEnded(error);
        this.pause?.fail(this.broken);
      },
    );
    signal?.addEventListener('abort', this.breakOff);
  }

  /** @throws ServingError MEASURE_INTERRUPTED by the signal; MEASURE_ALARM when the alarm's thread has ended. */
  async sleep(durationNs: Nanos): Promise<void> {
    if (this.signal?.aborted === true) throw interrupted();
    if (this.broken !== undefined) throw this.broken;
    this.dueNs = this.clock.now() + durationNs;
    try {
      await new Promise<void>((wake, fail) => {
        this.pause = { wake, fail };
        this.alarm.set(this.dueNs);
      });
    } finally {
      this.pause = undefined;
    }
  }

  async close(): Promise<void> {
    this.signal?.removeEventListener('abort', this.breakOff);
    await this.alarm.close();
  }

  private readonly breakOff = (): void => this.pause?.fail(interrupted());

  /** The alarm rings once more when its thread has started. */
  private rung(): void {
    if (this.clock.now() >= this.dueNs) this.pause?.wake();
    else this.alarm.set(this.dueNs);
  }
}

function alarmEnded({ message }: Error): ServingError {
  return new ServingError({ code: 'MEASURE_ALARM', message: 'the thread that ends pauses has ended', found: message });
}
