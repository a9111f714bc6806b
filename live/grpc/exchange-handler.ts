/**
 * Streams in both directions, one answer to each message. Answers go out as they get ready, unless the method keeps
 * their order; a bad message gets its answer and the stream lives on. The stream ends when its client has sent all and
 * has all answers; when the listener closes, no further message is read and what was read is answered.
 */
import { status } from '@grpc/grpc-js';
import type { ServerDuplexStream, handleBidiStreamingCall } from '@grpc/grpc-js';
import type { Caller } from '../http/index.ts';
import type { CallFacts } from './admission.ts';
import { admitStream, factsOf } from './admission.ts';
import { CallFailure, callFailureOf, statusOfFailure } from './call-failure.ts';
import type { CallHouse } from './call-house.ts';
import { decodeRequest, encodeAnswer, withinLimits } from './call-house.ts';
import type { StreamedMessage } from './call-limits.ts';
import { watchClient } from './client-watch.ts';
import type { MethodCodec } from './definitions.ts';
import type { CallContext, ExchangeMethod } from './method.ts';
import { recordRequest } from './request-record.ts';
import { written } from './written.ts';

type Stream = ServerDuplexStream<StreamedMessage, Buffer>;

/** Many messages in, one answer to each. */
export function exchangeHandler(
  codec: MethodCodec,
  method: ExchangeMethod,
  house: CallHouse,
): handleBidiStreamingCall<StreamedMessage, Buffer> {
  return (call) => {
    const facts = factsOf(call);
    const caller = admitOrEnd(call, facts, method, house);
    if (caller === undefined) return;
    const client = watchClient(call);
    call.once('close', client.end);
    // Each answer that is on its way listens for the end.
    call.setMaxListeners(0);
    const { signal, deadlineMs } = client;
    const context = { caller, headers: facts.headers, deadlineMs, signal, stopping: house.stopping };
    converse(call, house.stopping, method.ordered, (bytes) => {
      const record = recordRequest(house, facts, bytes.length);
      record.detail.application = caller.application;
      return answerTo(bytes, codec, method, house, { ...context, detail: record.detail }, record.end);
    });
  };
}

function admitOrEnd(call: Stream, facts: CallFacts, { scope }: ExchangeMethod, house: CallHouse): Caller | undefined {
  try {
    return admitStream(house, facts, scope);
  } catch (error) {
    const failure = callFailureOf(error);
    recordRequest(house, facts, 0).end(failure, error);
    call.emit('error', statusOfFailure(failure));
    return undefined;
  }
}

/** Reads messages and writes answers until one side has had enough. */
function converse(
  call: Stream,
  stopping: AbortSignal,
  ordered: boolean,
  answer: (bytes: Buffer) => Promise<Buffer>,
): void {
  let open = 0;
  let end: 'client' | 'server' | undefined;
  let turn = Promise.resolve();
  const settle = (): void => {
    if (open > 0 || end === undefined) return;
    stopping.removeEventListener('abort', stop);
    if (end === 'client') call.end();
    else call.emit('error', statusOfFailure(new CallFailure(status.UNAVAILABLE, 'the server is stopping')));
  };
  const stop = (): void => {
    call.pause();
    end ??= 'server';
    settle();
  };
  call.on('data', ({ bytes, release }: StreamedMessage) => {
    open += 1;
    const ready = answer(bytes);
    const sent = (ordered ? turn.then(() => ready) : ready).then((answerBytes) => written(call, answerBytes));
    turn = sent;
    void sent.then(() => {
      release();
      open -= 1;
      settle();
    });
  });
  call.once('end', () => {
    end ??= 'client';
    settle();
  });
  call.once('close', () => stopping.removeEventListener('abort', stop));
  stopping.addEventListener('abort', stop, { once: true });
  if (stopping.aborted) stop();
}

/** The answer to one message, good or bad; never rejects. */
async function answerTo(
  bytes: Buffer,
  codec: MethodCodec,
  method: ExchangeMethod,
  house: CallHouse,
  context: CallContext,
  ended: (failure: CallFailure | undefined, cause?: unknown) => void,
): Promise<Buffer> {
  let request: object | undefined;
  try {
    const decoded = decodeRequest(codec, method, house, bytes);
    request = decoded;
    const message = await withinLimits(method, house, context, () => method.run(decoded, context));
    const answer = encodeAnswer(codec, house, message);
    context.detail.sentBytes = answer.length;
    ended(undefined);
    return answer;
  } catch (error) {
    const failure = callFailureOf(error);
    ended(failure, error);
    return codec.encodeAnswer(method.refuse(failure, request));
  }
}
