/**
 * The log of the service: one JSON object a line, by pino, written in the background. What cannot be written in time
 * is dropped and counted: a full disk or a closed pipe ends the log, never the service.
 */
import { pino } from 'pino';
import type { Logger } from 'pino';
import { ServingError } from '../../../core/index.ts';
import { BackgroundFile } from './background-file.ts';
import type { LogOptions } from './log-options.ts';

export interface ServiceLogger {
  readonly logger: Logger;
  /** Lines that were lost because the destination did not keep up, or failed. */
  readonly dropped: () => number;
  /** Opens the file again, after it was moved away. */
  readonly reopen: () => void;
  /** Writes what is waiting, for a second at most. */
  readonly close: () => Promise<void>;
}

/** Text that waits for the destination at most: about 10,000 requests. */
const WAITING_MOST = 8 * 1024 * 1024;
const WRITE_FROM = 16 * 1024;
const DELAY_MS = 200;
const CLOSE_MS = 1000;

/** @throws ServingError LOG_NOT_WRITABLE. */
export function openLogger({ level, destination }: LogOptions): ServiceLogger {
  if (level === 'off') {
    const nothing = (): void => undefined;
    return { logger: pino({ enabled: false }), dropped: () => 0, reopen: nothing, close: () => Promise.resolve() };
  }
  const file = openFile(destination);
  const formatters = { level: (label: string) => ({ level: label }) };
  return {
    logger: pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters }, file),
    dropped: () => file.dropped,
    reopen: () => file.reopen(),
    close: () => file.close(CLOSE_MS),
  };
}

function openFile(destination: string): BackgroundFile {
  try {
    return new BackgroundFile({ destination, waitingMost: WAITING_MOST, writeFrom: WRITE_FROM, delayMs: DELAY_MS });
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
