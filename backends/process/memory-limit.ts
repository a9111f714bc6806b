/** How much memory another process holds, and a watch that tells when it holds too much. Reads Linux's /proc. */
import { readFileSync } from 'node:fs';
import type { Bytes } from '../../core/index.ts';

/**
 * A network can fill half a gigabyte between two looks, but not many; reading a file of /proc takes 20 µs, so that a
 * look is 0.04 % of a core.
 */
const LOOK_MS = 50;

/** Resident memory of a process, what it shares included; undefined where it cannot be told. */
export function residentBytes(pid: number): Bytes | undefined {
  try {
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
  } catch {
    return undefined;
  }
}

/** Looks until it is stopped, or until the process holds more; then it tells once. @returns stops it. */
export function watchMemory(pid: number, maxBytes: Bytes, exceeded: (bytes: Bytes) => void): () => void {
  const timer = setInterval(() => {
    const bytes = residentBytes(pid);
    if (bytes === undefined || bytes <= maxBytes) return;
    clearInterval(timer);
    exceeded(bytes);
  }, LOOK_MS);
  // What is watched keeps the loop alive; the watch does not.
  timer.unref();
  return () => clearInterval(timer);
}
