// The stream of queries: many in flight, answers as they get ready, errors that end nothing.
import { status } from '@grpc/grpc-js';
import { expect, test, vi } from 'vitest';
import type { ServiceAnswer } from '../../../live/service/index.ts';
import type { Message, TestStream } from './grpc-fixture.ts';
import type { BenchParts } from './inference-fixture.ts';
import { bench, int32s, simpleRequest } from './inference-fixture.ts';

async function openStream(parts: BenchParts = {}) {
  const set = await bench(parts);
  return { ...set, stream: set.client.exchange('ModelStreamInfer') };
}

/** An answer that waits, and what lets it go. */
function held(): { answer: Promise<ServiceAnswer>; fail: (message: string) => void } {
  let fail = (_message: string): void => undefined;
  const answer = new Promise<ServiceAnswer>((resolve) => {
    fail = (message) => resolve({ ok: false, outcome: 'failed', reason: 'execution-failed', message });
  });
  return { answer, fail };
}

async function nextId(stream: TestStream): Promise<unknown> {
  return (await answerOf(stream))['id'];
}

async function answerOf(stream: TestStream): Promise<Message> {
  const { infer_response: answer } = await stream.next();
  return answer as Message;
}

test('each query is answered, and the stream ends when its client has all', async () => {
  const { stream } = await openStream();
  for (const id of ['a', 'b', 'c']) stream.send(simpleRequest({ id }));
  const first = await stream.next();
  expect(first).toMatchObject({ error_message: '', infer_response: { id: 'a', model_name: 'simple' } });
  expect((first['infer_response'] as Message)['raw_output_contents']).toEqual([
    int32s((at) => at + 1),
    int32s((at) => at - 1),
  ]);
  expect([await nextId(stream), await nextId(stream)]).toEqual(['b', 'c']);
  stream.call.end();
  expect(await stream.ended).toBe(status.OK);
});

test('an answer says that it is its query’s last', async () => {
  const { stream } = await openStream();
  stream.send(simpleRequest());
  expect((await answerOf(stream))['parameters']).toMatchObject({ triton_final_response: { bool_param: true } });
});

test('answers come as queries end', async () => {
  const { stream, service } = await openStream();
  const slow = held();
  service.answerNext(slow.answer);
  stream.send(simpleRequest({ id: 'slow' }));
  stream.send(simpleRequest({ id: 'quick' }));
  expect(await nextId(stream)).toBe('quick');
  slow.fail('too slow');
  expect(await stream.next()).toMatchObject({ error_message: 'too slow', infer_response: { id: 'slow' } });
});

test('a bad query gets its error, and the stream lives on', async () => {
  const { stream } = await openStream();
  stream.send(simpleRequest({ id: 'bad', model_name: 'nobody' }));
  stream.send({ model_name: 'simple', id: 'empty' });
  stream.send(simpleRequest({ id: 'good' }));
  const answers = [await stream.next(), await stream.next(), await stream.next()];
  const errors = new Map(
    answers.map((answer) => [(answer['infer_response'] as Message)['id'], answer['error_message']]),
  );
  expect(errors).toEqual(
    new Map([
      ['bad', 'unknown model "nobody"'],
      ['empty', 'input "INPUT0": got none, expected "INPUT0", "INPUT1"'],
      ['good', ''],
    ]),
  );
});

test('a query that was sent before the client ended is answered', async () => {
  const { stream, service } = await openStream();
  const slow = held();
  service.answerNext(slow.answer);
  stream.send(simpleRequest());
  stream.call.end();
  setTimeout(() => slow.fail('late'), 50);
  expect(await stream.next()).toMatchObject({ error_message: 'late' });
  expect(await stream.ended).toBe(status.OK);
});

test('no more queries are open than a stream may have', async () => {
  const { stream, service } = await openStream({ options: { queriesPerStreamMax: 2 } });
  const waiting = [held(), held()];
  for (const { answer } of waiting) service.answerNext(answer);
  for (let sent = 0; sent < 10; sent += 1) stream.send(simpleRequest());
  await vi.waitFor(() => expect(service.queries).toHaveLength(2));
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(service.queries).toHaveLength(2);
  for (const { fail } of waiting) fail('done');
  for (let taken = 0; taken < 10; taken += 1) await stream.next();
  expect(service.queries).toHaveLength(10);
});

test('a cancelled stream cancels its queries', async () => {
  const { stream, service } = await openStream();
  service.answerNext(held().answer);
  stream.send(simpleRequest());
  await vi.waitFor(() => expect(service.queries).toHaveLength(1));
  stream.call.cancel();
  expect(await stream.ended).toBe(status.CANCELLED);
  await vi.waitFor(() => expect(service.queries[0].signal?.aborted).toBe(true));
});

test('the deadline of a stream bounds its queries', async () => {
  const { client, service } = await openStream();
  const stream = client.exchange('ModelStreamInfer', { deadline: Date.now() + 5_000 });
  stream.send(simpleRequest());
  await stream.next();
  expect(service.queries[0].timeoutNs).toBeLessThanOrEqual(5_000_000_000);
});
