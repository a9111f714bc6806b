/**
 * The failures that TorchServe's clients know: a status, the name of an exception, and a sentence that scripts match.
 * Names and addresses that a client sent come back to it in the sentence, cut to a length.
 */
import { HttpRefusal } from '../http/index.ts';

export class TorchServeFailure extends HttpRefusal {
  /** Name of TorchServe's exception. */
  readonly type: string;

  constructor(status: number, type: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(status, message, headers);
    this.type = type;
  }
}

const SHOWN_MOST = 200;

export function modelNotFound(name: string): TorchServeFailure {
  return notFound(`Model not found: ${shown(name)}`);
}

/** What is wrong with where a model should come from. */
export function notFound(message: string): TorchServeFailure {
  return new TorchServeFailure(404, 'ModelNotFoundException', message);
}

export function versionNotFound(name: string, version: string): TorchServeFailure {
  const message = `Model version: ${shown(version)} does not exist for model: ${shown(name)}`;
  return new TorchServeFailure(404, 'ModelVersionNotFoundException', message);
}

/** As `versionNotFound`, in the words of the call that sets the default. */
export function noSuchDefault(name: string, version: string): TorchServeFailure {
  const message = `Model version ${shown(version)} does not exist for model ${shown(name)}`;
  return new TorchServeFailure(404, 'ModelVersionNotFoundException', message);
}

export function badRequest(message: string): TorchServeFailure {
  return new TorchServeFailure(400, 'BadRequestException', message);
}

export function internal(message: string): TorchServeFailure {
  return new TorchServeFailure(500, 'InternalServerException', message);
}

/** @param version as the client gave it; without one TorchServe writes `null`. */
export function workersFailed(name: string, version: string | undefined): TorchServeFailure {
  return internal(
    `Failed to start workers for model ${shown(name)} version: ${version === undefined ? null : shown(version)}`,
  );
}

export function methodNotAllowed(headers: Readonly<Record<string, string>> = {}): TorchServeFailure {
  const message = 'Requested method is not allowed, please refer to API document.';
  return new TorchServeFailure(405, 'MethodNotAllowedException', message, headers);
}

export function resourceNotFound(): TorchServeFailure {
  const message = 'Requested resource is not found, please refer to API document.';
  return new TorchServeFailure(404, 'ResourceNotFoundException', message);
}

/** No worker, and a full queue: TorchServe says the same of both. Its misplaced quote is kept. */
export function noWorker(name: string, version: string | undefined): TorchServeFailure {
  const model = version === undefined ? `Model "${shown(name)}"` : `Model "${shown(name)}" Version ${shown(version)}"`;
  const message =
    `${model} has no worker to serve inference request. Please use scale workers API to add workers. ` +
    'If this is a sequence inference, please check if it is closed, or expired; or exceeds maxSequenceJobQueueSize';
  return new TorchServeFailure(503, 'ServiceUnavailableException', message, { 'retry-after': '1' });
}

export function tokenRefused(): TorchServeFailure {
  const message = 'Token Authorization failed. Token either incorrect, expired, or not provided correctly';
  return new TorchServeFailure(400, 'InvalidKeyException', message);
}

/** A client's text, cut. */
export function shown(text: string): string {
  return text.length > SHOWN_MOST ? `${text.slice(0, SHOWN_MOST)}...` : text;
}
