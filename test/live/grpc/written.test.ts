import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { written } from '../../../live/grpc/written.ts';

/** A call as the library has it: a write to a client that just left is dropped together with its callback. */
function call(takes: boolean): Writable & { readonly cancelled: boolean } {
  const stream = new Writable({ objectMode: true, write: (_chunk, _encoding, done) => void (takes && done()) });
  return Object.assign(stream, { cancelled: false });
}

test('a write ends when it is taken, and leaves no listener', async () => {
  const taking = call(true);
  await written(taking, Buffer.from('a'));
  expect(taking.listenerCount('close')).toBe(0);
});

test('a write that nobody takes ends with its call', async () => {
  const left = call(false);
  const write = written(left, Buffer.from('a'));
  left.destroy();
  await expect(write).resolves.toBeUndefined();
});

test('nothing is written to a call that is over', async () => {
  const over = call(false);
  over.destroy();
  await expect(written(over, Buffer.from('a'))).resolves.toBeUndefined();
});
