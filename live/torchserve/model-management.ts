/**
 * What TorchServe's API needs of whoever reads, checks and keeps models. Types only. It throws ServingErrors;
 * `registration-failure` tells which of TorchServe's exceptions each is.
 */
import type { WorkerBounds } from '../service/index.ts';

export interface ModelRegistration {
  /** A file of the model store, or an address. As the client wrote it. */
  readonly url: string;
  readonly modelName: string | undefined;
  readonly handler: string | undefined;
  /** 1 or more; the archive's own, or 1, when left out. */
  readonly batchSize: number | undefined;
  readonly maxBatchDelayMs: number | undefined;
  /** The archive's own when left out, and where it says nothing, `defaultWorkers`. */
  readonly initialWorkers: number | undefined;
  readonly defaultWorkers: number;
  /** Kept with the model, and given back by `describe`. */
  readonly properties: Readonly<Record<string, string | number | boolean>>;
}

export interface ModelFacts {
  /** What it was registered from, as the client wrote it. */
  readonly url: string;
  readonly properties: Readonly<Record<string, string | number | boolean>>;
}

export interface ModelManagement {
  /** Fulfilled when the model is served with its workers ready; when it fails nothing has changed. */
  register(registration: ModelRegistration): Promise<{ readonly name: string; readonly version: string }>;
  /** All versions, unless one is given. */
  unregister(name: string, version: string | undefined): Promise<void>;
  setDefault(name: string, version: string): Promise<void>;
  /** Keeps a version's workers between bounds, until they are set again. @throws ServingError for an unknown one. */
  scale(name: string, version: string, bounds: WorkerBounds): void;
  /** Undefined for models that were not registered. */
  describe(name: string, version: string): ModelFacts | undefined;
}
