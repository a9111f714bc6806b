/**
 * Tells who waits for it, once, that a client has left. An `AbortController` would do as well, but every request has one
 * of these, and making and watching it costs a tenth of all that a small query does here.
 */
import type { LeaveSignal } from '../service/index.ts';

export class Leaving implements LeaveSignal {
  aborted = false;
  private readonly listeners = new Set<() => void>();

  addEventListener(_type: 'abort', listener: () => void): void {
    this.listeners.add(listener);
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    this.listeners.delete(listener);
  }

  leave(): void {
    if (this.aborted) return;
    this.aborted = true;
    for (const listener of this.listeners) listener();
    this.listeners.clear();
  }
}
