/**
 * The clock of a live run: integer nanoseconds since the run's origin, from the operating system's monotonic clock.
 * Invariant: it reads 0 until it is started and never goes back.
 */
import type { Nanos } from '../../core/index.ts';

export class WallClock {
  private originNs: bigint | undefined;

  /** Makes now the origin. */
  start(): void {
    this.originNs = process.hrtime.bigint();
  }

  /** Nanoseconds since the origin; 0 before there is one. */
  now(): Nanos {
    return this.originNs === undefined ? 0 : Number(process.hrtime.bigint() - this.originNs);
  }

  /** The instant on the operating system's clock, for other threads. */
  monotonic(atNs: Nanos): bigint {
    return (this.originNs ?? process.hrtime.bigint()) + BigInt(atNs);
  }
}
