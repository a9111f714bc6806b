/**
 * The log of the service: one JSON object a line, by pino, written in the background. What cannot be written in time
 * is dropped and counted, and a full disk or a closed pipe ends the log, never the service.
 */
import { mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { pino } from 'pino';
import type { Logger } from 'pino';
import { ServingError } from '../../../core/index.ts';
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
const WRITE_FROM = 8 * 1024;
const FLUSH_MS = 500;
/** Readable by the owner only: the log tells who asks for what. */
const MODE = 0o600;

/** @throws ServingError LOG_NOT_WRITABLE. */
export function openLogger({ level, destination }: LogOptions): ServiceLogger {
  if (level === 'off') {
    return { logger: pino({ enabled: false }), dropped: () => 0, reopen: nothing, close: nothing };
  }
  const stream = pino.destination({
    dest: descriptorOf(destination),
    append: true,
    mkdir: true,
    mode: MODE,
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
      if (!isStandard(destination)) stream.reopen(destination);
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

function isStandard(destination: string): boolean {
  return destination === 'stdout' || destination === 'stderr';
}

/** A file is opened here and now, so that a place that cannot be written is told at the start. */
function descriptorOf(destination: string): number {
  if (isStandard(destination)) return destination === 'stdout' ? 1 : 2;
  try {
    mkdirSync(dirname(destination), { recursive: true });
    return openSync(destination, 'a', MODE);
  } catch (cause) {
    throw new ServingError({
      code: 'LOG_NOT_WRITABLE',
      message: 'the log cannot be written',
      found: cause instanceof Error ? cause.message : String(cause),
      expected: 'stdout, stderr or the path of a file that this user may write',
      cause,
    });
  }
}

/** Levels as words: nobody should have to know that 30 is `info`. */
function named(label: string): { level: string } {
  return { level: label };
}

function nothing(): void {
  // A log that is off has nothing to open or to close.
}
