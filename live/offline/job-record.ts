/** An offline job as it is kept. Types only. */

export type JobState = 'queued' | 'running' | 'done' | 'failed' | 'cancelled';
export type ItemState = 'waiting' | 'done' | 'failed' | 'cancelled';

export interface NewJob {
  readonly application: string;
  /** Absolute paths without links. */
  readonly input: string;
  readonly output: string;
  /** Exactly one of the two is not ''. The variant is the definition's name. */
  readonly architecture: string;
  readonly variant: string;
  readonly batch: number;
  readonly attemptsMax: number;
}

export interface JobRecord extends NewJob {
  /** Order of submission, from 1. */
  readonly ordinal: number;
  /** Unique over all services there are: it is written into outputs. */
  readonly id: string;
  /** `done`: all files are; `failed`: some file has, or the job could not be run. */
  readonly state: JobState;
  /** Why it failed, or ''. */
  readonly reason: string;
  readonly total: number;
  readonly done: number;
  readonly failed: number;
  readonly cancelled: number;
  /** Milliseconds since 1970. */
  readonly createdMs: number;
  readonly startedMs: number | undefined;
  /** Undefined while something of it may still change, whatever its state is. */
  readonly endedMs: number | undefined;
}

/** The end of one file. */
export interface ItemMark {
  readonly number: number;
  readonly state: Exclude<ItemState, 'waiting'>;
  /** Executions of the file by this server. */
  readonly attempts: number;
  readonly reason: string | null;
  /** Name of the file in the output folder. */
  readonly output: string | null;
}

/** A file that failed. */
export interface ItemFailure {
  readonly number: number;
  readonly file: string;
  readonly attempts: number;
  readonly reason: string;
}
