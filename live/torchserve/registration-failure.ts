/**
 * Which of TorchServe's exceptions a failure of model management is. Its codes read AREA_PROBLEM, and the problem
 * decides; what it says of the model is the client's to read, since the client sent it.
 */
import { ServingError, ServingErrors } from '../../core/index.ts';
import { failureOf } from '../http/index.ts';
import type { ModelRegistration } from './model-management.ts';
import {
  TorchServeFailure,
  badRequest,
  internal,
  modelNotFound,
  notFound,
  shown,
  workersFailed,
} from './torchserve-failure.ts';

/** @returns what to throw instead; anything unexpected as it is. */
export function registrationFailure(cause: unknown, { url, modelName }: ModelRegistration): unknown {
  const code = codeOf(cause);
  if (code === undefined) return cause;
  const { message } = failureOf(cause);
  // Their sentences are TorchServe's own.
  if (/_NOT_ALLOWED$|_NO_STORE$|_NOT_FOUND$/.test(code)) return notFound(message);
  if (code.endsWith('_DOWNLOAD')) return new TorchServeFailure(400, 'DownloadArchiveException', message);
  if (code.endsWith('_EXISTS')) return internal(message);
  if (code.endsWith('_CONFLICT')) return new TorchServeFailure(409, 'ConflictStatusException', message);
  if (/_(?:STOPPING|BUSY)$/.test(code)) return unavailable(message);
  if (code.endsWith('_LOAD_FAILED')) return workersFailed(modelName ?? shown(url), undefined);
  return badRequest(message);
}

/** Of calls on a model that there is. */
export function changeFailure(cause: unknown, name: string): unknown {
  const code = codeOf(cause);
  if (code === undefined) return cause;
  if (/_UNKNOWN|_NOT_FOUND$/.test(code)) return modelNotFound(name);
  if (/_(?:STOPPING|BUSY)$/.test(code)) return unavailable(failureOf(cause).message);
  return new TorchServeFailure(403, 'IllegalArgumentException', failureOf(cause).message);
}

function unavailable(message: string): TorchServeFailure {
  return new TorchServeFailure(503, 'ServiceUnavailableException', message, { 'retry-after': '1' });
}

function codeOf(cause: unknown): string | undefined {
  if (cause instanceof ServingError) return cause.code;
  return cause instanceof ServingErrors ? cause.errors.at(0)?.code : undefined;
}
