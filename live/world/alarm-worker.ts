/**
 * The thread behind `Alarm`: sleeps until the instant in the shared memory and says so, once for each instant set.
 * It sleeps on a futex, which wakes within tens of microseconds; a Node timer has whole milliseconds.
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { AlarmMemory } from './alarm.ts';

/** Sleeps are cut at an hour: a wait of centuries is not worth relying on. */
const SLEEP_MAX_MS = 3_600_000;

// Only `Alarm` starts this thread.
const { settings, dueNs } = workerData as AlarmMemory;

for (;;) {
  const setting = Atomics.load(settings, 0);
  const leftNs = Number(Atomics.load(dueNs, 0) - process.hrtime.bigint());
  if (leftNs > 0) {
    Atomics.wait(settings, 0, setting, Math.min(leftNs / 1e6, SLEEP_MAX_MS));
  } else {
    parentPort?.postMessage(null);
    Atomics.wait(settings, 0, setting);
  }
}
