/**
 * The schema of `timings.json`, versioned: how long models take to begin (init) and to answer (handle), part by part.
 * It keeps every sample, so that tables, figures and comparisons can be made again from this one file.
 * Invariant: the columns of one phase are of equal length; samples that share a batch carry the same batch number.
 */
import type { EnvironmentResult, Verdict } from './results.ts';

export const TIMINGS_VERSION = 1;

export const TIMINGS_PHASES = ['init', 'handle'] as const;
export type TimingsPhaseName = (typeof TIMINGS_PHASES)[number];

/** What one sample of a part belongs to: a fresh process, one request, or one batch whose requests share it. */
export type TimingsSampleOf = 'process' | 'request' | 'batch';

/** A part of a phase and what its time means. */
export interface TimingsPartInfo {
  readonly name: string;
  readonly label: string;
  readonly doc: string;
  readonly sampleOf: TimingsSampleOf;
  /** Whether it is a sum of other parts. */
  readonly sum: boolean;
}

const part = (
  name: string,
  label: string,
  { of, sum = false, doc }: { readonly of: TimingsSampleOf; readonly sum?: boolean; readonly doc: string },
): TimingsPartInfo => ({ name, label, doc, sampleOf: of, sum });

/** The parts of each phase, in the order of time; sums come after what they are of. */
export const TIMINGS_PARTS: Readonly<Record<TimingsPhaseName, readonly TimingsPartInfo[]>> = {
  init: [
    part('start', 'process start', { of: 'process', doc: 'from the spawn until the first line of our code runs' }),
    part('library', 'load library', { of: 'process', doc: 'importing ONNX Runtime' }),
    part('read', 'read model', { of: 'process', doc: 'the file into memory, from a warm page cache' }),
    part('create', 'create session', {
      of: 'process',
      doc: 'from bytes to a session; on a device with the move of the weights to it, which ONNX Runtime does in the same call',
    }),
    part('init', 'init', { of: 'process', sum: true, doc: 'read + create' }),
    part('first_run', 'first run', { of: 'process', doc: 'one input of zeros, apart from init' }),
    part('ready', 'ready', {
      of: 'process',
      sum: true,
      doc: 'from the spawn until the first run has ended: all of the above',
    }),
  ],
  handle: [
    part('late', 'issued late', {
      of: 'request',
      doc: 'from the scheduled time until the generator took the request up',
    }),
    part('preprocess', 'preprocess', { of: 'request', doc: 'JPEG bytes to a tensor: decode, resize, normalise' }),
    part('queue', 'queue', { of: 'request', doc: 'waiting for the batch to be full, or for the delay, or the engine' }),
    part('to_engine', 'to engine', {
      of: 'batch',
      doc: 'packing the batch, and its way to the engine process',
    }),
    part('infer', 'infer', { of: 'batch', doc: 'ONNX Runtime at work on the batch' }),
    part('back', 'back', {
      of: 'request',
      doc: 'the way back, and waiting while earlier requests of the batch are postprocessed',
    }),
    part('predict', 'predict', { of: 'request', sum: true, doc: 'queue + to engine + infer + back' }),
    part('postprocess', 'postprocess', { of: 'request', doc: 'output tensor to the most probable classes' }),
    part('latency', 'latency', {
      of: 'request',
      sum: true,
      doc: 'from the scheduled time until the answer: late + preprocess + predict + postprocess',
    }),
  ],
};

/** A value that repeats differently: with the interval of its estimate, null where the units are too few for one. */
export interface TimingsEstimate {
  readonly valueMs: number;
  readonly lowMs: number | null;
  readonly highMs: number | null;
}

/** A percentile, null where the sample is too small for it. */
export interface TimingsPercentile {
  /** 0 to 100, exclusive. */
  readonly percent: number;
  readonly estimate: TimingsEstimate | null;
  /** Samples this percentile needs. */
  readonly needed: number;
}

/** One part of one phase of one cell. */
export interface TimingsPart {
  readonly part: string;
  readonly samples: number;
  readonly mean: TimingsEstimate;
  readonly minMs: number;
  readonly maxMs: number;
  /** In the order of the rules. */
  readonly percentiles: readonly TimingsPercentile[];
}

/** The samples of a phase, column by column. */
export interface TimingsSamples {
  /** Which fresh process (init) or which turn with an engine process of its own (handle), from 0. */
  readonly unit: readonly number[];
  /** Which batch of its unit; 0 throughout in init. */
  readonly batch: readonly number[];
  /** Inputs of that batch. */
  readonly batchInputs: readonly number[];
  /** Milliseconds, by part. */
  readonly partsMs: Readonly<Record<string, readonly number[]>>;
}

export interface TimingsPhase {
  /** Processes or turns finished, and wanted. */
  readonly units: number;
  readonly unitsWanted: number;
  /** Requests that were not answered, by reason. */
  readonly failed: Readonly<Record<string, number>>;
  readonly samples: TimingsSamples;
  readonly parts: readonly TimingsPart[];
}

/** A model in one precision, as it was measured. */
export interface TimingsSubject {
  readonly name: string;
  readonly model: string;
  readonly precision: string;
  /** Where its file comes from: `zoo (untrained)`, `catalogue`, `file`. */
  readonly origin: string;
  readonly file: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly handler: string;
  /** What its requests carried, in words. */
  readonly images: string;
}

/** One model and precision under one setting. */
export interface TimingsCell {
  readonly cell: number;
  /** Unique in the result. */
  readonly label: string;
  readonly subject: string;
  readonly model: string;
  readonly precision: string;
  readonly hardware: string;
  readonly threads: number;
  /** Null when not asked for. */
  readonly init: TimingsPhase | null;
  readonly handle: TimingsPhase | null;
}

/** A single function, timed by itself in a loop. */
export interface TimingsMicro {
  readonly name: string;
  readonly doc: string;
  /** Calls timed, over all rounds. */
  readonly samples: number;
  /** Rounds they were taken in; the functions took turns. */
  readonly rounds: number;
  /** Rounds that an interval of ±1 % needs, by the spread of those taken. */
  readonly roundsNeeded: number;
  /** Mean of the rounds' medians, with its Student-t interval; null with a single round. */
  readonly medianUs: number;
  readonly lowUs: number | null;
  readonly highUs: number | null;
  /** Median of the rounds' 99th percentiles; null when a round has fewer calls than it needs. */
  readonly p99Us: number | null;
  /** Calls that the 99th percentile of a round needs. */
  readonly p99Needed: number;
}

/** How steady the machine was. */
export interface TimingsNoise {
  /** Times of the reference kernel (the bundled ResNet-20 on a batch of 4), taken between the measurements, in order. */
  readonly kernelMs: readonly number[];
  /** Spread of these times: (p90 - p10) / median, in percent; null with fewer than 10. */
  readonly spreadPercent: number | null;
  readonly limitPercent: number;
  /** Processor time of other processes and of the hypervisor's other guests, in percent of one core; null if unknown. */
  readonly othersPercent: number | null;
  readonly stealPercent: number | null;
}

export interface TimingsRules {
  /** Percentiles reported for each phase, and the samples each needs. */
  readonly percentiles: Readonly<
    Record<TimingsPhaseName, readonly { readonly percent: number; readonly needed: number }[]>
  >;
  readonly confidence: number;
  /** Resamples of the bootstrap. */
  readonly resamples: number;
  /** Units an interval needs. */
  readonly unitsMin: number;
}

export interface TimingsResult {
  readonly version: typeof TIMINGS_VERSION;
  readonly kind: 'timings';
  readonly name: string;
  readonly question: string;
  readonly config: unknown;
  readonly configHash: string;
  readonly seed: string;
  readonly command: string;
  readonly environment: EnvironmentResult;
  /** The machine and its libraries, by name. */
  readonly stamp: Readonly<Record<string, string>>;
  /** False when it was interrupted: only what was finished is here. */
  readonly complete: boolean;
  readonly verdict: Verdict;
  readonly rules: TimingsRules;
  readonly noise: TimingsNoise;
  readonly subjects: readonly TimingsSubject[];
  readonly cells: readonly TimingsCell[];
  readonly micro: readonly TimingsMicro[];
}

/** One part in two results. */
export interface TimingsComparisonRow {
  readonly label: string;
  readonly phase: TimingsPhaseName;
  readonly part: string;
  readonly samplesA: number;
  readonly samplesB: number;
  readonly medianAMs: number;
  readonly medianBMs: number;
  /** Median of B over median of A. */
  readonly ratio: number;
  readonly low: number | null;
  readonly high: number | null;
  /**
   * Of B: `faster` when the whole interval is below 1 and below the ratio of the reference kernels, `slower` when above
   * both, else `undecided`: what the machine's own change explains is no difference of the models.
   */
  readonly verdict: 'faster' | 'slower' | 'undecided';
}

export interface TimingsComparison {
  readonly kind: 'timings-comparison';
  readonly a: TimingsComparedRun;
  readonly b: TimingsComparedRun;
  readonly confidence: number;
  readonly resamples: number;
  readonly seed: string;
  /** Median time of the reference kernel in B over that in A; null where either has none. */
  readonly kernelRatio: number | null;
  readonly rows: readonly TimingsComparisonRow[];
  readonly notes: readonly string[];
}

export interface TimingsComparedRun {
  readonly folder: string;
  readonly name: string;
  readonly startedAt: string;
  readonly machine: string;
  readonly valid: boolean;
}
