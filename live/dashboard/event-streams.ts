/**
 * The pages that are open, as streams of server-sent events. A page gets the latest or nothing: one that does not read
 * skips seconds instead of piling them up, and one that has not read for long is let go, so it makes room. The event
 * of every second is the heartbeat.
 */
import { Readable } from 'node:stream';

/** Seconds after which a page that reads nothing is gone. */
const PATIENCE = 30;
/** What may wait in a stream: more than the largest event, less than a minute of them. */
const WAITING_BYTES = 256 * 1024;
/** How long a browser waits before it connects again. */
const RETRY_MS = 2000;

interface OpenStream {
  readonly stream: Readable;
  /** Whether it takes more. */
  isReading: boolean;
  skipped: number;
  /** Which state of the slowly changing part it was sent last. */
  seen: string;
}

/** An event in two forms: with the part that seldom changes, and without. */
export interface TwoFormEvent {
  readonly name: string;
  /** Names the state of that part. */
  readonly state: string;
  readonly whole: () => string;
  readonly brief: () => string;
}

export class EventStreams {
  private readonly open = new Set<OpenStream>();
  private readonly most: number;
  private isClosed = false;

  /** @param most streams that are open at once. */
  constructor(most: number) {
    this.most = most;
  }

  get count(): number {
    return this.open.size;
  }

  /** @returns undefined when there are too many, or no more are taken. */
  add(): Readable | undefined {
    if (this.isClosed || this.open.size >= this.most) return undefined;
    const entry: OpenStream = {
      stream: new Readable({
        highWaterMark: WAITING_BYTES,
        read: () => {
          entry.isReading = true;
        },
      }),
      isReading: true,
      skipped: 0,
      seen: '',
    };
    entry.stream.once('close', () => this.open.delete(entry));
    // A client that breaks off is no error.
    entry.stream.on('error', () => undefined);
    entry.stream.push(`retry: ${RETRY_MS}\n\n`);
    this.open.add(entry);
    return entry.stream;
  }

  send({ name, state, whole, brief }: TwoFormEvent): void {
    let wholeText: string | undefined;
    let briefText: string | undefined;
    for (const entry of this.open) {
      if (!entry.isReading) {
        entry.skipped += 1;
        if (entry.skipped >= PATIENCE) entry.stream.destroy();
        continue;
      }
      entry.skipped = 0;
      const text =
        entry.seen === state ? (briefText ??= eventText(name, brief())) : (wholeText ??= eventText(name, whole()));
      entry.seen = state;
      entry.isReading = entry.stream.push(text);
    }
  }

  close(): void {
    this.isClosed = true;
    for (const { stream } of this.open) stream.push(null);
  }
}

/** JSON has no line breaks of its own. */
function eventText(name: string, json: string): string {
  return `event: ${name}\ndata: ${json}\n\n`;
}
