/**
 * How much of all bodies a listener holds at once, received and inflated: one body is bounded by itself, and this bounds
 * what many of them take together.
 */
import { HttpRefusal } from './http-refusal.ts';

const RETRY_AFTER_S = '1';

export class HeldBytes {
  private readonly most: number;
  private held = 0;

  constructor(most: number) {
    this.most = most;
  }

  /** @throws HttpRefusal 503 when there is no room; then nothing is taken. */
  take(bytes: number): void {
    if (this.held + bytes > this.most) {
      throw new HttpRefusal(503, 'the server holds as many bytes of requests as it may', {
        'retry-after': RETRY_AFTER_S,
      });
    }
    this.held += bytes;
  }

  give(bytes: number): void {
    this.held -= bytes;
  }
}

/** What one request holds of it, all given back at its end. */
export class HeldShare {
  private readonly all: HeldBytes;
  private bytes = 0;

  constructor(all: HeldBytes) {
    this.all = all;
  }

  /** @throws HttpRefusal 503 */
  take(bytes: number): void {
    this.all.take(bytes);
    this.bytes += bytes;
  }

  give(bytes: number): void {
    this.all.give(bytes);
    this.bytes -= bytes;
  }

  giveAll(): void {
    this.give(this.bytes);
  }
}
