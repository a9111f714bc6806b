/** Answers as TorchServe writes them: indented JSON with a line's end, its headers, its body for failures. */
import type { HttpAnswer, HttpFailure } from '../http/index.ts';
import { GateRefusal, failureOf } from '../http/index.ts';
import { TorchServeFailure, methodNotAllowed, resourceNotFound, tokenRefused } from './torchserve-failure.ts';

const NO_CACHE = {
  pragma: 'no-cache',
  'cache-control': 'no-cache; no-store, must-revalidate, private',
  expires: 'Thu, 01 Jan 1970 00:00:00 UTC',
};
const JSON_TYPE = 'application/json';

/** Indented by two, with a line's end; members that are undefined are left out. */
export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

export function jsonAnswer(value: unknown, status = 200): HttpAnswer {
  return answer(status, jsonText(value));
}

/** A body of another kind, or JSON that is written already. */
export function answer(status: number, body: string | Uint8Array, contentType = JSON_TYPE): HttpAnswer {
  const last: Record<string, string> = status >= 400 ? { connection: 'close' } : {};
  return {
    status,
    headers: { ...NO_CACHE, ...last, ...(body.length > 0 ? { 'content-type': contentType } : {}) },
    body,
  };
}

export function renderFailure(failure: HttpFailure): HttpAnswer {
  const { status, headers, type, message } = known(failure);
  const rendered = answer(status, failureText({ status, type, message }));
  return { ...rendered, headers: { ...failure.headers, ...headers, ...rendered.headers } };
}

/** What was thrown by a call, for those who do not speak HTTP. */
export function failureAnswer(cause: unknown): { readonly status: number; readonly text: string } {
  const failure = known(failureOf(cause));
  return { status: failure.status, text: failureText(failure) };
}

function failureText({ status, type, message }: { status: number; type: string; message: string }): string {
  return jsonText({ code: status, type, message });
}

/** Names for what the listener refuses before TorchServe's calls see it. */
const TYPES: Readonly<Record<number, string>> = {
  400: 'BadRequestException',
  408: 'RequestTimeoutException',
  409: 'ConflictStatusException',
  413: 'RequestEntityTooLargeException',
  415: 'UnsupportedMediaTypeException',
  429: 'TooManyRequestsException',
  501: 'UnsupportedOperationException',
  503: 'ServiceUnavailableException',
};

function known({ status, message, headers, cause }: HttpFailure): TorchServeFailure {
  if (cause instanceof TorchServeFailure) return cause;
  if (cause instanceof GateRefusal && (cause.status === 400 || cause.status === 401)) {
    const refused = tokenRefused();
    // A signature has statuses and headers of its own; a token has neither.
    return cause.status === 400 ? refused : new TorchServeFailure(401, refused.type, message, headers);
  }
  if (status === 404) return resourceNotFound();
  if (status === 405) return methodNotAllowed(headers);
  if (status === 403) return new TorchServeFailure(403, 'InvalidKeyException', message, headers);
  return new TorchServeFailure(status, TYPES[status] ?? 'InternalServerException', message, headers);
}
