/** What a timings config says once it is read: every default filled in, paths absolute, names looked up. Types only. */
import type { Nanos } from '../../../core/index.ts';
import type { TimingsPhaseName } from '../../../core/index.ts';

export type TimingsMeasurement = TimingsPhaseName | 'micro';

export const TIMINGS_MEASUREMENTS: readonly TimingsMeasurement[] = ['init', 'handle', 'micro'];

/** Where a model's file comes from. */
export type ModelSource =
  | { readonly kind: 'zoo'; readonly network: string; readonly precision: 'fp32' | 'fp16' | 'int8' }
  | { readonly kind: 'file'; readonly path: string }
  | {
      readonly kind: 'catalogue';
      readonly path: string;
      readonly sha256: string;
      readonly precision: string;
      readonly labels: readonly string[] | undefined;
    };

/** What the requests of a model carry. */
export type ImagesConfig =
  /** JPEGs made from seeded smooth noise, `count` different ones. */
  | { readonly kind: 'synthetic'; readonly width: number; readonly height: number; readonly count: number }
  /** @property files absolute paths, sorted. */
  | { readonly kind: 'folder'; readonly folder: string; readonly files: readonly string[] };

/** A model in one precision. */
export interface SubjectConfig {
  /** Unique in the config. */
  readonly name: string;
  readonly model: string;
  /** `file:line` of its entry. */
  readonly place: string;
  readonly source: ModelSource;
  readonly handler: string;
  readonly images: ImagesConfig;
}

export interface InitConfig {
  /** Fresh processes of each cell. */
  readonly processes: number;
  readonly percentiles: readonly number[];
}

export interface HandleConfig {
  /** Requests of each cell, over all turns; a multiple of `turns`. */
  readonly requests: number;
  /** From one scheduled time to the next. */
  readonly everyNs: Nanos;
  /** A batch is formed when so many wait, or when the first has waited the delay. */
  readonly batch: number;
  readonly delayNs: Nanos;
  /** Parts that the requests of a cell are taken in; each has a fresh engine process, and the cells take turns. */
  readonly turns: number;
  readonly percentiles: readonly number[];
}

export interface MicroConfig {
  /** Functions take turns in so many rounds. */
  readonly rounds: number;
  /** How long a function is timed in one round. */
  readonly timeNs: Nanos;
}

export interface TimingsConfig {
  /** Absolute path of the config. */
  readonly file: string;
  readonly name: string;
  readonly question: string;
  readonly seed: string;
  readonly measure: readonly TimingsMeasurement[];
  readonly subjects: readonly SubjectConfig[];
  /** ONNX Runtime's names of execution providers. */
  readonly hardware: readonly { readonly name: string; readonly place: string }[];
  /** Threads that one run may use. */
  readonly threads: readonly number[];
  readonly init: InitConfig;
  readonly handle: HandleConfig;
  readonly micro: MicroConfig;
  /** All of it as plain data, for the result and its hash. */
  readonly resolved: unknown;
}
