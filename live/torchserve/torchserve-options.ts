/** What can be set of TorchServe's API. Types only; the defaults live in the service's config. */
import type { Nanos } from '../../core/index.ts';
import type { MultipartLimits } from '../payloads/index.ts';

export interface TorchServeOptions {
  /** A model without a ready worker answers 503, unless the first request may start one. */
  readonly startOnRequest: boolean;
  /** Whether models are registered and unregistered here; 405 otherwise. */
  readonly modelApi: boolean;
  /** Adds the server calls of the Open Inference Protocol, which TorchServe has on request. */
  readonly openInference: boolean;
  /** Workers of a model that is registered without saying how many, 0 or more. */
  readonly defaultWorkers: number;
  /** Workers of a model at most; more are refused. */
  readonly maxWorkers: number;
  /** How long an answer may take, of models that do not say. */
  readonly responseTimeoutNs: Nanos;
  /** How long synchronous calls wait for workers to start. */
  readonly startupTimeoutNs: Nanos;
  /** Requests of one model that wait, beyond those its workers execute; more get 503. */
  readonly jobQueueSize: number;
  /** Classes that a classifier names. */
  readonly top: number;
  readonly limits: MultipartLimits;
}
