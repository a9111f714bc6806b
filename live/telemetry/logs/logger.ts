/**
 * The log of the service: one JSON object a line, by pino, written in the background. What cannot be written in time
 * is dropped and counted, and a full disk or a closed pipe ends the log, never the service.
 */
import { pino } from 'pino';
import type { Logger } from 'pino';
import type { LogOptions } from './log-options.ts';

export interface ServiceLogger {
  readonly logger: Logger;
  /** Lines that were dropped because the destination did not keep up, or failed. */
  readonly dropped: () => number;
  /** Opens the file again, after it was moved away. */
  readonly reopen: () => void;
  /** Writes what is waiting. */
  readonly close: () => void;
}

/** Text that waits for the destination, in characters, at most: about 20,000 requests. */
const WAITING_MOST = 8 * 1024 * 1024;
const WRITE_FROM = 16 * 1024;
const FLUSH_MS = 500;

export function openLogger({ level, destination }: LogOptions): ServiceLogger {
  if (level === 'off') {
    return { logger: pino({ enabled: false }), dropped: () => 0, reopen: nothing, close: nothing };
  }
  const stream = pino.destination({
    dest: descriptorOf(destination),
    append: true,
    mkdir: true,
    mode: 0o600,
    sync: false,
    minLength: WRITE_FROM,
    maxLength: WAITING_MOST,
    periodicFlush: FLUSH_MS,
  });
  let dropped = 0;
  let failed = false;
  stream.on('drop', () => {
    dropped += 1;
  });
  stream.on('error', () => {
    failed = true;
    dropped += 1;
  });
  const logger = pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: named } },
    stream,
  );
  return {
    logger,
    dropped: () => dropped,
    reopen: () => {
      if (typeof descriptorOf(destination) === 'string') stream.reopen();
    },
    close: () => {
      if (failed) return;
      try {
        stream.flushSync();
        stream.end();
      } catch {
        // The destination was never opened, or has failed meanwhile: there is nowhere to write to.
        dropped += 1;
      }
    },
  };
}

function descriptorOf(destination: string): number | string {
  if (destination === 'stdout') return 1;
  return destination === 'stderr' ? 2 : destination;
}

/** Levels as words: nobody should have to know that 30 is `info`. */
function named(label: string): { level: string } {
  return { level: label };
}

function nothing(): void {
  // A log that is off has nothing to open or to close.
}
