/**
 * Writes text to a file or a standard stream in the background: one write at a time, what comes meanwhile waits in
 * bounded memory, and what does not fit or cannot be written is dropped and counted. It never blocks, never throws and
 * keeps no process alive. (pino's own destination flushes at exit until it succeeds, which a full disk never lets it.)
 */
import { closeSync, openSync, write } from 'node:fs';
import { dirname } from 'node:path';
import { makeFolders } from '../../store/index.ts';

export interface BackgroundFileOptions {
  /** `stdout`, `stderr`, or a path. */
  readonly destination: string;
  /** Text that waits at most, in characters. */
  readonly waitingMost: number;
  /** Text is written when there is so much of it, */
  readonly writeFrom: number;
  /** or after so long. */
  readonly delayMs: number;
}

/** Readable by the owner only: a log tells who asks for what. */
const MODE = 0o600;
/** How long a stream that takes nothing at the moment is left alone. */
const BUSY_MS = 50;

export class BackgroundFile {
  /** Lines that were lost. */
  dropped = 0;
  private readonly options: BackgroundFileOptions;
  private descriptor: number;
  private waiting = '';
  private isWriting = false;
  private timer: NodeJS.Timeout | undefined;
  private idle: (() => void)[] = [];

  /** @throws the system's error when the file cannot be opened. */
  constructor(options: BackgroundFileOptions) {
    this.options = options;
    this.descriptor = opened(options.destination);
  }

  /** @param text one line or more, with their ends. */
  write(text: string): void {
    const { waitingMost, writeFrom, delayMs } = this.options;
    if (this.waiting.length + text.length > waitingMost) {
      this.dropped += 1;
      return;
    }
    this.waiting += text;
    if (this.waiting.length >= writeFrom) this.next();
    else this.timer ??= setTimeout(() => this.next(), delayMs).unref();
  }

  /** Opens the path again, after the file was moved away; the old one goes on where that fails. */
  reopen(): void {
    if (isStandard(this.options.destination)) return;
    void this.settled().then(() => {
      try {
        const next = opened(this.options.destination);
        closeSync(this.descriptor);
        this.descriptor = next;
      } catch {
        this.dropped += 1;
      }
    });
  }

  /** Writes what waits, for so long at most. */
  async close(patienceMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, patienceMs);
    });
    await Promise.race([this.settled(), patience]);
    clearTimeout(timer);
    clearTimeout(this.timer);
    // A write that is still under way keeps its file.
    if (!this.isWriting && !isStandard(this.options.destination)) closeSync(this.descriptor);
  }

  /** Fulfilled when all is written, or lost. */
  private settled(): Promise<void> {
    return new Promise((resolve) => {
      this.idle.push(resolve);
      this.next();
    });
  }

  private next(): void {
    if (this.isWriting) return;
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.waiting === '') {
      for (const resolve of this.idle.splice(0)) resolve();
      return;
    }
    const text = this.waiting;
    this.waiting = '';
    this.isWriting = true;
    this.put(Buffer.from(text), text);
  }

  private put(bytes: Uint8Array, text: string): void {
    write(this.descriptor, bytes, 0, bytes.length, null, (error, written) => {
      if (error === null && written < bytes.length) {
        this.put(bytes.subarray(written), text);
        return;
      }
      if (error?.code === 'EAGAIN') {
        setTimeout(() => this.put(bytes, text), BUSY_MS).unref();
        return;
      }
      if (error !== null) this.dropped += text.split('\n').length - 1;
      this.isWriting = false;
      if (this.waiting.length >= this.options.writeFrom || this.idle.length > 0) this.next();
      else if (this.waiting !== '') this.timer ??= setTimeout(() => this.next(), this.options.delayMs).unref();
    });
  }
}

function isStandard(destination: string): boolean {
  return destination === 'stdout' || destination === 'stderr';
}

function opened(destination: string): number {
  if (isStandard(destination)) return destination === 'stdout' ? 1 : 2;
  makeFolders(dirname(destination));
  return openSync(destination, 'a', MODE);
}
