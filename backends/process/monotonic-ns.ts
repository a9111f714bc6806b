/**
 * The clock that parent and engine process share. `process.hrtime` reads the operating system's monotonic clock,
 * which is one for all processes of a machine (libuv: CLOCK_MONOTONIC, mach time, QueryPerformanceCounter), so an
 * instant taken in one process may be subtracted from an instant taken in another.
 */
import type { Nanos } from '../../core/index.ts';

/** Nanoseconds since some fixed instant, usually the machine's start. */
export function monotonicNs(): Nanos {
  return Number(process.hrtime.bigint());
}
