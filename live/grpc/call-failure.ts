/**
 * How a call ends badly: a gRPC code, a sentence for the client, and metadata. Whatever is thrown becomes one of these
 * here; of an error that nobody foresaw a client learns nothing but that it happened.
 */
import { status } from '@grpc/grpc-js';
import type { ServerErrorResponse } from '@grpc/grpc-js';
import { failureOf } from '../http/index.ts';
import { textMetadata } from './text-metadata.ts';

/** A call that ends with this code and sentence. */
export class CallFailure extends Error {
  override readonly name = 'CallFailure';
  readonly code: status;
  /** Goes out with the status; names are lower-case. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: status, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.code = code;
    this.headers = headers;
  }
}

const CODE_OF_HTTP: ReadonlyMap<number, status> = new Map([
  [400, status.INVALID_ARGUMENT],
  [401, status.UNAUTHENTICATED],
  [403, status.PERMISSION_DENIED],
  [404, status.NOT_FOUND],
  [405, status.UNIMPLEMENTED],
  [408, status.DEADLINE_EXCEEDED],
  [409, status.FAILED_PRECONDITION],
  [413, status.RESOURCE_EXHAUSTED],
  [415, status.UNIMPLEMENTED],
  [422, status.INVALID_ARGUMENT],
  [429, status.RESOURCE_EXHAUSTED],
  [499, status.CANCELLED],
  [501, status.UNIMPLEMENTED],
  [503, status.UNAVAILABLE],
  [504, status.DEADLINE_EXCEEDED],
]);

/** The gRPC code that says what an HTTP status of 400 and above says. */
export function codeOfHttp(httpStatus: number): status {
  return CODE_OF_HTTP.get(httpStatus) ?? status.INTERNAL;
}

const HTTP_OF_CODE: ReadonlyMap<status, number> = new Map([
  [status.OK, 200],
  [status.INVALID_ARGUMENT, 400],
  [status.UNAUTHENTICATED, 401],
  [status.PERMISSION_DENIED, 403],
  [status.NOT_FOUND, 404],
  [status.FAILED_PRECONDITION, 409],
  [status.RESOURCE_EXHAUSTED, 429],
  [status.CANCELLED, 499],
  [status.UNIMPLEMENTED, 501],
  [status.UNAVAILABLE, 503],
  [status.DEADLINE_EXCEEDED, 504],
]);

/** The HTTP status by which logs and metrics know a code. */
export function httpOfCode(code: status): number {
  return HTTP_OF_CODE.get(code) ?? 500;
}

/** Any error as a failure of the call. */
export function callFailureOf(error: unknown): CallFailure {
  if (error instanceof CallFailure) return error;
  const { status: httpStatus, message, headers } = failureOf(error);
  return new CallFailure(codeOfHttp(httpStatus), message, headers);
}

/** The longest sentence that is sent: the status travels in a header, and clients bound those (8 KiB by default). */
const MAX_DETAILS = 2_000;

/** A failure as the library sends it. */
export function statusOfFailure({ code, message, headers }: CallFailure): ServerErrorResponse {
  const metadata = textMetadata(headers);
  const afterS = Number(metadata.get('retry-after')[0]);
  // What gRPC's own retries read.
  if (Number.isFinite(afterS)) metadata.set('grpc-retry-pushback-ms', String(afterS * 1000));
  // Half a surrogate pair could not be encoded; there and back makes it a replacement character.
  const details = Buffer.from(message.slice(0, MAX_DETAILS)).toString();
  return Object.assign(new Error(details), { code, details, metadata });
}
