/**
 * Offline work as the service sees it: who keeps the jobs durably implements `OfflineKeeper`; each epoch gives it an
 * `OfflinePort` to the actors that run them. Files have numbers, unique within an epoch. Types only.
 */
import type { JobCounts, OfflineJob, OfflinePlan } from '../../core/index.ts';
import type { TensorValue } from '../../backends/index.ts';
import type { ModelDirectory } from './model-directory.ts';

/** A job as the actors of one epoch have it. */
export interface RunningJob {
  /** Number of its first file; the others follow. */
  readonly firstFile: number;
  counts(): JobCounts;
  /** Why it could not be run, or ''. */
  reason(): string;
  /** Loads of its variant that failed in this epoch, and why the last one did; undefined before one was chosen. */
  failedLoads(): { readonly count: number; readonly detail: string } | undefined;
  /** Nothing more of it is started; what runs may finish. */
  cancel(): void;
}

export interface OfflinePort {
  /** The names of this epoch, which does not change. */
  readonly directory: ModelDirectory;
  /** Queues a job behind those there are; its `atNs` and `cancelNs` are ignored. */
  add(job: Omit<OfflineJob, 'atNs' | 'cancelNs'>): RunningJob;
}

export interface OfflineKeeper {
  readonly plan: Omit<OfflinePlan, 'jobs'>;
  /**
   * An epoch is made: the keeper adds what is not done as soon as the epochs before it have ended their offline work.
   * Returns how the epoch asks for its files.
   */
  begin(port: OfflinePort): OfflineFiles;
}

export interface OfflineFiles {
  /**
   * Reads files and makes model inputs of them, one input each. A file that cannot be read or used gives undefined and
   * is noted as failed by the keeper; the others of the batch go on. Never rejects.
   * @param variant name of the definition that will run them.
   */
  prepare(files: readonly number[], variant: string): Promise<readonly (readonly TensorValue[] | undefined)[]>;
  /**
   * Keeps the answers of files, one list of output tensors each, durably; fulfilled when they are. The batch is tried
   * again when it rejects.
   */
  commit(files: readonly number[], answers: readonly (readonly TensorValue[])[], variant: string): Promise<void>;
  /** A batch failed, or was given up; the actors try it again as often as the job allows. @param why in a word or two. */
  failed(files: readonly number[], why: string): void;
  /**
   * The epoch ends its offline work, or came to nothing: no batch is begun any more, those that run are waited for, for a
   * time; what is committed after that is dropped, for the next epoch does it again. Fulfilled when nothing is written
   * any more. May be called again.
   */
  end(): Promise<void>;
}
