/**
 * Predictions: from a client's payloads to the body that TorchServe's clients expect, for all paths that lead to one. A
 * model without a ready worker is refused at once, unless the first request may start one; so is one whose queue is
 * full.
 */
import type { HandlerAnswer, Handlers, Payload } from '../../backends/index.ts';
import { answerJson } from '../../backends/index.ts';
import { NEVER } from '../../core/index.ts';
import type { Nanos } from '../../core/index.ts';
import type { RequestDetail } from '../http/index.ts';
import { inferPayloads } from '../payloads/index.ts';
import type { LeaveSignal, ModelEntry, NotServed, Served, ServicePort } from '../service/index.ts';
import { modelNamed } from './find-model.ts';
import type { ModelManagement } from './model-management.ts';
import { settingsOf } from './model-settings.ts';
import { TorchServeFailure, badRequest, internal, noWorker } from './torchserve-failure.ts';
import type { TorchServeOptions } from './torchserve-options.ts';

export interface PredictParts {
  readonly service: ServicePort;
  readonly handlers: Handlers;
  readonly models: ModelManagement;
  readonly options: TorchServeOptions;
  readonly openJobs: OpenJobs;
}

export interface Prediction {
  readonly application: string;
  readonly model: string;
  /** Undefined for the default version. */
  readonly version: string | undefined;
  readonly payloads: readonly Payload[];
  /** The client gives up after this long, where it says so. */
  readonly timeoutNs?: Nanos | undefined;
  readonly signal?: LeaveSignal | undefined;
  readonly detail?: RequestDetail | undefined;
}

export interface Predicted {
  readonly entry: ModelEntry;
  readonly served: Served;
  readonly answers: readonly HandlerAnswer[];
}

/** Requests that are open, by model: what the bound on a model's queue counts. */
export class OpenJobs {
  private readonly byModel = new Map<string, number>();

  of(model: string): number {
    return this.byModel.get(model) ?? 0;
  }

  begin(model: string): () => void {
    this.byModel.set(model, this.of(model) + 1);
    return () => {
      const left = this.of(model) - 1;
      if (left > 0) this.byModel.set(model, left);
      else this.byModel.delete(model);
    };
  }
}

/** @throws TorchServeFailure, HttpRefusal */
export async function predict(parts: PredictParts, prediction: Prediction): Promise<Predicted> {
  const { service, options, openJobs } = parts;
  const { version, payloads, timeoutNs = NEVER, ...query } = prediction;
  const entry = modelNamed(service.directory, prediction.model, version);
  if (payloads.length === 0) throw badRequest('The request has no input.');
  const workers = workersOf(service, entry);
  if (workers === 0 && !options.startOnRequest) throw noWorker(entry.name, version);
  const { responseTimeoutNs, batchSize } = settingsOf(entry, parts);
  const key = `${entry.name}\n${entry.version}`;
  if (openJobs.of(key) >= options.jobQueueSize + workers * batchSize) throw noWorker(entry.name, version);
  const done = openJobs.begin(key);
  try {
    const result = await inferPayloads(parts, {
      ...query,
      model: entry,
      payloads,
      top: options.top,
      latencyNs: NEVER,
      accuracyPercent: 0,
      timeoutNs: Math.min(timeoutNs, responseTimeoutNs),
    });
    if (!('answers' in result)) throw failureOfAnswer(result, entry.name, version);
    return { entry, ...result };
  } finally {
    done();
  }
}

/** One answer as it is, several as a list; a bare text as it is, all else as JSON. */
export function predictionBody(answers: readonly HandlerAnswer[]): {
  readonly body: string;
  readonly contentType: string;
} {
  const values = answers.map(torchServeValue);
  const value = values.length === 1 ? values[0] : values;
  if (typeof value === 'string') return { body: value, contentType: 'text/plain; charset=utf-8' };
  return { body: JSON.stringify(value, undefined, 2), contentType: 'application/json' };
}

/** A classification as TorchServe's classifiers write it: probabilities by label, best first. */
export function torchServeValue(answer: HandlerAnswer): unknown {
  if (answer.kind !== 'classification') return answerJson(answer);
  return Object.fromEntries(answer.top.map(({ label, probability }) => [label, probability]));
}

/** Ready workers behind a name. */
export function workersOf(service: ServicePort, { variants }: ModelEntry): number {
  return variants.reduce((sum, { name, definition }) => sum + service.workersOf(name, definition.version), 0);
}

function failureOfAnswer({ outcome, reason, message }: NotServed, name: string, version: string | undefined): Error {
  if (reason === 'too-many-inputs') return badRequest(message);
  if (reason === 'rate-limit' || reason === 'concurrency-limit') {
    return new TorchServeFailure(429, 'TooManyRequestsException', message, { 'retry-after': '1' });
  }
  if (outcome === 'rejected') return noWorker(name, version);
  if (outcome === 'expired') return new TorchServeFailure(408, 'RequestTimeoutException', message);
  if (outcome === 'cancelled') return new TorchServeFailure(503, 'ServiceUnavailableException', message);
  return internal(message);
}
