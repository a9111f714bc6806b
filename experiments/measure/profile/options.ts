/** What is profiled, and how: the types, and the defaults of what a caller leaves out. */
import { cpus, freemem } from 'node:os';
import type { Bytes, Nanos, TensorSpec, UseCase } from '../../../core/index.ts';
import { NANOS_PER_SECOND } from '../../../core/index.ts';

/** A model that is measured with a number of threads. */
export interface ProfiledVariant {
  /** Tells it from the others of the same call. */
  readonly name: string;
  /** Absolute path of the ONNX file. */
  readonly file: string;
  /** Digest the file must have; any when left out. */
  readonly sha256?: string | undefined;
  /** ONNX Runtime's name of the execution provider. */
  readonly hardware: string;
  /** Threads of one run, at least 1. */
  readonly threads: number;
  /** Larger batches are not measured. */
  readonly maxBatch: number;
  /** Its own batch sizes, ascending, in place of those of the options. */
  readonly batches?: readonly number[] | undefined;
  /** Every extent but the batch is a number. */
  readonly inputs: readonly TensorSpec[];
  /** The model's own when empty. */
  readonly outputs: readonly TensorSpec[];
  /** Decides what the inputs are: test images where there are some, made-up numbers elsewhere and when left out. */
  readonly useCase?: UseCase | undefined;
}

export interface ProfileOptions {
  /** Batch sizes, ascending; those above a variant's maximum are left out. */
  readonly batches: readonly number[];
  /** Idle times before a batch, ascending, above 0; none are measured when empty. */
  readonly gapsNs: readonly Nanos[];
  /** Samples of each batch size back to back, at most. 1,000 are what a 99th percentile needs. */
  readonly samplesMax: number;
  /** Time for each cell, over all rounds; fewer samples are taken of what takes longer. */
  readonly cellBudgetNs: Nanos;
  /** Rounds over all cells, each with fresh processes. Default: 5. */
  readonly rounds?: number | undefined;
  /** Samples after each idle time, at most. Default: 100, or `samplesMax` where that is less. */
  readonly idleSamplesMax?: number | undefined;
  /** Samples beside other workers, at most. Default: 100, or `samplesMax` where that is less. */
  readonly colocatedSamplesMax?: number | undefined;
  /** Workers that execute at once, this one among them; 1 measures no co-location. Default: 1. */
  readonly workersMax?: number | undefined;
  /** A load that takes longer fails. Default: 2 min. */
  readonly loadTimeoutNs?: Nanos | undefined;
  /** A batch that takes longer fails. Default: 2 min. */
  readonly batchTimeoutNs?: Nanos | undefined;
  /** An engine that holds more memory is killed. Default: nine tenths of what is free. */
  readonly memoryMaxBytes?: Bytes | undefined;
  /** Breaks the measurement off. */
  readonly signal?: AbortSignal | undefined;
  /** Told after each block how much is done. */
  readonly progress?: ((progress: ProfileProgress) => void) | undefined;
}

export interface ProfileProgress {
  readonly finishedBlocks: number;
  readonly totalBlocks: number;
  /** Expected from here on, without the starts of processes. */
  readonly leftNs: Nanos;
  readonly label: string;
}

/** All that has a default has a value. */
export type FilledOptions = {
  readonly [Key in Exclude<keyof ProfileOptions, 'signal' | 'progress'>]-?: Exclude<ProfileOptions[Key], undefined>;
} & Pick<ProfileOptions, 'signal' | 'progress'>;

const ROUNDS = 5;
/** What a median and a 90th percentile need. */
const FEW_SAMPLES = 100;
const TIMEOUT_NS: Nanos = 120 * NANOS_PER_SECOND;
const FREE_SHARE = 0.9;

export function filledOptions(options: ProfileOptions): FilledOptions {
  const { samplesMax, signal, progress } = options;
  const few = Math.min(FEW_SAMPLES, samplesMax);
  return {
    batches: options.batches,
    gapsNs: options.gapsNs,
    samplesMax,
    cellBudgetNs: options.cellBudgetNs,
    rounds: options.rounds ?? ROUNDS,
    idleSamplesMax: options.idleSamplesMax ?? few,
    colocatedSamplesMax: options.colocatedSamplesMax ?? few,
    workersMax: options.workersMax ?? 1,
    loadTimeoutNs: options.loadTimeoutNs ?? TIMEOUT_NS,
    batchTimeoutNs: options.batchTimeoutNs ?? TIMEOUT_NS,
    memoryMaxBytes: options.memoryMaxBytes ?? Math.floor(freemem() * FREE_SHARE),
    signal,
    progress,
  };
}

/** One worker on each core, and one more than there are cores. */
export function workersToTry(): number {
  return cpus().length + 1;
}
