/**
 * What all calls of a listener share, and the steps that all have in common: bytes to message, message to bytes, and
 * the application's limits around a query.
 */
import { status } from '@grpc/grpc-js';
import type { Door } from './admission.ts';
import { CallFailure } from './call-failure.ts';
import type { MethodCodec } from './definitions.ts';
import type { CallContext, Method } from './method.ts';
import type { WatchedListener } from './request-record.ts';
import type { WireBounds } from './wire-bounds.ts';
import { findExcess } from './wire-bounds.ts';

export interface CallHouse extends Door, WatchedListener {
  readonly bounds: WireBounds;
  /** The largest answer, in bytes. */
  readonly answerMaxBytes: number;
  /** Fires when the listener is told to close. */
  readonly stopping: AbortSignal;
}

/** Decodes a message. @throws CallFailure INVALID_ARGUMENT, or RESOURCE_EXHAUSTED for one that is too much to decode. */
export function decodeRequest(codec: MethodCodec, { rawField }: Method, { bounds }: CallHouse, bytes: Buffer): object {
  const excess = findExcess(bytes, rawField, bounds);
  if (excess !== undefined) throw new CallFailure(excess.code, excess.message);
  try {
    return codec.decodeRequest(bytes);
  } catch {
    throw new CallFailure(status.INVALID_ARGUMENT, 'the message is malformed');
  }
}

/** Encodes an answer. @throws CallFailure RESOURCE_EXHAUSTED. */
export function encodeAnswer(codec: MethodCodec, { answerMaxBytes }: CallHouse, answer: object): Buffer {
  const bytes = codec.encodeAnswer(answer);
  if (bytes.length <= answerMaxBytes) return bytes;
  throw new CallFailure(
    status.RESOURCE_EXHAUSTED,
    `the answer has ${bytes.length} bytes, more than the ${answerMaxBytes} that are sent; ask for fewer outputs or inputs`,
  );
}

/** Does what a method does with a message, within the limits of the caller's application. @throws GateRefusal */
export async function withinLimits<T>(
  { isQuery }: Method,
  { gate }: CallHouse,
  { caller }: CallContext,
  work: () => T | Promise<T>,
): Promise<T> {
  const leave = isQuery === true ? gate.enter(caller) : undefined;
  try {
    return await work();
  } finally {
    leave?.();
  }
}
