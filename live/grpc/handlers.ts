/**
 * Calls with one request, as the library hands them over, made into calls of methods: admission on the exact bytes,
 * bounds, decoding, then the method, then the answer's bytes. Nothing is decoded for a caller who may not come in, and
 * whatever a method throws ends in one status.
 */
import { status } from '@grpc/grpc-js';
import type { ServerErrorResponse, handleServerStreamingCall, handleUnaryCall } from '@grpc/grpc-js';
import type { ServerSurfaceCall } from '@grpc/grpc-js/build/src/server-call.js';
import { admitCall, factsOf } from './admission.ts';
import { CallFailure, callFailureOf, statusOfFailure } from './call-failure.ts';
import type { CallHouse } from './call-house.ts';
import { decodeRequest, encodeAnswer, withinLimits } from './call-house.ts';
import { watchClient } from './client-watch.ts';
import type { MethodCodec } from './definitions.ts';
import type { CallContext, Method, ServerStreamMethod, UnaryMethod } from './method.ts';
import { recordRequest } from './request-record.ts';
import { textMetadata } from './text-metadata.ts';
import { written } from './written.ts';

type SingleCall = ServerSurfaceCall & { readonly request: Buffer };

/** One message in, one out. */
export function unaryHandler(
  codec: MethodCodec,
  method: UnaryMethod,
  house: CallHouse,
): handleUnaryCall<Buffer, Buffer> {
  return (call, callback) => {
    const serve = async (request: object, context: CallContext): Promise<void> => {
      const bytes = encodeAnswer(codec, house, await method.run(request, context));
      context.detail.sentBytes = bytes.length;
      callback(null, bytes);
    };
    void answerOnce(call, codec, method, house, serve).then((failure) => {
      if (failure !== undefined) callback(failure);
    });
  };
}

/** One message in, many out. */
export function serverStreamHandler(
  codec: MethodCodec,
  method: ServerStreamMethod,
  house: CallHouse,
): handleServerStreamingCall<Buffer, Buffer> {
  return (call) => {
    const serve = async (request: object, context: CallContext): Promise<void> => {
      await method.run(request, context, (answer) => {
        const bytes = encodeAnswer(codec, house, answer);
        context.detail.sentBytes += bytes.length;
        return written(call, bytes);
      });
      call.end();
    };
    void answerOnce(call, codec, method, house, serve).then((failure) => {
      if (failure !== undefined) call.emit('error', failure);
    });
  };
}

/** Takes a call through all steps. @returns the status to end it with, or undefined when it was answered. */
async function answerOnce(
  call: SingleCall,
  codec: MethodCodec,
  method: Method,
  house: CallHouse,
  serve: (request: object, context: CallContext) => Promise<void>,
): Promise<ServerErrorResponse | undefined> {
  const facts = factsOf(call);
  const client = watchClient(call);
  const record = recordRequest(house, facts, call.request.length);
  if (Object.keys(record.answerHeaders).length > 0) call.sendMetadata(textMetadata(record.answerHeaders));
  try {
    const caller = admitCall(house, facts, call.request, method.scope);
    record.detail.application = caller.application;
    const request = decodeRequest(codec, method, house, call.request);
    const { signal, deadlineMs } = client;
    const { stopping } = house;
    const { headers } = facts;
    const context: CallContext = { caller, headers, deadlineMs, signal, stopping, detail: record.detail };
    await withinLimits(method, house, context, () => serve(request, context));
    record.end(call.cancelled ? goneFailure(deadlineMs) : undefined);
    return undefined;
  } catch (error) {
    const failure = callFailureOf(error);
    record.end(failure, error);
    return statusOfFailure(failure);
  } finally {
    client.end();
  }
}

/** An answer that nobody waited for. */
function goneFailure(deadlineMs: number): CallFailure {
  return Date.now() < deadlineMs
    ? new CallFailure(status.CANCELLED, 'the client has left')
    : new CallFailure(status.DEADLINE_EXCEEDED, 'the deadline has passed');
}
