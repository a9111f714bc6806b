/**
 * Which of TorchServe's exceptions a failure of model management is. Its codes read AREA_PROBLEM, and the problem
 * decides; what it says of the model is the client's to read, since the client sent it.
 */
import { ServingError, ServingErrors } from '../../core/index.ts';
import { HttpRefusal, failureOf } from '../http/index.ts';
import type { ModelRegistration } from './model-management.ts';
import { TorchServeFailure, badRequest, modelNotFound, notFound, shown, workersFailed } from './torchserve-failure.ts';

/** @returns what to throw instead; anything unexpected as it is. */
export function registrationFailure(cause: unknown, { url, modelName }: ModelRegistration): unknown {
  const code = codeOf(cause);
  if (code === undefined || cause instanceof HttpRefusal) return cause;
  const { message } = failureOf(cause);
  if (/_NOT_ALLOWED$|_FORBIDDEN$/.test(code))
    return notFound(`Given URL ${shown(url)} does not match any allowed URL(s)`);
  if (/_NO_STORE$/.test(code)) return notFound('Model store has not been configured.');
  if (/_DOWNLOAD$|_FETCH$/.test(code)) {
    return new TorchServeFailure(400, 'DownloadArchiveException', `Failed to download archive from: ${shown(url)}`);
  }
  if (/_NOT_FOUND$|_MISSING$/.test(code)) return notFound(`Model not found at: ${shown(url)}`);
  if (/_EXISTS$|_CONFLICT$|_DUPLICATE$/.test(code))
    return new TorchServeFailure(409, 'ConflictStatusException', message);
  if (/_LOAD(?:_FAILED)?$|_WORKERS?(?:_FAILED)?$/.test(code)) return workersFailed(modelName ?? shown(url), undefined);
  return badRequest(message);
}

/** Of calls on a model that there is. */
export function changeFailure(cause: unknown, name: string): unknown {
  const code = codeOf(cause);
  if (code === undefined) return cause;
  if (/_UNKNOWN|_NOT_FOUND$/.test(code)) return modelNotFound(name);
  return new TorchServeFailure(403, 'IllegalArgumentException', failureOf(cause).message);
}

function codeOf(cause: unknown): string | undefined {
  if (cause instanceof ServingError) return cause.code;
  return cause instanceof ServingErrors ? cause.errors.at(0)?.code : undefined;
}
