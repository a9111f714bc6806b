/** What can be set of offline jobs. Types only; the defaults live in the service's config. */
import type { Bytes, ThrottleOptions } from '../../core/index.ts';

export interface OfflineOptions {
  /** Folders, absolute, below which clients may read and write; a command of the state folder's owner may elsewhere. */
  readonly roots: readonly string[];
  /** Framework that a variant must have to run jobs; '' for any. */
  readonly framework: string;
  /** When jobs wait for the service's own work. */
  readonly throttle: ThrottleOptions;
  /** Files executed together, from 1. */
  readonly batch: number;
  /** Executions of a batch before its files are tried one by one, and of a file before it has failed, from 1. */
  readonly attemptsMax: number;
  /** Jobs that have not ended, at most. */
  readonly jobsMax: number;
  /** Files of one job, at most. */
  readonly filesMax: number;
  /** Size of an input file, at most. */
  readonly fileMaxBytes: Bytes;
  /** A file that takes longer to read and preprocess has failed. */
  readonly fileTimeoutMs: number;
  /** How long the end of an epoch or of the service waits for the batch that runs. */
  readonly finishMs: number;
  /** Jobs kept for showing after they have ended; older ones are forgotten. */
  readonly endedKept: number;
}
